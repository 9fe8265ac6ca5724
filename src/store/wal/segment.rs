//! The journal of one Blender: two files, in turn, that hold what the archive does not have yet. Files only.
//!
//! `journals/<instance>.a` and `.b` take frames; the one that is not written to is being applied, then emptied. Each
//! begins with the number of its turn, so that a reader knows which came first and the archive can say which it has.
//! `<instance>.lock` is locked as long as that Blender lives: whoever can lock it may replay what it left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Before the frames: eight letters, and the number of the turn.
const MARK: &[u8; 8] = b"tenonjr1";
const HEAD: usize = 16;

/// One of the two files, open for appending.
pub struct WalSegment {
    file: File,
    turn: u64,
    /// Bytes that are known to be whole; 0 while not even its head could be written.
    length: u64,
    /// Something may stand behind those.
    torn: bool,
}

impl WalSegment {
    /// A file that is empty, for its first turn.
    pub fn create(path: &Path, turn: u64) -> io::Result<Self> {
        // Not opened for appending, which on Windows would forbid cutting.
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
        Ok(Self { file, turn, length: 0, torn: false })
    }

    /// Empties it for a new turn.
    pub fn reset(&mut self, turn: u64) -> io::Result<()> {
        (self.turn, self.length, self.torn) = (turn, 0, true);
        self.cut()?;
        self.begin()
    }

    /// Appends with one `write`. What failed halfway is cut off, so that the next one follows whole frames.
    pub fn append(&mut self, frames: &[u8]) -> io::Result<()> {
        if self.length == 0 {
            self.begin()?;
        }
        self.put(frames)
    }

    #[must_use]
    pub const fn turn(&self) -> u64 {
        self.turn
    }

    fn begin(&mut self) -> io::Result<()> {
        let mut head = MARK.to_vec();
        head.extend(self.turn.to_le_bytes());
        self.put(&head)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.cut()?;
        if let Err(error) = self.file.write_all(bytes) {
            self.torn = true;
            // Tried again before the next write.
            let _ = self.cut();
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            self.torn = false;
        }
        Ok(())
    }
}

/// The place of all journals, and the lock that says that this Blender lives.
pub struct WalDirectory {
    folder: PathBuf,
    instance: String,
    lock: Option<File>,
}

impl WalDirectory {
    /// Takes a place for this Blender; its two files are empty.
    pub fn open(folder: &Path, instance: &str) -> io::Result<(Self, [WalSegment; 2])> {
        fs::create_dir_all(folder)?;
        let directory = Self { folder: folder.to_owned(), instance: instance.to_owned(), lock: None };
        // Locked before it has the name by which others look for it.
        let (fresh, known) = (directory.path(instance, "new"), directory.path(instance, "lock"));
        let lock = File::create(&fresh)?;
        if let Err(fs::TryLockError::Error(error)) = lock.try_lock() {
            log::warn!("{}: {error}; other Blenders cannot tell whether this one lives", fresh.display());
        }
        fs::rename(&fresh, &known)?;
        let segments = [directory.segment("a", 1)?, directory.segment("b", 2)?];
        Ok((Self { lock: Some(lock), ..directory }, segments))
    }

    fn segment(&self, name: &str, turn: u64) -> io::Result<WalSegment> {
        WalSegment::create(&self.path(&self.instance, name), turn)
    }

    fn path(&self, instance: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{instance}.{kind}"))
    }

    /// Takes this Blender's files away; what they hold is in the archive.
    pub fn leave(&mut self) {
        if let Some(lock) = self.lock.take() {
            remove(&self.folder, &self.instance, lock);
        }
    }
}

/// Whether that instance is alive, as far as its lock says.
#[must_use]
pub fn is_alive(folder: &Path, instance: &str) -> bool {
    match File::open(folder.join(format!("{instance}.lock"))) {
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// Whether an instance's log is still there.
#[must_use]
pub fn is_left(folder: &Path, instance: &str) -> bool {
    // What cannot be looked at may be there.
    folder.join(format!("{instance}.lock")).try_exists().unwrap_or(true)
}

/// What a dead Blender left, locked so that only one replays it.
pub struct OrphanedWal {
    pub instance: String,
    folder: PathBuf,
    lock: File,
}

/// The journals whose Blender is dead.
pub fn orphaned(folder: &Path) -> Vec<OrphanedWal> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .filter_map(|name| {
            let instance = name.strip_suffix(".lock")?.to_owned();
            let lock = OpenOptions::new().read(true).write(true).open(folder.join(&name)).ok()?;
            lock.try_lock().ok()?;
            Some(OrphanedWal { instance, folder: folder.to_owned(), lock })
        })
        .collect()
}

impl OrphanedWal {
    /// Its turns with their frames, in order.
    pub fn turns(&self) -> io::Result<Vec<(u64, Vec<u8>)>> {
        let mut turns = Vec::new();
        for kind in ["a", "b"] {
            match fs::read(self.folder.join(format!("{}.{kind}", self.instance))) {
                Ok(bytes) => turns.extend(parse(bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        turns.sort_by_key(|(turn, _)| *turn);
        Ok(turns)
    }

    /// Takes its files away.
    pub fn remove(self) {
        remove(&self.folder, &self.instance, self.lock);
    }
}

fn parse(mut bytes: Vec<u8>) -> Option<(u64, Vec<u8>)> {
    let (mark, rest) = bytes.split_first_chunk::<8>()?;
    let turn = u64::from_le_bytes(*rest.first_chunk::<8>()?);
    if mark != MARK {
        return None;
    }
    bytes.drain(..HEAD);
    Some((turn, bytes))
}

/// The lock goes last: as long as it is there, somebody knows of the others.
fn remove(folder: &Path, instance: &str, lock: File) {
    let removed =
        ["a", "b"].iter().all(|kind| match fs::remove_file(folder.join(format!("{instance}.{kind}"))) {
            Ok(()) => true,
            Err(error) => error.kind() == ErrorKind::NotFound,
        });
    if removed {
        // Windows does not remove what is open: let go of it first. The name is nobody else's.
        drop(lock);
        // One that stays is removed by the next Blender.
        let _ = fs::remove_file(folder.join(format!("{instance}.lock")));
    }
}
