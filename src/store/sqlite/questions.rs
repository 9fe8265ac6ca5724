//! What is asked of the archive, on a reader's own connection. Each answer is one look at the file.
//!
//! Reading waits for nobody. The few things that change something (taking a session, cleaning, importing) are short
//! transactions of their own, which the writer waits out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, InterruptHandle, OptionalExtension, Row, TransactionBehavior, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{connect, intake, migrations, search, transfer};
use crate::error::{Code, Error};
use crate::message::Json;
use crate::queue::{Status, TaskInfo};
use crate::session::Stored;
use crate::store::archive::{Archive, Listed, Page, Selection, StoredEntry};
use crate::store::journal;
use crate::store::trouble::Trouble;

/// Sessions deleted in one transaction.
const DELETED_AT_ONCE: usize = 20;

/// The columns of an entry, as [`entry`] reads them.
pub const ENTRY: &str =
    "entry.key, session.id, entry.number, entry.task, entry.timestamp, entry.duration, entry.command,
    entry.args, entry.result, entry.succeeded, entry.user_input";

/// The asking end of the archive.
pub struct Asker {
    pub(super) connection: Connection,
    path: PathBuf,
    journals: PathBuf,
    instance: String,
}

impl Asker {
    /// Opens the archive for what `instance` asks.
    pub fn open(path: &Path, journals: &Path, instance: &str) -> Result<Self, Trouble> {
        let mut connection = connect(path)?;
        migrations::migrate(&mut connection, &migrations::STEPS)?;
        let (path, journals) = (path.to_owned(), journals.to_owned());
        Ok(Self { connection, path, journals, instance: instance.to_owned() })
    }

