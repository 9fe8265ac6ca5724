//! A batch as the sessions' logs tell it: lines, states, documents. Writer thread, after the archive has the batch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::archive::Page;
use super::backend::Intake;
use super::design::{Language, document};
use super::frames;
use super::record::{Entry, Record};
use super::session_logs::{SessionLogs, state_of};
use super::trouble::Trouble;
use crate::config::Settings;

/// Entries that a session's design document tells of.
const TOLD: u64 = 1000;

/// The logs of a store's sessions.
pub struct Logbook {
    logs: SessionLogs,
    language: Language,
}

impl Logbook {
    /// None if the user wants none.
    pub fn open(folder: &Path, settings: &Settings) -> Option<Self> {
        let logs = SessionLogs::new(folder.to_owned());
        settings.session_logs.then(|| Self { logs, language: Language::named(&settings.log_language) })
    }

    /// Writes what a batch says. `again`: the Blender that died may have written some of it.
    pub fn write(&mut self, intake: &mut dyn Intake, batch: &[u8], again: bool) -> Result<(), Trouble> {
        self.logs.begin();
        let (mut changed, mut closed) = (BTreeMap::new(), BTreeSet::new());
        for record in frames::read(batch) {
            match record {
                Record::Entry(entry) => {
                    self.logs.note(&entry);
                    let Entry { session, timestamp, duration, .. } = entry;
                    changed.insert(session, timestamp + duration);
                }
                Record::State { session, at, .. } => drop(changed.insert(session, at)),
                Record::Closed { session, .. } => drop(closed.insert(session)),
                Record::Deleted { session } => {
                    changed.remove(session);
                    closed.remove(session);
                    self.logs.remove(session);
                }
                Record::Session { .. } | Record::Scene { .. } | Record::Accepted(_) | Record::Ended(_) => {}
            }
        }
        for (id, at) in changed {
            if let Some(session) = intake.session(id)? {
                self.logs.state(id, at, &state_of(&session));
            }
        }
        for id in closed {
            if let Some(session) = intake.session(id)?.filter(|session| session.entries > 0) {
                let entries = intake.history(id, Page { limit: TOLD, before: None })?;
                self.logs.design(id, document(&session, &entries, self.language));
            }
        }
        self.logs.flush(again);
        Ok(())
    }
}
