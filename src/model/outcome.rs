//! What a call comes to, and who waits for it. Plain data, any thread.

use uuid::Uuid;

use super::error::Error;
pub use super::json::Json;

/// What a call comes to: encoded JSON, or an error with its code.
pub type Outcome = Result<Json, Error>;

/// What a task that nobody waits for is answered with. `stored`: whether it will be known after a restart, where tasks
/// are kept; said only if not.
#[must_use]
pub fn queued(id: Uuid, stored: bool) -> Json {
    let mut answer = serde_json::json!({"task_id": id.to_string(), "status": "queued"});
    if !stored {
        answer["stored"] = false.into();
    }
    Json::of(&answer)
}

/// Who waits for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A connection that waits itself: bounded by back-pressure, not by the queue's capacity.
    Inline,
    /// A request that waits for a while and may fetch the outcome later. Counts against the capacity.
    Poll,
    /// Nobody: the caller gets the task's id and fetches the outcome later. Counts against the capacity.
    Detached,
}

impl Delivery {
    /// Whether the queue's capacity bounds such tasks.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        !matches!(self, Self::Inline)
    }
}
