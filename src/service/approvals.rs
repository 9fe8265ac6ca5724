//! The questions whether a client's code may run that wait for the user's answer (setting `allow_code` on `ask`). Any
//! thread; what an answer does is in `asking`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use uuid::Uuid;

/// Questions that may be open at once.
pub const MOST: usize = 20;

/// What the user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    No,
    Yes,
    /// Also to all later code of the session.
    YesForSession,
    /// Also to all code of every session, until Tenon is started anew.
    Always,
}

impl Answer {
    /// By their names on the wire.
    pub const ALL: [(&'static str, Self); 4] =
        [("no", Self::No), ("yes", Self::Yes), ("session", Self::YesForSession), ("always", Self::Always)];

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(known, answer)| (known == name).then_some(answer))
    }
}

/// A task that waits for the user's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    pub task_id: Uuid,
    pub session_id: Arc<str>,
    pub command: Arc<str>,
    pub code: Arc<str>,
    pub characters: usize,
    pub asked_at: f64,
}

/// The open questions of one run of the server.
#[derive(Default)]
pub struct Approvals {
    open: Mutex<Vec<Question>>,
    always: AtomicBool,
    /// Blender has a window, where its user can answer.
    has_window: AtomicBool,
}

impl Approvals {
    /// Oldest first.
    #[must_use]
    pub fn open(&self) -> Vec<Question> {
        self.open.lock().clone()
    }

    #[must_use]
    pub fn find(&self, task: Uuid) -> Option<Question> {
        self.open.lock().iter().find(|question| question.task_id == task).cloned()
    }

    pub fn set_window(&self, has_window: bool) {
        self.has_window.store(has_window, Relaxed);
    }

    /// Whether Blender has a window, where its user can answer.
    pub(super) fn has_window(&self) -> bool {
        self.has_window.load(Relaxed)
    }

    /// Whether the user has allowed all code.
    pub(super) fn allows_all(&self) -> bool {
        self.always.load(Relaxed)
    }

    pub(super) fn allow_all(&self) {
        self.always.store(true, Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Question>> {
        self.open.lock()
    }

    /// Takes the questions out that `answered` says.
    pub(super) fn take(&self, answered: impl Fn(&Question) -> bool) -> Vec<Question> {
        self.open.lock().extract_if(.., |question| answered(question)).collect()
    }
}
