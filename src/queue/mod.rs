//! The way of a task: waiting, running, finished; and the hand-over to Blender's main thread.
//!
//! I/O threads push; the one main thread takes, runs and finishes; either may interrupt. Everything is
//! under one lock, held for a few table steps at a time. The main thread is woken through a bell (a channel
//! of capacity one): how many rings there were does not matter, the lanes say what is to do.

mod finished;
mod lanes;
mod overview;
mod tasks;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::clock::unix_time;
use crate::commands::Command;
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::{Channel, Hub};
use crate::message::{Json, Outcome, Reply};
use crate::session::ARGS_BYTES;
use crate::store::Store;

use finished::{Finished, Spent};
use lanes::Lanes;
use tasks::Task;
pub use tasks::{Order, Progress, Status, TaskInfo};

/// Requests to interrupt that the watchdog has not read yet.
const INTERRUPTS: usize = 64;

/// A task handed to the main thread, to be given back with [`Queue::finish`].
pub struct Job {
    pub id: Uuid,
    pub command: Arc<Command>,
    pub params: Map<String, Value>,
    pub session_id: Arc<str>,
    /// The session's lane.
    pub session: u64,
}

/// What the main thread does right now.
#[derive(Clone)]
struct Running {
    id: Uuid,
    command: Arc<str>,
    since: Instant,
}

struct Inner {
    lanes: Lanes,
    tasks: HashMap<Uuid, Task>,
    finished: Finished,
    spent: Spent,
    running: Option<Running>,
    /// Generators between two steps, since when they began.
    suspended: Vec<Running>,
    /// When the main thread last came by.
    seen: Instant,
    served: u64,
    closed: bool,
}

/// The queue and its tasks.
pub struct Queue {
    inner: Mutex<Inner>,
    /// Hears what happens to tasks.
    hub: Arc<Hub>,
    /// Keeps what happens to those that can be asked for later.
    store: Arc<Store>,
    capacity: usize,
    bell: Sender<()>,
    ring: Receiver<()>,
    interrupts: Sender<Uuid>,
    interrupted: Receiver<Uuid>,
    /// Answers that nobody was left to hear.
    late: AtomicU64,
}

impl Queue {
    /// `queue_size` bounds the waiting tasks that nobody's connection bounds (`Delivery::is_counted`).
    #[must_use]
    pub fn new(settings: &Settings, hub: Arc<Hub>, store: Arc<Store>) -> Self {
        let (bell, ring) = bounded(1);
        let (interrupts, interrupted) = bounded(INTERRUPTS);
        let inner = Inner {
            lanes: Lanes::default(),
            tasks: HashMap::new(),
            finished: Finished::new(settings.keep_tasks, settings.keep_tasks_for),
            spent: Spent::default(),
            running: None,
            suspended: Vec::new(),
            seen: Instant::now(),
            served: 0,
            closed: false,
        };
        Self {
            inner: Mutex::new(inner),
            hub,
            store,
            capacity: settings.queue_size,
            bell,
            ring,
            interrupts,
            interrupted,
            late: AtomicU64::new(0),
        }
    }

