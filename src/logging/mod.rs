//! Log records, without ever blocking or taking the GIL.
//!
//! Any thread logs through the `log` crate; a record goes into two bounded buffers. One is written to a
//! rotating file by its own thread (`tenon-log`), the other is emptied by the tick into Python's `logging`
//! on the main thread. A full buffer drops the record and counts it. The newest records are kept in memory too, for those
//! who ask later.

pub mod rotating_file;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;
use serde_json::json;

use crate::events::{Channel, Hub};
use crate::model::time::{iso, unix_time};
use rotating_file::{FILE_BYTES, RotatingFile};

/// Records a buffer holds before it drops.
const BUFFER: usize = 1024;
/// Records that are kept in memory.
const KEPT: usize = 5000;

/// A record that outlives the call that made it.
#[derive(Clone, Debug)]
pub struct OwnedRecord {
    pub time: f64,
    pub level: Level,
    pub target: String,
    pub message: String,
}

struct Buffered {
    /// To the file's thread; `None` while no file is configured.
    file: Mutex<Option<Sender<OwnedRecord>>>,
    python: (Sender<OwnedRecord>, Receiver<OwnedRecord>),
    dropped: AtomicU64,
    /// The running server's hub, for its channel `logs`.
    hub: Mutex<Weak<Hub>>,
    /// The newest, each with its number.
    kept: Mutex<VecDeque<(u64, Arc<OwnedRecord>)>>,
}

impl Buffered {
    fn keep(&self, record: OwnedRecord) {
        let record = Arc::new(record);
        let mut kept = self.kept.lock();
        let number = kept.back().map_or(1, |(number, _)| number + 1);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((number, record));
    }
}

static LOGGER: OnceLock<Buffered> = OnceLock::new();

impl Log for Buffered {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let owned = OwnedRecord {
            time: unix_time(),
            level: record.level(),
            target: record.target().to_owned(),
            message: record.args().to_string(),
        };
        let hub = self.hub.lock().upgrade();
        if let Some(hub) = hub.filter(|hub| hub.wants(Channel::LOGS)) {
            let data =
                json!({"level": owned.level.as_str(), "target": owned.target, "message": owned.message});
            hub.publish(Channel::LOGS, "log", data);
        }
        self.keep(owned.clone());
        let mut lost = self.python.0.try_send(owned.clone()).is_err();
        if let Some(file) = &*self.file.lock() {
            lost |= file.try_send(owned).is_err();
        }
        self.dropped.fetch_add(u64::from(lost), Relaxed);
    }

    fn flush(&self) {}
}

/// Sets the level and the file (`None`: no file). May be called any number of times; the error says why the
/// file cannot be written, and everything else works without it.
pub fn configure(level: LevelFilter, file: Option<&Path>) -> std::io::Result<()> {
    let logger = LOGGER.get_or_init(|| Buffered {
        file: Mutex::new(None),
        python: bounded(BUFFER),
        dropped: AtomicU64::new(0),
        hub: Mutex::default(),
        kept: Mutex::default(),
    });
    // Fails when set before, by us.
    let _ = log::set_logger(logger);
    log::set_max_level(level);
    *logger.file.lock() = None;
    if let Some(path) = file {
        let mut writer = RotatingFile::open(path, FILE_BYTES)?;
        let (sender, receiver) = bounded(BUFFER);
        std::thread::Builder::new().name("tenon-log".into()).spawn(move || {
            for record in &receiver {
                write(&mut writer, &record);
            }
        })?;
        *logger.file.lock() = Some(sender);
    }
    Ok(())
}

/// From now on records are told to this hub too, as long as it lives.
pub fn tell(hub: &Arc<Hub>) {
    if let Some(logger) = LOGGER.get() {
        *logger.hub.lock() = Arc::downgrade(hub);
    }
}

/// The kept records with their numbers, the oldest first. What logs waits while they are looked at, which is short.
pub fn kept() -> Vec<(u64, Arc<OwnedRecord>)> {
    LOGGER.get().map_or_else(Vec::new, |logger| logger.kept.lock().iter().cloned().collect())
}

/// The records that wait for Python, and how many were lost since the last call.
pub fn drain() -> (impl Iterator<Item = OwnedRecord>, u64) {
    let logger = LOGGER.get();
    let records = logger.into_iter().flat_map(|logger| logger.python.1.try_iter().take(BUFFER));
    (records, logger.map_or(0, |logger| logger.dropped.swap(0, Relaxed)))
}

/// A record that cannot be written is lost; there is nowhere left to say so.
fn write(file: &mut RotatingFile, record: &OwnedRecord) {
    let line = format!("[{}] {:5} {}: {}\n", iso(record.time), record.level, record.target, record.message);
    let _ = file.append(line.as_bytes());
}
