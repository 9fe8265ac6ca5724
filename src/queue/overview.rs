//! The queue at a glance, for the panel: what is under way, and what failed lately.
//!
//! Main thread, each time Blender draws the panel; one short look under the lock.

use serde_json::{Value, json};

use super::{Queue, Status};
use crate::clock::iso;

/// Failures are looked for among this many of the tasks that ended last.
const LOOKED_AT: usize = 200;

impl Queue {
    /// At most `most` of each, those that began first and those that failed last in front.
    #[must_use]
    pub fn overview(&self, most: usize) -> Value {
        let inner = self.inner.lock();
        let under_way = inner.running.iter().chain(&inner.suspended).take(most).filter_map(|running| {
            let task = inner.tasks.get(&running.id)?;
            Some(json!({
                "task_id": running.id.to_string(), "command": &*running.command,
                "seconds": running.since.elapsed().as_secs_f64(), "progress": task.progress(),
                "cancelling": task.is_interrupted(),
            }))
        });
        let under_way: Vec<_> = under_way.collect();
        let ended = inner.finished.newest(LOOKED_AT).filter_map(|id| inner.tasks.get(&id));
        let failed = ended.filter(|task| task.status == Status::Failed).take(most);
        let failures: Vec<_> = failed
            .map(|task| {
                let info = task.info();
                let error = info.outcome.and_then(Result::err);
                json!({
                    "task_id": info.id.to_string(), "command": &*info.command,
                    "finished_at": info.finished_at.map(iso), "error": error.map(|error| error.body()),
                })
            })
            .collect();
        json!({"under_way": under_way, "failures": failures})
    }
}
