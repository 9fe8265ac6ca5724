//! What is kept: one record for each thing that must outlive Blender. Plain data, any thread.
//!
//! Records are encoded into the journal as they happen and applied to the archive in order, perhaps twice (after a
//! crash), so applying one again changes nothing.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// JSON inside a record is text that was encoded before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// A session was made, or came back to life here.
    Session { id: &'a str, created_at: f64, last_activity: f64, command_count: u64 },
    /// A session's own state (what `update_state` was given), whole.
    State { session: &'a str, state: &'a str, at: f64 },
    /// A command of a session has ended; `number` counts the session's entries from 1.
    #[serde(borrow)]
    Entry(Entry<'a>),
    /// A session was closed; its history stays until it is deleted.
    Closed { session: &'a str, at: f64 },
    /// A session and all that belongs to it is to be forgotten.
    Deleted { session: &'a str },
    /// What changed in the scene since the last such record of this run; `version` counts them.
    Scene { version: u64, change: &'a str },
    /// A task that can be asked for later was accepted; it has not run.
    Accepted(Accepted<'a>),
    /// Such a task has ended.
    Ended(Ended<'a>),
    /// What the doors keep with a session, whole. Last: records are told apart by their place here, on disk too.
    Protocol { session: &'a str, state: &'a str, at: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry<'a> {
    pub session: &'a str,
    pub number: u64,
    pub task: Uuid,
    /// When it began to run, Unix seconds.
    pub timestamp: f64,
    pub duration: f64,
    pub command: &'a str,
    pub args: &'a str,
    pub result: &'a str,
    pub succeeded: bool,
    /// The person's own words, if the client gave them.
    pub user_input: Option<&'a str>,
    /// The session's counter, for its header.
    pub command_count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted<'a> {
    pub id: Uuid,
    pub session: &'a str,
    /// The task's type, which may be another word than the command's name.
    pub kind: &'a str,
    pub runs: &'a str,
    pub metadata: &'a str,
    pub created_at: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended<'a> {
    pub id: Uuid,
    pub started_at: Option<f64>,
    pub finished_at: f64,
    /// The result's JSON, or the error's body (`{"code", "message", …}`).
    #[serde(borrow)]
    pub result: Result<&'a str, &'a str>,
}
