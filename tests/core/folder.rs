//! A folder of the test's own, gone with it.

use std::path::{Path, PathBuf};

pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenon-server-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    /// One that is there already.
    #[cfg(target_os = "linux")]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failed test leaves open may keep it; the system clears its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
