//! The names of the scene as sentences find them, made anew when the scene has changed. Any thread.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::language::NameIndex;
use crate::model::scene::Scene;

/// The index and the version of the scene that it is of.
#[derive(Default)]
pub struct SceneNames(Mutex<(u64, Arc<NameIndex>)>);

impl SceneNames {
    pub fn of(&self, scene: &Scene) -> Arc<NameIndex> {
        let version = scene.version();
        let mut cached = self.0.lock();
        if cached.0 != version {
            *cached = scene.with_names(|names| Arc::new(NameIndex::new(names)));
        }
        Arc::clone(&cached.1)
    }
}
