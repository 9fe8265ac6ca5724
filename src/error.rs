//! The one error type: a wire code, words that say what to do, and optional data. No thread of its own.
//!
//! Every door sends the same codes (`wire.md`), so a client may match on `code` whatever it speaks.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The closed list of codes a client can receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidJson,
    MessageTooLarge,
    TooDeep,
    UnknownCommand,
    InvalidParams,
    SessionNotFound,
    TaskNotFound,
    QueueFull,
    Timeout,
    Cancelled,
    Blocked,
    Unauthorized,
    CommandFailed,
    /// Blender ended while the task waited or ran.
    Interrupted,
    /// The task's id has been used before.
    DuplicateTask,
    ShuttingDown,
    Internal,
}

impl Code {
    pub const ALL: [Self; 17] = [
        Self::InvalidJson,
        Self::MessageTooLarge,
        Self::TooDeep,
        Self::UnknownCommand,
        Self::InvalidParams,
        Self::SessionNotFound,
        Self::TaskNotFound,
        Self::QueueFull,
        Self::Timeout,
        Self::Cancelled,
        Self::Blocked,
        Self::Unauthorized,
        Self::CommandFailed,
        Self::Interrupted,
        Self::DuplicateTask,
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
            Self::SessionNotFound => "session_not_found",
            Self::TaskNotFound => "task_not_found",
            Self::QueueFull => "queue_full",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
            Self::Unauthorized => "unauthorized",
            Self::CommandFailed => "command_failed",
            Self::Interrupted => "interrupted",
            Self::DuplicateTask => "duplicate_task",
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

/// What went wrong, as a client is told it.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    pub code: Code,
    pub message: String,
    /// Further members beside the message (a script's output so far, a task's id).
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

    /// `field` is the path of the offending parameter, `expected` what would have been right.
    #[must_use]
    pub fn invalid_param(field: &str, expected: &str) -> Self {
        Self::new(Code::InvalidParams, format!("{field}: {expected}"))
    }

    /// `{"code", "message", …}`: the error as a member of a larger answer.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::from_iter([
            ("code".to_owned(), self.code.as_str().into()),
            ("message".to_owned(), self.message.as_str().into()),
        ]);
        body.extend(self.data.iter().flat_map(|data| (**data).clone()));
        Value::Object(body)
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
