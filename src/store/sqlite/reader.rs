//! What is asked of the archive, on a reader's own connection. Each answer is one look at the file.
//!
//! Reading waits for nobody. The few things that change something (taking a session, cleaning, importing) are short
//! transactions of their own, which the writer waits out.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use uuid::Uuid;

use super::history::{self, limit};
use super::location::ArchiveLocation;
use super::sessions::{self, count, stored};
use super::{connection, import_export, migrations, search, tasks};
use crate::model::error::{Code, Error};
use crate::model::session::StoredSession;
use crate::model::task::TaskInfo;
use crate::store::archive::{Archive, Listed, Page, Selection, StoredEntry};
use crate::store::error::{Failure, StoreError};
use crate::store::session_logs;
use crate::store::wal::segment;
use crate::store::{ArchiveStatistics, backend};

/// Sessions deleted in one transaction.
const DELETED_AT_ONCE: usize = 20;

/// The asking end of the archive.
pub struct ArchiveReader {
    connection: Connection,
    location: ArchiveLocation,
    damaged: bool,
}

impl ArchiveReader {
    /// Opens the archive for what this Blender asks.
    pub fn open(location: &ArchiveLocation) -> Result<Self, StoreError> {
        let connection = connection::connect(&location.database)?;
        Ok(Self { connection, location: location.clone(), damaged: false })
    }

    /// One look at the archive, and its failure as a client is told it.
    fn look<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Error> {
        look(self).map_err(|failure| match failure {
            Failure::Request(error) => error,
            Failure::Archive(error) => {
                self.damaged |= matches!(error, StoreError::Corrupt(_));
                error.error()
            }
        })
    }

    fn live_elsewhere(&self, id: &str, owner: &str) -> rusqlite::Result<Error> {
        let mut process = self.connection.prepare_cached("SELECT pid FROM instance WHERE id = ?")?;
        let process: Option<u32> = process.query_row([owner], |row| row.get(0)).optional()?;
        let process = process.map_or_else(String::new, |process| format!(", process {process}"));
        let words = format!("Session not found: {id} (it is in use in another Blender{process})");
        Ok(Error::new(Code::SessionNotFound, words))
    }

    fn claim_session(&self, id: &str, closed_too: bool) -> Result<Option<StoredSession>, Failure> {
        let transaction = self.connection.unchecked_transaction()?;
        // A write first, so that what is read next is not another's to change.
        transaction.execute("UPDATE session SET owner = owner WHERE id = ?", [id])?;
        let mut find = transaction.prepare_cached("SELECT owner, closed FROM session WHERE id = ?")?;
        let found = find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((owner, closed)): Option<(Option<String>, bool)> = found else { return Ok(None) };
        if let Some(owner) = owner.filter(|owner| *owner != self.location.instance)
            && segment::is_alive(&self.location.journals, &owner)
        {
            return Err(self.live_elsewhere(id, &owner)?.into());
        }
        if closed && !closed_too {
            let words = format!("Session not found: {id} (it was closed; restore_session brings it back)");
            return Err(Error::new(Code::SessionNotFound, words).into());
        }
        transaction.execute(
            "UPDATE session SET owner = ?, closed = 0 WHERE id = ?",
            [&self.location.instance, id],
        )?;
        drop(find);
        transaction.commit()?;
        Ok(stored(&self.connection, id)?)
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

    fn figures(&self) -> rusqlite::Result<ArchiveStatistics> {
        let one = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, Option<f64>>(0));
        let number = |sql: &str| self.connection.query_row(sql, [], |row| count(row, 0));
        let files = ["", "-wal", "-shm"].map(|end| {
            let mut name = self.location.database.clone().into_os_string();
            name.push(end);
            std::fs::metadata(name).map_or(0, |file| file.len())
        });
        Ok(ArchiveStatistics {
            sessions: number("SELECT count(*) FROM session")?,
            closed_sessions: number("SELECT count(*) FROM session WHERE closed")?,
            entries: number("SELECT coalesce(sum(entries), 0) FROM session")?,
            tasks: number("SELECT count(*) FROM task")?,
            unindexed: number("SELECT count(*) FROM unindexed")?,
            scenes: number("SELECT count(*) FROM scene")?,
            instances: number("SELECT count(*) FROM instance")?,
            bytes: files.iter().sum(),
            oldest: one("SELECT min(created_at) FROM session")?.map(crate::model::time::iso),
            newest: one("SELECT max(last_activity) FROM session")?.map(crate::model::time::iso),
            version: migrations::STEPS.len(),
        })
    }

    fn clean_up(&mut self, before: f64) -> rusqlite::Result<Vec<String>> {
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
                sessions::delete(&transaction, *key)?;
            }
            drop(find);
            transaction.commit()?;
            let all = old.len() < DELETED_AT_ONCE;
            for (_, id) in &old {
                // Perhaps it never had logs.
                let _ = std::fs::remove_dir_all(session_logs::folder_of(&self.location.logs, id));
            }
            cleaned.extend(old.into_iter().map(|(_, id)| id));
            if all {
                return Ok(cleaned);
            }
        }
    }
}

impl backend::ArchiveReader for ArchiveReader {
    fn stopper(&self) -> Box<dyn Fn() + Send> {
        let stopper = self.connection.get_interrupt_handle();
        Box::new(move || stopper.interrupt())
    }

    fn is_damaged(&self) -> bool {
        self.damaged
    }
}

impl Archive for ArchiveReader {
    fn session(&mut self, id: &str) -> Result<Option<StoredSession>, Error> {
        self.look(|reader| Ok(stored(&reader.connection, id)?))
    }

    fn claim(&mut self, id: &str, closed_too: bool) -> Result<Option<StoredSession>, Error> {
        self.look(|reader| reader.claim_session(id, closed_too))
    }

    fn sessions(&mut self, selection: &Selection) -> Result<Vec<Listed>, Error> {
        self.look(|reader| Ok(reader.list(selection)?))
    }

    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, Error> {
        self.look(|reader| Ok(history::page(&reader.connection, id, page)?))
    }

    fn search(
        &mut self,
        text: &str,
        session: Option<&str>,
        page: Page,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<StoredEntry>, Error> {
        self.look(|reader| search::search(&reader.connection, text, session, page, progress))
    }

    fn task(&mut self, id: Uuid) -> Result<Option<TaskInfo>, Error> {
        self.look(|reader| Ok(tasks::task(&reader.connection, id)?))
    }

    fn statistics(&mut self) -> Result<ArchiveStatistics, Error> {
        self.look(|reader| Ok(reader.figures()?))
    }

    fn export(&mut self, path: &Path, sessions: &[String]) -> Result<u64, Error> {
        self.look(|reader| import_export::export(&reader.connection, path, sessions))
    }

    fn import(&mut self, path: &Path) -> Result<(Vec<String>, Vec<String>), Error> {
        self.look(|reader| import_export::import(&mut reader.connection, path))
    }

    fn clean(&mut self, before: f64) -> Result<Vec<String>, Error> {
        self.look(|reader| Ok(reader.clean_up(before)?))
    }
}
