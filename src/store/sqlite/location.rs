//! Where the archive is, and what lies beside it. Plain data.

use std::path::PathBuf;

/// The file, the folders beside it, and which Blender uses them.
#[derive(Clone)]
pub struct ArchiveLocation {
    pub database: PathBuf,
    pub journals: PathBuf,
    /// Of the sessions.
    pub logs: PathBuf,
    pub instance: String,
}
