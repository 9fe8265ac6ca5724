//! A damaged archive is put aside under a name of its own, never deleted. Writer thread, with no connection open.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::connection::is_sound;
use crate::model::time::stamp;

/// What belongs to the archive's file, by the end of its name.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Looks at the file, and puts it aside if it is damaged; where it is now. None: it is sound, perhaps because another
/// Blender has put the damaged one aside already.
pub fn quarantine(database: &Path) -> io::Result<Option<PathBuf>> {
    // One Blender at a time, so that nobody puts aside what another has just begun.
    let lock = File::create(with_end(database, "-repair"))?;
    lock.lock()?;
    if is_sound(database) {
        return Ok(None);
    }
    let aside = free_name(database);
    for part in PARTS {
        match fs::rename(with_end(database, part), with_end(&aside, part)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(Some(aside))
}

fn free_name(database: &Path) -> PathBuf {
    let first = with_end(database, &format!(".corrupt-{}", stamp()));
    let later = (2..).map(|n| with_end(&first, &format!(".{n}")));
    std::iter::once(first.clone()).chain(later).find(|name| !name.exists()).unwrap_or(first)
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}
