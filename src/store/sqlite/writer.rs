//! Records into the archive: a batch is one transaction. On the writer thread, or the one that recovers.
//!
//! A batch may come twice (its Blender died between applying it and saying so): entries have their number, tasks
//! their id, and counters only grow, so it changes nothing the second time.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use super::apply::Batch;
use super::connection::connect;
use super::sessions::{self, members};
use super::writer_cache::WriterCache;
use super::{fulltext_index, history};
use crate::model::error::Error;
use crate::model::scene::Scene;
use crate::model::session::StoredSession;
use crate::store::archive::{Page, StoredEntry};
use crate::store::backend;
use crate::store::error::StoreError;
use crate::store::wal::codec;

/// The writing end of the archive, for one Blender's records.
pub struct ArchiveWriter {
    connection: Connection,
    instance: String,
    cache: WriterCache,
}

impl ArchiveWriter {
    /// Opens the archive to write what `instance` records.
    pub fn open(path: &Path, instance: &str) -> Result<Self, StoreError> {
        let connection = connect(path)?;
        let mut archive = Self { connection, instance: instance.to_owned(), cache: WriterCache::default() };
        archive.remember()?;
        Ok(archive)
    }

    /// The same for this Blender, which begins, or goes on with a fresh archive.
    pub fn begin(path: &Path, instance: &str, now: f64) -> Result<Self, StoreError> {
        let archive = Self::open(path, instance)?;
        archive.connection.execute(
            "INSERT INTO instance (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![instance, std::process::id(), now],
        )?;
        Ok(archive)
    }

    /// The scene that this Blender was saved with last: what its journal has are the changes since.
    fn remember(&mut self) -> Result<()> {
        let mut find = self.connection.prepare_cached(
            "SELECT scene.key, scene.body FROM instance JOIN scene ON scene.key = instance.scene WHERE instance.id = ?",
        )?;
        let saved =
            find.query_row([&self.instance], |row| Ok((row.get(0)?, members(row.get(1)?)))).optional()?;
        if let Some((key, body)) = saved {
            self.cache.scene.apply(&body);
            self.cache.saved_scene = Some(key);
        }
        (self.cache.behind, self.cache.tasks_ended) = (true, true);
        Ok(())
    }

    fn apply_all(&mut self, turn: u64, frames: &[u8]) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut batch = Batch::new(&transaction, &self.instance, &mut self.cache);
        if batch.has(turn)? {
            return Ok(());
        }
        for record in codec::read(frames) {
            batch.take(&record)?;
        }
        batch.finish(turn)?;
        transaction.commit()
    }
}

impl backend::ArchiveWriter for ArchiveWriter {
    fn apply(&mut self, turn: u64, frames: &[u8]) -> Result<(), StoreError> {
        let applied = self.apply_all(turn, frames);
        if applied.is_err() {
            self.cache.invalidate();
        }
        Ok(applied?)
    }

    fn catch_up(&mut self) -> Result<bool, StoreError> {
        if self.cache.behind {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.cache.behind = fulltext_index::catch_up(&transaction)?;
            transaction.commit()?;
        }
        Ok(self.cache.behind)
    }

    fn release_instance(&mut self, instance: &str, now: f64, log_left: bool) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE task SET finished_at = ?, succeeded = 0, result = ? WHERE instance = ? AND finished_at IS NULL",
            params![now, Error::interrupted().body().to_string(), instance],
        )?;
        transaction.execute("UPDATE session SET owner = NULL WHERE owner = ?", [instance])?;
        if !log_left {
            transaction.execute("DELETE FROM instance WHERE id = ?", [instance])?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn prune_tasks(&mut self, most: usize, since: f64) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.cache.tasks_ended) {
            return Ok(());
        }
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

    fn instances(&mut self) -> Result<Vec<String>, StoreError> {
        let mut ids = self.connection.prepare_cached(
            "SELECT id FROM instance UNION SELECT owner FROM session WHERE owner IS NOT NULL
             UNION SELECT instance FROM task WHERE finished_at IS NULL",
        )?;
        let ids = ids.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_>>()?)
    }

    fn session(&mut self, id: &str) -> Result<Option<StoredSession>, StoreError> {
        Ok(sessions::stored(&self.connection, id)?)
    }

    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, StoreError> {
        Ok(history::page(&self.connection, id, page)?)
    }

    fn close(self: Box<Self>) -> Scene {
        self.cache.scene
    }

    fn restore_scene(&mut self, scene: Scene) {
        self.cache.scene = scene;
    }
}
