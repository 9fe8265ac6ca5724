//! The shapes of the task API that no type has, for its OpenAPI document: requests are read by hand for exact errors,
//! results are spliced as bytes. The tests hold real answers to these shapes.

#![expect(dead_code, reason = "read by the derive only")]

use serde_json::Value;
use utoipa::ToSchema;

use crate::model::error::Error;
use crate::model::task::TaskDescription;

/// What to run. `type` says how `command` is meant: `execute` (or nothing): the name of a command, or a sentence;
/// `execute_code`: Python source text; `batch`: not needed, `metadata.commands` are run in order; any other
/// `type` is itself the name of a command.
#[derive(ToSchema)]
#[schema(example = json!({"type": "create_object", "params": {"type": "CUBE", "name": "Box"}, "async": true}))]
pub struct TaskRequest {
    /// How `command` is meant.
    #[schema(example = "create_object")]
    r#type: Option<String>,
    /// A command's name, a sentence in English, Japanese or Chinese, or Python source text.
    command: Option<String>,
    /// The command's parameters, by the schemas of the commands.
    #[schema(value_type = Option<Object>)]
    params: Option<Value>,
    /// Of a sentence: tell the commands that it means, and do nothing.
    dry_run: Option<bool>,
    /// Answer the task's id at once.
    r#async: Option<bool>,
    /// The session to run in; without one the connection's own.
    session_id: Option<String>,
    /// Seconds after which the command is stopped.
    timeout: Option<f64>,
    /// A UUID of the client's own for the task, never used before: after a lost connection it tells what became of it.
    #[schema(example = "1b4e28ba-2fa1-11d2-883f-0016d3cca427")]
    task_id: Option<String>,
    metadata: Option<Metadata>,
}

/// Handed back with the task as it is. These members mean something; any others may be added.
#[derive(ToSchema)]
pub struct Metadata {
    /// Add a small PNG picture of the view to the result.
    preview: Option<bool>,
    /// The person's own words, for the session's logs.
    user_prompt: Option<String>,
    /// Of a batch, 1,000 at most: each the name of a command, or an object of `type`, `command` and `params`.
    #[schema(max_items = 1000)]
    commands: Option<Vec<BatchCommand>>,
    /// Of a batch, after a command that failed: `stop` (the default) or `continue`.
    #[schema(example = "stop")]
    on_error: Option<String>,
    /// Of a batch: one undo step for all of it, and if any command fails, nothing is changed.
    atomic: Option<bool>,
}

#[derive(ToSchema)]
#[serde(untagged)]
pub enum BatchCommand {
    /// The name of a command.
    Name(String),
    Command(OneCommand),
}

/// As in `TaskRequest`.
#[derive(ToSchema)]
pub struct OneCommand {
    r#type: Option<String>,
    command: Option<String>,
    #[schema(value_type = Option<Object>)]
    params: Option<Value>,
}

/// What `POST /mcp` answers.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema only")]
pub enum Submitted {
    Done(Done),
    Queued(Accepted),
}

#[derive(ToSchema)]
pub struct Accepted {
    #[schema(example = "7d444840-9dc0-11d1-b245-5ffdce74fad2")]
    task_id: String,
    #[schema(example = "queued")]
    status: String,
    session_id: String,
}

/// What a command answered.
#[derive(ToSchema)]
pub struct TaskResult {
    /// False only for a batch that did not do everything.
    success: bool,
    /// As the command answered it; of a batch see `BatchResult`.
    result: Value,
    /// A PNG picture as base64, if `metadata.preview` asked for it; null if none could be made.
    #[schema(content_encoding = "base64")]
    preview: Option<String>,
    /// Why there is no picture.
    preview_error: Option<String>,
}

#[derive(ToSchema)]
pub struct Done {
    #[serde(flatten)]
    result: TaskResult,
    /// Absent if the command was answered at once, without Blender.
    task_id: Option<String>,
    #[schema(example = "completed")]
    status: String,
    session_id: String,
}

/// What a batch answers.
#[derive(ToSchema)]
pub struct BatchResult {
    /// Every command was done.
    success: bool,
    /// In the order of the commands.
    results: Vec<BatchItem>,
    completed: u32,
    failed: u32,
    skipped: u32,
    /// The batch was atomic and failed: everything was taken back.
    undone: bool,
}

#[derive(ToSchema)]
pub struct BatchItem {
    command: String,
    /// `success`, `error` or `skipped`.
    #[schema(example = "success")]
    status: String,
    result: Option<Value>,
    error: Option<Error>,
}

/// A task with its result.
#[derive(ToSchema)]
pub struct Task {
    #[serde(flatten)]
    task: TaskDescription,
    /// Of a completed task.
    result: Option<TaskResult>,
}
