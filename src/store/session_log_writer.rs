//! A batch as the sessions' logs tell it: lines, states, documents. Writer thread, after the archive has the batch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::archive::Page;
use super::backend::ArchiveWriter;
use super::error::StoreError;
use super::session_logs::SessionLogs;
use super::session_report::{Language, MAX_ENTRIES, document};
use super::wal::codec;
use super::wal::record::{Entry, Record};
use crate::model::settings::Settings;

/// The logs of a store's sessions.
pub struct SessionLogWriter {
    logs: SessionLogs,
    language: Language,
}

impl SessionLogWriter {
    /// None if the user wants none.
    pub fn open(folder: &Path, settings: &Settings) -> Option<Self> {
        let logs = SessionLogs::new(folder.to_owned());
        settings.session_logs.then(|| Self { logs, language: Language::named(&settings.log_language) })
    }

    /// Writes what a batch says. `again`: the Blender that died may have written some of it.
    pub fn write(
        &mut self,
        archive: &mut dyn ArchiveWriter,
        batch: &[u8],
        again: bool,
    ) -> Result<(), StoreError> {
        self.logs.begin();
        let (mut changed, mut closed) = (BTreeMap::new(), BTreeSet::new());
        for record in codec::read(batch) {
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
                Record::Session { .. }
                | Record::Scene { .. }
                | Record::Accepted(_)
                | Record::Ended(_)
                | Record::Protocol { .. } => {}
            }
        }
        for (id, at) in changed {
            if let Some(session) = archive.session(id)? {
                self.logs.state(id, at, &session.shown_state());
            }
        }
        for id in closed {
            if let Some(session) = archive.session(id)?.filter(|session| session.entries > 0) {
                let entries = archive.history(id, Page { limit: MAX_ENTRIES, before: None })?;
                self.logs.design(id, document(&session, &entries, self.language));
            }
        }
        self.logs.flush(again);
        Ok(())
    }
}
