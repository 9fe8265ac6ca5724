-- Version 1 of tenon.db. Times are Unix seconds; JSON is text that was encoded before.

-- A Blender that is using, or was using, this store. `applied` is the last of its journals that is in here.
CREATE TABLE instance (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_at REAL NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0,
    scene INTEGER REFERENCES scene (key)
) WITHOUT ROWID;

-- The scene as it was at some moment; several sessions may have been saved with the same one.
CREATE TABLE scene (
    key INTEGER PRIMARY KEY,
    body TEXT NOT NULL
);

-- `entries` is the number of the last entry of its history. The state stands last: it may be large.
CREATE TABLE session (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    last_activity REAL NOT NULL,
    command_count INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    scene INTEGER REFERENCES scene (key),
    state TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX session_by_activity ON session (last_activity);
CREATE INDEX session_by_owner ON session (owner) WHERE owner IS NOT NULL;
CREATE INDEX session_by_scene ON session (scene) WHERE scene IS NOT NULL;

-- Histories. The key is the microsecond of the command's start (or the next free one), so that keys ascend with time
-- over all sessions: a search reads its newest hits first and stops.
CREATE TABLE entry (
    key INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session (key),
    number INTEGER NOT NULL,
    task BLOB NOT NULL,
    timestamp REAL NOT NULL,
    duration REAL NOT NULL,
    succeeded INTEGER NOT NULL,
    command TEXT NOT NULL,
    args TEXT NOT NULL,
    result TEXT NOT NULL,
    user_input TEXT
);
CREATE UNIQUE INDEX entry_in_session ON entry (session, number);

-- Entries that the text index does not know yet: those of a flood.
CREATE TABLE unindexed (key INTEGER PRIMARY KEY);

-- Which entries have which words, and nothing else: rowid is the entry's key, what goes in is made by words.rs.
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);

-- Tasks that can be asked for after their Blender has gone. `succeeded` is null while one has not ended.
CREATE TABLE task (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    instance TEXT NOT NULL,
    session TEXT NOT NULL,
    kind TEXT NOT NULL,
    runs TEXT NOT NULL,
    created_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    succeeded INTEGER,
    metadata TEXT NOT NULL,
    result TEXT
);
CREATE INDEX task_finished ON task (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX task_open ON task (instance) WHERE finished_at IS NULL;
