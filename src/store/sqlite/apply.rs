//! One batch on its way into the tables, inside one transaction. On the thread of its archive.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Result, ffi, params};
use serde_json::Value;

use super::writer_cache::WriterCache;
use super::{fulltext_index, sessions};
use crate::store::wal::record::{Accepted, Ended, Entry, Record};

/// Entries of a batch that are indexed along with it; those of a larger one wait until there is time.
const INDEXED_AT_ONCE: usize = 500;

/// What a batch says of a session adds up to.
struct Touched {
    last_activity: f64,
    command_count: u64,
    entries: u64,
    /// A command has ended: from then on it is saved with the scene that it left.
    follows: bool,
}

/// One batch.
pub struct Batch<'a> {
    connection: &'a Connection,
    instance: &'a str,
    cache: &'a mut WriterCache,
    touched: HashMap<i64, Touched>,
    /// Keys, to be indexed.
    entries: Vec<i64>,
    scene_changed: bool,
}

impl<'a> Batch<'a> {
    pub fn new(connection: &'a Connection, instance: &'a str, cache: &'a mut WriterCache) -> Self {
        let (touched, entries) = (HashMap::new(), Vec::new());
        Self { connection, instance, cache, touched, entries, scene_changed: false }
    }

    /// Whether the archive has that turn of the journal already.
    pub fn has(&self, turn: u64) -> Result<bool> {
        let mut applied = self.connection.prepare_cached("SELECT applied FROM instance WHERE id = ?")?;
        let applied: Option<i64> = applied.query_row([self.instance], |row| row.get(0)).optional()?;
        Ok(applied.is_some_and(|applied| turn <= applied as u64))
    }

    /// Takes a record in. One that cannot be kept, whatever one does, is said and passed over: others can.
    pub fn take(&mut self, record: &Record<'_>) -> Result<()> {
        match self.put(record) {
            Err(error) if is_of_the_record(&error) => {
                log::error!("the store cannot keep {record:?}: {error}");
                Ok(())
            }
            put => put,
        }
    }

    fn put(&mut self, record: &Record<'_>) -> Result<()> {
        match record {
            Record::Session { id, created_at, last_activity, command_count } => {
                self.session(id, *created_at, *last_activity, *command_count)
            }
            Record::State { session, .. }
            | Record::Protocol { session, .. }
            | Record::Closed { session, .. }
            | Record::Entry(Entry { session, .. })
                if self.cache.is_deleted(session) =>
            {
                Ok(())
            }
            Record::State { session, state, at } => {
                self.update(session, "UPDATE session SET state = ? WHERE key = ?", state, *at)
            }
            Record::Protocol { session, state, at } => {
                self.update(session, "UPDATE session SET protocol = ? WHERE key = ?", state, *at)
            }
            Record::Entry(entry) => self.entry(entry),
            Record::Closed { session, at } => {
                let key = self.key(session, *at)?;
                let mut update = self
                    .connection
                    .prepare_cached("UPDATE session SET closed = 1, owner = NULL WHERE key = ?")?;
                update.execute([key])?;
                self.touch(key, *at);
                self.cache.forget(session);
                Ok(())
            }
            Record::Deleted { session } => self.delete(session),
            Record::Scene { change, .. } => {
                if let Ok(Value::Object(change)) = serde_json::from_str(change) {
                    self.cache.scene.apply(&change);
                    self.scene_changed = true;
                }
                Ok(())
            }
            Record::Accepted(task) => self.accepted(task),
            Record::Ended(task) => self.ended(task),
        }
    }

    fn update(&mut self, session: &str, sql: &str, value: &str, at: f64) -> Result<()> {
        let key = self.key(session, at)?;
        self.connection.prepare_cached(sql)?.execute(params![value, key])?;
        self.touch(key, at);
        Ok(())
    }

