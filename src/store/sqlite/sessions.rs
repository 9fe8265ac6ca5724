//! Sessions as rows: read whole, deleted with all that belongs to them. Inside a transaction of whoever calls.

use rusqlite::{Connection, OptionalExtension, Result, Row};
use serde_json::{Map, Value};

use super::fulltext_index;
use crate::model::session::StoredSession;

/// A session as it was saved.
pub fn stored(connection: &Connection, id: &str) -> Result<Option<StoredSession>> {
    let mut find = connection.prepare_cached(
        "SELECT session.created_at, session.last_activity, session.command_count, session.entries, session.closed,
                session.state, scene.body, entry.command, entry.result, session.protocol
         FROM session LEFT JOIN scene ON scene.key = session.scene
              LEFT JOIN entry ON entry.session = session.key AND entry.number = session.entries
         WHERE session.id = ?",
    )?;
    let read = |row: &Row<'_>| {
        Ok(StoredSession {
            id: id.to_owned(),
            created_at: row.get(0)?,
            last_activity: row.get(1)?,
            command_count: count(row, 2)?,
            entries: count(row, 3)?,
            closed: row.get(4)?,
            state: members(row.get(5)?),
            scene: members(row.get(6)?),
            last_command: row.get(7)?,
            last_result: row.get(8)?,
            protocol: members(row.get(9)?),
        })
    };
    find.query_row([id], read).optional()
}

/// A JSON object as it was encoded.
pub fn members(text: Option<String>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// SQLite counts in signed numbers.
pub fn count(row: &Row<'_>, at: usize) -> Result<u64> {
    Ok(row.get::<_, i64>(at)?.unsigned_abs())
}

/// Takes a session and all that belongs to it out of the archive.
pub fn delete(connection: &Connection, key: i64) -> Result<()> {
    fulltext_index::forget(connection, key)?;
    connection.prepare_cached("DELETE FROM entry WHERE session = ?")?.execute([key])?;
    connection
        .prepare_cached("DELETE FROM task WHERE session = (SELECT id FROM session WHERE key = ?)")?
        .execute([key])?;
    let mut gone = connection.prepare_cached("DELETE FROM session WHERE key = ? RETURNING scene")?;
    let scene: Option<Option<i64>> = gone.query_row([key], |row| row.get(0)).optional()?;
    scene.flatten().map_or(Ok(()), |scene| forget_scene(connection, scene))
}

/// Deletes a saved scene that nobody points to any more.
pub fn forget_scene(connection: &Connection, scene: i64) -> Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM scene WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM session WHERE scene = ?1)
             AND NOT EXISTS (SELECT 1 FROM instance WHERE scene = ?1)",
    )?;
    delete.execute([scene])?;
    Ok(())
}
