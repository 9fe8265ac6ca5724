//! The names that Blender told last, for when it is busy. Any thread.

use parking_lot::Mutex;

/// Kinds and names.
#[derive(Default)]
pub struct KnownNames(Mutex<Vec<(String, String)>>);

impl KnownNames {
    pub fn replace(&self, names: Vec<(String, String)>) {
        *self.0.lock() = names;
    }

    pub fn of_kind(&self, kind: &str) -> Vec<String> {
        self.0.lock().iter().filter(|(known, _)| known == kind).map(|(_, name)| name.clone()).collect()
    }
}
