//! A connection to the archive's file, with everything set that the others rely on. On the store's threads only.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::migrations;
use crate::store::error::StoreError;

/// Two Blenders write to one file; each does so for milliseconds.
const BUSY: Duration = Duration::from_secs(5);
/// The write-ahead log is cut back to this after a flood.
const LOG_BYTES: i64 = 64 << 20;
/// Of memory, for pages read before; negative means KiB.
const CACHE: i64 = -16 << 10;

/// Opens a file that is in order, or makes it; one of a later version is not touched.
pub fn connect(path: &Path) -> Result<Connection, StoreError> {
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
    let looked = || -> Result<bool, StoreError> {
        let connection = connect(path)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(found == "ok")
    };
    // What else may be the matter is not the file's fault.
    looked().unwrap_or_else(|error| !matches!(error, StoreError::Corrupt(_)))
}
