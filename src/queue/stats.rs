//! The queue looked at: figures for clients, what is under way and what failed for the panel, stalls for alerts.
//!
//! Any thread; each is one short look under the lock, and changes nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::task::Task;
use super::throughput::Sample;
use super::totals::Totals;
use super::{Inner, Queue, Status, TaskInfo};
use crate::model::error::Error;
use crate::model::task::{Progress, WaitsFor};
use crate::model::time::{iso, unix_time};

/// Failures are looked for among this many of the tasks that ended last.
const LOOKED_AT: usize = 200;

/// The answer of `get_queue_status`.
#[derive(Serialize, ToSchema)]
#[schema(as = Figures)]
pub struct QueueStatus {
    /// Tasks that wait.
    pub queue_size: usize,
    pub capacity: usize,
    pub pending: usize,
    pub processing: usize,
    pub completed: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Answers that nobody was left to hear.
    pub late: u64,
    #[schema(value_type = Option<String>)]
    pub current_task: Option<Uuid>,
    /// The latest tasks by id.
    #[schema(value_type = std::collections::HashMap<String, TaskSummary>)]
    pub tasks: IndexMap<Uuid, TaskSummary>,
}

#[derive(Serialize, ToSchema)]
pub struct TaskSummary {
    status: Status,
    #[schema(value_type = String)]
    r#type: Arc<str>,
    /// ISO 8601, local time.
    created_at: String,
}

/// The queue's part of `get_server_status`.
#[derive(Serialize, ToSchema)]
pub struct QueueSummary {
    pub capacity: usize,
    pub waiting: usize,
    pub running: usize,
    /// Commands between two of their steps.
    pub suspended: usize,
}

/// What Blender's main thread is doing.
#[derive(Serialize, ToSchema)]
pub struct MainThread {
    pub state: MainThreadState,
    #[schema(value_type = Option<String>)]
    pub command: Option<Arc<str>>,
    #[schema(value_type = Option<String>)]
    pub task_id: Option<Uuid>,
    /// How long it has been so.
    pub seconds: f64,
    /// Seconds since it gave a sign: looked for work, or began or ended a step of some.
    pub last_sign: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MainThreadState {
    Idle,
    Running,
}

/// The panel's view of the queue.
#[derive(Default, Serialize)]
pub struct Overview {
    under_way: Vec<TaskUnderWay>,
    failures: Vec<FailedTask>,
}

#[derive(Serialize)]
struct TaskUnderWay {
    task_id: Uuid,
    command: Arc<str>,
    seconds: f64,
    progress: Option<Progress>,
    cancelling: bool,
}

#[derive(Serialize)]
struct FailedTask {
    task_id: Uuid,
    command: Arc<str>,
    finished_at: Option<String>,
    error: Option<Error>,
}

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

    #[must_use]
    pub fn status(&self) -> QueueStatus {
        let inner = self.inner.lock();
        let mut counts = [0_usize; 5];
        for task in inner.tasks.values() {
            counts[task.status as usize] += 1;
        }
        let [pending, processing, completed, failed, cancelled] = counts;
        let ended = inner.finished.newest(20).filter_map(|id| inner.tasks.get(&id));
        let latest = ended.chain(inner.unfinished(20)).map(|task| {
            let TaskInfo { id, status, command, created_at, .. } = task.info();
            (id, TaskSummary { status, r#type: command, created_at: iso(created_at) })
        });
        QueueStatus {
            queue_size: inner.lanes.waiting(),
            capacity: self.capacity,
            pending,
            processing,
            completed,
            failed,
            cancelled,
            late: self.late.load(Relaxed),
            current_task: inner.running.as_ref().map(|running| running.id),
            tasks: latest.collect(),
        }
    }

    #[must_use]
    pub fn summary(&self) -> QueueSummary {
        let inner = self.inner.lock();
        QueueSummary {
            capacity: self.capacity,
            waiting: inner.lanes.waiting(),
            running: usize::from(inner.running.is_some()),
            suspended: inner.suspended.len(),
        }
    }

    /// The command in hand, else the oldest one that is between two steps, and for how many seconds. Idle, it is the
    /// time since it last looked.
    #[must_use]
    pub fn main_thread(&self) -> MainThread {
        let inner = self.inner.lock();
        let last_sign = inner.seen.elapsed().as_secs_f64();
        match inner.running.as_ref().or(inner.suspended.first()) {
            Some(running) => MainThread {
                state: MainThreadState::Running,
                command: Some(Arc::clone(&running.command)),
                task_id: Some(running.id),
                seconds: running.since.elapsed().as_secs_f64(),
                last_sign,
            },
            None => MainThread {
                state: MainThreadState::Idle,
                command: None,
                task_id: None,
                seconds: last_sign,
                last_sign,
            },
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

    /// What all tasks so far came to.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.inner.lock().totals.clone()
    }

    /// What was done in the last so many seconds, second by second, and all together; what runs now is among it.
    #[must_use]
    pub fn samples(&self, last: u64, now: f64) -> (Vec<Sample>, Sample) {
        let under_way: Vec<f64> = {
            let inner = self.inner.lock();
            let runs = inner.running.iter().chain(&inner.suspended);
            runs.map(|run| now - run.since.elapsed().as_secs_f64()).collect()
        };
        self.throughput.samples(last, now, &under_way)
    }

    /// Seconds since the main thread gave a sign.
    #[must_use]
    pub fn since_heartbeat(&self) -> f64 {
        self.inner.lock().seen.elapsed().as_secs_f64()
    }

    /// `None` while the main thread has nothing to do.
    #[must_use]
    pub fn stall(&self) -> Option<Stall> {
        let inner = self.inner.lock();
        // What waits for the user's yes is no work of the main thread's.
        let waiting = inner.lanes.runnable();
        let command = inner.running.as_ref().map(|running| Arc::clone(&running.command));
        let seconds = inner.seen.elapsed().as_secs_f64();
        (command.is_some() || waiting > 0).then_some(Stall { command, seconds, waiting })
    }

    /// At most `most` of each, those that began first and those that failed last in front.
    #[must_use]
    pub fn overview(&self, most: usize) -> Overview {
        let inner = self.inner.lock();
        let begun = inner.running.iter().chain(&inner.suspended).filter_map(|running| {
            let task = inner.tasks.get(&running.id)?;
            Some(TaskUnderWay {
                task_id: running.id,
                command: Arc::clone(&running.command),
                seconds: running.since.elapsed().as_secs_f64(),
                progress: task.progress().cloned(),
                cancelling: task.is_interrupted(),
            })
        });
        // A language model is at work for it, which the user may want to stop.
        let is_read = |task: &&Task| task.waits_for() == Some(WaitsFor::Model);
        let read = inner.tasks.values().filter(is_read).map(|task| {
            let TaskInfo { id, command, created_at, progress, .. } = task.info();
            let seconds = unix_time() - created_at;
            TaskUnderWay { task_id: id, command, seconds, progress, cancelling: false }
        });
        let under_way = begun.chain(read).take(most);
        let ended = inner.finished.newest(LOOKED_AT).filter_map(|id| inner.tasks.get(&id));
        let failed = ended.filter(|task| task.status == Status::Failed).take(most);
        let failures = failed.map(|task| {
            let TaskInfo { id, command, finished_at, outcome, .. } = task.info();
            FailedTask {
                task_id: id,
                command,
                finished_at: finished_at.map(iso),
                error: outcome.and_then(Result::err),
            }
        });
        Overview { under_way: under_way.collect(), failures: failures.collect() }
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
