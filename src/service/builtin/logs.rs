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
    #[serde(default = "page", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// the `cursor` of an earlier answer: only older ones
    #[serde(default, deserialize_with = "optional_whole")]
    #[schemars(range(min = 1))]
    before: Option<u64>,
}

const fn page() -> usize {
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
    let text = params.text.map(|text| text.to_lowercase());
    let is_meant = |(id, record): &(u64, Arc<OwnedRecord>)| {
        let has = |told: &str| text.as_ref().is_none_or(|text| told.to_lowercase().contains(text));
        params.before.is_none_or(|before| *id < before)
            && params.level.is_none_or(|level| record.level <= level.as_log())
            && (has(&record.message) || has(&record.target))
    };
    let mut found: Vec<_> =
        logging::kept().into_iter().rev().filter(is_meant).take(params.limit + 1).collect();
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
    Ok(LogsAnswer { records: records.collect(), cursor, level: log::max_level().as_str() })
}
