//! The tasks extension: a call that takes long is a task of Tenon's queue, under the same id as at every door.
//!
//! On the I/O thread. A task's result is the result that its call would have had.

use rmcp::ErrorData;
use rmcp::model::{DetailedTask, GetTaskResult, Task, TaskPayload, TaskStatus};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::state::McpState;
use super::{content, pending_message};
use crate::model::error::{Code, Error};
use crate::model::task::{Status, TaskInfo};
use crate::model::time::unix_time;

/// How often a client is asked to look, in milliseconds.
const POLL: u64 = 1000;

/// The task without its outcome.
#[must_use]
pub fn outline(state: &McpState, info: &TaskInfo) -> Task {
    let status = match info.status {
        Status::Pending | Status::Processing => TaskStatus::Working,
        Status::Completed => TaskStatus::Completed,
        Status::Failed => TaskStatus::Failed,
        Status::Cancelled => TaskStatus::Cancelled,
    };
    let updated = info.finished_at.unwrap_or_else(unix_time);
    let mut task = Task::new(info.id.to_string(), status, utc(info.created_at), utc(updated))
        .with_ttl_ms((state.service.settings.keep_tasks_for * 1e3) as u64)
        .with_poll_interval_ms(POLL);
    if let Some(said) = pending_message::said(info) {
        task = task.with_status_message(said);
    }
    task
}

/// `tasks/get`.
pub async fn get(state: &McpState, id: &str) -> Result<GetTaskResult, ErrorData> {
    let info = find(state, id).await?;
    let payload = match (&info.outcome, info.status) {
        (_, Status::Cancelled) => TaskPayload::Cancelled,
        // Not the command's own failure: it never came to an end.
        (Some(Err(error)), _)
            if matches!(error.code, Code::Internal | Code::ShuttingDown | Code::Interrupted) =>
        {
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
    Ok(GetTaskResult::new(DetailedTask::new(outline(state, &info), payload)))
}

/// `tasks/cancel`.
pub async fn cancel(state: &McpState, id: &str) -> Result<(), ErrorData> {
    let info = find(state, id).await?;
    let why = Error::new(Code::Cancelled, "The client cancelled the task");
    state.service.queue.interrupt(info.id, why).map(drop).map_err(|error| unknown(&error))
}

/// With its zone, as the protocol wants it and other doors do not.
fn utc(time: f64) -> String {
    let time = chrono::DateTime::from_timestamp_millis((time * 1e3) as i64).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

async fn find(state: &McpState, id: &str) -> Result<TaskInfo, ErrorData> {
    let known = Uuid::parse_str(id).map_err(|_| unknown(&Error::task_not_found(id)))?;
    state.service.task(known).await.map_err(|error| unknown(&error))
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
