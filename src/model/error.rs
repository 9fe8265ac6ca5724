//! The one error type: a wire code, words that say what to do, and optional data. No thread of its own.
//!
//! Every door sends the same codes, so a client may match on `code` whatever it speaks.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// The closed list of codes a client can receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidJson,
    MessageTooLarge,
    TooDeep,
    UnknownCommand,
    InvalidParams,
    /// Words that mean nothing here, or several things.
    NotUnderstood,
    SessionNotFound,
    TaskNotFound,
    QueueFull,
    /// Every connection that is served at once is taken.
    TooManyConnections,
    /// Another machine spoke without TLS.
    TlsRequired,
    /// There is no such path.
    NotFound,
    Timeout,
    Cancelled,
    Blocked,
    Unauthorized,
    CommandFailed,
    /// Blender ended while the task waited or ran.
    Interrupted,
    /// The task's id has been used before.
    DuplicateTask,
    /// Nothing is kept here, or what is kept cannot be read.
    StoreUnavailable,
    /// No language model can be asked: switched off, not there, busy, or it does not let us in.
    ModelUnavailable,
    /// A language model was asked, and what it did is no answer.
    ModelFailed,
    ShuttingDown,
    Internal,
}

impl Code {
    pub const ALL: [Self; 24] = [
        Self::InvalidJson,
        Self::MessageTooLarge,
        Self::TooDeep,
        Self::UnknownCommand,
        Self::InvalidParams,
        Self::NotUnderstood,
        Self::SessionNotFound,
        Self::TaskNotFound,
        Self::QueueFull,
        Self::TooManyConnections,
        Self::TlsRequired,
        Self::NotFound,
        Self::Timeout,
        Self::Cancelled,
        Self::Blocked,
        Self::Unauthorized,
        Self::CommandFailed,
        Self::Interrupted,
        Self::DuplicateTask,
        Self::StoreUnavailable,
        Self::ModelUnavailable,
        Self::ModelFailed,
        Self::ShuttingDown,
        Self::Internal,
    ];

    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::MessageTooLarge => "message_too_large",
            Self::TooDeep => "too_deep",
            Self::UnknownCommand => "unknown_command",
            Self::InvalidParams => "invalid_params",
            Self::NotUnderstood => "not_understood",
            Self::SessionNotFound => "session_not_found",
            Self::TaskNotFound => "task_not_found",
            Self::QueueFull => "queue_full",
            Self::TooManyConnections => "too_many_connections",
            Self::TlsRequired => "tls_required",
            Self::NotFound => "not_found",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
            Self::Unauthorized => "unauthorized",
            Self::CommandFailed => "command_failed",
            Self::Interrupted => "interrupted",
            Self::DuplicateTask => "duplicate_task",
            Self::StoreUnavailable => "store_unavailable",
            Self::ModelUnavailable => "model_unavailable",
            Self::ModelFailed => "model_failed",
            Self::ShuttingDown => "shutting_down",
            Self::Internal => "internal",
        }
    }

    /// The code a command named in words (Python's `CommandError`); `None` if it is not one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What went wrong, as a client is told it. Some errors carry more: `task_id`, or the figures of a full queue
/// (`capacity`, `waiting`).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ErrorBody, example = json!({"code": "queue_full", "message": "The queue is full: 100 tasks are waiting", "capacity": 100, "waiting": 100}))]
pub struct Error {
    #[schema(value_type = String)]
    pub code: Code,
    pub message: String,
    /// Further members beside the message (a script's output so far, a task's id).
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub data: Option<Box<Map<String, Value>>>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    #[must_use]
    pub fn with_data(mut self, data: Map<String, Value>) -> Self {
        self.data = (!data.is_empty()).then(|| Box::new(data));
        self
    }

    /// The error with the task that it is about.
    #[must_use]
    pub fn with_task(mut self, task: Uuid) -> Self {
        self.data.get_or_insert_default().insert("task_id".to_owned(), task.to_string().into());
        self
    }

    /// `field` is the path of the offending parameter, `expected` what would have been right.
    #[must_use]
    pub fn invalid_param(field: &str, expected: &str) -> Self {
        Self::new(Code::InvalidParams, format!("{field}: {expected}"))
    }

    /// `{"code", "message", …}`: the error as a member of a larger answer; it serializes as this too.
    #[must_use]
    pub fn body(&self) -> Value {
        json!(self)
    }

    #[must_use]
    pub fn session_not_found(id: &str) -> Self {
        Self::new(Code::SessionNotFound, format!("Session not found: {id}"))
    }

    #[must_use]
    pub fn task_not_found(id: &str) -> Self {
        Self::new(
            Code::TaskNotFound,
            format!("Task not found: {id} (finished tasks are kept for a while only)"),
        )
    }

    #[must_use]
    pub fn duplicate_task(id: Uuid) -> Self {
        let words = format!("The task id {id} has been used before; ask get_task what that task came to");
        Self::new(Code::DuplicateTask, words)
    }

    /// What became of a task whose Blender died before its end.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Code::Interrupted, "Blender ended before the task did; what it had done by then is unknown")
    }

    #[must_use]
    pub fn tls_required() -> Self {
        let words = "Other machines must use TLS: https, wss, or TLS around the JSON. To allow them without it, switch on \
                     Unencrypted From Other Machines (setting insecure_remote)";
        Self::new(Code::TlsRequired, words)
    }

    #[must_use]
    pub fn shutting_down() -> Self {
        Self::new(Code::ShuttingDown, "Tenon is stopping; connect again when it has started")
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(code));
        }
        assert_eq!(Code::parse("nonsense"), None);
    }
}
