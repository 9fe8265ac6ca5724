//! The way of a task: waiting, running, finished; and the hand-over to Blender's main thread.
//!
//! I/O threads push; the one main thread takes, runs and finishes; either may interrupt. Everything is
//! under one lock, held for a few table steps at a time. The main thread is woken through a bell (a channel
//! of capacity one): how many rings there were does not matter, the lanes say what is to do.

mod bell;
mod fair_schedule;
mod listing;
mod pending;
mod retention;
mod stats;
mod task;
mod throughput;
mod totals;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::events::{Channel, Hub};
use crate::model::error::{Code, Error};
use crate::model::outcome::Outcome;
use crate::model::settings::Settings;
use crate::model::task::{Progress, Status, TaskInfo};
use crate::model::time::unix_time;
use crate::store::{Store, Ticket};

use bell::Bell;
use fair_schedule::Lanes;
pub use listing::{EndedCall, RETRY_OF, TaskFilter, TaskList};
pub use pending::Pending;
use retention::{Finished, UsedTaskIds};
pub use stats::{MainThread, MainThreadState, QueueStatus, QueueSummary};
pub use task::{Job, Task};
use throughput::Throughput;
pub use throughput::{CommandFigures, REMEMBERED, Sample};
pub use totals::{Histogram, Totals};

/// Requests to interrupt that the watchdog has not read yet.
const INTERRUPTS: usize = 64;

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
    used_ids: UsedTaskIds,
    running: Option<Running>,
    /// Generators between two steps, since when they began.
    suspended: Vec<Running>,
    /// When the main thread last came by.
    seen: Instant,
    served: u64,
    totals: Totals,
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
    /// What must be on disk before the last task that waits for that may begin.
    needed: Arc<AtomicU64>,
    bell: Arc<Bell>,
    interrupts: Sender<Uuid>,
    interrupted: Receiver<Uuid>,
    /// Answers that nobody was left to hear.
    late: AtomicU64,
    /// What it has done lately.
    pub throughput: Throughput,
}

impl Queue {
    /// `queue_size` bounds the waiting tasks that nobody's connection bounds (`Delivery::is_counted`).
    #[must_use]
    pub fn new(settings: &Settings, hub: Arc<Hub>, store: Arc<Store>) -> Self {
        let bell = Arc::new(Bell::new());
        let (interrupts, interrupted) = bounded(INTERRUPTS);
        let needed = Arc::new(AtomicU64::new(0));
        let (of_tasks, ringer) = (Arc::clone(&needed), Arc::clone(&bell));
        store.on_flush(move |before| {
            if of_tasks.load(SeqCst) > before.order() {
                ringer.ring();
            }
        });
        let inner = Inner {
            lanes: Lanes::default(),
            tasks: HashMap::new(),
            finished: Finished::new(settings.keep_tasks, settings.keep_tasks_for),
            used_ids: UsedTaskIds::default(),
            running: None,
            suspended: Vec::new(),
            seen: Instant::now(),
            served: 0,
            totals: Totals::default(),
            closed: false,
        };
        Self {
            inner: Mutex::new(inner),
            hub,
            store,
            capacity: settings.queue_size,
            needed,
            bell,
            interrupts,
            interrupted,
            late: AtomicU64::new(0),
            throughput: Throughput::default(),
        }
    }

