//! What the store's threads share: where things are, what waits, who waits, and how it goes. Any thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::backend::Backend;
use super::gate::Gate;
use super::ledger::Ledger;
use super::sqlite::Sqlite;
use super::trouble::Trouble;
use crate::config::Settings;
use crate::events::{Channel, Hub};

/// The store's common ground.
pub struct Office {
    pub backend: Box<dyn Backend>,
    pub journals: PathBuf,
    /// Of the sessions.
    pub logs: PathBuf,
    pub instance: String,
    pub keep_tasks: usize,
    pub keep_tasks_for: f64,
    pub ledger: Ledger,
    pub gate: Gate,
    /// Held while one looks for journals of the dead: looking at one locks it.
    pub recovery: Mutex<()>,
    hub: Arc<Hub>,
    trouble: Mutex<Option<String>>,
    /// The archive was damaged in this run.
    damage: Mutex<Option<String>>,
    /// Lost records that were told.
    losses: AtomicU64,
}

impl Office {
    /// `ledger` writes to this Blender's journal below `folder`.
    pub fn new(folder: &Path, instance: &str, settings: &Settings, hub: &Arc<Hub>, ledger: Ledger) -> Self {
        let (journals, logs) = (folder.join("journals"), folder.join("logs").join("sessions"));
        Self {
            backend: Box::new(Sqlite {
                database: folder.join("tenon.db"),
                journals: journals.clone(),
                logs: logs.clone(),
                instance: instance.to_owned(),
            }),
            journals,
            logs,
            instance: instance.to_owned(),
            keep_tasks: settings.keep_tasks,
            keep_tasks_for: settings.keep_tasks_for,
            ledger,
            gate: Gate::new(),
            recovery: Mutex::new(()),
            hub: Arc::clone(hub),
            trouble: Mutex::new(None),
            damage: Mutex::new(None),
            losses: AtomicU64::new(0),
        }
    }

    /// Writer: it does not work. Told once, until it is another trouble or none.
    pub fn tell_trouble(&self, trouble: &Trouble) {
        let words = trouble.to_string();
        if self.trouble.lock().replace(words.clone()).as_ref() != Some(&words) {
            log::error!("the store cannot be written and is tried again: {words}");
            self.tell("store_trouble", json!({"reason": words, "path": self.backend.place()}));
        }
    }

    /// Writer: it works.
    pub fn tell_healed(&self) {
        if let Some(before) = self.trouble.lock().take() {
            log::info!("the store can be written again");
            self.tell("store_recovered", json!({"reason": before, "path": self.backend.place()}));
        }
    }

    /// Writer: the archive was damaged, is put aside, and a fresh one has begun.
    pub fn tell_damage(&self, aside: &Path) {
        let aside = aside.to_string_lossy();
        let reason = format!("the store was damaged; it is kept as {aside}, and a fresh one has begun");
        log::error!("{reason}");
        self.tell("store_trouble", json!({"reason": reason, "path": aside}));
        *self.damage.lock() = Some(reason);
    }

    /// Writer: records were lost since it was told last, because too many waited.
    pub fn tell_losses(&self) {
        let lost = self.ledger.lost();
        let told = self.losses.swap(lost, Relaxed);
        if lost > told {
            let reason =
                format!("{} records were lost: more waited for the store than it keeps waiting", lost - told);
            log::error!("{reason}");
            self.tell("store_trouble", json!({"reason": reason, "path": self.backend.place()}));
        }
    }

    fn tell(&self, kind: &'static str, data: Value) {
        self.hub.publish(Channel::SYSTEM_ALERTS, kind, data);
    }

    /// Readers: they have become more or fewer.
    pub fn tell_readers(&self, before: usize, now: usize, utilization: f64) {
        if self.hub.wants(Channel::DB_POOL_STATS) {
            let reason = if now > before { "questions wait" } else { "nobody asks" };
            let data =
                json!({"old_size": before, "new_size": now, "reason": reason, "utilization": utilization});
            self.hub.publish(Channel::DB_POOL_STATS, "pool_resized", data);
        }
    }

    /// How it goes.
    pub fn status(&self) -> Value {
        let trouble = self.trouble.lock().clone().or_else(|| self.ledger.trouble());
        let mut status = json!({
            "state": if trouble.is_some() { "failed" } else { "open" }, "path": self.backend.place(),
            "waiting_bytes": self.ledger.held(), "lost": self.ledger.lost(),
        });
        if let Some(trouble) = trouble {
            status["reason"] = trouble.into();
        } else if let Some(damage) = &*self.damage.lock() {
            status["reason"] = damage.as_str().into();
        }
        status
    }
}
