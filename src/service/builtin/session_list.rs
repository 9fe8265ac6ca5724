//! Lists of sessions: those in memory, and those that only the store has.
//!
//! In: which ones. Out: one line for each, newest activity first. On the store's reader thread, or wherever asked if
//! there is no store.

use std::collections::HashSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::definition::{Effect, NoParams, Row, schema_of, whole};
use crate::commands::Subject;
use crate::model::error::Error;
use crate::model::session::SessionStatus;
use crate::model::time::unix_time;
use crate::service::state::{Handler, Service};
use crate::sessions::{Session, SessionInfo};
use crate::store::OptionalReader;
use crate::store::archive::{Listed, Selection};

pub const ROWS: &[Row] = &[
    Row {
        name: "get_sessions_info",
        aliases: &[],
        description: "List the live sessions.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || {
            Handler::sync(|service, _, _: NoParams| {
                Ok(service.sessions.live(unix_time(), service.current().idle_timeout))
            })
        },
    },
    Row {
        name: "list_sessions",
        aliases: &[],
        description: "List sessions, those of earlier runs too, the last used first.",
        params: schema_of::<ListSessions>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: true,
        handler: || Handler::optional_store(list),
    },
];

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    Live,
    Parked,
    Closed,
    All,
}

/// Parameters of `list_sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSessions {
    /// which; without it the live and the parked ones
    status: Option<Wanted>,
    /// how many
    #[serde(default = "ListSessions::limit", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 10000))]
    limit: u64,
    /// only those last active before this time, in Unix seconds
    before: Option<f64>,
}

impl ListSessions {
    const fn limit() -> u64 {
        1000
    }

    fn wants(&self, status: SessionStatus) -> bool {
        match self.status {
            Some(Wanted::Live) => status == SessionStatus::Live,
            Some(Wanted::Parked) => status == SessionStatus::Parked,
            Some(Wanted::Closed) => status == SessionStatus::Closed,
            Some(Wanted::All) => true,
            None => status != SessionStatus::Closed,
        }
    }
}

/// A line of `list_sessions`.
#[derive(Serialize, ToSchema)]
pub struct ListedSession {
    #[serde(flatten)]
    info: SessionInfo,
    status: SessionStatus,
    /// The Blender that it is live in, if that is another one: see `/instances`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

fn list(
    service: &Service,
    _: &Arc<Session>,
    params: ListSessions,
    archive: OptionalReader<'_>,
) -> Result<Vec<ListedSession>, Error> {
    let (limit, before) = (params.limit as usize, params.before);
    let here = in_memory(service);
    let stored = match archive {
        Some(archive) => archive.sessions(&Selection {
            closed: params.wants(SessionStatus::Closed),
            only_closed: params.status == Some(Wanted::Closed),
            // Those in memory too are among them, and told from there.
            limit: Some((limit + here.len()) as u64),
            before,
        })?,
        None => Vec::new(),
    };
    let mut lines = merged(service, here, stored);
    lines.retain(|line| {
        params.wants(line.status) && before.is_none_or(|before| line.info.last_activity < before)
    });
    lines.truncate(limit);
    Ok(lines)
}

/// The sessions in memory with their status.
fn in_memory(service: &Service) -> Vec<ListedSession> {
    let (now, timeout) = (unix_time(), service.current().idle_timeout);
    let with = |infos: Vec<_>, status| {
        infos.into_iter().map(move |info| ListedSession { info, status, instance: None })
    };
    let live = with(service.sessions.live(now, timeout), SessionStatus::Live);
    live.chain(with(service.sessions.parked(now, timeout), SessionStatus::Parked)).collect()
}

/// Both kinds, each session once, newest activity first.
fn merged(service: &Service, mut lines: Vec<ListedSession>, stored: Vec<Listed>) -> Vec<ListedSession> {
    let here: HashSet<String> = lines.iter().map(|line| line.info.session_id.clone()).collect();
    lines.extend(stored.into_iter().filter(|each| !here.contains(&each.id)).map(|each| line(service, each)));
    lines.sort_by(|a, b| b.info.last_activity.total_cmp(&a.info.last_activity));
    lines
}

/// A session that is in the store only, or live in another Blender that shares it.
fn line(service: &Service, session: Listed) -> ListedSession {
    let elsewhere = session.owner.filter(|owner| *owner != *service.instance);
    let status = match (session.closed, &elsewhere) {
        (true, _) => SessionStatus::Closed,
        (false, Some(_)) => SessionStatus::Live,
        (false, None) => SessionStatus::Parked,
    };
    let info = SessionInfo {
        session_id: session.id,
        created_at: session.created_at,
        last_activity: session.last_activity,
        command_count: session.command_count,
        idle: true,
    };
    ListedSession { info, status, instance: elsewhere }
}
