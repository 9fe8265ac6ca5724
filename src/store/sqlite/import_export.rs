//! Sessions to a file and back: JSON lines, one session each, with its history.
//!
//! `{"session_id", "saved_at", "data": {…as get_session_info…}, "history": […]}`. Written beside the file and then
//! put in its place, so that nobody reads half of one; read with one transaction a session.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value, json};
use uuid::Uuid;

use super::fulltext_index;
use super::history::{ENTRY, entry};
use super::sessions::stored;
use crate::model::error::{Code, Error};
use crate::model::scene;
use crate::model::session::StoredSession;
use crate::model::time::{iso, unix_time};
use crate::store::archive::StoredEntry;
use crate::store::error::Failure;

/// An entry as it stands in the file.
#[derive(Serialize, Deserialize)]
struct Line {
    id: u64,
    timestamp: f64,
    command: String,
    args: Box<RawValue>,
    result: Box<RawValue>,
    duration: f64,
    #[serde(default)]
    succeeded: bool,
    #[serde(default)]
    user_input: Option<String>,
    #[serde(default = "Uuid::new_v4")]
    task_id: Uuid,
}

/// A session as it stands in the file.
#[derive(Deserialize)]
struct Imported {
    session_id: String,
    data: Data,
    #[serde(default)]
    history: Vec<Line>,
}

#[derive(Deserialize)]
struct Data {
    created_at: f64,
    last_activity: f64,
    #[serde(default)]
    command_count: u64,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    state: Map<String, Value>,
}

/// Writes the sessions (none named: all) into a file; how many.
pub fn export(connection: &Connection, path: &Path, sessions: &[String]) -> Result<u64, Failure> {
    let ids = if sessions.is_empty() { all(connection)? } else { sessions.to_vec() };
    let mut beside = path.to_owned().into_os_string();
    beside.push(".part");
    let exported = write(connection, Path::new(&beside), &ids).and_then(|exported| {
        fs::rename(&beside, path).map_err(|error| of_file(path, &error))?;
        Ok(exported)
    });
    if exported.is_err() {
        // Perhaps it was not even made.
        let _ = fs::remove_file(&beside);
    }
    exported
}

fn all(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut ids = connection.prepare("SELECT id FROM session ORDER BY key")?;
    ids.query_map([], |row| row.get(0))?.collect()
}

fn write(connection: &Connection, path: &Path, ids: &[String]) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| of_file(path, &error);
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    let mut exported = 0;
    for id in ids {
        let Some(session) = stored(connection, id)? else {
            return Err(Error::session_not_found(id).into());
        };
        let head =
            json!({"session_id": id, "saved_at": iso(unix_time()), "data": structure(&session)}).to_string();
        out.write_all(&head.as_bytes()[..head.len() - 1]).map_err(failed)?;
        out.write_all(b",\"history\":[").map_err(failed)?;
        write_history(connection, id, &mut out, failed)?;
        out.write_all(b"]}\n").map_err(failed)?;
        exported += 1;
    }
    out.flush().map_err(failed)?;
    Ok(exported)
}

fn write_history(
    connection: &Connection,
    id: &str,
    out: &mut impl Write,
    failed: impl Fn(std::io::Error) -> Error,
) -> Result<(), Failure> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM session JOIN entry ON entry.session = session.key WHERE session.id = ? ORDER BY number"
    ))?;
    let mut rows = find.query([id])?;
    let mut first = true;
    while let Some(row) = rows.next()? {
        if !std::mem::take(&mut first) {
            out.write_all(b",").map_err(&failed)?;
        }
        let line = Line::from(entry(row)?);
        serde_json::to_writer(&mut *out, &line).map_err(|error| failed(error.into()))?;
    }
    Ok(())
}

/// What `get_session_info` tells, of a session that is only stored.
fn structure(session: &StoredSession) -> Value {
    json!({
        "session_id": session.id, "created_at": session.created_at, "last_activity": session.last_activity,
        "blender": {"connected": false, "host": null, "port": null, "last_heartbeat": session.last_activity},
        "state": session.shown_state(), "command_count": session.command_count, "closed": session.closed,
    })
}

impl From<StoredEntry> for Line {
    fn from(entry: StoredEntry) -> Self {
        let raw = |text: String| RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            id: entry.number,
            timestamp: entry.timestamp,
            command: entry.command,
            args: raw(entry.args),
            result: raw(entry.result),
            duration: entry.duration,
            succeeded: entry.succeeded,
            user_input: entry.user_input,
            task_id: entry.task,
        }
    }
}

/// Reads such a file; sessions that are there already stay as they are. Imported and skipped ids.
pub fn import(connection: &mut Connection, path: &Path) -> Result<(Vec<String>, Vec<String>), Failure> {
    let file = File::open(path).map_err(|error| of_file(path, &error))?;
    let (mut imported, mut skipped) = (Vec::new(), Vec::new());
    for session in Deserializer::from_reader(BufReader::new(file)).into_iter::<Imported>() {
        let session = session.map_err(|error| {
            let words = format!("{} is no export of sessions: {error}", path.display());
            Error::invalid_param("filepath", &words)
        })?;
        if insert(connection, &session)? {
            imported.push(session.session_id);
        } else {
            skipped.push(session.session_id);
        }
    }
    Ok((imported, skipped))
}

fn insert(connection: &mut Connection, session: &Imported) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Imported { session_id: id, data, history } = session;
    let entries = history.iter().map(|line| line.id).max().unwrap_or_default();
    let mut own = data.state.clone();
    own.remove("last_command");
    own.remove("last_result");
    // Files of before had what the doors keep among the state.
    own.remove("_mcp");
    own.remove("_mcp_heard");
    let seen: Map<String, Value> =
        scene::MEMBERS.iter().filter_map(|name| Some(((*name).to_owned(), own.remove(*name)?))).collect();
    transaction.execute("INSERT INTO scene (body) VALUES (?)", [Value::Object(seen).to_string()])?;
    let inserted = transaction
        .query_row(
            "INSERT INTO session (id, created_at, last_activity, command_count, entries, closed, scene, state)
             VALUES (?, ?, ?, ?, ?, ?, last_insert_rowid(), ?) ON CONFLICT DO NOTHING RETURNING key",
            params![
                id, data.created_at, data.last_activity, data.command_count as i64, entries as i64, data.closed,
                Value::Object(own).to_string(),
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(key) = inserted else { return Ok(false) };
    let mut keys =
        history.iter().map(|line| insert_entry(&transaction, key, line)).collect::<Result<Vec<_>, _>>()?;
    fulltext_index::index(&transaction, &mut keys)?;
    transaction.commit()?;
    Ok(true)
}

fn insert_entry(connection: &Connection, session: i64, line: &Line) -> rusqlite::Result<i64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (key, session, number, task, timestamp, duration, succeeded, command, args, result, user_input)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut taken = connection.prepare_cached("SELECT 1 FROM entry WHERE key = ?")?;
    let mut key = (line.timestamp * 1e6) as i64;
    while taken.exists([key])? {
        key += 1;
    }
    insert.insert(params![
        key,
        session,
        line.id as i64,
        line.task_id.as_bytes(),
        line.timestamp,
        line.duration,
        line.succeeded,
        line.command,
        line.args.get(),
        line.result.get(),
        line.user_input,
    ])
}

fn of_file(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::CommandFailed, format!("{}: {error}", path.display()))
}
