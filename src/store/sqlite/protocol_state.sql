-- Version 2 of tenon.db: what the doors keep with a session (a client's handshake, what it subscribed to) has a column of
-- its own. Version 1 had it among the session's own state, where people saw it and clients could change it.

ALTER TABLE session ADD COLUMN protocol TEXT NOT NULL DEFAULT '{}';

UPDATE session SET
    protocol = json_patch('{}', json_object(
        'mcp_handshake', json_extract(state, '$._mcp'), 'mcp_subscriptions', json_extract(state, '$._mcp_heard'))),
    state = json_remove(state, '$._mcp', '$._mcp_heard')
WHERE json_valid(state) AND (json_type(state, '$._mcp') NOTNULL OR json_type(state, '$._mcp_heard') NOTNULL);
