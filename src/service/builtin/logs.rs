//! What was logged lately, for those who ask later. On the I/O thread.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::definition::{Effect, Row, optional_whole, schema_of, whole};
use crate::commands::Subject;
use crate::logging::{self, OwnedRecord};
use crate::model::error::Error;
use crate::service::state::{Handler, Service};
use crate::sessions::Session;

pub const ROWS: &[Row] = &[Row {
    name: "get_logs",
    aliases: &[],
    description: "Tell the newest records of the log, the oldest first; the last 5,000 are in memory.",
    params: schema_of::<GetLogs>,
    subject: Subject::None,
    effect: Effect::Reads,
    tool: false,
    handler: || Handler::sync(get_logs),
}];

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    const fn as_log(self) -> log::Level {
        match self {
            Self::Error => log::Level::Error,
            Self::Warn => log::Level::Warn,
            Self::Info => log::Level::Info,
            Self::Debug => log::Level::Debug,
            Self::Trace => log::Level::Trace,
        }
    }
}

/// Parameters of `get_logs`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetLogs {
    /// only what is as grave as this, or graver
    level: Option<Level>,
    /// only with this in its message or target, in upper or lower case
    text: Option<String>,
    /// how many
    #[serde(default = "most", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// the `cursor` of an earlier answer: only older ones
    #[serde(default, deserialize_with = "optional_whole")]
    #[schemars(range(min = 1))]
    before: Option<u64>,
}

const fn most() -> usize {
    200
}

/// The answer of `get_logs`.
#[derive(Serialize, ToSchema)]
#[schema(as = Logs)]
pub struct LogsAnswer {
    /// The oldest first.
    records: Vec<LogRecord>,
    /// `before` of the older ones, if there are any.
    cursor: Option<u64>,
    /// What is logged at all: this and what is graver.
    level: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct LogRecord {
    id: u64,
    /// Unix seconds.
    time: f64,
    level: &'static str,
    target: String,
    message: String,
}

fn get_logs(_: &Service, _: &Arc<Session>, params: GetLogs) -> Result<LogsAnswer, Error> {
    let (records, cursor) = page(logging::kept(), params);
    Ok(LogsAnswer { records, cursor, level: log::max_level().as_str() })
}

/// Of the kept records, the oldest first, those that are asked for, and the cursor to the older ones.
fn page(kept: Vec<(u64, Arc<OwnedRecord>)>, params: GetLogs) -> (Vec<LogRecord>, Option<u64>) {
    let text = params.text.map(|text| text.to_lowercase());
    let is_meant = |(id, record): &(u64, Arc<OwnedRecord>)| {
        let has = |told: &str| text.as_ref().is_none_or(|text| told.to_lowercase().contains(text));
        params.before.is_none_or(|before| *id < before)
            && params.level.is_none_or(|level| record.level <= level.as_log())
            && (has(&record.message) || has(&record.target))
    };
    let mut found: Vec<_> = kept.into_iter().rev().filter(is_meant).take(params.limit + 1).collect();
    let has_more = found.len() > params.limit;
    found.truncate(params.limit);
    let cursor = found.last().map(|(id, _)| *id).filter(|_| has_more);
    let records = found.into_iter().rev().map(|(id, record)| LogRecord {
        id,
        time: record.time,
        level: record.level.as_str(),
        target: record.target.clone(),
        message: record.message.clone(),
    });
    (records.collect(), cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn kept() -> Vec<(u64, Arc<OwnedRecord>)> {
        let record = |at: u64, level, target: &str, message: String| {
            let record = OwnedRecord { time: at as f64, level, target: target.into(), message };
            (at, Arc::new(record))
        };
        let level = |at: u64| if at.is_multiple_of(5) { log::Level::Warn } else { log::Level::Info };
        let sings = (1..=25).map(|at| record(at, level(at), "kitchen", format!("The Kettle sings {at}")));
        sings.chain([record(26, log::Level::Error, "cellar", "the kettle has gone".into())]).collect()
    }

    fn asked(params: Value) -> (Vec<u64>, Option<u64>) {
        let (records, cursor) = page(kept(), serde_json::from_value(params).unwrap());
        (records.iter().map(|record| record.id).collect(), cursor)
    }

    #[test]
    fn pages_go_back_to_the_oldest_and_tell_each_record_once() {
        assert_eq!(asked(json!({"text": "KETTLE SINGS", "limit": 10})), ((16..=25).collect(), Some(16)));
        assert_eq!(asked(json!({"text": "sings", "limit": 10, "before": 16})), ((6..=15).collect(), Some(6)));
        assert_eq!(asked(json!({"text": "sings", "limit": 10, "before": 6})), ((1..=5).collect(), None));
        assert_eq!(asked(json!({})), ((1..=26).collect(), None));
    }

    #[test]
    fn records_are_chosen_by_level_message_and_target() {
        assert_eq!(asked(json!({"level": "WARN"})).0, [5, 10, 15, 20, 25, 26]);
        assert_eq!(asked(json!({"level": "ERROR"})).0, [26]);
        assert_eq!(asked(json!({"text": "Cellar"})).0, [26]);
        assert_eq!(asked(json!({"text": "sings 2", "level": "WARN"})).0, [20, 25]);
        assert_eq!(asked(json!({"text": "no record has these words"})), (vec![], None));
    }

    #[test]
    fn a_record_is_told_as_it_was_logged() {
        let (records, _) = page(kept(), serde_json::from_value(json!({"before": 2})).unwrap());
        let told = json!({"id": 1, "time": 1.0, "level": "INFO", "target": "kitchen", "message": "The Kettle sings 1"});
        assert_eq!(json!(records), json!([told]));
    }
}
