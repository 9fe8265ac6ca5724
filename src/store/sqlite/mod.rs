//! The archive in SQLite: `tenon.db`, shared by all Blenders of a user. On the store's threads only.
//!
//! Write-ahead log: one connection writes (`intake`), others read beside it (`questions`), nobody waits for a reader.
//! A commit is not flushed to the disk itself; it survives the end of the process, which is what the store promises.

mod batch;
mod damage;
mod history;
mod intake;
pub mod migrations;
mod mind;
mod questions;
mod search;
mod sessions;
mod tasks;
mod text;
mod transfer;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::backend;
use super::trouble::Trouble;
use crate::clock::unix_time;
use intake::Intake;
use questions::Asker;

/// Two Blenders write to one file; each does so for milliseconds.
const BUSY: Duration = Duration::from_secs(5);
/// The write-ahead log is cut back to this after a flood.
const LOG_BYTES: i64 = 64 << 20;
/// Of memory, for pages read before; negative means KiB.
const CACHE: i64 = -16 << 10;

/// The file, and what lies beside it.
#[derive(Clone)]
pub struct Sqlite {
    pub database: PathBuf,
    pub journals: PathBuf,
    /// Of the sessions.
    pub logs: PathBuf,
    pub instance: String,
}

impl backend::Backend for Sqlite {
    fn begin(&self) -> Result<Box<dyn backend::Intake>, Trouble> {
        Ok(Box::new(Intake::begin(&self.database, &self.instance, unix_time())?))
    }

    fn intake_of(&self, instance: &str) -> Result<Box<dyn backend::Intake>, Trouble> {
        Ok(Box::new(Intake::open(&self.database, instance)?))
    }

    fn asker(&self) -> Result<Box<dyn backend::Asker>, Trouble> {
        Ok(Box::new(Asker::open(self)?))
    }

    fn put_aside(&self) -> Result<Option<PathBuf>, Trouble> {
        Ok(damage::put_aside(&self.database)?)
    }

    fn place(&self) -> String {
        self.database.to_string_lossy().into_owned()
    }
}

/// Opens a file that is in order, or makes it; one of a later version is not touched.
fn connect(path: &Path) -> Result<Connection, Trouble> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    migrations::check(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    migrations::migrate(&mut connection, &migrations::STEPS)?;
    Ok(connection)
}

/// Whether the file is what it should be. Takes seconds for a large one.
pub fn is_sound(path: &Path) -> bool {
    let looked = || -> Result<bool, Trouble> {
        let connection = connect(path)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(found == "ok")
    };
    // What else may be the matter is not the file's fault.
    looked().unwrap_or_else(|trouble| !matches!(trouble, Trouble::Corrupt(_)))
}
