//! The answer to a call: there already, or on its way. Any thread.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::task::coop;
use uuid::Uuid;

use crate::model::error::{Code, Error};
use crate::model::outcome::{Outcome, queued};
use crate::store::{Store, Ticket};

/// The writing end: an outcome, and what must be on disk before it is told.
pub type Slot = oneshot::Sender<(Outcome, Ticket)>;

/// The answer to a call, to be awaited. Whoever does not want it drops it.
///
/// It is given out once what it acknowledges is on disk. That is waited for without holding up anybody else: a disk
/// that stalls delays this answer only, and not for ever ([`Store::flushed`]).
pub struct Pending {
    /// The task that the call became in the queue, if it did.
    pub task: Option<Uuid>,
    /// The session that it runs in, where that is another than the caller's.
    pub session: Option<Arc<str>>,
    answer: Answer,
    /// None if the answer acknowledges nothing.
    store: Option<Arc<Store>>,
}

enum Answer {
    /// Not there yet. A writing end that is dropped answers `internal`.
    Slot(oneshot::Receiver<(Outcome, Ticket)>),
    /// There, and to be told once this is on disk.
    Arrived(Outcome, Ticket),
    /// That a task was accepted for whose outcome nobody waits. If that cannot be written, the answer says so
    /// (`"stored": false`): the task runs, but is unknown after a restart.
    Accepted(Uuid, Ticket),
    Taken,
}

impl Pending {
    /// An answer that is there and acknowledges nothing.
    #[must_use]
    pub const fn ready(outcome: Outcome) -> Self {
        Self { task: None, session: None, answer: Answer::Arrived(outcome, Ticket::NONE), store: None }
    }

    /// The reading end of a reply slot.
    #[must_use]
    pub const fn slot(slot: oneshot::Receiver<(Outcome, Ticket)>, store: Arc<Store>) -> Self {
        Self { task: None, session: None, answer: Answer::Slot(slot), store: Some(store) }
    }

    /// The answer to a task that nobody waits for.
    pub(super) const fn accepted(task: Uuid, recorded: Ticket, store: Arc<Store>) -> Self {
        Self { task: Some(task), session: None, answer: Answer::Accepted(task, recorded), store: Some(store) }
    }

    pub(super) const fn of_task(mut self, task: Uuid) -> Self {
        self.task = Some(task);
        self
    }

    /// The same, that runs in another session than the caller's.
    #[must_use]
    pub fn in_session(mut self, id: Arc<str>) -> Self {
        self.session = Some(id);
        self
    }

    /// The same, told once everything recorded so far is on disk. What is still on its way says that itself.
    #[must_use]
    pub fn once_flushed(mut self, store: &Arc<Store>) -> Self {
        if let Answer::Arrived(_, recorded) = &mut self.answer {
            *recorded = store.ticket();
            self.store = Some(Arc::clone(store));
        }
        self
    }

    /// The outcome, if it is there already and may be told.
    pub fn try_take(&mut self) -> Option<Outcome> {
        self.receive();
        match &self.answer {
            Answer::Slot(_) | Answer::Accepted(..) => None,
            Answer::Arrived(_, recorded) => {
                let flushed = self.store.as_ref().is_none_or(|store| store.is_flushed(*recorded));
                flushed.then(|| self.take())
            }
            Answer::Taken => Some(self.take()),
        }
    }

    /// The same for a caller inside this process, who ends with it: what is on disk does not matter.
    pub fn try_take_unflushed(&mut self) -> Option<Outcome> {
        self.receive();
        matches!(self.answer, Answer::Arrived(..)).then(|| self.take())
    }

    /// Ready once the outcome is there and may be told; it is left to be taken. The context is woken by whoever
    /// answers, then by the thread that writes what the answer acknowledges.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        ready!(self.poll_slot(context));
        let (Answer::Arrived(_, recorded) | Answer::Accepted(_, recorded)) = &mut self.answer else {
            return Poll::Ready(());
        };
        if let Some(store) = &self.store {
            ready!(store.poll_flushed(*recorded, context.waker()));
        }
        self.settle();
        Poll::Ready(())
    }

    fn poll_slot(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Answer::Slot(slot) = &mut self.answer {
            let (outcome, recorded) = ready!(pin!(coop::unconstrained(slot)).poll(context))
                .unwrap_or_else(|_| (Err(dropped()), Ticket::NONE));
            self.answer = Answer::Arrived(outcome, recorded);
        }
        Poll::Ready(())
    }

    /// Nothing has to be waited for any more.
    fn settle(&mut self) {
        match &mut self.answer {
            Answer::Accepted(task, recorded) => {
                let stored = self.store.as_ref().is_none_or(|store| store.is_durable(*recorded));
                self.answer = Answer::Arrived(Ok(queued(*task, stored)), Ticket::NONE);
            }
            Answer::Arrived(_, recorded) => *recorded = Ticket::NONE,
            Answer::Slot(_) | Answer::Taken => {}
        }
    }

    fn receive(&mut self) {
        if let Answer::Slot(slot) = &mut self.answer {
            self.answer = match slot.try_recv() {
                Ok((outcome, recorded)) => Answer::Arrived(outcome, recorded),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Closed) => Answer::Arrived(Err(dropped()), Ticket::NONE),
            };
        }
    }

    /// Waits until the outcome is there and may be told, and leaves it to be taken. Cancel safe.
    pub async fn arrived(&mut self) {
        poll_fn(|context| self.poll_slot(context)).await;
        // A write that is under way takes less time than to sleep and be woken.
        let flushed = match (&self.store, &self.answer) {
            (Some(store), Answer::Arrived(_, recorded) | Answer::Accepted(_, recorded)) => {
                store.is_flushed_shortly(*recorded)
            }
            _ => true,
        };
        if flushed {
            self.settle();
        } else {
            poll_fn(|context| self.poll(context)).await;
        }
    }

    /// Waits for the outcome. Cancel safe: it can be awaited again.
    pub async fn wait(&mut self) -> Outcome {
        self.arrived().await;
        self.take()
    }

    /// The outcome, once it is there.
    pub async fn outcome(mut self) -> Outcome {
        self.wait().await
    }

    /// How large the outcome is, once it is there.
    pub fn size(&self) -> usize {
        match &self.answer {
            Answer::Arrived(Ok(json), _) => json.as_bytes().len(),
            _ => 0,
        }
    }

    fn take(&mut self) -> Outcome {
        match std::mem::replace(&mut self.answer, Answer::Taken) {
            Answer::Arrived(outcome, _) => outcome,
            Answer::Slot(_) | Answer::Accepted(..) | Answer::Taken => Err(dropped()),
        }
    }
}

fn dropped() -> Error {
    Error::new(Code::Internal, "The command ended without an answer; see Tenon's log")
}
