//! One task's record: what a client is told of it, and what its end sets free.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::Job;
use crate::clock::{iso, unix_time};
use crate::commands::Command;
use crate::error::{Code, Error};
use crate::message::{Delivery, Json, Outcome};
use crate::session::{Done, Session};
use crate::store::Store;
use crate::store::record::{Accepted, Ended, Record};

/// What a client waited for itself it has; of a large result only the small ones are kept for others.
const KEPT_OF_WAITED: usize = 4096;
/// Bytes of a result or an error that outlive Blender.
const STORED_BYTES: usize = 64 << 10;

/// Document 3's states, and `cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    /// The event of a task's end.
    #[must_use]
    pub const fn ended(self) -> &'static str {
        match self {
            Self::Completed => "task_completed",
            Self::Cancelled => "task_cancelled",
            Self::Pending | Self::Processing | Self::Failed => "task_failed",
        }
    }
}

/// What a client is told of a task. Times are Unix seconds.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    pub id: Uuid,
    pub status: Status,
    /// The task's type, which may be another word than the command's name.
    pub command: Arc<str>,
    /// The command's own name.
    pub runs: Arc<str>,
    pub session_id: Arc<str>,
    pub metadata: Arc<Map<String, Value>>,
    pub progress: Option<Progress>,
    pub created_at: f64,
    pub started_at: Option<f64>,
    pub finished_at: Option<f64>,
    pub outcome: Option<Outcome>,
}

impl TaskInfo {
    /// Document 3's task: how it stands, its times, and its error; the result is the door's to add, in its way.
    #[must_use]
    pub fn describe(&self) -> Value {
        let mut value = json!({"id": self.id.to_string(), "metadata": &*self.metadata});
        if let (Value::Object(members), Value::Object(others)) = (&mut value, self.event()) {
            members.extend(others);
        }
        value
    }

    /// What the channel `tasks` tells: the task without its metadata, which may be large.
    #[must_use]
    pub fn event(&self) -> Value {
        let mut value = json!({
            "task_id": self.id.to_string(), "status": self.status, "type": &*self.command,
            "session_id": &*self.session_id, "created_at": iso(self.created_at),
            "started_at": self.started_at.map(iso), "finished_at": self.finished_at.map(iso),
            "progress": self.progress,
        });
        if let Some(Err(error)) = &self.outcome {
            value["error"] = error.body();
        }
        value
    }
}

/// How far a running task is, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// 0 to 1.
    pub fraction: Option<f64>,
    pub message: Option<String>,
}

/// A task to accept.
pub struct Order {
    pub session: Arc<Session>,
    pub command: Arc<Command>,
    /// The task's type, where that is not the command's name.
    pub label: Option<Arc<str>>,
    /// Validated.
    pub params: Map<String, Value>,
    pub metadata: Map<String, Value>,
    pub delivery: Delivery,
    /// Chosen by the client; else it gets one.
    pub id: Option<Uuid>,
    /// The person's own words, for the session's logs.
    pub user_input: Option<String>,
}

impl Order {
    /// Whether somebody may ask for the task's fate after a restart.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.delivery.is_counted() || self.id.is_some()
    }
}

pub struct Task {
    id: Uuid,
    pub session: Arc<Session>,
    pub command: Arc<Command>,
    params: Option<Map<String, Value>>,
    /// For the session's history; taken by the end.
    args: Option<Json>,
    /// Taken by the one answer.
    slot: Option<oneshot::Sender<Outcome>>,
    delivery: Delivery,
    /// Its end is kept in the store.
    kept: bool,
    /// Its client chose its id.
    named: bool,
    user_input: Option<String>,
    metadata: Arc<Map<String, Value>>,
    /// Encoded; the record's share of what is kept.
    metadata_bytes: usize,
    label: Option<Arc<str>>,
    progress: Option<Progress>,
    pub status: Status,
    created_at: f64,
    started_at: Option<f64>,
    finished_at: Option<f64>,
    /// Why the task is being stopped; its outcome once it has ended.
    interrupted: Option<Error>,
    outcome: Option<Outcome>,
    /// The command's own time limit, stopped when the task ends.
    timer: Option<AbortHandle>,
    /// Told when the task has ended.
    watchers: Vec<oneshot::Sender<()>>,
    /// Who is told of progress, if anyone ever asked.
    followers: Option<watch::Sender<Progress>>,
}

