//! What a backend of the store can be asked and told. SQLite now; a server that several machines share later.
//!
//! Everything here may wait for a disk: the writer thread applies, the reader thread asks, nobody else.

use std::path::Path;

use uuid::Uuid;

use super::status::ArchiveStatistics;
use crate::model::error::Error;
use crate::model::session::StoredSession;
use crate::model::task::TaskInfo;

/// Which sessions, newest activity first.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Closed ones too.
    pub closed: bool,
    /// Only closed ones.
    pub only_closed: bool,
    pub limit: Option<u64>,
    /// Only those whose last activity was before this Unix time.
    pub before: Option<f64>,
}

/// One line of a list of sessions.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: String,
    pub created_at: f64,
    pub last_activity: f64,
    pub command_count: u64,
    pub closed: bool,
    /// The instance in which it is live; none if in none.
    pub owner: Option<String>,
}

/// One line of a history.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its place among all entries of all sessions, in the order of time: what a search's `before` takes.
    pub key: u64,
    pub session: String,
    pub number: u64,
    pub task: Uuid,
    pub timestamp: f64,
    pub duration: f64,
    pub command: String,
    /// Encoded JSON, as the next one.
    pub args: String,
    pub result: String,
    pub succeeded: bool,
    pub user_input: Option<String>,
}

/// Which entries: the last `limit`, or the last before an entry: of a history its number, of a search its key.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub limit: u64,
    pub before: Option<u64>,
}

/// The backend, as the reader thread uses it. `instance` is the asking Blender's id.
pub trait Archive: Send {
    /// The session as it was saved; none if unknown.
    fn session(&mut self, id: &str) -> Result<Option<StoredSession>, Error>;
    /// The same, and from now on it is this instance's. The error says that it is live in another Blender, which
    /// one, or that it is closed and how to restore it (unless `closed_too`).
    fn claim(&mut self, id: &str, closed_too: bool) -> Result<Option<StoredSession>, Error>;
    /// Which sessions there are.
    fn sessions(&mut self, selection: &Selection) -> Result<Vec<Listed>, Error>;
    /// Oldest first within the page.
    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, Error>;
    /// Entries that have all words of `text`, newest first. `progress` hears fractions.
    fn search(
        &mut self,
        text: &str,
        session: Option<&str>,
        page: Page,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<StoredEntry>, Error>;
    /// A task that was accepted to be asked for later.
    fn task(&mut self, id: Uuid) -> Result<Option<TaskInfo>, Error>;
    fn statistics(&mut self) -> Result<ArchiveStatistics, Error>;
    /// Writes the sessions (none named: all) into a file; how many.
    fn export(&mut self, path: &Path, sessions: &[String]) -> Result<u64, Error>;
    /// Reads such a file; sessions that are there already stay as they are. Imported and skipped ids.
    fn import(&mut self, path: &Path) -> Result<(Vec<String>, Vec<String>), Error>;
    /// Deletes sessions that were not used since `before` (Unix time) and are live nowhere; their ids.
    fn clean(&mut self, before: f64) -> Result<Vec<String>, Error>;
}

/// A look at the archive on a reader thread; it sends its answer itself.
pub type ReadJob = Box<dyn FnOnce(&mut (dyn Archive + 'static)) + Send>;

/// The archive, where there is one.
pub type OptionalReader<'a> = Option<&'a mut (dyn Archive + 'static)>;
