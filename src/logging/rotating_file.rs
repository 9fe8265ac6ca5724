//! A file of lines that is bounded: grown, it is renamed to `.1`, `.1` becomes `.2`, and the oldest goes.
//!
//! In: whole lines. Out: the files. Whoever opens one owns it on one thread.

use std::fs::{File, OpenOptions, rename};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// Bytes that a file may grow to.
pub const FILE_BYTES: u64 = 1 << 20;
/// Files there are of one name at most.
const FILES: u32 = 3;

pub struct RotatingFile {
    path: PathBuf,
    file: File,
    written: u64,
    limit: u64,
}

impl RotatingFile {
    /// Opens `path` to append to, and makes its folder.
    pub fn open(path: &Path, limit: u64) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let written = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, written, limit })
    }

    /// Appends whole lines, with one write for as many of them as the file has room for. A line longer than a file may
    /// be has one for itself; a file that cannot be renamed goes on growing, which is better than lines lost.
    pub fn append(&mut self, mut lines: &[u8]) -> Result<()> {
        while !lines.is_empty() {
            if self.fitting(lines) == 0
                && self.written > 0
                && let Ok(fresh) = self.rotate()
            {
                *self = fresh;
            }
            let fitting = self.fitting(lines).max(first_line(lines));
            let (now, later) = lines.split_at(fitting);
            self.file.write_all(now)?;
            self.written += now.len() as u64;
            lines = later;
        }
        Ok(())
    }

    /// How many bytes of these lines, all of them whole, the file still takes.
    fn fitting(&self, lines: &[u8]) -> usize {
        let room = usize::try_from(self.limit.saturating_sub(self.written)).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        memchr::memrchr(b'\n', &lines[..room]).map_or(0, |end| end + 1)
    }

    fn rotate(&self) -> Result<Self> {
        for n in (1..FILES - 1).rev() {
            let aged = numbered(&self.path, n);
            if aged.exists() {
                rename(aged, numbered(&self.path, n + 1))?;
            }
        }
        rename(&self.path, numbered(&self.path, 1))?;
        Self::open(&self.path, self.limit)
    }
}

fn first_line(lines: &[u8]) -> usize {
    memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1)
}

/// The name of an older file: `path` with `.n` behind it.
#[must_use]
pub fn numbered(path: &Path, n: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{n}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("tenon-rotating-{}", uuid::Uuid::new_v4()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_rotates_and_stays_bounded() {
        let folder = folder();
        let path = folder.join("tenon.log");
        let mut file = RotatingFile::open(&path, 500).unwrap();
        for n in 0..120 {
            file.append(format!("record {n}\n").as_bytes()).unwrap();
        }
        assert_eq!(names(&folder), ["tenon.log", "tenon.log.1", "tenon.log.2"]);
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("record 119\n"));
        for name in names(&folder) {
            assert!(std::fs::metadata(folder.join(name)).unwrap().len() <= 500);
        }
        drop(file); // Windows removes nothing that is open
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn many_lines_at_once_are_split_between_lines() {
        let folder = folder();
        let path = folder.join("many.log");
        let lines: String = (0..150).map(|n| format!("line {n:03}\n")).collect();
        RotatingFile::open(&path, 500).unwrap().append(lines.as_bytes()).unwrap();
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let all = read(numbered(&path, 2)) + &read(numbered(&path, 1)) + &read(path.clone());
        assert!(lines.ends_with(&all) && all.starts_with("line "), "{all}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_line_longer_than_a_file_has_a_file_for_itself() {
        let folder = folder();
        let path = folder.join("long.log");
        let mut file = RotatingFile::open(&path, 20).unwrap();
        file.append(b"short\n").unwrap();
        let long = [&[b'x'; 100][..], b"\n", b"after\n"].concat();
        file.append(&long).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"after\n");
        assert_eq!(std::fs::metadata(numbered(&path, 1)).unwrap().len(), 101);
        drop(file);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
