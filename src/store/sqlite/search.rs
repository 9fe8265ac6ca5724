//! Full-text search: newest first, and no further than the page asked for.
//!
//! Entries of a flood may not be indexed yet; those are read one by one beside what the index finds, so that a search
//! sees all that is there.

use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::history::{self, ENTRY, entry, limit};
use super::sessions::count;
use super::tokenizer;
use crate::model::error::Error;
use crate::store::archive::{Page, StoredEntry};
use crate::store::error::Failure;

/// A session with no more entries is read through; the index serves the others.
const READ_THROUGH: u64 = 4096;

/// Entries that have all words of `text`.
pub fn search(
    connection: &Connection,
    text: &str,
    session: Option<&str>,
    page: Page,
    progress: &mut dyn FnMut(f64),
) -> Result<Vec<StoredEntry>, Failure> {
    let asked = tokenizer::asked(text);
    if asked.is_empty() {
        return Err(Error::invalid_param("query", "expected a word to search for").into());
    }
    // One view of it all: what is being indexed meanwhile is not missed.
    let view = connection.unchecked_transaction()?;
    let before = history::before(page);
    let session = match session.map(|id| find_session(connection, id)).transpose()? {
        Some(None) => return Ok(Vec::new()),
        Some(Some((key, entries))) if entries <= READ_THROUGH => {
            let found = of_session(connection, &asked, key, before, page.limit)?;
            progress(1.0);
            return Ok(found);
        }
        larger => larger.flatten().map(|(key, _)| key),
    };
    let mut found = indexed(connection, &asked, session, before, page.limit)?;
    progress(0.5);
    let least = if (found.len() as u64) < page.limit { 0 } else { found.last().map_or(0, |entry| entry.key) };
    let waiting = waiting(connection, &asked, session, (least as i64, before), page.limit)?;
    view.finish()?;
    found.extend(waiting);
    found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key));
    found.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    progress(1.0);
    Ok(found)
}

/// Where a session is, and how many entries it has.
fn find_session(connection: &Connection, id: &str) -> rusqlite::Result<Option<(i64, u64)>> {
    let mut find = connection.prepare_cached("SELECT key, entries FROM session WHERE id = ?")?;
    find.query_row([id], |row| Ok((row.get(0)?, count(row, 1)?))).optional()
}

/// A small session's entries are read, which takes less than finding them among all that have a common word.
fn of_session(
    connection: &Connection,
    asked: &[String],
    session: i64,
    before: i64,
    most: u64,
) -> rusqlite::Result<Vec<StoredEntry>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM entry CROSS JOIN session ON session.key = entry.session
         WHERE entry.session = ? AND entry.key < ? ORDER BY entry.number DESC"
    ))?;
    having(find.query(params![session, before])?, asked, most)
}

fn indexed(
    connection: &Connection,
    asked: &[String],
    session: Option<i64>,
    before: i64,
    most: u64,
) -> rusqlite::Result<Vec<StoredEntry>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM words CROSS JOIN entry ON entry.key = words.rowid
              CROSS JOIN session ON session.key = entry.session
         WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ?"
    ))?;
    let question = tokenizer::question(asked, session);
    find.query_map(params![question, before, limit(Some(most))], entry)?.collect()
}

/// Those that wait to be indexed and have the words, between two keys.
fn waiting(
    connection: &Connection,
    asked: &[String],
    session: Option<i64>,
    (least, before): (i64, i64),
    most: u64,
) -> rusqlite::Result<Vec<StoredEntry>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM unindexed CROSS JOIN entry ON entry.key = unindexed.key
              CROSS JOIN session ON session.key = entry.session
         WHERE unindexed.key > ? AND unindexed.key < ? AND (?3 IS NULL OR entry.session = ?3)
         ORDER BY unindexed.key DESC"
    ))?;
    having(find.query(params![least, before, session])?, asked, most)
}

/// The first of them that have all the words.
fn having(mut rows: Rows<'_>, asked: &[String], most: u64) -> rusqlite::Result<Vec<StoredEntry>> {
    let mut found = Vec::new();
    while (found.len() as u64) < most
        && let Some(row) = rows.next()?
    {
        if has(row, asked)? {
            found.push(entry(row)?);
        }
    }
    Ok(found)
}

fn has(row: &Row<'_>, asked: &[String]) -> rusqlite::Result<bool> {
    let text =
        |at: usize| row.get_ref(at).map(|value| value.as_str_or_null().ok().flatten().unwrap_or_default());
    Ok(tokenizer::has_all(asked, text(6)?, text(10)?, text(7)?, text(8)?))
}
