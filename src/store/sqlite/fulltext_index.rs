//! The full-text index: entries into it and out of it. Inside a transaction of whoever calls.
//!
//! The index holds words and keys, nothing else, so an entry leaves it by saying again what it went in with. A flood's
//! entries wait in the table `unindexed`, from which they are taken when there is time; a search reads those itself.

use rusqlite::{Connection, Result, Row, params};

use super::tokenizer;

/// Entries indexed in one go.
pub const CHUNK: usize = 2000;

const COLUMNS: &str = "entry.key, entry.session, entry.command, entry.user_input, entry.args, entry.result";

/// Puts entries into the index, in ascending order of their keys (else it would write to disk for each).
pub fn index(connection: &Connection, keys: &mut [i64]) -> Result<()> {
    keys.sort_unstable();
    let mut text = String::new();
    let mut entry = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM entry WHERE key = ?"))?;
    let mut insert = connection.prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?;
    for key in keys {
        let mut rows = entry.query([*key])?;
        if let Some(row) = rows.next()? {
            read(row, &mut text)?;
            insert.execute(params![*key, text])?;
        }
    }
    Ok(())
}

/// Lets entries wait to be indexed.
pub fn queue(connection: &Connection, keys: &[i64]) -> Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO unindexed (key) VALUES (?)")?;
    keys.iter().try_for_each(|key| insert.execute([key]).map(drop))
}

/// Indexes some of those that wait; false once none is left.
pub fn catch_up(connection: &Connection) -> Result<bool> {
    let mut waiting = connection.prepare_cached("SELECT key FROM unindexed ORDER BY key LIMIT ?")?;
    let mut keys = waiting.query_map([CHUNK as i64], |row| row.get(0))?.collect::<Result<Vec<i64>>>()?;
    let Some(last) = keys.last().copied() else { return Ok(false) };
    index(connection, &mut keys)?;
    connection.prepare_cached("DELETE FROM unindexed WHERE key <= ?")?.execute([last])?;
    Ok(keys.len() == CHUNK)
}

/// Takes a session's entries out of the index, or out of the queue before it.
pub fn forget(connection: &Connection, session: i64) -> Result<()> {
    let mut entries = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, unindexed.key FROM entry LEFT JOIN unindexed ON unindexed.key = entry.key
         WHERE entry.session = ? ORDER BY entry.key"
    ))?;
    let mut delete =
        connection.prepare_cached("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)")?;
    let mut unqueue = connection.prepare_cached("DELETE FROM unindexed WHERE key = ?")?;
    let mut text = String::new();
    let mut rows = entries.query([session])?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        if row.get::<_, Option<i64>>(6)?.is_some() {
            unqueue.execute([key])?;
        } else {
            read(row, &mut text)?;
            delete.execute(params![key, text])?;
        }
    }
    Ok(())
}

/// The words of an entry, as the index gets them.
fn read(row: &Row<'_>, text: &mut String) -> Result<()> {
    let of =
        |at: usize| row.get_ref(at).map(|value| value.as_str_or_null().ok().flatten().unwrap_or_default());
    tokenizer::of_entry(text, row.get(1)?, of(2)?, of(3)?, of(4)?, of(5)?);
    Ok(())
}
