//! The queue looked at: figures for clients, what is under way and what failed for the panel, stalls for alerts.
//!
//! Any thread; each is one short look under the lock, and changes nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::tasks::Task;
use super::{Inner, Queue, Status, TaskInfo};
use crate::clock::iso;
use crate::error::Error;

/// Failures are looked for among this many of the tasks that ended last.
const LOOKED_AT: usize = 200;

/// How long the main thread has given no sign although there is work.
pub struct Stall {
    pub command: Option<Arc<str>>,
    pub seconds: f64,
    pub waiting: usize,
}

impl Queue {
    /// The task that runs right now, if any.
    #[must_use]
    pub fn running(&self) -> Option<Uuid> {
        self.inner.lock().running.as_ref().map(|running| running.id)
    }

    pub fn task(&self, id: Uuid) -> Result<TaskInfo, Error> {
        let inner = self.inner.lock();
        inner.tasks.get(&id).map(Task::info).ok_or_else(|| Error::task_not_found(&id.to_string()))
    }

    /// `get_queue_status`: document 3's figures.
    #[must_use]
    pub fn status(&self) -> Value {
        let inner = self.inner.lock();
        let mut counts = [0_usize; 5];
        let mut recent = Map::new();
        for task in inner.tasks.values() {
            counts[task.status as usize] += 1;
        }
        for task in
            inner.finished.newest(20).filter_map(|id| inner.tasks.get(&id)).chain(inner.unfinished(20))
        {
            let info = task.info();
            recent.insert(
                info.id.to_string(),
                json!({"status": info.status, "type": &*info.command, "created_at": iso(info.created_at)}),
            );
        }
        json!({
            "queue_size": inner.lanes.waiting(), "capacity": self.capacity, "pending": counts[0], "processing": counts[1],
            "completed": counts[2], "failed": counts[3], "cancelled": counts[4], "late": self.late.load(Relaxed),
            "current_task": inner.running.as_ref().map(|r| r.id.to_string()), "tasks": recent,
        })
    }

    /// The queue's part of `get_server_status`.
    #[must_use]
    pub fn summary(&self) -> Value {
        let inner = self.inner.lock();
        json!({
            "capacity": self.capacity, "waiting": inner.lanes.waiting(), "running": usize::from(inner.running.is_some()),
            "suspended": inner.suspended.len(),
        })
    }

    /// What the main thread is doing, and for how many seconds: the command in hand, else the oldest one that
    /// is between two steps. Idle, it is the time since it last looked.
    #[must_use]
    pub fn main_thread(&self) -> Value {
        let inner = self.inner.lock();
        match inner.running.as_ref().or(inner.suspended.first()) {
            Some(running) => json!({
                "state": "running", "command": &*running.command, "task_id": running.id.to_string(),
                "seconds": running.since.elapsed().as_secs_f64(),
            }),
            None => json!({
                "state": "idle", "command": null, "task_id": null, "seconds": inner.seen.elapsed().as_secs_f64(),
            }),
        }
    }

    /// Whether the task waits for the main thread: it has not begun, or is between two steps while the main thread
    /// has given no sign for so long.
    #[must_use]
    pub fn waits(&self, id: Uuid, silence: Duration) -> bool {
        let inner = self.inner.lock();
        let pending = inner.tasks.get(&id).is_some_and(|task| task.status == Status::Pending);
        let between = inner.suspended.iter().any(|suspended| suspended.id == id);
        pending || (between && inner.seen.elapsed() > silence)
    }

    /// Seconds since the main thread gave a sign.
    #[must_use]
    pub fn silence(&self) -> f64 {
        self.inner.lock().seen.elapsed().as_secs_f64()
    }

    /// `None` while the main thread has nothing to do.
    #[must_use]
    pub fn stall(&self) -> Option<Stall> {
        let inner = self.inner.lock();
        let waiting = inner.lanes.waiting();
        let command = inner.running.as_ref().map(|running| Arc::clone(&running.command));
        let seconds = inner.seen.elapsed().as_secs_f64();
        (command.is_some() || waiting > 0).then_some(Stall { command, seconds, waiting })
    }

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

impl Inner {
    fn unfinished(&self, most: usize) -> impl Iterator<Item = &Task> {
        self.tasks
            .values()
            .filter(|task| matches!(task.status, Status::Pending | Status::Processing))
            .take(most)
    }
}
