//! Records into the archive: a batch is one transaction. On the writer thread, or the one that recovers.
//!
//! A batch may come twice (its Blender died between applying it and saying so): entries have their number, tasks
//! their id, and counters only grow, so it changes nothing the second time.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use super::batch::Batch;
use super::mind::Mind;
use super::sessions::{self, members};
use super::{connect, history, text};
use crate::session::Stored;
use crate::session::scene::Scene;
use crate::store::archive::{Page, StoredEntry};
use crate::store::backend;
use crate::store::frames;
use crate::store::trouble::Trouble;

/// The writing end of the archive, for one Blender's records.
pub struct Intake {
    connection: Connection,
    instance: String,
    mind: Mind,
}

impl Intake {
    /// Opens the archive to write what `instance` records.
    pub fn open(path: &Path, instance: &str) -> Result<Self, Trouble> {
        let connection = connect(path)?;
        let mut intake = Self { connection, instance: instance.to_owned(), mind: Mind::default() };
        intake.remember()?;
        Ok(intake)
    }

    /// The same for this Blender, which begins, or goes on with a fresh archive.
    pub fn begin(path: &Path, instance: &str, now: f64) -> Result<Self, Trouble> {
        let intake = Self::open(path, instance)?;
        intake.connection.execute(
            "INSERT INTO instance (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![instance, std::process::id(), now],
        )?;
        Ok(intake)
    }

    /// The scene that this Blender was saved with last: what its journal has are the changes since.
    fn remember(&mut self) -> Result<()> {
        let mut find = self.connection.prepare_cached(
            "SELECT scene.key, scene.body FROM instance JOIN scene ON scene.key = instance.scene WHERE instance.id = ?",
        )?;
        let saved =
            find.query_row([&self.instance], |row| Ok((row.get(0)?, members(row.get(1)?)))).optional()?;
        if let Some((key, body)) = saved {
            self.mind.scene.apply(&body);
            self.mind.saved_scene = Some(key);
        }
        (self.mind.behind, self.mind.tasks_ended) = (true, true);
        Ok(())
    }

    fn apply_all(&mut self, turn: u64, frames: &[u8]) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut batch = Batch::new(&transaction, &self.instance, &mut self.mind);
        if batch.has(turn)? {
            return Ok(());
        }
        for record in frames::read(frames) {
            batch.take(&record)?;
        }
        batch.finish(turn)?;
        transaction.commit()
    }
}

impl backend::Intake for Intake {
    fn apply(&mut self, turn: u64, frames: &[u8]) -> Result<(), Trouble> {
        let applied = self.apply_all(turn, frames);
        if applied.is_err() {
            self.mind.doubt();
        }
        Ok(applied?)
    }

    fn catch_up(&mut self) -> Result<bool, Trouble> {
        if self.mind.behind {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.mind.behind = text::catch_up(&transaction)?;
            transaction.commit()?;
        }
        Ok(self.mind.behind)
    }

    fn dismiss(&mut self, instance: &str, now: f64) -> Result<(), Trouble> {
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

    fn prune_tasks(&mut self, most: usize, since: f64) -> Result<(), Trouble> {
        if !std::mem::take(&mut self.mind.tasks_ended) {
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

    fn instances(&mut self) -> Result<Vec<String>, Trouble> {
        let mut ids = self.connection.prepare_cached(
            "SELECT id FROM instance UNION SELECT owner FROM session WHERE owner IS NOT NULL
             UNION SELECT instance FROM task WHERE finished_at IS NULL",
        )?;
        let ids = ids.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_>>()?)
    }

    fn session(&mut self, id: &str) -> Result<Option<Stored>, Trouble> {
        Ok(sessions::stored(&self.connection, id)?)
    }

    fn history(&mut self, id: &str, page: Page) -> Result<Vec<StoredEntry>, Trouble> {
        Ok(history::page(&self.connection, id, page)?)
    }

    fn close(self: Box<Self>) -> Scene {
        self.mind.scene
    }

    fn recall(&mut self, scene: Scene) {
        self.mind.scene = scene;
    }
}
