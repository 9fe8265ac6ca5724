//! The shapes of the routes about sessions, for the OpenAPI document. The tests hold real answers to them.

#![expect(dead_code, reason = "read by the derive only")]

use std::collections::HashMap;

use serde_json::Value;
use utoipa::ToSchema;

pub use super::schemas::Failure;

#[derive(ToSchema)]
pub struct CreatedSession {
    #[schema(example = "scene-20260106-101530-a1b2c3d4")]
    session_id: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum SessionStatus {
    Live,
    Parked,
    Closed,
}

/// Times are Unix seconds.
#[derive(ToSchema)]
pub struct ListedSession {
    session_id: String,
    created_at: f64,
    last_activity: f64,
    command_count: u64,
    /// It was not used for a while.
    idle: bool,
    status: SessionStatus,
    /// The Blender that it is live in, if that is another one: see `/instances`.
    instance: Option<String>,
}

/// Times are Unix seconds.
#[derive(ToSchema)]
pub struct Session {
    #[schema(example = "scene-20260106-101530-a1b2c3d4")]
    session_id: String,
    created_at: f64,
    last_activity: f64,
    blender: BlenderConnection,
    state: State,
    command_count: u64,
    status: SessionStatus,
}

#[derive(ToSchema)]
pub struct BlenderConnection {
    connected: bool,
    host: String,
    port: u16,
    /// When Blender's main thread last gave a sign, Unix seconds.
    last_heartbeat: f64,
}

/// What is in Blender's scene, what clients have added with `update_state`, and the session's last command.
#[derive(ToSchema)]
pub struct State {
    /// Names.
    objects: Option<Vec<String>>,
    selection: Option<String>,
    active_object: Option<String>,
    selected_objects: Option<Vec<String>>,
    mode: Option<String>,
    frame: Option<i64>,
    file: Option<String>,
    last_command: Option<String>,
    last_result: Option<Value>,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

/// One command of a session, once it has ended.
#[derive(ToSchema)]
pub struct HistoryEntry {
    /// Counts the session's entries from 1.
    id: u64,
    /// When it began, Unix seconds.
    timestamp: f64,
    command: String,
    /// Large ones are shortened.
    args: Value,
    /// As the command answered it, or `{"status": "error", "code", "message"}`; large ones are shortened.
    result: Value,
    /// Seconds.
    duration: f64,
    success: bool,
    task_id: String,
    /// The person's own words, if the client gave them.
    user_input: Option<String>,
}

/// A command found in some session's history.
#[derive(ToSchema)]
pub struct Hit {
    session_id: String,
    /// For `before`, to go on from here.
    cursor: u64,
    #[serde(flatten)]
    entry: HistoryEntry,
}

#[derive(ToSchema)]
pub struct ClosedSession {
    session_id: String,
    closed: bool,
}

#[derive(ToSchema)]
pub struct DeletedSession {
    session_id: String,
    deleted: bool,
}

#[derive(ToSchema)]
pub struct SavedSession {
    session_id: String,
    /// ISO 8601, local time.
    saved_at: String,
}

#[derive(ToSchema)]
pub struct DesignRequest {
    /// `en` or `ja`; the setting's if left out.
    language: Option<String>,
}

#[derive(ToSchema)]
pub struct Design {
    session_id: String,
    filepath: String,
    /// Markdown.
    document: String,
}

#[derive(ToSchema)]
pub struct CleanupRequest {
    /// Close sessions of this run that were idle for so many seconds.
    #[schema(example = 300.0)]
    timeout: Option<f64>,
    /// Or delete sessions that were not used for so many days.
    days: Option<f64>,
}

#[derive(ToSchema)]
pub struct ExportRequest {
    /// An absolute path.
    filepath: String,
    /// All, if left out.
    session_ids: Option<Vec<String>>,
}

#[derive(ToSchema)]
pub struct Exported {
    filepath: String,
    /// How many.
    sessions: u64,
}

#[derive(ToSchema)]
pub struct ImportRequest {
    /// An absolute path.
    filepath: String,
}

#[derive(ToSchema)]
pub struct ImportedSessions {
    filepath: String,
    imported: Vec<String>,
    /// Those that were there already.
    skipped: Vec<String>,
}

/// The store's condition, and its figures if it is open.
#[derive(ToSchema)]
pub struct StoreStatistics {
    /// `open`, `off` or `failed`.
    #[schema(example = "open")]
    state: String,
    /// Why it is not open.
    reason: Option<String>,
    #[serde(flatten)]
    figures: HashMap<String, Value>,
}

#[derive(ToSchema)]
pub struct Instance {
    /// The run of the server.
    instance: String,
    pid: u32,
    host: String,
    port: u16,
    /// Blender's version.
    blender: String,
    /// The file that is open; empty if it was never saved.
    file: String,
    started_at: f64,
    /// Tenon's version.
    version: String,
    /// Whether it is the one that answers.
    this: bool,
}
