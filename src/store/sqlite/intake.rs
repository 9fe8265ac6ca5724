//! Records into the archive: a batch is one transaction. On the writer thread, or the one that recovers.
//!
//! A batch may come twice (its Blender died between applying it and saying so): entries have their number, tasks
//! their id, and counters only grow, so it changes nothing the second time.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Result, TransactionBehavior, ffi, params};
use serde_json::Value;

use super::{connect, migrations, text};
use crate::session::scene::Scene;
use crate::store::frames;
use crate::store::record::{Accepted, Ended, Entry, Record};
use crate::store::trouble::Trouble;

/// Entries of a batch that are indexed along with it; those of a larger one wait until there is time.
const INDEXED_AT_ONCE: usize = 500;
/// Keys of sessions that are remembered.
const KNOWN: usize = 4096;

/// The writing end of the archive, for one Blender's records.
pub struct Intake {
    connection: Connection,
    instance: String,
    mind: Mind,
}

/// What is remembered from batch to batch.
#[derive(Default)]
struct Mind {
    /// Where the tables have the sessions of late.
    keys: HashMap<String, i64>,
    /// The key of the last entry; the next is greater.
    last_entry: i64,
    /// The scene of that Blender as it was told, and where it was saved last.
    scene: Scene,
    saved_scene: Option<i64>,
    /// There may be entries that the text index does not have.
    behind: bool,
}

impl Intake {
    /// Opens the archive to write what `instance` records.
    pub fn open(path: &Path, instance: &str) -> Result<Self, Trouble> {
        let mut connection = connect(path)?;
        migrations::migrate(&mut connection, &migrations::STEPS)?;
        let mind = Mind { behind: true, ..Mind::default() };
        Ok(Self { connection, instance: instance.to_owned(), mind })
    }

    /// This Blender begins, or goes on with a fresh archive.
    pub fn enlist(&mut self, now: f64) -> Result<(), Trouble> {
        self.connection.execute(
            "INSERT INTO instance (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![self.instance, std::process::id(), now],
        )?;
        Ok(())
    }

    /// Takes in a turn's frames, unless it has them.
    pub fn apply(&mut self, turn: u64, frames: &[u8]) -> Result<(), Trouble> {
        let applied = self.apply_all(turn, frames);
        if applied.is_err() {
            // Keys of rows that were rolled back are nobody's.
            self.mind.keys.clear();
            self.mind.saved_scene = None;
        }
        Ok(applied?)
    }

    fn apply_all(&mut self, turn: u64, frames: &[u8]) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut batch = Batch {
            connection: &transaction,
            instance: &self.instance,
            mind: &mut self.mind,
            touched: HashMap::new(),
            entries: Vec::new(),
            scene_changed: false,
        };
        if batch.has(turn)? {
            return Ok(());
        }
        for record in frames::read(frames) {
            match batch.take(&record) {
                Err(error) if is_of_the_record(&error) => {
                    log::error!("the store cannot keep {record:?}: {error}")
                }
                taken => taken?,
            }
        }
        batch.finish(turn)?;
        transaction.commit()
    }

    /// Indexes some entries of a flood; false once there are none left.
    pub fn catch_up(&mut self) -> Result<bool, Trouble> {
        if self.mind.behind {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.mind.behind = text::catch_up(&transaction)?;
            transaction.commit()?;
        }
        Ok(self.mind.behind)
    }

    /// Ends what the Blender of this name left unfinished, and lets go of its sessions.
    pub fn dismiss(&mut self, instance: &str, now: f64) -> Result<(), Trouble> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE task SET finished_at = ?, succeeded = 0, result = ? WHERE instance = ? AND finished_at IS NULL",
            params![now, crate::store::interrupted().body().to_string(), instance],
        )?;
        transaction.execute("UPDATE session SET owner = NULL WHERE owner = ?", [instance])?;
        transaction.execute("DELETE FROM instance WHERE id = ?", [instance])?;
        transaction.commit()?;
        Ok(())
    }

    /// Deletes finished tasks beyond `most`, and those that ended before `since`.
    pub fn prune_tasks(&mut self, most: usize, since: f64) -> Result<(), Trouble> {
        self.connection.prepare_cached("DELETE FROM task WHERE finished_at < ?")?.execute([since])?;
        self.connection
            .prepare_cached(
                "DELETE FROM task WHERE finished_at <= (
                     SELECT finished_at FROM task WHERE finished_at IS NOT NULL
                     ORDER BY finished_at DESC LIMIT 1 OFFSET ?)",
            )?
            .execute([most as i64])?;
        Ok(())
    }

    /// The Blenders that the archive knows.
    pub fn instances(&mut self) -> Result<Vec<String>, Trouble> {
        let mut ids = self.connection.prepare_cached(
            "SELECT id FROM instance UNION SELECT owner FROM session WHERE owner IS NOT NULL
             UNION SELECT instance FROM task WHERE finished_at IS NULL",
        )?;
        let ids = ids.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_>>()?)
    }

    /// The connection, for whoever looks at the file as a whole.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// The record cannot be kept, whatever one does; others can.
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

