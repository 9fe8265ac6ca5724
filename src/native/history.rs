//! What has happened in sessions: pages of one's history, and searches in all.
//!
//! The last entries of a session are in memory and answered at once; older ones, and what is searched for, are the
//! store's. A search tells its progress on the channel `vector_search`.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{Effect, Params, Row, SESSION, Way, subject, subject_id, text, whole};
use crate::error::Error;
use crate::events::Channel;
use crate::service::Service;
use crate::session::{HistoryEntry, Session};
use crate::store::Archived;
use crate::store::archive::{Page, StoredEntry};

pub const ROWS: &[Row] = &[
    Row {
        name: "get_session_history",
        aliases: &[],
        description: "List a session's commands in order, with arguments, results and durations: the last ones, or \
                      those before an entry.",
        params: &[
            SESSION,
            ("limit", r#""type": "integer", "minimum": 1, "maximum": 1000, "default": 100"#, "how many"),
            ("before", r#""type": "integer", "minimum": 1"#, "only entries before the one of this id"),
        ],
        effect: Effect::Reads,
        way: Way::Either(is_in_memory, history),
    },
    Row {
        name: "search_history",
        aliases: &[],
        description: "Find commands in the histories of all sessions, or of one, by words of their names, arguments, \
                      results and the person's own words. All words must be there; the newest come first.",
        params: &[
            ("query!", r#""type": "string", "minLength": 1, "maxLength": 1000"#, "the words"),
            ("session_id", "string", "only in this session"),
            ("limit", r#""type": "integer", "minimum": 1, "maximum": 1000, "default": 20"#, "how many"),
            ("before", r#""type": "integer", "minimum": 1"#, "only hits before the one of this cursor"),
        ],
        effect: Effect::Reads,
        way: Way::Asking(search),
    },
];

fn page_of(params: &Params) -> Page {
    Page { limit: whole(params, "limit").unwrap_or(100), before: whole(params, "before") }
}

fn is_in_memory(service: &Service, asker: &Arc<Session>, params: &Params) -> bool {
    let session = subject(service, asker, params);
    session.is_ok_and(|session| session.recent(page_of(params)).1)
}

fn history(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let page = page_of(&params);
    let id = subject_id(asker, &params);
    let session = service.sessions.get(&id);
    let Some(archive) = archive else {
        let (entries, _) = session?.recent(page);
        return Ok(entries.iter().map(recent_line).collect());
    };
    let entries = archive.history(&id, page)?;
    if entries.is_empty() && session.is_err() && archive.session(&id)?.is_none() {
        return Err(Error::session_not_found(&id));
    }
    Ok(entries.iter().map(line).collect())
}

fn search(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let archive = archive.ok_or_else(|| service.store.unavailable())?;
    let query = text(&params, "query").unwrap_or_default();
    let session = text(&params, "session_id");
    if let Some(id) = session
        && !service.sessions.has(id)
        && *id != *asker.id
        && archive.session(id)?.is_none()
    {
        return Err(Error::session_not_found(id));
    }
    let page = Page { limit: whole(&params, "limit").unwrap_or(20), before: whole(&params, "before") };
    let query_id = Uuid::new_v4().to_string();
    let tell = |progress: f64, status: &str| {
        if service.hub.wants(Channel::VECTOR_SEARCH) {
            let data = json!({"query_id": query_id, "progress": progress, "status": status, "query": query});
            service.hub.publish(Channel::VECTOR_SEARCH, "search_progress", data);
        }
    };
    tell(0.0, "searching");
    let found = archive.search(query, session, page, &mut |progress| tell(progress, "searching"));
    tell(1.0, if found.is_ok() { "completed" } else { "failed" });
    let hits = found?.into_iter().map(|entry| {
        let mut hit = json!({"session_id": entry.session, "cursor": entry.key});
        if let (Value::Object(hit), Value::Object(members)) = (&mut hit, line(&entry)) {
            hit.extend(members);
        }
        hit
    });
    Ok(hits.collect())
}

/// An entry of a history as clients are told it.
fn line(entry: &StoredEntry) -> Value {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut line = json!({
        "id": entry.number, "timestamp": entry.timestamp, "command": entry.command, "args": json(&entry.args),
        "result": json(&entry.result), "duration": entry.duration, "success": entry.succeeded,
        "task_id": entry.task.to_string(),
    });
    if let Some(words) = &entry.user_input {
        line["user_input"] = words.as_str().into();
    }
    line
}

/// The same of one in memory.
fn recent_line(entry: &HistoryEntry) -> Value {
    line(&StoredEntry {
        key: 0,
        session: String::new(),
        number: entry.id,
        task: entry.task,
        timestamp: entry.timestamp,
        duration: entry.duration,
        command: entry.command.to_string(),
        args: entry.args.as_str().to_owned(),
        result: entry.result.as_str().to_owned(),
        succeeded: entry.succeeded,
        user_input: entry.user_input.as_deref().map(str::to_owned),
    })
}