impl Task {
    /// `args` and `metadata_bytes` are made of the order by the caller, who can do it without the lock.
    pub fn new(
        id: Uuid,
        order: Order,
        args: Json,
        metadata_bytes: usize,
        slot: oneshot::Sender<Outcome>,
    ) -> Self {
        Self {
            id,
            kept: order.is_kept(),
            named: order.id.is_some(),
            user_input: order.user_input,
            session: order.session,
            command: order.command,
            params: Some(order.params),
            args: Some(args),
            slot: Some(slot),
            delivery: order.delivery,
            metadata: Arc::new(order.metadata),
            metadata_bytes,
            label: order.label,
            progress: None,
            watchers: Vec::new(),
            followers: None,
            status: Status::Pending,
            created_at: unix_time(),
            started_at: None,
            finished_at: None,
            interrupted: None,
            outcome: None,
            timer: None,
        }
    }

    pub fn start(&mut self) -> Job {
        self.status = Status::Processing;
        self.started_at = Some(unix_time());
        Job {
            id: self.id,
            command: Arc::clone(&self.command),
            params: self.params.take().unwrap_or_default(),
            session_id: Arc::clone(&self.session.id),
            session: self.session.serial,
        }
    }

    /// Keeps the record, and gives out the answer that the slot is owed.
    pub fn finish(&mut self, outcome: Outcome) -> Due {
        let now = unix_time();
        let outcome = match self.interrupted.take() {
            // A script that was told to stop fails by that; one that got through has done its work.
            Some(why) if outcome.is_err() => Err(why),
            _ => outcome,
        };
        self.status = match &outcome {
            Ok(_) => Status::Completed,
            Err(error) if error.code == Code::Cancelled => Status::Cancelled,
            Err(_) => Status::Failed,
        };
        self.finished_at = Some(now);
        self.params = None;
        self.followers = None;
        if let Some(timer) = self.timer.take() {
            timer.abort();
        }
        let began = self.started_at.unwrap_or(self.created_at);
        self.session.end(now);
        self.session.remember(Done {
            task: self.id,
            command: Arc::clone(&self.command.name),
            args: self.args.take().unwrap_or_else(|| Json::of(&())),
            outcome: &outcome,
            user_input: self.user_input.as_deref(),
            timestamp: began,
            duration: now - began,
        });
        self.outcome = Some(match (&outcome, self.delivery) {
            (Ok(result), Delivery::Wait) if !self.kept => Ok(result.shortened(KEPT_OF_WAITED)),
            _ => outcome.clone(),
        });
        let awaited = self.delivery == Delivery::Wait;
        Due { slot: self.slot.take(), outcome, awaited, watchers: std::mem::take(&mut self.watchers) }
    }

    /// Tells the store that the task has been accepted.
    pub fn record_acceptance(&self, store: &Store) {
        if self.kept {
            store.record(&Record::Accepted(Accepted {
                id: self.id,
                session: &self.session.id,
                kind: &self.kind(),
                runs: &self.command.name,
                metadata: Json::of(&*self.metadata).as_str(),
                created_at: self.created_at,
            }));
        }
    }

    /// Tells the store what the task came to.
    pub fn record_end(&self, store: &Store) {
        let (true, Some(outcome), Some(finished_at)) = (self.kept, &self.outcome, self.finished_at) else {
            return;
        };
        let told = match outcome {
            Ok(result) => Ok(result.shortened(STORED_BYTES)),
            Err(error) => Err(Json::bounded(&error.body(), STORED_BYTES)),
        };
        store.record(&Record::Ended(Ended {
            id: self.id,
            started_at: self.started_at,
            finished_at,
            result: told.as_ref().map(Json::as_str).map_err(Json::as_str),
        }));
    }

