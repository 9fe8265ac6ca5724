//! One task's record: what a client is told of it, and what its end sets free.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::pending::{Pending, Slot};
use super::throughput::Ended as EndedTask;
use super::totals::Totals;
use crate::commands::Command;
use crate::model::error::{Code, Error};
use crate::model::outcome::{Delivery, Json, Outcome};
use crate::model::task::{Progress, Status, TaskInfo, WaitsFor};
use crate::model::time::unix_time;
use crate::sessions::{ARGS_BYTES, Done, Session};
use crate::store::wal::record::{Accepted, Ended, Record};
use crate::store::{Store, Ticket};

/// What a client waited for itself it has; of a large result only the small ones are kept for others.
const KEPT_OF_WAITED: usize = 4096;
/// Bytes of a result or an error that outlive Blender.
const STORED_BYTES: usize = 64 << 10;

/// A task handed to the main thread, to be given back with [`Queue::finish`].
pub struct Job {
    pub id: Uuid,
    pub command: Arc<Command>,
    pub params: Map<String, Value>,
    pub session_id: Arc<str>,
    /// The session's lane.
    pub session: u64,
}

/// A task: accepted by [`super::Queue::push`], from then on in its hands.
pub struct Task {
    id: Uuid,
    pub session: Arc<Session>,
    pub command: Arc<Command>,
    /// Validated; taken by the start.
    params: Option<Map<String, Value>>,
    /// For the session's history, for lists, and to do it again.
    args: Option<Json>,
    /// Taken by the one answer.
    slot: Option<Slot>,
    delivery: Delivery,
    /// Its client chose its id.
    named: bool,
    /// What it needs before [`super::Queue::approve`]; none if it may begin when its turn comes.
    waits_for: Option<WaitsFor>,
    /// The user's own text, for the session's logs.
    user_input: Option<String>,
    metadata: Arc<Map<String, Value>>,
    /// Encoded; the record's share of what is kept.
    metadata_bytes: usize,
    /// The task's type, where that is not the command's name.
    label: Option<Arc<str>>,
    progress: Option<Progress>,
    pub(super) status: Status,
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
    /// `params` have been validated.
    #[must_use]
    pub fn new(
        session: Arc<Session>,
        command: Arc<Command>,
        params: Map<String, Value>,
        delivery: Delivery,
    ) -> Self {
        Self {
            id: Uuid::new_v4(),
            session,
            command,
            params: Some(params),
            args: None,
            slot: None,
            delivery,
            named: false,
            waits_for: None,
            user_input: None,
            metadata: Arc::default(),
            metadata_bytes: 0,
            label: None,
            progress: None,
            status: Status::Pending,
            created_at: unix_time(),
            started_at: None,
            finished_at: None,
            interrupted: None,
            outcome: None,
            timer: None,
            watchers: Vec::new(),
            followers: None,
        }
    }