    fn session(&mut self, id: &str, created_at: f64, last_activity: f64, command_count: u64) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO session (id, created_at, last_activity, owner) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET closed = 0, owner = excluded.owner RETURNING key",
        )?;
        let row = params![id, created_at, last_activity, self.instance];
        let key = insert.query_row(row, |row| row.get(0))?;
        self.cache.know(id, key);
        self.cache.remove_deleted(id);
        let touched = self.touch(key, last_activity);
        touched.command_count = touched.command_count.max(command_count);
        Ok(())
    }

    /// Where a session is; one that was not announced (its row went with a damaged archive) is made.
    fn key(&mut self, id: &str, at: f64) -> Result<i64> {
        if let Some(key) = self.cache.key(id) {
            return Ok(key);
        }
        let mut find = self.connection.prepare_cached("SELECT key FROM session WHERE id = ?")?;
        let key = match find.query_row([id], |row| row.get(0)).optional()? {
            Some(key) => key,
            None => self
                .connection
                .prepare_cached(
                    "INSERT INTO session (id, created_at, last_activity, owner) VALUES (?, ?, ?, ?)",
                )?
                .insert(params![id, at, at, self.instance])?,
        };
        self.cache.know(id, key);
        Ok(key)
    }

    fn touch(&mut self, key: i64, at: f64) -> &mut Touched {
        let new = Touched { last_activity: at, command_count: 0, entries: 0, follows: false };
        let touched = self.touched.entry(key).or_insert(new);
        touched.last_activity = touched.last_activity.max(at);
        touched
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        let session = self.key(entry.session, entry.timestamp)?;
        let mut key = ((entry.timestamp * 1e6) as i64).max(self.cache.last_entry + 1);
        loop {
            match self.insert(key, session, entry) {
                Ok(0) => break,
                Ok(_) => {
                    self.entries.push(key);
                    self.cache.last_entry = key;
                    break;
                }
                // Another Blender's entry of the same microsecond, or this very one of the first time.
                Err(error) if !is_taken(&error) => return Err(error),
                Err(_) if self.is_there(session, entry.number)? => break,
                Err(_) => key += 1,
            }
        }
        let touched = self.touch(session, entry.timestamp + entry.duration);
        touched.command_count = touched.command_count.max(entry.command_count);
        touched.entries = touched.entries.max(entry.number);
        touched.follows = true;
        Ok(())
    }

    fn insert(&self, key: i64, session: i64, entry: &Entry<'_>) -> Result<usize> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO entry (key, session, number, task, timestamp, duration, succeeded, command, args, result, user_input)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, number) DO NOTHING",
        )?;
        insert.execute(params![
            key,
            session,
            entry.number as i64,
            entry.task.as_bytes(),
            entry.timestamp,
            entry.duration,
            entry.succeeded,
            entry.command,
            entry.args,
            entry.result,
            entry.user_input,
        ])
    }

    fn is_there(&self, session: i64, number: u64) -> Result<bool> {
        let mut find =
            self.connection.prepare_cached("SELECT 1 FROM entry WHERE session = ? AND number = ?")?;
        find.exists(params![session, number as i64])
    }

    fn delete(&mut self, id: &str) -> Result<()> {
        self.cache.add_deleted(id);
        let mut find = self.connection.prepare_cached("SELECT key FROM session WHERE id = ?")?;
        let Some(key) = find.query_row([id], |row| row.get(0)).optional()? else { return Ok(()) };
        self.touched.remove(&key);
        // What this batch brought is not indexed yet, and what is not indexed is known by waiting for it.
        fulltext_index::queue(self.connection, &std::mem::take(&mut self.entries))?;
        self.cache.behind = true;
        sessions::delete(self.connection, key)
    }

    fn accepted(&self, task: &Accepted<'_>) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO task (id, instance, session, kind, runs, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO NOTHING",
        )?;
        let Accepted { id, session, kind, runs, metadata, created_at } = task;
        insert.execute(params![id.as_bytes(), self.instance, session, kind, runs, metadata, created_at])?;
        Ok(())
    }

    fn ended(&mut self, task: &Ended<'_>) -> Result<()> {
        self.cache.tasks_ended = true;
        let mut update = self.connection.prepare_cached(
            "UPDATE task SET started_at = ?, finished_at = ?, succeeded = ?, result = ? WHERE id = ?",
        )?;
        let (Ok(body) | Err(body)) = task.result;
        let succeeded = task.result.is_ok();
        update.execute(params![task.started_at, task.finished_at, succeeded, body, task.id.as_bytes()])?;
        Ok(())
    }

    /// What it adds up to. The transaction is the caller's to commit.
    pub fn finish(mut self, turn: u64) -> Result<()> {
        if self.entries.len() <= INDEXED_AT_ONCE {
            fulltext_index::index(self.connection, &mut self.entries)?;
        } else {
            fulltext_index::queue(self.connection, &self.entries)?;
            self.cache.behind = true;
        }
        let left = self.save_scene()?;
        let mut update = self.connection.prepare_cached(
            "UPDATE session SET last_activity = max(last_activity, ?), command_count = max(command_count, ?),
                 entries = max(entries, ?), scene = CASE WHEN ? THEN coalesce(?5, scene) ELSE coalesce(scene, ?5) END
             WHERE key = ?",
        )?;
        for (key, touched) in &self.touched {
            let Touched { last_activity, command_count, entries, follows } = touched;
            let (count, entries) = (*command_count as i64, *entries as i64);
            update.execute(params![last_activity, count, entries, follows, self.cache.saved_scene, key])?;
        }
        // One that ended before it was here, or whose archive was put aside, has no row yet.
        let mut applied = self.connection.prepare_cached(
            "INSERT INTO instance (applied, scene, id, pid, started_at) VALUES (?, ?, ?, 0, 0)
             ON CONFLICT (id) DO UPDATE SET applied = excluded.applied, scene = excluded.scene",
        )?;
        applied.execute(params![turn as i64, self.cache.saved_scene, self.instance])?;
        left.into_iter().try_for_each(|scene| sessions::forget_scene(self.connection, scene))
    }

    /// Saves the scene if it has changed. The scenes that nobody may need any more.
    fn save_scene(&mut self) -> Result<BTreeSet<i64>> {
        let mut left = BTreeSet::new();
        let unsaved = self.cache.saved_scene.is_none() && self.cache.scene.version() > 0;
        if self.scene_changed || unsaved {
            let mut before = self.connection.prepare_cached("SELECT scene FROM instance WHERE id = ?")?;
            let before = before.query_row([self.instance], |row| row.get::<_, Option<i64>>(0)).optional()?;
            left.extend(before.flatten());
            // Nobody asks this copy what is new in it.
            let _ = self.cache.scene.unrecorded();
            let body = Value::Object(self.cache.scene.describe()).to_string();
            let mut insert = self.connection.prepare_cached("INSERT INTO scene (body) VALUES (?)")?;
            self.cache.saved_scene = Some(insert.insert([body])?);
        }
        let mut before = self.connection.prepare_cached("SELECT scene FROM session WHERE key = ?")?;
        for (key, _) in self.touched.iter().filter(|(_, touched)| touched.follows) {
            left.extend(before.query_row([key], |row| row.get::<_, Option<i64>>(0))?);
        }
        left.retain(|scene| Some(*scene) != self.cache.saved_scene);
        Ok(left)
    }
}

fn is_of_the_record(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
    )
}

/// Another row has that key.
fn is_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID))
}
