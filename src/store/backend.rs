//! What a backend of the store gives its threads: an end to write to and ends to ask. SQLite is one; a server that
//! several machines share can be another.
//!
//! Everything here may wait for a disk: the writer thread has the writing end, each reader an asking end.

use std::path::PathBuf;

use super::archive::{Archive, Page, StoredEntry};
use super::trouble::Trouble;
use crate::session::Stored;
use crate::session::scene::Scene;

/// Where the archive is, and how one gets in.
pub trait Backend: Send + Sync {
    /// The writing end for this Blender, which begins, or goes on with a fresh archive.
    fn begin(&self) -> Result<Box<dyn Intake>, Trouble>;
    /// The writing end for what a dead one left.
    fn intake_of(&self, instance: &str) -> Result<Box<dyn Intake>, Trouble>;
    /// An asking end.
    fn asker(&self) -> Result<Box<dyn Asker>, Trouble>;
    /// With no end open: puts the archive aside if it is damaged; where it is now. None: it is sound.
    fn put_aside(&self) -> Result<Option<PathBuf>, Trouble>;
    /// What people are told of where it is.
    fn place(&self) -> String;
}

/// The writing end, for one Blender's records.
pub trait Intake: Send {
    /// Takes in a turn of the journal, all or nothing; once, however often it comes.
    fn apply(&mut self, turn: u64, frames: &[u8]) -> Result<(), Trouble>;
    /// Does some of what was put off in a flood; false once there is nothing left.
    fn catch_up(&mut self) -> Result<bool, Trouble>;
    /// The Blenders that the archive knows.
    fn instances(&mut self) -> Result<Vec<String>, Trouble>;
    /// Ends what the Blender of this name left unfinished, and lets go of its sessions.
    fn dismiss(&mut self, instance: &str, now: f64) -> Result<(), Trouble>;
    /// Deletes finished tasks beyond `most`, and those that ended before `since`; if any has ended.
    fn prune_tasks(&mut self, most: usize, since: f64) -> Result<(), Trouble>;
    /// A session as it is saved now.
    fn session(&mut self, id: &str) -> Result<Option<Stored>, Trouble>;
    /// A page of its history.
    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, Trouble>;
    /// Ends it; the scene as it was told so far.
    fn close(self: Box<Self>) -> Scene;
    /// Goes on with a scene that another archive was told.
    fn recall(&mut self, scene: Scene);
}

/// An asking end.
pub trait Asker: Archive {
    /// Stops a question in hand, from another thread.
    fn stopper(&self) -> Box<dyn Fn() + Send>;
    /// Whether an answer failed because the archive is damaged.
    fn is_damaged(&self) -> bool;
}