    /// The client's own data, handed back with the task.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.metadata = Arc::new(metadata);
        self
    }

    #[must_use]
    pub fn with_label(mut self, label: Option<Arc<str>>) -> Self {
        self.label = label;
        self
    }

    /// The id that the client chose, if it did.
    #[must_use]
    pub fn with_id(mut self, id: Option<Uuid>) -> Self {
        self.named = id.is_some();
        self.id = id.unwrap_or(self.id);
        self
    }

    #[must_use]
    pub fn with_user_input(mut self, text: Option<String>) -> Self {
        self.user_input = text;
        self
    }

    /// It must not begin before [`super::Queue::approve`].
    #[must_use]
    pub const fn waiting_for(mut self, what: WaitsFor) -> Self {
        self.waits_for = Some(what);
        self
    }

    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    pub(super) const fn approve(&mut self) {
        self.waits_for = None;
    }

    pub(super) fn waits_for(&self) -> Option<WaitsFor> {
        self.waits_for.filter(|_| self.status == Status::Pending)
    }

    pub(super) const fn is_unapproved(&self) -> bool {
        self.waits_for.is_some()
    }

    /// Whether somebody may ask for the task's fate after a restart.
    const fn is_kept(&self) -> bool {
        self.delivery.is_counted() || self.named
    }

    /// What can be done before the queue's lock is held. The metadata, encoded.
    pub(super) fn prepare(&mut self) -> Json {
        self.args = self.params.as_ref().map(|params| Json::bounded(params, ARGS_BYTES));
        let metadata = Json::of(&*self.metadata);
        self.metadata_bytes = metadata.as_bytes().len();
        metadata
    }

    /// Where the client reads what the task comes to; its acceptance has been recorded.
    pub(super) fn answer(&mut self, accepted: Ticket, store: &Arc<Store>) -> Pending {
        match self.delivery {
            Delivery::Detached => Pending::accepted(self.id, accepted, Arc::clone(store)),
            Delivery::Inline | Delivery::Poll => {
                let (slot, answer) = oneshot::channel();
                self.slot = Some(slot);
                Pending::slot(answer, Arc::clone(store)).of_task(self.id)
            }
        }
    }

    pub(super) fn start(&mut self) -> Job {
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
    pub(super) fn finish(&mut self, outcome: Outcome) -> PendingReply {
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
            args: self.args.clone().unwrap_or_else(|| Json::of(&())),
            outcome: &outcome,
            user_input: self.user_input.as_deref(),
            timestamp: began,
            duration: now - began,
        });
        self.outcome = Some(match (&outcome, self.delivery) {
            (Ok(result), Delivery::Inline) if !self.is_kept() => Ok(result.shortened(KEPT_OF_WAITED)),
            _ => outcome.clone(),
        });
        let awaited = self.delivery == Delivery::Inline;
        let watchers = std::mem::take(&mut self.watchers);
        PendingReply { slot: self.slot.take(), outcome, recorded: Ticket::NONE, awaited, watchers }
    }

    /// Tells the store that the task has been accepted; `metadata` is encoded.
    pub(super) fn record_acceptance(&self, store: &Store, metadata: &Json) -> Ticket {
        if self.is_kept() {
            return store.record(&Record::Accepted(Accepted {
                id: self.id,
                session: &self.session.id,
                kind: &self.kind(),
                runs: &self.command.name,
                metadata: metadata.as_str(),
                created_at: self.created_at,
            }));
        }
        Ticket::NONE
    }

    /// Tells the store what the task came to.
    pub(super) fn record_end(&self, store: &Store) {
        let (true, Some(outcome), Some(finished_at)) = (self.is_kept(), &self.outcome, self.finished_at)
        else {
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
    pub(super) fn interrupt(&mut self, why: Error) -> PendingReply {
        self.interrupted.get_or_insert(why.clone());
        PendingReply {
            slot: self.slot.take(),
            outcome: Err(why),
            recorded: Ticket::NONE,
            awaited: self.delivery == Delivery::Inline,
            watchers: vec![],
        }
    }

    /// Gives the task its time limit; a task that has ended meanwhile needs none.
    pub(super) fn set_timeout(&mut self, timer: AbortHandle) {
        match self.status {
            Status::Pending | Status::Processing => self.timer = Some(timer),
            _ => timer.abort(),
        }
    }

    /// The task's type, as clients are told it.
    pub(super) fn kind(&self) -> Arc<str> {
        Arc::clone(self.label.as_ref().unwrap_or(&self.command.name))
    }

    /// Takes the new state of progress; false if it is the old one.
    pub(super) fn set_progress(&mut self, progress: Progress) -> bool {
        let news = self.progress.as_ref() != Some(&progress);
        if let (true, Some(followers)) = (news, &self.followers) {
            followers.send_replace(progress.clone());
        }
        self.progress = Some(progress);
        news
    }

    pub(super) const fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Resolves when the task has ended; `None` if it has.
    pub(super) fn on_finish(&mut self) -> Option<oneshot::Receiver<()>> {
        if !matches!(self.status, Status::Pending | Status::Processing) {
            return None;
        }
        self.watchers.retain(|watcher| !watcher.is_closed());
        let (watcher, watched) = oneshot::channel();
        self.watchers.push(watcher);
        Some(watched)
    }

    /// Hears of progress until the task ends; `None` if it has.
    pub(super) fn subscribe_progress(&mut self) -> Option<watch::Receiver<Progress>> {
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

    pub(super) const fn is_interrupted(&self) -> bool {
        self.interrupted.is_some()
    }

    pub(super) const fn is_named(&self) -> bool {
        self.named
    }

    pub(super) fn is_counted(&self) -> bool {
        self.delivery.is_counted()
    }

    pub(super) fn retained_bytes(&self) -> usize {
        let of_outcome = match &self.outcome {
            Some(Ok(result)) => result.as_bytes().len(),
            Some(Err(error)) => error.message.len(),
            None => 0,
        };
        of_outcome + self.metadata_bytes + self.args.as_ref().map_or(0, |args| args.as_bytes().len())
    }

    /// What its end adds to the queue's figures.
    pub(super) fn ended(&self) -> EndedTask {
        EndedTask {
            command: Arc::clone(&self.command.name),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at.unwrap_or(self.created_at),
            failed: self.status == Status::Failed,
            waiting: 0,
        }
    }

    pub(super) const fn created_at(&self) -> f64 {
        self.created_at
    }

    /// The user's own text.
    pub(super) fn user_input(&self) -> Option<&str> {
        self.user_input.as_deref()
    }

    /// The parameters, once the task is in the queue; a note of their being left out where they are large.
    pub(super) const fn args(&self) -> Option<&Json> {
        self.args.as_ref()
    }

    /// Whether the text, in lower case, stands in what people know of the task.
    pub(super) fn has_text(&self, text: &str) -> bool {
        let has = |told: &str| told.to_lowercase().contains(text);
        let error = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        let progress = self.progress.as_ref().and_then(|progress| progress.message.as_deref());
        has(&self.kind())
            || has(&self.id.to_string())
            || self.args.as_ref().is_some_and(|args| has(args.as_str()))
            || error.is_some_and(|error| has(&error.message))
            || progress.is_some_and(has)
    }

    /// Once it has ended.
    pub(super) fn count_in(&self, totals: &mut Totals) {
        let ended = self.finished_at.unwrap_or(self.created_at);
        totals.add(self.status, self.created_at, self.started_at, ended);
    }

    pub(super) fn info(&self) -> TaskInfo {
        TaskInfo {
            id: self.id,
            status: self.status,
            command: self.kind(),
            runs: Arc::clone(&self.command.name),
            session_id: Arc::clone(&self.session.id),
            metadata: Arc::clone(&self.metadata),
            progress: self.progress.clone(),
            waits_for: self.waits_for(),
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
pub struct PendingReply {
    slot: Option<Slot>,
    outcome: Outcome,
    /// What must be on disk before the outcome is told.
    pub recorded: Ticket,
    awaited: bool,
    watchers: Vec<oneshot::Sender<()>>,
}

impl PendingReply {
    /// Answers; false if there was nobody left to hear it who should have.
    pub(super) fn send(self) -> bool {
        for watcher in self.watchers {
            let _gone = watcher.send(());
        }
        let heard = self.slot.is_some_and(|slot| slot.send((self.outcome, self.recorded)).is_ok());
        heard || !self.awaited
    }
}
