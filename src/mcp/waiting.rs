//! What a caller is told whose command is not done yet: which task it is, what Blender does, what to do now.
//!
//! Pure but for a look at the queue.

use std::time::Duration;

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use super::tools::UNFINISHED;
use crate::queue::{Status, TaskInfo};
use crate::service::Service;

/// The main thread counts as busy with something else after so long without a sign.
const SILENCE: Duration = Duration::from_secs(4);

/// The result of a call whose task goes on.
#[must_use]
pub fn told(service: &Service, info: &TaskInfo) -> CallToolResult {
    let doing = doing(service, info);
    let words = format!(
        "Not done yet, and nothing is wrong: {doing}\nThe work is task {id} and goes on; do not send it again. \
         Next: get_task with task_id \"{id}\" and wait 20 for its result, or cancel_task to stop it.",
        id = info.id
    );
    let mut told = CallToolResult::success(vec![ContentBlock::text(words)]);
    told.structured_content = Some(json!({
        UNFINISHED: {"task_id": info.id.to_string(), "status": info.status, "progress": info.progress, "blender": doing},
    }));
    told
}

/// What Blender does with a task, in a sentence.
#[must_use]
pub fn doing(service: &Service, info: &TaskInfo) -> String {
    let main_thread = service.queue.main_thread();
    let seconds = main_thread["seconds"].as_f64().unwrap_or_default();
    if info.status == Status::Processing && !service.queue.waits(info.id, SILENCE) {
        let said = said(info);
        return format!("Blender is running {}{said}.", info.command);
    }
    match &main_thread["command"] {
        // Between two steps its own command is what the main thread is at, and does not come by for.
        Value::String(command) if info.status == Status::Pending => {
            format!("Blender has been running {command} for {seconds:.0} s, and this waits for its turn.")
        }
        _ => format!(
            "Blender has given no sign for {:.0} s: its window is busy (a render, a dialog, a drag, a script of its \
             user), and {} waits for it.",
            service.queue.silence(),
            info.command
        ),
    }
}

/// A task's own words on how far it is.
fn said(info: &TaskInfo) -> String {
    let progress = info.progress.clone().unwrap_or_default();
    let fraction = progress.fraction.map(|fraction| format!("{:.0} %", fraction * 100.0));
    let parts: Vec<_> = fraction.into_iter().chain(progress.message).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}
