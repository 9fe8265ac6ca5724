//! What is in Blender's scene, as far as sessions tell it: kept up by the main thread's reports of what changed.
//!
//! In: changes, as `blender_addon/tracking/scene_tracker.py` reports them. Out: the members of a session's `state`, and what the
//! store has not recorded yet. Any thread reads; a report costs what changed, not what is there.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

/// The members of a session's state that follow the scene.
pub const MEMBERS: [&str; 7] =
    ["objects", "selection", "active_object", "selected_objects", "mode", "frame", "file"];

/// Those of them that are reported as they are, whenever they change.
const PLAIN: [&str; 5] = ["active_object", "selected_objects", "mode", "frame", "file"];

/// The one scene of this Blender.
#[derive(Default)]
pub struct Scene(Mutex<Picture>);

#[derive(Default)]
struct Picture {
    names: BTreeSet<Box<str>>,
    plain: Map<String, Value>,
    /// Reports so far.
    version: u64,
    unrecorded: Unrecorded,
    /// Records so far.
    records: u64,
}

/// What has changed since the last record.
#[derive(Default)]
struct Unrecorded {
    whole: bool,
    names: BTreeSet<Box<str>>,
    plain: BTreeSet<&'static str>,
}

impl Scene {
    /// Takes a change: `objects` are all names that there are, `added` and `removed` those that came and went; what
    /// else there is among [`MEMBERS`] replaces what was. What [`describe`](Self::describe) gives is a change too.
    /// The number of changes so far.
    pub fn apply(&self, change: &Map<String, Value>) -> u64 {
        let mut guard = self.0.lock();
        let picture = &mut *guard;
        let names = |key: &str| {
            let listed = change.get(key).and_then(Value::as_array);
            listed.into_iter().flatten().filter_map(Value::as_str).map(Box::<str>::from)
        };
        if change.contains_key("objects") {
            picture.names = names("objects").collect();
            picture.unrecorded.whole = true;
        }
        for name in names("removed") {
            picture.names.remove(&name);
            picture.unrecorded.names.insert(name);
        }
        for name in names("added") {
            picture.names.insert(name.clone());
            picture.unrecorded.names.insert(name);
        }
        for key in PLAIN {
            if let Some(value) = change.get(key) {
                picture.plain.insert(key.to_owned(), value.clone());
                picture.unrecorded.plain.insert(key);
            }
        }
        picture.version += 1;
        picture.version
    }

    /// How many changes were reported; 0: nothing is known yet.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.lock().version
    }

    /// The scene's members of a session's state, names in their order; empty while nothing was reported.
    #[must_use]
    pub fn describe(&self) -> Map<String, Value> {
        self.0.lock().describe()
    }

    /// The names of the selected objects.
    #[must_use]
    pub fn selected(&self) -> Vec<String> {
        let picture = self.0.lock();
        let listed = picture.plain.get("selected_objects").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// What `read` makes of all names, in their order, and the version that they are of.
    pub fn with_names<T>(&self, read: impl FnOnce(&mut dyn Iterator<Item = &str>) -> T) -> (u64, T) {
        let picture = self.0.lock();
        (picture.version, read(&mut picture.names.iter().map(|name| &**name)))
    }

    /// What has changed since this was asked last, as JSON that [`apply`](Self::apply) takes, and how often it was
    /// something; none if it is nothing.
    #[must_use]
    pub fn unrecorded(&self) -> Option<(u64, String)> {
        let mut picture = self.0.lock();
        let Unrecorded { whole, names, plain } = std::mem::take(&mut picture.unrecorded);
        let change = if whole {
            Value::Object(picture.describe())
        } else if names.is_empty() && plain.is_empty() {
            return None;
        } else {
            let plain = plain.into_iter().map(|key| (key.to_owned(), picture.plain[key].clone()));
            let mut change = Map::from_iter(plain);
            let (added, removed): (Vec<_>, Vec<_>) =
                names.into_iter().partition(|name| picture.names.contains(name));
            for (key, names) in [("added", added), ("removed", removed)] {
                if !names.is_empty() {
                    change.insert(key.to_owned(), json!(names));
                }
            }
            Value::Object(change)
        };
        picture.records += 1;
        Some((picture.records, change.to_string()))
    }
}