    /// The waiting client is to be told why, at once; remembered for the end.
    pub fn interrupt(&mut self, why: Error) -> Due {
        self.interrupted.get_or_insert(why.clone());
        Due {
            slot: self.slot.take(),
            outcome: Err(why),
            awaited: self.delivery == Delivery::Wait,
            watchers: vec![],
        }
    }

    /// Gives the task its time limit; a task that has ended meanwhile needs none.
    pub fn limit(&mut self, timer: AbortHandle) {
        match self.status {
            Status::Pending | Status::Processing => self.timer = Some(timer),
            _ => timer.abort(),
        }
    }

    /// The task's type, as clients are told it.
    pub fn kind(&self) -> Arc<str> {
        Arc::clone(self.label.as_ref().unwrap_or(&self.command.name))
    }

    /// Takes the new state of progress; false if it is the old one.
    pub fn proceed(&mut self, progress: Progress) -> bool {
        let news = self.progress.as_ref() != Some(&progress);
        if let (true, Some(followers)) = (news, &self.followers) {
            followers.send_replace(progress.clone());
        }
        self.progress = Some(progress);
        news
    }

    pub const fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Resolves when the task has ended; `None` if it has.
    pub fn watch(&mut self) -> Option<oneshot::Receiver<()>> {
        if !matches!(self.status, Status::Pending | Status::Processing) {
            return None;
        }
        self.watchers.retain(|watcher| !watcher.is_closed());
        let (watcher, watched) = oneshot::channel();
        self.watchers.push(watcher);
        Some(watched)
    }

    /// Hears of progress until the task ends; `None` if it has.
    pub fn follow(&mut self) -> Option<watch::Receiver<Progress>> {
        if !matches!(self.status, Status::Pending | Status::Processing) {
            return None;
        }
        let now = self.progress.clone().unwrap_or_default();
        let mut follower = self.followers.get_or_insert_with(|| watch::Sender::new(now)).subscribe();
        if self.progress.is_some() {
            follower.mark_changed(); // it may have begun before anybody could follow
        }
        Some(follower)
    }

    pub const fn is_interrupted(&self) -> bool {
        self.interrupted.is_some()
    }

    pub const fn is_named(&self) -> bool {
        self.named
    }

    pub fn is_counted(&self) -> bool {
        self.delivery.is_counted()
    }

    pub fn retained_bytes(&self) -> usize {
        let of_outcome = match &self.outcome {
            Some(Ok(result)) => result.as_bytes().len(),
            Some(Err(error)) => error.message.len(),
            None => 0,
        };
        of_outcome + self.metadata_bytes
    }

    pub fn info(&self) -> TaskInfo {
        TaskInfo {
            id: self.id,
            status: self.status,
            command: self.kind(),
            runs: Arc::clone(&self.command.name),
            session_id: Arc::clone(&self.session.id),
            metadata: Arc::clone(&self.metadata),
            progress: self.progress.clone(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            outcome: self.outcome.clone(),
        }
    }
}

/// An answer on its way out. Sent when the queue's lock has been let go: sending wakes the I/O thread, which
/// may run at once on this very core and want that lock.
#[must_use]
pub struct Due {
    slot: Option<oneshot::Sender<Outcome>>,
    outcome: Outcome,
    awaited: bool,
    watchers: Vec<oneshot::Sender<()>>,
}

impl Due {
    /// Answers; false if there was nobody left to hear it who should have.
    pub fn send(self) -> bool {
        for watcher in self.watchers {
            let _gone = watcher.send(());
        }
        let heard = self.slot.is_some_and(|slot| slot.send(self.outcome).is_ok());
        heard || !self.awaited
    }
}
