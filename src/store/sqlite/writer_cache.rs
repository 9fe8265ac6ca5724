//! What the writing end remembers from batch to batch. On the thread of its archive.

use std::collections::{HashMap, HashSet};

use crate::model::scene::Scene;

/// Sessions that are remembered, of each kind.
const KNOWN: usize = 4096;

#[derive(Default)]
pub struct WriterCache {
    /// Where the tables have the sessions of late.
    keys: HashMap<String, i64>,
    /// Deleted of late: a command that was under way then may still end.
    deleted: HashSet<String>,
    /// The key of the last entry; the next is greater.
    pub last_entry: i64,
    /// The scene of that Blender as recorded so far, and where it was saved last.
    pub scene: Scene,
    pub saved_scene: Option<i64>,
    /// Tasks have ended, so that there may be too many.
    pub tasks_ended: bool,
    /// There may be entries that the text index does not have.
    pub behind: bool,
}

impl WriterCache {
    pub fn key(&self, session: &str) -> Option<i64> {
        self.keys.get(session).copied()
    }

    pub fn know(&mut self, session: &str, key: i64) {
        if self.keys.len() >= KNOWN {
            self.keys.clear();
        }
        self.keys.insert(session.to_owned(), key);
    }

    /// The session is no longer live here.
    pub fn forget(&mut self, session: &str) {
        self.keys.remove(session);
    }

    pub fn add_deleted(&mut self, session: &str) {
        if self.deleted.len() >= KNOWN {
            self.deleted.clear();
        }
        self.forget(session);
        self.deleted.insert(session.to_owned());
    }

    pub fn remove_deleted(&mut self, session: &str) {
        self.deleted.remove(session);
    }

    pub fn is_deleted(&self, session: &str) -> bool {
        self.deleted.contains(session)
    }

    /// A transaction was rolled back, or a fresh file begun: the keys known so far may name other rows, or none.
    pub fn invalidate(&mut self) {
        self.keys.clear();
        self.saved_scene = None;
        self.behind = true;
    }
}