impl Picture {
    fn describe(&self) -> Map<String, Value> {
        if self.version == 0 {
            return Map::new();
        }
        let mut told = Map::from_iter([
            ("objects".to_owned(), self.names.iter().map(|name| Value::from(&**name)).collect()),
            ("selection".to_owned(), self.selection()),
        ]);
        told.extend(self.plain.clone());
        told
    }

    /// The one object that is meant by "the selection": the active one if it is selected, else the first that is.
    fn selection(&self) -> Value {
        let selected = self.plain.get("selected_objects").and_then(Value::as_array);
        let active = self.plain.get("active_object");
        let among = |name: &&Value| selected.is_some_and(|selected| selected.contains(name));
        active.filter(among).or_else(|| selected?.first()).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(scene: &Scene, change: Value) -> u64 {
        let Value::Object(change) = change else { unreachable!() };
        scene.apply(&change)
    }

    fn started() -> Scene {
        let scene = Scene::default();
        let whole = json!({
            "objects": ["Light", "Cube"], "active_object": "Cube", "selected_objects": ["Cube"], "mode": "OBJECT",
            "frame": 1, "file": null
        });
        assert_eq!((apply(&scene, whole), scene.version()), (1, 1));
        scene
    }

    #[test]
    fn nothing_is_told_before_a_report() {
        let scene = Scene::default();
        assert!(scene.describe().is_empty() && scene.unrecorded().is_none());
        assert_eq!(scene.version(), 0);
    }

    #[test]
    fn it_follows_what_changes() {
        let scene = started();
        apply(&scene, json!({"added": ["Cone"], "removed": ["Cube"], "active_object": null, "frame": 7}));
        apply(&scene, json!({"selected_objects": ["Cone", "Light"]}));
        let told = Value::Object(scene.describe());
        let expected = json!({
            "objects": ["Cone", "Light"], "selection": "Cone", "active_object": null,
            "selected_objects": ["Cone", "Light"], "mode": "OBJECT", "frame": 7, "file": null
        });
        assert_eq!(told, expected);
        let (mut told, mut members): (Vec<_>, _) =
            (scene.describe().into_iter().map(|(key, _)| key).collect(), MEMBERS);
        told.sort();
        members.sort_unstable();
        assert_eq!(told, members);
    }

    #[test]
    fn the_selection_is_the_active_object_if_that_is_selected() {
        let scene = started();
        for (active, selected, selection) in [
            (json!("Cube"), json!(["Ape", "Cube"]), json!("Cube")),
            (json!("Cube"), json!(["Ape"]), json!("Ape")),
            (json!("Cube"), json!([]), json!(null)),
            (json!(null), json!(["Ape"]), json!("Ape")),
        ] {
            apply(&scene, json!({"active_object": active, "selected_objects": selected}));
            assert_eq!(scene.describe()["selection"], selection);
        }
    }

    #[test]
    fn records_of_a_scene_make_the_same_scene() {
        let (scene, copy) = (started(), Scene::default());
        let mut records = 0;
        let mut record = || {
            if let Some((version, change)) = scene.unrecorded() {
                records += 1;
                assert_eq!(version, records);
                apply(&copy, serde_json::from_str(&change).unwrap());
            }
            assert_eq!(copy.describe(), scene.describe());
        };
        record();
        record();
        for change in [
            json!({"added": ["A", "B"]}),
            json!({"removed": ["A"], "mode": "EDIT"}),
            json!({"objects": ["C"], "selected_objects": []}),
            json!({"added": ["D"]}),
        ] {
            apply(&scene, change);
            record();
        }
        // Several changes become one record.
        apply(&scene, json!({"added": ["E", "F"], "frame": 2}));
        apply(&scene, json!({"removed": ["F", "C"], "frame": 3}));
        record();
        assert_eq!(records, 6);
        assert!(scene.unrecorded().is_none());
    }
}
