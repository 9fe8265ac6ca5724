//! Entries as rows, and a history in pages. On whatever connection one has.

use rusqlite::{Connection, Result, Row, params};
use uuid::Uuid;

use super::sessions::count;
use crate::store::archive::{Page, StoredEntry};

/// The columns of an entry (and its session), as [`entry`] reads them.
pub const ENTRY: &str =
    "entry.key, session.id, entry.number, entry.task, entry.timestamp, entry.duration, entry.command,
    entry.args, entry.result, entry.succeeded, entry.user_input";

/// Reads a row of [`ENTRY`].
pub fn entry(row: &Row<'_>) -> Result<StoredEntry> {
    Ok(StoredEntry {
        key: count(row, 0)?,
        session: row.get(1)?,
        number: count(row, 2)?,
        task: Uuid::from_bytes(row.get(3)?),
        timestamp: row.get(4)?,
        duration: row.get(5)?,
        command: row.get(6)?,
        args: row.get(7)?,
        result: row.get(8)?,
        succeeded: row.get(9)?,
        user_input: row.get(10)?,
    })
}

/// A page of a session's history, oldest first within it.
pub fn page(connection: &Connection, id: &str, page: Page) -> Result<Vec<StoredEntry>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM session JOIN entry ON entry.session = session.key
         WHERE session.id = ? AND entry.number < ? ORDER BY entry.number DESC LIMIT ?"
    ))?;
    let found = find.query_map(params![id, before(page), limit(Some(page.limit))], entry)?;
    let mut entries = found.collect::<Result<Vec<_>>>()?;
    entries.reverse();
    Ok(entries)
}

/// Where a page ends, as SQLite's numbers say it.
pub fn before(page: Page) -> i64 {
    page.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX))
}

/// How many; -1 is all.
pub fn limit(limit: Option<u64>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}
