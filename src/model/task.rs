//! A task as clients are told of it. Plain data, any thread.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::error::Error;
use super::outcome::Outcome;
use super::time::iso;

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TaskStatus)]
pub enum Status {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    /// The status as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The event of a task's end.
    #[must_use]
    pub const fn ended(self) -> &'static str {
        match self {
            Self::Completed => "task_completed",
            Self::Cancelled => "task_cancelled",
            Self::Pending | Self::Processing | Self::Failed => "task_failed",
        }
    }
}

/// What a waiting task needs before it may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitsFor {
    /// The user has to allow it.
    Approval,
    /// A language model reads its sentence.
    Model,
    /// An earlier task of its session.
    Session,
    /// It has not been written yet.
    Storage,
    /// Others are before it, or Blender has not come by yet.
    Turn,
}

/// What a client is told of a task. Times are Unix seconds.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    pub id: Uuid,
    pub status: Status,
    /// The task's type, which may be another word than the command's name.
    pub command: Arc<str>,
    /// The command's own name.
    pub runs: Arc<str>,
    pub session_id: Arc<str>,
    pub metadata: Arc<Map<String, Value>>,
    pub progress: Option<Progress>,
    /// What it needs before its turn counts.
    pub waits_for: Option<WaitsFor>,
    pub created_at: f64,
    pub started_at: Option<f64>,
    pub finished_at: Option<f64>,
    pub outcome: Option<Outcome>,
}

impl TaskInfo {
    /// The task: how it stands, its times, and its error; the result is the door's to add, in its way.
    #[must_use]
    pub fn describe(&self) -> TaskDescription {
        TaskDescription { id: self.id, metadata: Arc::clone(&self.metadata), task: self.event() }
    }

    /// What the channel `tasks` tells: the task without its metadata, which may be large.
    #[must_use]
    pub fn event(&self) -> TaskEvent {
        TaskEvent {
            task_id: self.id,
            status: self.status,
            r#type: Arc::clone(&self.command),
            session_id: Arc::clone(&self.session_id),
            created_at: iso(self.created_at),
            started_at: self.started_at.map(iso),
            finished_at: self.finished_at.map(iso),
            progress: self.progress.clone(),
            waits_for: self.waits_for,
            error: self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err().cloned()),
        }
    }
}

/// A task as `get_task` answers it, but for its result.
#[derive(Serialize, ToSchema)]
pub struct TaskDescription {
    #[schema(value_type = String, example = "7d444840-9dc0-11d1-b245-5ffdce74fad2")]
    id: Uuid,
    /// As the client gave it.
    #[schema(value_type = Object)]
    metadata: Arc<Map<String, Value>>,
    #[serde(flatten)]
    task: TaskEvent,
}

/// A task as the channel `tasks` tells it. Times are ISO 8601, local time.
#[derive(Serialize, ToSchema)]
pub struct TaskEvent {
    /// The same as `id`.
    #[schema(value_type = String)]
    task_id: Uuid,
    status: Status,
    /// The `type` that was sent, or `execute`.
    #[schema(value_type = String, example = "execute")]
    r#type: Arc<str>,
    #[schema(value_type = String)]
    session_id: Arc<str>,
    #[schema(example = "2024-01-01T00:00:00.000+01:00")]
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    /// `approval`: until the user allows it. `model`: until a language model has read its sentence. In lists also `turn`,
    /// `session` (an earlier task of its session) and `storage` (until it is written). Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub waits_for: Option<WaitsFor>,
    progress: Option<Progress>,
    /// Of a failed or cancelled task.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

/// How far a running task is, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = TaskProgress)]
pub struct Progress {
    /// 0 to 1.
    pub fraction: Option<f64>,
    pub message: Option<String>,
}
