//! What the logs do with files: lines told apart from those written before, whole files replaced, old folders deleted.
//!
//! In: paths and bytes. Out: the same folder, changed. Any thread; each may wait for the disk.

use std::collections::HashMap;
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::logging::rotating_file::numbered;

/// A session written to so lately is not deleted, whatever the folder holds.
const IN_USE: Duration = Duration::from_secs(3600);

/// Leaves those of the lines in `lines` that do not stand in the file yet, nor in the one before it.
pub fn leave_out_written(lines: &mut Vec<u8>, path: &Path) {
    let mut written = fs::read(numbered(path, 1)).unwrap_or_default();
    written.extend(fs::read(path).unwrap_or_default());
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for line in written.split_inclusive(|byte| *byte == b'\n') {
        *counts.entry(line).or_default() += 1;
    }
    let new: Vec<&[u8]> = lines
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| match counts.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect();
    *lines = new.concat();
}

/// Puts a whole file in the place of another: readers see the old one or the new.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension("new");
    fs::write(&new, bytes).and_then(|()| fs::rename(&new, path)).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

/// Deletes the folders written to longest ago until all of them together are at most `most` bytes.
pub fn shrink(folder: &Path, most: u64) {
    let mut sessions = sessions(folder);
    let mut total: u64 = sessions.iter().map(|session| session.bytes).sum();
    sessions.sort_by_key(|session| session.written_at);
    let now = SystemTime::now();
    for session in sessions {
        let rests = now.duration_since(session.written_at).is_ok_and(|age| age > IN_USE);
        if total <= most || !rests {
            return;
        }
        if fs::remove_dir_all(&session.path).is_ok() {
            total -= session.bytes;
            log::info!(
                "{} deleted: the sessions' logs were larger than {most} bytes",
                session.path.display()
            );
        }
    }
}

struct OnDisk {
    path: PathBuf,
    bytes: u64,
    written_at: SystemTime,
}

fn sessions(folder: &Path) -> Vec<OnDisk> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .filter_map(|session| {
            let path = session.path();
            let files = fs::read_dir(&path).ok()?.flatten().filter_map(|file| file.metadata().ok());
            let start = OnDisk { path, bytes: 0, written_at: SystemTime::UNIX_EPOCH };
            Some(files.fold(start, |sum, file| OnDisk {
                bytes: sum.bytes + file.len(),
                written_at: file.modified().map_or(sum.written_at, |at| at.max(sum.written_at)),
                ..sum
            }))
        })
        .collect()
}