/// What a session's entries of a batch add up to.
struct Touched {
    last_activity: f64,
    command_count: u64,
    entries: u64,
}

/// One batch on its way in.
struct Batch<'a> {
    connection: &'a Connection,
    instance: &'a str,
    mind: &'a mut Mind,
    touched: HashMap<i64, Touched>,
    /// Keys, to be indexed.
    entries: Vec<i64>,
    scene_changed: bool,
}

impl Batch<'_> {
    fn has(&self, turn: u64) -> Result<bool> {
        let mut applied = self.connection.prepare_cached("SELECT applied FROM instance WHERE id = ?")?;
        let applied: Option<i64> = applied.query_row([self.instance], |row| row.get(0)).optional()?;
        Ok(applied.is_some_and(|applied| turn <= applied as u64))
    }

    fn take(&mut self, record: &Record<'_>) -> Result<()> {
        match record {
            Record::Session { id, created_at, last_activity, command_count } => {
                self.session(id, *created_at, *last_activity, *command_count)
            }
            Record::State { session, state, at } => {
                let key = self.key(session, *at)?;
                self.connection
                    .prepare_cached(
                        "UPDATE session SET state = ?, last_activity = max(last_activity, ?) WHERE key = ?",
                    )?
                    .execute(params![state, at, key])?;
                self.touch(key, *at, 0, 0);
                Ok(())
            }
            Record::Entry(entry) => self.entry(entry),
            Record::Closed { session, at } => {
                let key = self.key(session, *at)?;
                self.connection
                    .prepare_cached(
                        "UPDATE session SET closed = 1, owner = NULL, last_activity = max(last_activity, ?) WHERE key = ?",
                    )?
                    .execute(params![at, key])?;
                self.mind.keys.remove(*session);
                Ok(())
            }
            Record::Deleted { session } => self.delete(session),
            Record::Scene { change, .. } => {
                if let Ok(Value::Object(change)) = serde_json::from_str(change) {
                    self.mind.scene.apply(&change);
                    self.scene_changed = true;
                }
                Ok(())
            }
            Record::Accepted(task) => self.accepted(task),
            Record::Ended(task) => self.ended(task),
        }
    }

    fn session(&mut self, id: &str, created_at: f64, last_activity: f64, command_count: u64) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO session (id, created_at, last_activity, command_count, owner) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET closed = 0, owner = excluded.owner,
                 last_activity = max(last_activity, excluded.last_activity),
                 command_count = max(command_count, excluded.command_count)
             RETURNING key",
        )?;
        let row = params![id, created_at, last_activity, command_count as i64, self.instance];
        let key = insert.query_row(row, |row| row.get(0))?;
        self.know(id, key);
        self.touch(key, last_activity, command_count, 0);
        Ok(())
    }

    /// Where a session is; one that was not announced (its row went with a damaged archive) is made.
    fn key(&mut self, id: &str, at: f64) -> Result<i64> {
        if let Some(key) = self.mind.keys.get(id) {
            return Ok(*key);
        }
        let mut find = self.connection.prepare_cached("SELECT key FROM session WHERE id = ?")?;
        let found = find.query_row([id], |row| row.get(0)).optional()?;
        let key = match found {
            Some(key) => key,
            None => {
                let mut insert = self.connection.prepare_cached(
                    "INSERT INTO session (id, created_at, last_activity, owner) VALUES (?, ?, ?, ?)",
                )?;
                insert.insert(params![id, at, at, self.instance])?
            }
        };
        self.know(id, key);
        Ok(key)
    }

    fn know(&mut self, id: &str, key: i64) {
        if self.mind.keys.len() >= KNOWN {
            self.mind.keys.clear();
        }
        self.mind.keys.insert(id.to_owned(), key);
    }

    fn touch(&mut self, key: i64, at: f64, command_count: u64, entries: u64) {
        let touched =
            self.touched.entry(key).or_insert(Touched { last_activity: at, command_count, entries });
        touched.last_activity = touched.last_activity.max(at);
        touched.command_count = touched.command_count.max(command_count);
        touched.entries = touched.entries.max(entries);
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        let session = self.key(entry.session, entry.timestamp)?;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO entry (key, session, number, task, timestamp, duration, succeeded, command, args, result, user_input)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, number) DO NOTHING",
        )?;
        let mut key = ((entry.timestamp * 1e6) as i64).max(self.mind.last_entry + 1);
        loop {
            let row = params![
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
            ];
            match insert.execute(row) {
                Ok(0) => break,
                Ok(_) => {
                    self.entries.push(key);
                    self.mind.last_entry = key;
                    break;
                }
                // Another Blender's entry of the same microsecond, or this very one of the first time.
                Err(error) if !is_taken(&error) => return Err(error),
                Err(_) if self.is_there(session, entry.number)? => break,
                Err(_) => key += 1,
            }
        }
        self.touch(session, entry.timestamp + entry.duration, entry.command_count, entry.number);
        Ok(())
    }

    fn is_there(&self, session: i64, number: u64) -> Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM entry WHERE session = ? AND number = ?")?
            .exists(params![session, number as i64])
    }

    fn delete(&mut self, id: &str) -> Result<()> {
        let mut find = self.connection.prepare_cached("SELECT key FROM session WHERE id = ?")?;
        let Some(key) = find.query_row([id], |row| row.get(0)).optional()? else { return Ok(()) };
        self.mind.keys.remove(id);
        self.touched.remove(&key);
        // Its entries of this batch are not indexed yet: out of the list, they need not be taken out of the index.
        text::queue(self.connection, &std::mem::take(&mut self.entries))?;
        self.mind.behind = true;
        delete(self.connection, key)
    }

    fn accepted(&self, task: &Accepted<'_>) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO task (id, instance, session, kind, runs, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO NOTHING",
        )?;
        insert.execute(params![
            task.id.as_bytes(),
            self.instance,
            task.session,
            task.kind,
            task.runs,
            task.metadata,
            task.created_at,
        ])?;
        Ok(())
    }

    fn ended(&self, task: &Ended<'_>) -> Result<()> {
        let mut update = self.connection.prepare_cached(
            "UPDATE task SET started_at = ?, finished_at = ?, succeeded = ?, result = ? WHERE id = ?",
        )?;
        let (Ok(body) | Err(body)) = task.result;
        let succeeded = task.result.is_ok();
        update.execute(params![task.started_at, task.finished_at, succeeded, body, task.id.as_bytes()])?;
        Ok(())
    }

    fn finish(mut self, turn: u64) -> Result<()> {
        if self.entries.len() <= INDEXED_AT_ONCE {
            text::index(self.connection, &mut self.entries)?;
        } else {
            text::queue(self.connection, &self.entries)?;
            self.mind.behind = true;
        }
        let left = self.save_scene()?;
        let mut update = self.connection.prepare_cached(
            "UPDATE session SET last_activity = max(last_activity, ?), command_count = max(command_count, ?),
                 entries = max(entries, ?), scene = ? WHERE key = ?",
        )?;
        for (key, touched) in &self.touched {
            update.execute(params![
                touched.last_activity,
                touched.command_count as i64,
                touched.entries as i64,
                self.mind.saved_scene,
                key,
            ])?;
        }
        for scene in left {
            forget_scene(self.connection, scene)?;
        }
        let mut applied =
            self.connection.prepare_cached("UPDATE instance SET applied = ?, scene = ? WHERE id = ?")?;
        applied.execute(params![turn as i64, self.mind.saved_scene, self.instance])?;
        Ok(())
    }

    /// Saves the scene if it has changed; the scenes that sessions of this batch were saved with before.
    fn save_scene(&mut self) -> Result<BTreeSet<i64>> {
        let mut left = BTreeSet::new();
        if self.scene_changed || (self.mind.saved_scene.is_none() && !self.touched.is_empty()) {
            left.extend(self.mind.saved_scene.take());
            let body = Value::Object(self.mind.scene.describe()).to_string();
            let mut insert = self.connection.prepare_cached("INSERT INTO scene (body) VALUES (?)")?;
            self.mind.saved_scene = Some(insert.insert([body])?);
        }
        let mut before = self.connection.prepare_cached("SELECT scene FROM session WHERE key = ?")?;
        for key in self.touched.keys() {
            left.extend(before.query_row([key], |row| row.get::<_, Option<i64>>(0))?);
        }
        left.retain(|scene| Some(*scene) != self.mind.saved_scene);
        Ok(left)
    }
}

/// Takes a session and all that belongs to it out of the archive. Inside a transaction.
pub fn delete(connection: &Connection, key: i64) -> Result<()> {
    text::forget(connection, key)?;
    connection.prepare_cached("DELETE FROM entry WHERE session = ?")?.execute([key])?;
    connection
        .prepare_cached("DELETE FROM task WHERE session = (SELECT id FROM session WHERE key = ?)")?
        .execute([key])?;
    let mut gone = connection.prepare_cached("DELETE FROM session WHERE key = ? RETURNING scene")?;
    let scene: Option<Option<i64>> = gone.query_row([key], |row| row.get(0)).optional()?;
    scene.flatten().map_or(Ok(()), |scene| forget_scene(connection, scene))
}

/// Deletes a saved scene that nobody points to any more.
fn forget_scene(connection: &Connection, scene: i64) -> Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM scene WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM session WHERE scene = ?1)
             AND NOT EXISTS (SELECT 1 FROM instance WHERE scene = ?1)",
    )?;
    delete.execute([scene])?;
    Ok(())
}
