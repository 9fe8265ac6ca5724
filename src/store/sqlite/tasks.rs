//! Tasks as rows, for whoever asks after their Blender has gone. On whatever connection one has.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row};
use serde_json::Value;
use uuid::Uuid;

use super::sessions::members;
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::task::{Status, TaskInfo};

/// A task that was accepted to be asked for later.
pub fn task(connection: &Connection, id: Uuid) -> Result<Option<TaskInfo>> {
    let mut find = connection.prepare_cached(
        "SELECT session, kind, runs, metadata, created_at, started_at, finished_at, succeeded, result
         FROM task WHERE id = ?",
    )?;
    find.query_row([id.as_bytes()], |row| read(id, row)).optional()
}

fn read(id: Uuid, row: &Row<'_>) -> Result<TaskInfo> {
    let text = |at: usize| row.get::<_, String>(at).map(Arc::from);
    let body: Option<String> = row.get(8)?;
    let outcome = match (row.get::<_, Option<bool>>(7)?, body) {
        (Some(true), Some(body)) => Some(Ok(Json::from_encoded(body.into_bytes()))),
        (Some(false), body) => Some(Err(failure(body))),
        _ => None,
    };
    let status = match &outcome {
        Some(Ok(_)) => Status::Completed,
        Some(Err(error)) if error.code == Code::Cancelled => Status::Cancelled,
        Some(Err(_)) => Status::Failed,
        // Another Blender that lives has it.
        None => Status::Processing,
    };
    Ok(TaskInfo {
        id,
        status,
        command: text(1)?,
        runs: text(2)?,
        session_id: text(0)?,
        metadata: Arc::new(members(row.get(3)?)),
        progress: None,
        waits_for: None,
        created_at: row.get(4)?,
        started_at: row.get(5)?,
        finished_at: row.get(6)?,
        outcome,
    })
}

/// An error's body as the error it was.
fn failure(body: Option<String>) -> Error {
    let mut body = members(body);
    let mut text = |name: &str| match body.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (code, message) = (text("code"), text("message"));
    Error::new(Code::parse(&code).unwrap_or(Code::Internal), message).with_data(body)
}
