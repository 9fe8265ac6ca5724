//! Lists of sessions: those in memory, and those that only the store has.
//!
//! In: which ones. Out: one line for each, newest activity first. On the store's reader thread, or wherever asked if
//! there is no store.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::row::{Effect, Params, Row, Way, number, text, whole};
use crate::clock::unix_time;
use crate::error::Error;
use crate::service::Service;
use crate::session::Session;
use crate::store::Archived;
use crate::store::archive::{Listed, Selection};

pub const ROWS: &[Row] = &[
    Row {
        name: "get_sessions_info",
        aliases: &[],
        description: "List the live sessions.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Now(|service, _, _| {
            Ok(json!(service.sessions.live(unix_time(), service.settings.idle_timeout)))
        }),
    },
    Row {
        name: "list_sessions",
        aliases: &[],
        description: "List sessions, those of earlier runs too, the last used first.",
        params: &[
            (
                "status",
                r#""enum": ["live", "parked", "closed", "all"]"#,
                "which; without it the live and the parked ones",
            ),
            ("limit", r#""type": "integer", "minimum": 1, "maximum": 10000, "default": 1000"#, "how many"),
            ("before", "number", "only those last active before this time, in Unix seconds"),
        ],
        effect: Effect::Reads,
        way: Way::Asking(list),
    },
];

/// Which sessions are wanted.
struct Wanted {
    live: bool,
    parked: bool,
    closed: bool,
}

impl Wanted {
    fn of(status: Option<&str>) -> Self {
        let is = |name| status == Some(name) || status == Some("all");
        Self {
            live: status.is_none() || is("live"),
            parked: status.is_none() || is("parked"),
            closed: is("closed"),
        }
    }
}

fn list(service: &Service, _: &Arc<Session>, params: Params, archive: Archived<'_>) -> Result<Value, Error> {
    let wanted = Wanted::of(text(&params, "status"));
    let limit = whole(&params, "limit").unwrap_or(1000) as usize;
    let before = number(&params, "before");
    let here = in_memory(service);
    let stored = match archive {
        Some(archive) => archive.sessions(&Selection {
            closed: wanted.closed,
            only_closed: wanted.closed && !wanted.live,
            // Those in memory too are among them, and told from there.
            limit: Some((limit + here.len()) as u64),
            before,
        })?,
        None => Vec::new(),
    };
    let mut rows = merged(service, here, &stored);
    rows.retain(|row| {
        let is = |status: &str| row["status"] == status;
        let wanted =
            (wanted.live && is("live")) || (wanted.parked && is("parked")) || (wanted.closed && is("closed"));
        wanted && before.is_none_or(|before| activity(row) < before)
    });
    rows.truncate(limit);
    Ok(Value::Array(rows))
}

/// The sessions in memory with their status.
fn in_memory(service: &Service) -> Vec<Value> {
    let (now, timeout) = (unix_time(), service.settings.idle_timeout);
    let tagged = |infos: Vec<_>, status: &'static str| {
        infos.into_iter().map(move |info| {
            let mut value = json!(info);
            value["status"] = status.into();
            value
        })
    };
    let live = tagged(service.sessions.live(now, timeout), "live");
    live.chain(tagged(service.sessions.parked(now, timeout), "parked")).collect()
}

/// Both kinds, each session once, newest activity first.
fn merged(service: &Service, mut rows: Vec<Value>, stored: &[Listed]) -> Vec<Value> {
    let here: HashSet<String> =
        rows.iter().filter_map(|row| row["session_id"].as_str().map(str::to_owned)).collect();
    rows.extend(stored.iter().filter(|each| !here.contains(&each.id)).map(|each| line(service, each)));
    rows.sort_by(|a, b| activity(b).total_cmp(&activity(a)));
    rows
}

/// A session that is in the store only, or live in another Blender that shares it.
fn line(service: &Service, session: &Listed) -> Value {
    let elsewhere = session.owner.as_deref().filter(|owner| *owner != &*service.instance);
    let status = match (session.closed, elsewhere) {
        (true, _) => "closed",
        (false, Some(_)) => "live",
        (false, None) => "parked",
    };
    let mut value = json!({
        "session_id": session.id, "created_at": session.created_at, "last_activity": session.last_activity,
        "command_count": session.command_count, "idle": true, "status": status,
    });
    if let Some(instance) = elsewhere {
        value["instance"] = instance.into();
    }
    value
}

fn activity(row: &Value) -> f64 {
    row["last_activity"].as_f64().unwrap_or_default()
}
