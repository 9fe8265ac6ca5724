//! What has happened in sessions: pages of one's history, and searches in all.
//!
//! The last entries of a session are in memory and answered at once; older ones, and what is searched for, are the
//! store's. A search tells its progress on the channel `vector_search`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::definition::{Effect, NAMED_SESSION, OWN_SESSION, Row, optional_whole, schema_of, subject, whole};
use super::progress::SearchProgress;
use crate::model::error::Error;
use crate::model::outcome::Json;
use crate::service::state::{Handler, Service};
use crate::sessions::{HistoryEntry, Session};
use crate::store::archive::{Page, StoredEntry};
use crate::store::{Archive, OptionalReader};

pub const ROWS: &[Row] = &[
    Row {
        name: "get_session_history",
        aliases: &[],
        description: "List a session's commands in order, with arguments, results and durations: the last ones, or \
                      those before an entry.",
        params: schema_of::<HistoryPage>,
        subject: OWN_SESSION,
        effect: Effect::Reads,
        tool: true,
        handler: || Handler::sync_or_store(is_in_memory, history),
    },
    Row {
        name: "search_history",
        aliases: &[],
        description: "Find commands in the histories of all sessions, or of one, by words of their names, arguments, \
                      results and the person's own words. All words must be there; the newest come first.",
        params: schema_of::<Search>,
        subject: NAMED_SESSION,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::store(search),
    },
];

/// Parameters of `get_session_history`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryPage {
    /// your own if left out
    session_id: Option<String>,
    /// how many
    #[serde(default = "HistoryPage::limit", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u64,
    /// only entries before the one of this id
    #[serde(default, deserialize_with = "optional_whole")]
    #[schemars(range(min = 1))]
    before: Option<u64>,
}

impl HistoryPage {
    const fn limit() -> u64 {
        100
    }

    const fn page(&self) -> Page {
        Page { limit: self.limit, before: self.before }
    }
}

/// Parameters of `search_history`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// the words
    #[schemars(length(min = 1, max = 1000))]
    query: String,
    /// only in this session
    session_id: Option<String>,
    /// how many
    #[serde(default = "Search::limit", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u64,
    /// only hits before the one of this cursor
    #[serde(default, deserialize_with = "optional_whole")]
    #[schemars(range(min = 1))]
    before: Option<u64>,
}

impl Search {
    const fn limit() -> u64 {
        20
    }
}

fn is_in_memory(service: &Service, caller: &Arc<Session>, params: HistoryPage) -> bool {
    let session = subject(service, caller, params.session_id.as_deref());
    session.is_ok_and(|session| session.recent(params.page()).1)
}

fn history(
    service: &Service,
    caller: &Arc<Session>,
    params: HistoryPage,
    archive: OptionalReader<'_>,
) -> Result<Vec<EntryAnswer>, Error> {
    let page = params.page();
    let id = params.session_id.unwrap_or_else(|| caller.id.to_string());
    let session = service.sessions.get(&id);
    let Some(archive) = archive else {
        let (entries, _) = session?.recent(page);
        return Ok(entries.into_iter().map(EntryAnswer::from).collect());
    };
    let entries = archive.history(&id, page)?;
    if entries.is_empty() && session.is_err() && archive.session(&id)?.is_none() {
        return Err(Error::session_not_found(&id));
    }
    Ok(entries.into_iter().map(EntryAnswer::from).collect())
}

fn search(
    service: &Service,
    caller: &Arc<Session>,
    params: Search,
    archive: &mut dyn Archive,
) -> Result<Vec<Hit>, Error> {
    let (query, session) = (&*params.query, params.session_id.as_deref());
    if let Some(id) = session
        && !service.sessions.has(id)
        && *id != *caller.id
        && archive.session(id)?.is_none()
    {
        return Err(Error::session_not_found(id));
    }
    let page = Page { limit: params.limit, before: params.before };
    let progress = SearchProgress::begin(&service.hub, query);
    let found = archive.search(query, session, page, &mut |share| progress.tell(share, "searching"));
    progress.tell(1.0, if found.is_ok() { "completed" } else { "failed" });
    let hits = found?.into_iter().map(|entry| Hit {
        session_id: entry.session.clone(),
        cursor: entry.key,
        entry: entry.into(),
    });
    Ok(hits.collect())
}

/// One command of a session, once it has ended, as clients are told of it.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
pub struct EntryAnswer {
    /// Counts the session's entries from 1.
    id: u64,
    /// When it began, Unix seconds.
    timestamp: f64,
    command: String,
    /// Large ones are shortened.
    #[schema(value_type = serde_json::Value)]
    args: Json,
    /// As the command answered it, or `{"status": "error", "code", "message"}`; large ones are shortened.
    #[schema(value_type = serde_json::Value)]
    result: Json,
    /// Seconds.
    duration: f64,
    success: bool,
    #[schema(value_type = String)]
    task_id: Uuid,
    /// The person's own words, if the client gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_input: Option<String>,
}

/// A command found in some session's history.
#[derive(Serialize, ToSchema)]
pub struct Hit {
    session_id: String,
    /// For `before`, to go on from here.
    cursor: u64,
    #[serde(flatten)]
    entry: EntryAnswer,
}

impl From<StoredEntry> for EntryAnswer {
    fn from(entry: StoredEntry) -> Self {
        Self {
            id: entry.number,
            timestamp: entry.timestamp,
            command: entry.command,
            args: Json::from_encoded(entry.args.into_bytes()),
            result: Json::from_encoded(entry.result.into_bytes()),
            duration: entry.duration,
            success: entry.succeeded,
            task_id: entry.task,
            user_input: entry.user_input,
        }
    }
}

impl From<HistoryEntry> for EntryAnswer {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            id: entry.id,
            timestamp: entry.timestamp,
            command: entry.command.to_string(),
            args: entry.args,
            result: entry.result,
            duration: entry.duration,
            success: entry.succeeded,
            task_id: entry.task,
            user_input: entry.user_input.map(Into::into),
        }
    }
}
