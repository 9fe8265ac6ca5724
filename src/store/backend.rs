//! What a backend of the store gives its threads: an end to write to and ends to ask. SQLite is one; a server that
//! several machines share can be another.
//!
//! Everything here may wait for a disk: the writer thread has the writing end, each reader an asking end.

use std::path::PathBuf;

use super::archive::{Archive, Page, StoredEntry};
use super::error::StoreError;
use crate::model::scene::Scene;
use crate::model::session::StoredSession;

/// Where the archive is, and how one gets in.
pub trait Backend: Send + Sync {
    /// The writing end for this Blender, which begins, or goes on with a fresh archive.
    fn begin(&self) -> Result<Box<dyn ArchiveWriter>, StoreError>;
    /// The writing end for what a dead one left.
    fn writer_of(&self, instance: &str) -> Result<Box<dyn ArchiveWriter>, StoreError>;
    /// An asking end.
    fn reader(&self) -> Result<Box<dyn ArchiveReader>, StoreError>;
    /// With no end open: puts the archive aside if it is damaged; where it is now. None: it is sound.
    fn quarantine(&self) -> Result<Option<PathBuf>, StoreError>;
    /// Where it is, for people.
    fn place(&self) -> String;
}

/// The writing end, for one Blender's records.
pub trait ArchiveWriter: Send {
    /// Takes in a turn of the journal, all or nothing; once, however often it comes.
    fn apply(&mut self, turn: u64, frames: &[u8]) -> Result<(), StoreError>;
    /// Does some of what was put off in a flood; false once there is nothing left.
    fn catch_up(&mut self) -> Result<bool, StoreError>;
    /// The Blenders that the archive knows.
    fn instances(&mut self) -> Result<Vec<String>, StoreError>;
    /// Ends what the Blender of this name left unfinished, and lets go of its sessions. With `log_left` it stays known
    /// what was applied of its log, which is still there.
    fn release_instance(&mut self, instance: &str, now: f64, log_left: bool) -> Result<(), StoreError>;
    /// Deletes finished tasks beyond `most`, and those that ended before `since`; if any has ended.
    fn prune_tasks(&mut self, most: usize, since: f64) -> Result<(), StoreError>;
    /// A session as it is saved now.
    fn session(&mut self, id: &str) -> Result<Option<StoredSession>, StoreError>;
    /// A page of its history.
    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, StoreError>;
    /// Ends it; the scene as recorded so far.
    fn close(self: Box<Self>) -> Scene;
    /// Goes on with the scene of another archive.
    fn restore_scene(&mut self, scene: Scene);
}

/// An asking end.
pub trait ArchiveReader: Archive {
    /// Stops a question in hand, from another thread.
    fn stopper(&self) -> Box<dyn Fn() + Send>;
    /// Whether an answer failed because the archive is damaged.
    fn is_damaged(&self) -> bool;
}