    /// For whoever has to stop a question that takes long.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    fn live_elsewhere(&self, id: &str, owner: &str) -> Result<Error, Trouble> {
        let mut process = self.connection.prepare_cached("SELECT pid FROM instance WHERE id = ?")?;
        let process: Option<u32> = process.query_row([owner], |row| row.get(0)).optional()?;
        let process = process.map_or_else(String::new, |process| format!(", process {process}"));
        let words = format!("Session not found: {id} (it is in use in another Blender{process})");
        Ok(Error::new(Code::SessionNotFound, words))
    }

    fn take_it(&mut self, id: &str, closed_too: bool) -> Result<Result<Option<Stored>, Error>, Trouble> {
        let transaction = self.connection.unchecked_transaction()?;
        // A write first, so that what is read next is not another's to change.
        transaction.execute("UPDATE session SET owner = owner WHERE id = ?", [id])?;
        let mut find = transaction.prepare_cached("SELECT owner, closed FROM session WHERE id = ?")?;
        let found = find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((owner, closed)): Option<(Option<String>, bool)> = found else { return Ok(Ok(None)) };
        if let Some(owner) = owner.filter(|owner| *owner != self.instance)
            && journal::lives(&self.journals, &owner)
        {
            return Ok(Err(self.live_elsewhere(id, &owner)?));
        }
        if closed && !closed_too {
            let words = format!("Session not found: {id} (it was closed; restore_session brings it back)");
            return Ok(Err(Error::new(Code::SessionNotFound, words)));
        }
        transaction.execute("UPDATE session SET owner = ?, closed = 0 WHERE id = ?", [&self.instance, id])?;
        drop(find);
        transaction.commit()?;
        Ok(Ok(stored(&self.connection, id)?))
    }

    fn list(&self, selection: &Selection) -> rusqlite::Result<Vec<Listed>> {
        let closed = match (selection.closed, selection.only_closed) {
            (_, true) => "AND closed",
            (false, false) => "AND NOT closed",
            (true, false) => "",
        };
        let mut find = self.connection.prepare_cached(&format!(
            "SELECT id, created_at, last_activity, command_count, closed, owner FROM session
             WHERE last_activity < ? {closed} ORDER BY last_activity DESC LIMIT ?"
        ))?;
        let asked = params![selection.before.unwrap_or(f64::MAX), limit(selection.limit)];
        let listed = find.query_map(asked, |row| {
            Ok(Listed {
                id: row.get(0)?,
                created_at: row.get(1)?,
                last_activity: row.get(2)?,
                command_count: count(row, 3)?,
                closed: row.get(4)?,
                owner: row.get(5)?,
            })
        })?;
        listed.collect()
    }

    fn page(&self, id: &str, page: Page) -> rusqlite::Result<Vec<StoredEntry>> {
        let mut find = self.connection.prepare_cached(&format!(
            "SELECT {ENTRY} FROM session JOIN entry ON entry.session = session.key
             WHERE session.id = ? AND entry.number < ? ORDER BY entry.number DESC LIMIT ?"
        ))?;
        let before = page.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let found = find.query_map(params![id, before, limit(Some(page.limit))], entry)?;
        let mut entries = found.collect::<rusqlite::Result<Vec<_>>>()?;
        entries.reverse();
        Ok(entries)
    }

    fn figures(&self) -> rusqlite::Result<Value> {
        let one = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, Option<f64>>(0));
        let number = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let files = ["", "-wal", "-shm"].map(|end| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            std::fs::metadata(name).map_or(0, |file| file.len())
        });
        Ok(json!({
            "path": self.path.to_string_lossy(),
            "sessions": number("SELECT count(*) FROM session")?,
            "closed_sessions": number("SELECT count(*) FROM session WHERE closed")?,
            "entries": number("SELECT coalesce(sum(entries), 0) FROM session")?,
            "tasks": number("SELECT count(*) FROM task")?,
            "scenes": number("SELECT count(*) FROM scene")?,
            "instances": number("SELECT count(*) FROM instance")?,
            "bytes": files.iter().sum::<u64>(),
            "oldest": one("SELECT min(created_at) FROM session")?.map(crate::clock::iso),
            "newest": one("SELECT max(last_activity) FROM session")?.map(crate::clock::iso),
            "version": migrations::STEPS.len(),
        }))
    }

    fn clean_up(&mut self, before: f64) -> Result<Vec<String>, Trouble> {
        let mut cleaned = Vec::new();
        loop {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut find = transaction.prepare_cached(
                "SELECT key, id FROM session WHERE last_activity < ? AND owner IS NULL ORDER BY last_activity LIMIT ?",
            )?;
            let old = find
                .query_map(params![before, DELETED_AT_ONCE as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let old = old.collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
            for (key, _) in &old {
                intake::delete(&transaction, *key)?;
            }
            drop(find);
            transaction.commit()?;
            let all = old.len() < DELETED_AT_ONCE;
            cleaned.extend(old.into_iter().map(|(_, id)| id));
            if all {
                return Ok(cleaned);
            }
        }
    }
}

impl Archive for Asker {
    fn session(&mut self, id: &str) -> Result<Option<Stored>, Error> {
        stored(&self.connection, id).map_err(told)
    }

    fn take(&mut self, id: &str, closed_too: bool) -> Result<Option<Stored>, Error> {
        self.take_it(id, closed_too).map_err(told)?
    }

    fn sessions(&mut self, selection: &Selection) -> Result<Vec<Listed>, Error> {
        self.list(selection).map_err(told)
    }

    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, Error> {
        self.page(id, page).map_err(told)
    }

    fn search(
        &mut self,
        text: &str,
        session: Option<&str>,
        page: Page,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<StoredEntry>, Error> {
        search::search(&self.connection, text, session, page, progress)
    }

    fn task(&mut self, id: Uuid) -> Result<Option<TaskInfo>, Error> {
        let mut find = self
            .connection
            .prepare_cached(
                "SELECT session, kind, runs, metadata, created_at, started_at, finished_at, succeeded, result
                 FROM task WHERE id = ?",
            )
            .map_err(told)?;
        find.query_row([id.as_bytes()], |row| task(id, row)).optional().map_err(told)
    }

    fn statistics(&mut self) -> Result<Value, Error> {
        self.figures().map_err(told)
    }

    fn export(&mut self, path: &Path, sessions: &[String]) -> Result<u64, Error> {
        transfer::export(&self.connection, path, sessions)
    }

    fn import(&mut self, path: &Path) -> Result<(Vec<String>, Vec<String>), Error> {
        transfer::import(&mut self.connection, path)
    }

    fn clean(&mut self, before: f64) -> Result<Vec<String>, Error> {
        self.clean_up(before).map_err(told)
    }
}

/// The archive's trouble as a client is told it.
pub fn told(trouble: impl Into<Trouble>) -> Error {
    trouble.into().error()
}

/// SQLite counts in signed numbers, and -1 is all.
pub fn limit(limit: Option<u64>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.unsigned_abs())
}

/// Reads a row of [`ENTRY`].
pub fn entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
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

/// A session as it was saved.
pub fn stored(connection: &Connection, id: &str) -> rusqlite::Result<Option<Stored>> {
    let mut find = connection.prepare_cached(
        "SELECT session.created_at, session.last_activity, session.command_count, session.entries, session.closed,
                session.state, scene.body, entry.command, entry.result
         FROM session LEFT JOIN scene ON scene.key = session.scene
              LEFT JOIN entry ON entry.session = session.key AND entry.number = session.entries
         WHERE session.id = ?",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Stored {
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
        })
    };
    find.query_row([id], read).optional()
}

fn members(text: Option<String>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn task(id: Uuid, row: &Row<'_>) -> rusqlite::Result<TaskInfo> {
    let text = |at: usize| row.get::<_, String>(at).map(Arc::from);
    let body: Option<String> = row.get(8)?;
    let outcome = match (row.get::<_, Option<bool>>(7)?, body) {
        (Some(true), Some(body)) => Some(Ok(Json::from_encoded(body.into_bytes()))),
        (Some(false), body) => Some(Err(failure(body))),
        _ => None,
    };
    let status = match &outcome {
        Some(Ok(_)) => Status::Completed,
        Some(Err(error)) if error.code == Code::Cancelled => Status::Cancelled,
        Some(Err(_)) => Status::Failed,
        // Another Blender that lives has it.
        None => Status::Processing,
    };
    Ok(TaskInfo {
        id,
        status,
        command: text(1)?,
        runs: text(2)?,
        session_id: text(0)?,
        metadata: Arc::new(members(row.get(3)?)),
        progress: None,
        created_at: row.get(4)?,
        started_at: row.get(5)?,
        finished_at: row.get(6)?,
        outcome,
    })
}

/// An error's body as the error it was.
fn failure(body: Option<String>) -> Error {
    let mut body = members(body);
    let mut text = |name: &str| match body.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (code, message) = (text("code"), text("message"));
    Error::new(Code::parse(&code).unwrap_or(Code::Internal), message).with_data(body)
}
