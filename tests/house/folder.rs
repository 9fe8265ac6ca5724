//! A folder of the test's own, gone with it.

use std::path::{Path, PathBuf};

pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenon-house-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failed test leaves open may keep it; the system clears its temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}
