//! The store as its users see it, on real files. What its parts promise is tested beside each.

mod damage;
mod dying;
#[cfg(unix)]
mod full_disk;
mod keeping;
mod searching;
mod sharing;
mod signalling;
mod wal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::archive::{Archive, Page, StoredEntry};
use super::wal::record::{Entry, Record};
use super::{ReadJob, Store};
use crate::events::Hub;
use crate::model::error::Error;
use crate::model::settings::Settings;

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);
/// Unix seconds at which the tests' sessions begin.
pub const BEGAN: f64 = 1_767_690_930.0;

/// A folder of its own for a test, gone with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenon-store-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn settings(&self) -> Settings {
        Settings { store_folder: self.0.to_string_lossy().into_owned(), ..Settings::default() }
    }

    /// A store in it, of a Blender of its own.
    pub fn open(&self) -> Arc<Store> {
        Store::open(&self.settings(), &Uuid::new_v4().to_string(), &Arc::new(Hub::default()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_over = std::fs::remove_dir_all(&self.0);
    }
}

/// Asks and waits for the answer.
pub fn ask<T: Send + 'static>(
    store: &Store,
    question: impl FnOnce(&mut dyn Archive) -> Result<T, Error> + Send + 'static,
) -> T {
    let (answer, answered) = std::sync::mpsc::channel();
    let question: ReadJob = Box::new(move |archive| answer.send(question(archive)).unwrap());
    store.submit_read(question).unwrap();
    answered.recv_timeout(LIMIT).unwrap().unwrap()
}

/// A session and its first `entries` commands, `n` of which is `create_object` with that in its arguments.
pub fn work(store: &Store, id: &str, entries: std::ops::RangeInclusive<u64>) {
    if *entries.start() == 1 {
        store.record(&Record::Session { id, created_at: BEGAN, last_activity: BEGAN, command_count: 0 });
    }
    for number in entries {
        let args = format!("{{\"name\":\"Cube.{number:03}\"}}");
        store.record(&Record::Entry(Entry { args: &args, ..entry(id, number) }));
    }
}

/// One entry, to be changed by whoever needs another.
pub fn entry(session: &str, number: u64) -> Entry<'_> {
    Entry {
        session,
        number,
        task: Uuid::from_u128(u128::from(number)),
        timestamp: BEGAN + number as f64,
        duration: 0.25,
        command: "create_object",
        args: "{}",
        result: r#"{"status":"success"}"#,
        succeeded: true,
        user_input: Some("立方体を作成"),
        command_count: number,
    }
}

pub fn history(store: &Store, id: &'static str) -> Vec<StoredEntry> {
    ask(store, move |archive| archive.history(id, Page { limit: 1_000_000, before: None }))
}

pub fn numbers(entries: &[StoredEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}
