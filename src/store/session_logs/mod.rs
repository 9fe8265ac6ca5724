//! The sessions' logs for people: `{folder}/{session}/command.log`, `blender.log`, `state.json` and `design.md`.
//!
//! In: the entries, states and documents of a batch that the archive has by now. Out: files, one open and one write
//! for each of a session's files in a batch, none kept open. On the writer thread; [`write_design`] on the reader's
//! too. What cannot be written is dropped and said once: the archive has all of it.

mod dir_name;
mod files;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::logging::rotating_file::{FILE_BYTES, RotatingFile};
use crate::model::time::iso;
use crate::store::wal::record::Entry;
use files::{leave_out_written, replace, shrink};

const COMMANDS: &str = "command.log";
const OPERATIONS: &str = "blender.log";
const STATE: &str = "state.json";
const DESIGN: &str = "design.md";

/// Bytes that all sessions' logs may have together; beyond, those written longest ago go.
const TOTAL: u64 = 512 << 20;
/// Bytes written between two looks at the whole folder.
const BETWEEN_LOOKS: u64 = 16 << 20;

/// Where the logs of all sessions are, below the store's folder.
#[must_use]
pub fn logs_folder(store: &Path) -> PathBuf {
    store.join("logs").join("sessions")
}

/// Where a session's files are, below the folder of all logs.
#[must_use]
pub fn folder_of(folder: &Path, session: &str) -> PathBuf {
    folder.join(dir_name::folder_name(session))
}

/// Writes a session's design document and returns its path. Whoever reads it meanwhile sees the old one or the new.
pub fn write_design(folder: &Path, session: &str, text: &str) -> Result<PathBuf> {
    let path = folder_of(folder, session).join(DESIGN);
    replace(&path, text.as_bytes())?;
    Ok(path)
}

/// What the writer thread has to say to the logs of one store.
pub struct SessionLogs {
    folder: PathBuf,
    waiting: HashMap<String, Waiting>,
    /// Since the folder was looked at; that happens first after the first batch.
    written: u64,
    look: Option<JoinHandle<()>>,
    /// The last batch could not be written, which has been said.
    failing: bool,
}

/// What a batch has for one session.
#[derive(Default)]
struct Waiting {
    commands: Vec<u8>,
    operations: Vec<u8>,
    state: Option<Vec<u8>>,
    design: Option<String>,
}

impl SessionLogs {
    /// Touches nothing yet: `folder` is made with the first line.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, waiting: HashMap::new(), written: BETWEEN_LOOKS, look: None, failing: false }
    }

    /// A batch begins, perhaps again: what was not written of the one before belongs to it.
    pub fn begin(&mut self) {
        self.waiting.clear();
    }

    /// A command has ended: a line for each of the two logs.
    pub fn note(&mut self, entry: &Entry<'_>) {
        let command = CommandLine {
            timestamp: iso(entry.timestamp),
            user_input: entry.user_input.unwrap_or(entry.command),
            tool: entry.command,
            args: serde_json::from_str(entry.args).ok(),
        };
        let operation = OperationLine {
            timestamp: iso(entry.timestamp + entry.duration),
            command: entry.command,
            result: Status { status: if entry.succeeded { "success" } else { "error" } },
            duration: (entry.duration * 1e6).round() / 1e6,
        };
        let waiting = self.waiting.entry(entry.session.to_owned()).or_default();
        push_line(&mut waiting.commands, &command);
        push_line(&mut waiting.operations, &operation);
    }

    /// A session's state (as it is shown, whole) as it is at `at`, Unix seconds. Of several in a batch the last is written.
    pub fn state(&mut self, session: &str, at: f64, state: &Map<String, Value>) {
        let document = json!({"timestamp": iso(at), "session_id": session, "state": state});
        self.waiting.entry(session.to_owned()).or_default().state = serde_json::to_vec_pretty(&document).ok();
    }

    /// A session's design document, to be written with the batch.
    pub fn design(&mut self, session: &str, text: String) {
        self.waiting.entry(session.to_owned()).or_default().design = Some(text);
    }

    /// A session is to be forgotten: so are its logs, those of this batch too.
    pub fn remove(&mut self, session: &str) {
        self.waiting.remove(session);
        let folder = folder_of(&self.folder, session);
        if let Err(error) = std::fs::remove_dir_all(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            log::warn!("{} could not be deleted: {error}", folder.display());
        }
    }

    /// Writes the batch. `again`: it was read from a journal that a process left behind, which may have written some of
    /// its lines before it died; those that stand in the files are not written twice.
    pub fn flush(&mut self, again: bool) {
        let mut trouble = None;
        for (session, mut waiting) in std::mem::take(&mut self.waiting) {
            let folder = folder_of(&self.folder, &session);
            match waiting.write(&folder, again) {
                Ok(written) => self.written += written,
                Err(error) => trouble = Some((folder, error)),
            }
        }
        match trouble {
            Some((folder, error)) if !self.failing => {
                log::warn!("session logs cannot be written: {}: {error}", folder.display());
                self.failing = true;
            }
            None => self.failing = false,
            Some(_) => {}
        }
        if self.written > BETWEEN_LOOKS {
            self.make_room();
        }
    }

    /// On a thread of its own, which ends by itself: there may be thousands of folders.
    fn make_room(&mut self) {
        if self.look.as_ref().is_some_and(|look| !look.is_finished()) {
            return;
        }
        self.written = 0;
        let folder = self.folder.clone();
        let look = std::thread::Builder::new().name("tenon-logs".into());
        self.look = look.spawn(move || shrink(&folder, TOTAL)).ok();
    }
}

impl Waiting {
    fn write(&mut self, folder: &Path, again: bool) -> Result<u64> {
        let mut written = 0;
        for (name, lines) in [(COMMANDS, &mut self.commands), (OPERATIONS, &mut self.operations)] {
            let path = folder.join(name);
            if again {
                leave_out_written(lines, &path);
            }
            if !lines.is_empty() {
                RotatingFile::open(&path, FILE_BYTES)?.append(lines)?;
                written += lines.len() as u64;
            }
        }
        for (name, whole) in [(STATE, &self.state), (DESIGN, &self.design.take().map(String::into_bytes))] {
            if let Some(whole) = whole {
                replace(&folder.join(name), whole)?;
                written += whole.len() as u64;
            }
        }
        Ok(written)
    }
}

/// A line of `command.log`: what was asked.
#[derive(Serialize)]
struct CommandLine<'a> {
    timestamp: String,
    /// The person's own words; without any, the tool.
    user_input: &'a str,
    tool: &'a str,
    args: Option<&'a RawValue>,
}

/// A line of `blender.log`: what it came to.
#[derive(Serialize)]
struct OperationLine<'a> {
    timestamp: String,
    command: &'a str,
    result: Status,
    /// Seconds.
    duration: f64,
}

#[derive(Serialize)]
struct Status {
    status: &'static str,
}

fn push_line(lines: &mut Vec<u8>, line: &impl Serialize) {
    // Into memory, from what was JSON before: cannot fail.
    let _ = serde_json::to_writer(&mut *lines, line);
    lines.push(b'\n');
}
