//! Log records, without ever blocking or taking the GIL.
//!
//! Any thread logs through the `log` crate; a record goes into two bounded buffers. One is written to a
//! rotating file by its own thread (`tenon-log`), the other is emptied by the tick into Python's `logging`
//! on the main thread. A full buffer drops the record and counts it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;
use serde_json::json;

use crate::clock::{iso, unix_time};
use crate::events::{Channel, Hub};

/// Records a buffer holds before it drops.
const BUFFER: usize = 1024;
/// A log file grows to this many bytes, then becomes `.1`, `.1` becomes `.2`, and so on.
const FILE_BYTES: u64 = 1 << 20;
const FILES: u32 = 3;

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
    });
    // Fails when set before, by us.
    let _already = log::set_logger(logger);
    log::set_max_level(level);
    *logger.file.lock() = None;
    if let Some(path) = file {
        let mut writer = RotatingFile::open(path, FILE_BYTES)?;
        let (sender, receiver) = bounded(BUFFER);
        std::thread::Builder::new().name("tenon-log".into()).spawn(move || {
            for record in &receiver {
                writer.write(&record);
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

/// The records that wait for Python, and how many were lost since the last call.
pub fn drain() -> (impl Iterator<Item = OwnedRecord>, u64) {
    let logger = LOGGER.get();
    let records = logger.into_iter().flat_map(|logger| logger.python.1.try_iter().take(BUFFER));
    (records, logger.map_or(0, |logger| logger.dropped.swap(0, Relaxed)))
}

/// A file that is renamed when it has grown, so that the log is bounded.
struct RotatingFile {
    path: PathBuf,
    file: std::fs::File,
    written: u64,
    limit: u64,
}

impl RotatingFile {
    fn open(path: &Path, limit: u64) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        let written = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, written, limit })
    }

    /// A record that cannot be written is lost; there is nowhere left to say so.
    fn write(&mut self, record: &OwnedRecord) {
        if self.written >= self.limit
            && let Ok(fresh) = self.rotate()
        {
            *self = fresh;
        }
        let line =
            format!("[{}] {:5} {}: {}\n", iso(record.time), record.level, record.target, record.message);
        if self.file.write_all(line.as_bytes()).is_ok() {
            self.written += line.len() as u64;
        }
    }

    fn rotate(&self) -> std::io::Result<Self> {
        let numbered = |n: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{n}"));
            PathBuf::from(name)
        };
        for n in (1..FILES - 1).rev() {
            if numbered(n).exists() {
                std::fs::rename(numbered(n), numbered(n + 1))?;
            }
        }
        std::fs::rename(&self.path, numbered(1))?;
        Self::open(&self.path, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_rotates_and_stays_bounded() {
        let folder = std::env::temp_dir().join(format!("tenon-log-{}", uuid::Uuid::new_v4()));
        let path = folder.join("tenon.log");
        let mut file = RotatingFile::open(&path, 500).unwrap();
        for n in 0..100 {
            let message = format!("record {n}");
            file.write(&OwnedRecord { time: 0.0, level: Level::Info, target: "t".into(), message });
        }
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["tenon.log", "tenon.log.1", "tenon.log.2"]);
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("INFO  t: record 99\n"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
