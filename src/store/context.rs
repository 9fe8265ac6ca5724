//! What the store's threads share: where things are, what waits, who waits, and what fails. Any thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::backend::Backend;
use super::error::StoreError;
use super::session_logs;
use super::sqlite::{ArchiveLocation, Sqlite};
use super::status::{StoreState, StoreStatus};
use super::wal::buffer::WalBuffer;
use super::wal::flusher::Flusher;
use super::writer_signal::WriterSignal;
use crate::events::{Channel, Hub};
use crate::model::settings::Settings;

/// A write that takes longer counts as failed: nobody waits for it any more, and that is told.
pub const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// What the store's threads share.
pub struct StoreContext {
    pub backend: Box<dyn Backend>,
    pub journals: PathBuf,
    /// Of the sessions.
    pub logs: PathBuf,
    pub instance: String,
    pub keep_tasks: usize,
    pub keep_tasks_for: f64,
    pub buffer: WalBuffer,
    pub signal: WriterSignal,
    /// Held while one looks for what ended Blenders left: looking at it locks it.
    pub recovery: Mutex<()>,
    pub flusher: Flusher,
    hub: Arc<Hub>,
    /// Why the archive cannot be written, if it cannot.
    archive_error: Mutex<Option<String>>,
    /// Why the log cannot be, as it was last told.
    wal_error: Mutex<Option<String>>,
    /// The archive was damaged in this run.
    damage: Mutex<Option<String>>,
    /// Lost records that were told.
    reported_losses: AtomicU64,
}

impl StoreContext {
    /// `buffer` writes to this Blender's journal below `folder`.
    pub fn new(
        folder: &Path,
        instance: &str,
        settings: &Settings,
        hub: &Arc<Hub>,
        buffer: WalBuffer,
    ) -> Self {
        let (journals, logs) = (folder.join("journals"), session_logs::logs_folder(folder));
        Self {
            backend: Box::new(Sqlite {
                location: ArchiveLocation {
                    database: folder.join("tenon.db"),
                    journals: journals.clone(),
                    logs: logs.clone(),
                    instance: instance.to_owned(),
                },
            }),
            journals,
            logs,
            instance: instance.to_owned(),
            keep_tasks: settings.keep_tasks,
            keep_tasks_for: settings.keep_tasks_for,
            buffer,
            signal: WriterSignal::new(),
            recovery: Mutex::new(()),
            hub: Arc::clone(hub),
            flusher: Flusher::default(),
            archive_error: Mutex::new(None),
            wal_error: Mutex::new(None),
            damage: Mutex::new(None),
            reported_losses: AtomicU64::new(0),
        }
    }

    /// Writer: the archive cannot be written. Told once, until it is another error or none.
    pub fn report_error(&self, error: &StoreError) {
        let reason = error.to_string();
        if self.archive_error.lock().replace(reason.clone()).as_ref() != Some(&reason) {
            log::error!("the store cannot be written and is tried again: {reason}");
            self.alert("store_trouble", json!({"reason": reason, "path": self.backend.place()}));
        }
    }

    /// Writer: it can.
    pub fn report_recovery(&self) {
        if let Some(before) = self.archive_error.lock().take() {
            log::info!("the store can be written again");
            self.alert("store_recovered", json!({"reason": before, "path": self.backend.place()}));
        }
    }

    /// Any thread but Blender's: whether what is acknowledged now is on disk. Told when that changes.
    pub fn report_wal(&self) {
        let now = self.wal_failure();
        let mut told = self.wal_error.lock();
        if *told == now {
            return;
        }
        let before = std::mem::replace(&mut *told, now.clone());
        drop(told);
        let path = self.journals.to_string_lossy();
        if let Some(reason) = now {
            log::error!("what Tenon acknowledges now may be lost if Blender ends: {path}: {reason}");
            self.alert("store_trouble", json!({"reason": reason, "path": path}));
        } else {
            log::info!("what Tenon acknowledges is on disk again");
            self.alert("store_recovered", json!({"reason": before, "path": path}));
        }
    }

    fn wal_failure(&self) -> Option<String> {
        let slow = self.buffer.writing_for().filter(|time| *time >= FLUSH_LIMIT);
        let hung = slow.map(|_| format!("the disk has not answered for {} s", FLUSH_LIMIT.as_secs()));
        hung.or_else(|| self.buffer.failure())
    }

    /// Writer: the archive was damaged, is put aside, and a fresh one has begun.
    pub fn report_damage(&self, aside: &Path) {
        let aside = aside.to_string_lossy();
        let reason = format!("the store was damaged; it is kept as {aside}, and a fresh one has begun");
        log::error!("{reason}");
        self.alert("store_trouble", json!({"reason": reason, "path": aside}));
        *self.damage.lock() = Some(reason);
    }

    /// Writer: records were lost since it was told last, because too many waited.
    pub fn report_losses(&self) {
        let lost = self.buffer.lost();
        let reported = self.reported_losses.swap(lost, Relaxed);
        if lost > reported {
            let reason = format!(
                "{} records were lost: more waited for the store than it keeps waiting",
                lost - reported
            );
            log::error!("{reason}");
            self.alert("store_trouble", json!({"reason": reason, "path": self.backend.place()}));
        }
    }

    /// The thread `tenon-wal`.
    pub fn flush(&self) {
        self.flusher.run(&self.buffer, || {
            self.report_wal();
            self.signal.wake();
        });
    }

    fn alert(&self, kind: &'static str, data: Value) {
        self.hub.publish(Channel::SYSTEM_ALERTS, kind, data);
    }

    /// ReaderPool: they have become more or fewer.
    pub fn report_readers(&self, before: usize, now: usize, utilization: f64) {
        if self.hub.wants(Channel::DB_POOL_STATS) {
            let reason = if now > before { "requests wait" } else { "no requests" };
            let data =
                json!({"old_size": before, "new_size": now, "reason": reason, "utilization": utilization});
            self.hub.publish(Channel::DB_POOL_STATS, "pool_resized", data);
        }
    }

    /// How it goes.
    pub fn status(&self) -> StoreStatus {
        let error = self.archive_error.lock().clone().or_else(|| self.wal_failure());
        StoreStatus {
            state: if error.is_some() { StoreState::Failed } else { StoreState::Open },
            path: Some(self.backend.place()),
            waiting_bytes: Some(self.buffer.held()),
            lost: Some(self.buffer.lost()),
            reason: error.or_else(|| self.damage.lock().clone()),
        }
    }
}
