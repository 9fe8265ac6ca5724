//! What is in Blender's scene, as far as sessions tell it: kept up incrementally by the main thread's reports.
//!
//! In: differences (what came, went, was renamed; selection, mode, frame, file), after commands. Out: the members of
//! a session's `state`. Any thread reads.

use serde_json::{Map, Value};

/// The members of a session's state that follow the scene.
pub const MEMBERS: [&str; 7] =
    ["objects", "selection", "active_object", "selected_objects", "mode", "frame", "file"];

/// The one scene of this Blender.
#[derive(Default)]
pub struct Scene {}

impl Scene {
    /// Takes a difference; its shape is `blender_addon/scene_state.py`'s. The version after it.
    pub fn apply(&self, _change: &Map<String, Value>) -> u64 {
        0
    }

    /// The scene's members of a session's state; empty while nothing was reported.
    #[must_use]
    pub fn describe(&self) -> Map<String, Value> {
        Map::new()
    }
}