    /// Accepts a task. A detached one is answered with its id at once.
    pub fn push(&self, mut task: Task) -> Result<Pending, Error> {
        let metadata = task.prepare();
        let (id, session) = (task.id(), Arc::clone(&task.session));
        let (counted, named, unapproved) = (task.is_counted(), task.is_named(), task.is_unapproved());
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(Error::shutting_down());
        }
        if counted && inner.lanes.counted() >= self.capacity {
            return Err(inner.full(self.capacity));
        }
        if named && (inner.tasks.contains_key(&id) || inner.used_ids.has(id)) {
            return Err(Error::duplicate_task(id));
        }
        let accepted = task.record_acceptance(&self.store, &metadata);
        // On disk before it can begin: a client that finds no trace of it may send it again. Whoever takes tasks looks
        // whether it is; nobody waits here.
        let needs = if named { accepted } else { Ticket::NONE };
        if !self.store.is_flushed(needs) {
            self.needed.fetch_max(needs.order(), SeqCst);
        }
        let answer = task.answer(accepted, &self.store);
        // Told before anybody can begin with it.
        self.tell(self.news("task_queued", &task));
        session.begin();
        inner.tasks.insert(id, task);
        inner.lanes.push(session.serial, id, counted, needs, unapproved);
        drop(inner);
        self.wake();
        Ok(answer)
    }

    /// The task has what it waited for: it begins when its turn comes. Nothing if it has ended meanwhile.
    pub fn approve(&self, id: Uuid) {
        let mut inner = self.inner.lock();
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        let session = task.session.serial;
        task.approve();
        inner.lanes.approve(session, id);
        drop(inner);
        self.wake();
    }

    /// A task's change as an event, if anyone may want it.
    fn news(&self, kind: &'static str, task: &Task) -> Option<(&'static str, Value)> {
        self.hub.wants(Channel::TASKS).then(|| (kind, json!(task.info().event())))
    }

    /// The hub never calls back, so the lock may be held; it is let go where the order does not matter.
    fn tell(&self, news: Option<(&'static str, Value)>) {
        if let Some((kind, data)) = news {
            self.hub.publish(Channel::TASKS, kind, data);
        }
    }

    /// Main thread: how far the running task says it is.
    pub fn set_progress(&self, id: Uuid, progress: Progress) {
        let mut inner = self.inner.lock();
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        let news = if task.set_progress(progress) { self.news("task_progress", task) } else { None };
        drop(inner);
        self.tell(news);
    }

    /// Resolves when all tasks of this session have ended that are under way now.
    pub fn on_finish_of(&self, session: u64) -> impl Future<Output = ()> + Send + use<> {
        let mut inner = self.inner.lock();
        let of_session = inner.tasks.values_mut().filter(|task| task.session.serial == session);
        let ends: Vec<_> = of_session.filter_map(Task::on_finish).collect();
        async move {
            for end in ends {
                // An end whose teller is gone is one too.
                let _ = end.await;
            }
        }
    }

    /// Resolves when the task has ended; `None` if it has, or never was.
    pub fn on_finish(&self, id: Uuid) -> Option<tokio::sync::oneshot::Receiver<()>> {
        self.inner.lock().tasks.get_mut(&id)?.on_finish()
    }

    /// What the task says of its progress from now on, until it ends; `None` if it has, or never was.
    pub fn subscribe_progress(&self, id: Uuid) -> Option<watch::Receiver<Progress>> {
        self.inner.lock().tasks.get_mut(&id)?.subscribe_progress()
    }

    /// Forgets the finished tasks that are too old at `now`; the rest is done as tasks finish.
    pub fn clean(&self, now: f64) {
        self.inner.lock().clean(now);
    }

    /// Ties a timer to the task, to be stopped when the task ends first.
    pub fn set_timeout(&self, id: Uuid, timer: AbortHandle) {
        match self.inner.lock().tasks.get_mut(&id) {
            Some(task) => task.set_timeout(timer),
            None => timer.abort(),
        }
    }

    /// Main thread: the next task in fair order, now running.
    pub fn take(&self) -> Option<Job> {
        let next = || self.begin(|lanes| lanes.pop(|needs| self.store.is_written(needs)));
        next().or_else(|| {
            // One that was just accepted may begin as soon as that is written, which takes less than another turn.
            let needed = Ticket::from_order(self.needed.load(SeqCst));
            (!self.store.is_written(needed) && self.store.is_flushed_shortly(needed)).then(next)?
        })
    }

    /// Main thread: the next task of one session's lane, now running; none if a generator of it is under way.
    pub fn take_for_session(&self, session: u64) -> Option<Job> {
        self.begin(|lanes| lanes.pop_session(session, |needs| self.store.is_written(needs)))
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
        self.bell.wait(limit)
    }

    /// Rings the bell.
    pub fn wake(&self) {
        self.bell.ring();
    }

    /// Whether no task waits for the main thread.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.inner.lock().lanes.waiting() == 0
    }

    /// Main thread: nothing to do, but it is alive.
    pub fn heartbeat(&self) {
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
        let mut due = task.finish(outcome);
        task.record_end(&self.store);
        due.recorded = self.store.ticket();
        let news = self.news(task.status.ended(), task);
        let mut ended = task.ended();
        inner.lanes.release(lane);
        inner.served += 1;
        inner.retire(id);
        ended.waiting = inner.lanes.waiting();
        drop(inner);
        self.tell(news);
        self.throughput.record(ended);
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
                let mut due = task.finish(Err(why));
                task.record_end(&self.store);
                due.recorded = self.store.ticket();
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

    /// Counts a finished task, keeps it for a while, and lets go of what is over the bounds.
    fn retire(&mut self, id: Uuid) {
        let mut bytes = 0;
        if let Some(task) = self.tasks.get(&id) {
            task.count_in(&mut self.totals);
            bytes = task.retained_bytes();
        }
        self.finished.push(id, bytes, unix_time());
        self.clean(unix_time());
    }

    fn clean(&mut self, now: f64) {
        while let Some(old) = self.finished.pop_surplus(now) {
            if self.tasks.remove(&old).is_some_and(|task| task.is_named()) {
                self.used_ids.push(old);
            }
        }
    }
}

#[cfg(test)]
mod tests;
