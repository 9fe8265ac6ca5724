//! The tasks extension: a call that takes long is a task of Tenon's queue, under the same id as at every door.
//!
//! On the I/O thread. A task's result is the result that its call would have had.

use rmcp::ErrorData;
use rmcp::model::{DetailedTask, GetTaskResult, Task, TaskPayload, TaskStatus};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::content;
use super::handler::Shared;
use crate::clock::unix_time;
use crate::error::{Code, Error};
use crate::queue::{Status, TaskInfo};

/// How often a client is asked to look, in milliseconds.
const POLL: u64 = 1000;

/// The task without its outcome.
#[must_use]
pub fn outline(shared: &Shared, info: &TaskInfo) -> Task {
    let status = match info.status {
        Status::Pending | Status::Processing => TaskStatus::Working,
        Status::Completed => TaskStatus::Completed,
        Status::Failed => TaskStatus::Failed,
        Status::Cancelled => TaskStatus::Cancelled,
    };
    let updated = info.finished_at.unwrap_or_else(unix_time);
    let mut task = Task::new(info.id.to_string(), status, utc(info.created_at), utc(updated))
        .with_ttl_ms((shared.service.settings.keep_tasks_for * 1e3) as u64)
        .with_poll_interval_ms(POLL);
    if let Some(progress) = &info.progress {
        let fraction = progress.fraction.map(|fraction| format!("{:.0} %", fraction * 100.0));
        let words: Vec<_> = fraction.into_iter().chain(progress.message.clone()).collect();
        task = task.with_status_message(words.join(", "));
    }
    task
}

/// `tasks/get`.
pub fn get(shared: &Shared, id: &str) -> Result<GetTaskResult, ErrorData> {
    let info = find(shared, id)?;
    let payload = match (&info.outcome, info.status) {
        (_, Status::Cancelled) => TaskPayload::Cancelled,
        // Not the command's own failure: it never came to an end.
        (Some(Err(error)), _) if matches!(error.code, Code::Internal | Code::ShuttingDown) => {
            let data = json!({"code": error.code});
            TaskPayload::Failed {
                error: members(json!({"code": -32603, "message": error.message, "data": data})),
            }
        }
        (Some(outcome), _) => TaskPayload::Completed { result: members(json!(content::of(outcome))) },
        (None, Status::Completed | Status::Failed) => {
            TaskPayload::Failed { error: members(json!({"code": -32603, "message": "its result is gone"})) }
        }
        (None, Status::Pending | Status::Processing) => TaskPayload::Working,
    };
    Ok(GetTaskResult::new(DetailedTask::new(outline(shared, &info), payload)))
}

/// `tasks/cancel`.
pub fn cancel(shared: &Shared, id: &str) -> Result<(), ErrorData> {
    let info = find(shared, id)?;
    let why = Error::new(Code::Cancelled, "The client cancelled the task");
    shared.service.queue.interrupt(info.id, why).map(drop).map_err(|error| unknown(&error))
}

/// With its zone, as the protocol wants it and other doors do not.
fn utc(time: f64) -> String {
    let time = chrono::DateTime::from_timestamp_millis((time * 1e3) as i64).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn find(shared: &Shared, id: &str) -> Result<TaskInfo, ErrorData> {
    let known = Uuid::parse_str(id).map_err(|_| Error::task_not_found(id));
    known.and_then(|id| shared.service.queue.task(id)).map_err(|error| unknown(&error))
}

fn unknown(error: &Error) -> ErrorData {
    ErrorData::invalid_params(error.message.clone(), None)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
