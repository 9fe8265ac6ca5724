//! A session's design document: what was asked, what Blender did, what came of it, for people to read.
//!
//! In: a session and its entries as the archive has them. Out: Markdown. Pure.

use crate::session::Stored;
use crate::store::archive::StoredEntry;

/// The language of the headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

impl Language {
    /// By the setting's value.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "ja" { Self::Japanese } else { Self::English }
    }
}

/// The document of a session with its last `entries`, oldest first.
#[must_use]
pub fn document(session: &Stored, _entries: &[StoredEntry], _language: Language) -> String {
    format!("# Session {}\n", session.id)
}
