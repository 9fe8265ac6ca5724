//! What a caller is told whose command is not done yet: which task it is, what Blender does, what to do now.
//!
//! Pure but for a look at the queue.

use std::time::Duration;

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::json;

use super::tools::UNFINISHED;
use crate::model::task::{Status, TaskInfo, WaitsFor};
use crate::service::Service;

/// Whoever waits for Blender is told what it does after so long without a sign of it.
pub const UNSTARTED_LIMIT: Duration = Duration::from_secs(4);

/// The result of a call whose task goes on.
#[must_use]
pub fn result(service: &Service, info: &TaskInfo) -> CallToolResult {
    let doing = doing(service, info);
    let words = format!(
        "Not done yet, and nothing is wrong: {doing}\nThe work is task {id} and goes on; do not send it again. \
         Next: get_task with task_id \"{id}\" and wait 20 for its result, or cancel_task to stop it.",
        id = info.id
    );
    let mut told = CallToolResult::success(vec![ContentBlock::text(words)]);
    told.structured_content = Some(json!({
        UNFINISHED: {"task_id": info.id, "status": info.status, "progress": info.progress, "blender": doing},
    }));
    told
}

/// What Blender does with a task, in a sentence.
#[must_use]
pub fn doing(service: &Service, info: &TaskInfo) -> String {
    match info.waits_for {
        Some(WaitsFor::Approval) => {
            return format!(
                "{} waits until the user allows its code, in the Tenon panel of Blender's sidebar; tell the user so.",
                info.command
            );
        }
        Some(WaitsFor::Model) => {
            let said = said(info).unwrap_or_else(|| "not asked yet".to_owned());
            return format!("{} waits for a language model that reads its sentence ({said}).", info.command);
        }
        None | Some(WaitsFor::Session | WaitsFor::Storage | WaitsFor::Turn) => {}
    }
    let main_thread = service.queue.main_thread();
    if info.status == Status::Processing && !service.queue.waits(info.id, UNSTARTED_LIMIT) {
        let said = said(info).map_or_else(String::new, |said| format!(" ({said})"));
        return format!("Blender is running {}{said}.", info.command);
    }
    match &main_thread.command {
        // Between two steps its own command is what the main thread is at, and does not come by for.
        Some(command) if info.status == Status::Pending => {
            format!(
                "Blender has been running {command} for {:.0} s, and this waits for its turn.",
                main_thread.seconds
            )
        }
        _ => format!(
            "Blender has given no sign for {:.0} s: its window is busy (a render, a dialog, a drag, a script of its \
             user), and {} waits for it.",
            service.queue.since_heartbeat(),
            info.command
        ),
    }
}

/// A task's own words on how far it is, if it has said any.
#[must_use]
pub fn said(info: &TaskInfo) -> Option<String> {
    let progress = info.progress.as_ref()?;
    let fraction = progress.fraction.map(|fraction| format!("{:.0} %", fraction * 100.0));
    let parts: Vec<_> = fraction.into_iter().chain(progress.message.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
