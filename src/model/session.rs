//! A session as the store has it. Plain data.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// In use.
    Live,
    /// Kept, and live again as soon as somebody names it.
    Parked,
    /// Ended; `restore_session` brings it back.
    Closed,
}

/// A session as the store has it.
#[derive(Clone, Debug, Default)]
pub struct StoredSession {
    pub id: String,
    pub created_at: f64,
    pub last_activity: f64,
    pub command_count: u64,
    /// Entries of its history.
    pub entries: u64,
    pub closed: bool,
    /// Its own members of `state`.
    pub state: Map<String, Value>,
    /// What the doors keep with it, by name; never shown.
    pub protocol: Map<String, Value>,
    /// The scene it was last saved with.
    pub scene: Map<String, Value>,
    pub last_command: Option<String>,
    /// Encoded JSON.
    pub last_result: Option<String>,
}

/// `state` of a session in which nothing has happened: the scene alone.
#[must_use]
pub fn shown_scene(scene: Map<String, Value>) -> Map<String, Value> {
    let mut state =
        Map::from_iter([("objects".into(), Value::Array(vec![])), ("selection".into(), Value::Null)]);
    state.extend(scene);
    state
}

/// `state` as it is shown: the scene, the session's own members over it, its last command.
#[must_use]
pub fn shown_state(
    scene: Map<String, Value>,
    own: &Map<String, Value>,
    last_command: Option<&str>,
    last_result: Value,
) -> Map<String, Value> {
    let mut state = shown_scene(scene);
    state.extend(own.clone());
    state.insert("last_command".into(), last_command.into());
    state.insert("last_result".into(), last_result);
    state
}

impl StoredSession {
    /// Where it stands if it is not in memory.
    #[must_use]
    pub const fn status(&self) -> SessionStatus {
        if self.closed { SessionStatus::Closed } else { SessionStatus::Parked }
    }

    /// Its state as it is shown.
    #[must_use]
    pub fn shown_state(&self) -> Map<String, Value> {
        let result = self.last_result.as_deref().and_then(|text| serde_json::from_str(text).ok());
        shown_state(self.scene.clone(), &self.state, self.last_command.as_deref(), result.unwrap_or_default())
    }
}