    /// Accepts a task.
    pub fn push(&self, order: Order) -> Result<(Uuid, Reply), Error> {
        let (slot, reply) = tokio::sync::oneshot::channel();
        let args = Json::bounded(&order.params, ARGS_BYTES);
        let metadata_bytes = Json::of(&order.metadata).as_bytes().len();
        let (session, counted) = (Arc::clone(&order.session), order.delivery.is_counted());
        let chosen = order.id;
        let id = chosen.unwrap_or_else(Uuid::new_v4);
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(Error::shutting_down());
        }
        if counted && inner.lanes.counted() >= self.capacity {
            return Err(inner.full(self.capacity));
        }
        if chosen.is_some() && (inner.tasks.contains_key(&id) || inner.spent.has(id)) {
            return Err(Error::duplicate_task(id));
        }
        let task = Task::new(id, order, args, metadata_bytes, slot);
        task.record_acceptance(&self.store);
        if chosen.is_some() {
            // Before it can begin: a client that finds no trace of it may send it again.
            self.store.settle();
        }
        // Told before anybody can begin with it.
        self.tell(self.news("task_queued", &task));
        session.begin();
        inner.tasks.insert(id, task);
        inner.lanes.push(session.serial, id, counted);
        drop(inner);
        self.wake();
        Ok((id, Reply::new(reply, Arc::clone(&self.store))))
    }

    /// A task's change as an event, if anyone may want it.
    fn news(&self, kind: &'static str, task: &Task) -> Option<(&'static str, Value)> {
        self.hub.wants(Channel::TASKS).then(|| (kind, task.info().event()))
    }

    /// The hub never calls back, so the lock may be held; it is let go where the order does not matter.
    fn tell(&self, news: Option<(&'static str, Value)>) {
        if let Some((kind, data)) = news {
            self.hub.publish(Channel::TASKS, kind, data);
        }
    }

    /// Main thread: how far the running task says it is.
    pub fn proceed(&self, id: Uuid, progress: Progress) {
        let mut inner = self.inner.lock();
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        let news = if task.proceed(progress) { self.news("task_progress", task) } else { None };
        drop(inner);
        self.tell(news);
    }

    /// Resolves when the task has ended; `None` if it has, or never was.
    pub fn watch(&self, id: Uuid) -> Option<tokio::sync::oneshot::Receiver<()>> {
        self.inner.lock().tasks.get_mut(&id)?.watch()
    }

    /// What the task says of its progress from now on, until it ends; `None` if it has, or never was.
    pub fn follow(&self, id: Uuid) -> Option<watch::Receiver<Progress>> {
        self.inner.lock().tasks.get_mut(&id)?.follow()
    }

    /// Forgets the finished tasks that are too old at `now`; the rest is done as tasks finish.
    pub fn clean(&self, now: f64) {
        self.inner.lock().clean(now);
    }

    /// Ties a timer to the task, to be stopped when the task ends first.
    pub fn limit(&self, id: Uuid, timer: AbortHandle) {
        match self.inner.lock().tasks.get_mut(&id) {
            Some(task) => task.limit(timer),
            None => timer.abort(),
        }
    }

    /// Main thread: the next task in fair order, now running.
    pub fn take(&self) -> Option<Job> {
        self.begin(Lanes::pop)
    }

    /// Main thread: the next task of one session's lane, now running; none if a generator of it is under way.
    pub fn take_of(&self, session: u64) -> Option<Job> {
        self.begin(|lanes| lanes.pop_of(session))
    }

    fn begin(&self, pop: impl FnOnce(&mut Lanes) -> Option<Uuid>) -> Option<Job> {
        let mut inner = self.inner.lock();
        inner.seen = Instant::now();
        let id = pop(&mut inner.lanes)?;
        let task = inner.tasks.get_mut(&id)?;
        let (job, kind) = (task.start(), task.kind());
        let news = self.news("task_started", task);
        inner.running = Some(Running { id, command: kind, since: inner.seen });
        drop(inner);
        self.tell(news);
        Some(job)
    }

    /// Main thread: waits until something was pushed (or interrupted, or closed), at most `limit`.
    /// Must be called without the GIL.
    pub fn wait(&self, limit: Option<Duration>) -> bool {
        match limit {
            Some(limit) => self.ring.recv_timeout(limit).is_ok(),
            None => self.ring.recv().is_ok(),
        }
    }

    /// Rings the bell.
    pub fn wake(&self) {
        match self.bell.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Main thread: nothing to do, but it is alive.
    pub fn seen(&self) {
        self.inner.lock().seen = Instant::now();
    }

    /// Main thread: the running task is a generator and waits for its next step. Its session's later tasks
    /// wait for it; the others go on.
    pub fn suspend(&self, session: u64) {
        let mut inner = self.inner.lock();
        let running = inner.running.take();
        inner.suspended.extend(running);
        inner.lanes.hold(session);
    }

    /// Main thread: the next step of a suspended task begins; false if it has been interrupted meanwhile.
    pub fn resume(&self, id: Uuid) -> bool {
        let mut inner = self.inner.lock();
        inner.seen = Instant::now();
        let at = inner.suspended.iter().position(|suspended| suspended.id == id);
        inner.running = at.map(|at| inner.suspended.remove(at));
        inner.tasks.get(&id).is_some_and(|task| !task.is_interrupted())
    }

    /// Main thread: what the task came to. Answers whoever still waits and keeps the record.
    pub fn finish(&self, id: Uuid, outcome: Outcome) {
        let mut inner = self.inner.lock();
        inner.running = None;
        inner.seen = Instant::now();
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        let lane = task.session.serial;
        let due = task.finish(outcome);
        task.record_end(&self.store);
        let news = self.news(task.status.ended(), task);
        inner.lanes.release(lane);
        inner.served += 1;
        inner.retire(id);
        drop(inner);
        self.tell(news);
        if !due.send() {
            self.late.fetch_add(1, Relaxed);
        }
    }

    /// Stops a task, wherever it is. The waiting client hears of it at once; a running script is raised into
    /// by the watchdog and its record stays `processing` until it has really ended.
    pub fn interrupt(&self, id: Uuid, why: Error) -> Result<TaskInfo, Error> {
        let mut inner = self.inner.lock();
        let task = inner.tasks.get_mut(&id).ok_or_else(|| Error::task_not_found(&id.to_string()))?;
        let mut news = None;
        let due = match task.status {
            Status::Pending => {
                let due = task.finish(Err(why));
                task.record_end(&self.store);
                news = self.news(task.status.ended(), task);
                let (session, counted) = (task.session.serial, task.is_counted());
                inner.lanes.remove(session, id, counted);
                inner.retire(id);
                Some(due)
            }
            Status::Processing => Some(task.interrupt(why)),
            Status::Completed | Status::Failed | Status::Cancelled => None,
        };
        let runs = inner.running.as_ref().is_some_and(|running| running.id == id);
        drop(inner);
        if let Some(due) = due {
            due.send();
            self.tell(news);
            self.wake(); // a suspended one is ended by the main thread
        }
        if runs {
            self.raise(id);
        }
        self.task(id)
    }

    /// Only for the task that runs: a full channel means that it has been asked for often enough.
    fn raise(&self, id: Uuid) {
        if self.interrupts.try_send(id).is_err() {
            log::debug!("the watchdog has enough to do; one request to interrupt task {id} was dropped");
        }
    }

    /// Tells the watchdog to end.
    pub fn end_watch(&self) {
        self.raise(Uuid::nil());
    }

    /// Watchdog: the tasks to raise into; a nil id is its end.
    #[must_use]
    pub fn interrupts(&self) -> Receiver<Uuid> {
        self.interrupted.clone()
    }

    /// Refuses new tasks and answers every unfinished one `shutting_down`. With `interrupt`, the running
    /// script is stopped too (a stop asked for from outside the main thread).
    pub fn close(&self, interrupt: bool) {
        let mut inner = self.inner.lock();
        inner.closed = true;
        inner.lanes.clear();
        let mut due = Vec::new();
        for task in inner.tasks.values_mut() {
            match task.status {
                Status::Pending => {
                    due.push(task.finish(Err(Error::shutting_down())));
                    task.record_end(&self.store);
                }
                Status::Processing => due.push(task.interrupt(Error::shutting_down())),
                Status::Completed | Status::Failed | Status::Cancelled => {}
            }
        }
        let running = inner.running.as_ref().map(|running| running.id);
        drop(inner);
        for due in due {
            due.send();
        }
        if let (true, Some(running)) = (interrupt, running) {
            self.raise(running);
        }
        self.wake();
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.lock().closed
    }

    /// Commands the main thread has run.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.inner.lock().served
    }
}

impl Inner {
    fn full(&self, capacity: usize) -> Error {
        let data = Map::from_iter([
            ("capacity".into(), json!(capacity)),
            ("waiting".into(), json!(self.lanes.counted())),
        ]);
        Error::new(
            Code::QueueFull,
            format!("The queue is full: {capacity} tasks are waiting; try again in a moment"),
        )
        .with_data(data)
    }

    /// Keeps a finished task for a while, and lets go of what is over the bounds.
    fn retire(&mut self, id: Uuid) {
        let bytes = self.tasks.get(&id).map_or(0, Task::retained_bytes);
        self.finished.push(id, bytes, unix_time());
        self.clean(unix_time());
    }

    fn clean(&mut self, now: f64) {
        while let Some(old) = self.finished.pop_surplus(now) {
            if self.tasks.remove(&old).is_some_and(|task| task.is_named()) {
                self.spent.push(old);
            }
        }
    }
}

#[cfg(test)]
mod tests;
