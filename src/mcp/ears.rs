//! What a client wants to hear: resources that change, tools that come and go, the log.
//!
//! On the I/O thread, one small task for each client that listens: a session of the old era from its handshake on,
//! or a `subscriptions/listen` of the new one. It takes a seat in the event hub while it has something to hear
//! there. Events come as messages of channels; what they are about is told by URI.

#![expect(deprecated, reason = "the new era has no log; the old one's clients still read it")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, SubscriptionSink};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::handler::Shared;
use super::resources::Subject;
use crate::clock::unix_time;
use crate::events::{Channel, Message, Seat};
use crate::session::Session;

/// Changes of the table that come within so long are one.
const SETTLING: Duration = Duration::from_millis(100);

/// Resources that one client may follow.
const MOST: usize = 1000;
/// Where a session's state keeps its client's wishes.
const KEPT: &str = "_mcp_heard";

/// What one client wants; changed by its requests, read by its task. Those of a session are kept in its state, so
/// that they hold when it is taken up again.
pub struct Wishes {
    wanted: Mutex<Wanted>,
    changed: Notify,
    session: Option<Arc<Session>>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Wanted {
    uris: BTreeSet<String>,
    level: Option<LoggingLevel>,
}

impl Wishes {
    #[must_use]
    pub fn of(uris: impl IntoIterator<Item = String>) -> Self {
        let wanted = Wanted { uris: uris.into_iter().collect(), level: None };
        Self { wanted: Mutex::new(wanted), changed: Notify::new(), session: None }
    }

    /// Those that the session had.
    #[must_use]
    pub fn of_session(session: Option<Arc<Session>>) -> Self {
        let kept = session.as_ref().and_then(|session| session.state_of(KEPT));
        let wanted = kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default();
        Self { wanted: Mutex::new(wanted), changed: Notify::new(), session }
    }

    /// False if that is too much.
    pub fn subscribe(&self, uri: &str) -> bool {
        self.change(|wanted| {
            let fits = wanted.uris.len() < MOST;
            if fits {
                wanted.uris.insert(uri.to_owned());
            }
            fits
        })
    }

    pub fn unsubscribe(&self, uri: &str) {
        self.change(|wanted| wanted.uris.remove(uri));
    }

    pub fn set_level(&self, level: LoggingLevel) {
        self.change(|wanted| wanted.level.replace(level));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Wanted) -> T) -> T {
        let mut wanted = self.wanted.lock();
        let told = change(&mut wanted);
        let kept = Map::from_iter([(KEPT.to_owned(), json!(*wanted))]);
        drop(wanted);
        if let Some(Err(error)) = self.session.as_ref().map(|session| session.update_state(kept, unix_time()))
        {
            log::debug!("a client's subscriptions will not outlast this run: {error}");
        }
        self.changed.notify_one();
        told
    }
}

/// How a client is spoken to.
pub enum Voice {
    Old(Peer<RoleServer>),
    New(SubscriptionSink),
}

impl Voice {
    async fn updated(&self, uri: &str) -> bool {
        match self {
            Self::Old(peer) => {
                peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok()
            }
            Self::New(sink) => sink.notify_resource_updated(uri).await.is_ok(),
        }
    }

    async fn tools_changed(&self) -> bool {
        match self {
            Self::Old(peer) => peer.notify_tool_list_changed().await.is_ok(),
            Self::New(sink) if sink.accepted().tools_list_changed == Some(true) => {
                sink.notify_tool_list_changed().await.is_ok()
            }
            Self::New(_) => true,
        }
    }

    async fn log(&self, level: LoggingLevel, data: &Value) -> bool {
        let Self::Old(peer) = self else { return true };
        let told = LoggingMessageNotificationParam::new(level, data["message"].clone());
        let logger = data["target"].as_str().unwrap_or("tenon");
        peer.notify_logging_message(told.with_logger(logger)).await.is_ok()
    }
}

/// Tells the client what it wants to hear, until `gone`.
pub async fn listen(shared: Arc<Shared>, wishes: Arc<Wishes>, voice: Voice, gone: CancellationToken) {
    let mut changes = shared.service.commands.changes();
    let mut tools = shared.tools.all();
    let mut seat: Option<Seat> = None;
    loop {
        let wanted = wishes.wanted.lock().clone();
        seat = seated(&shared, seat, &wanted);
        let heard = async {
            match &seat {
                Some(seat) => seat.outbox.take().await.0,
                None => std::future::pending().await,
            }
        };
        let understood = tokio::select! {
            () = gone.cancelled() => return,
            () = shared.service.shutdown.cancelled() => return,
            () = wishes.changed.notified() => true,
            _ = changes.changed() => {
                // An add-on that comes or goes changes the table a hundred times.
                tokio::time::sleep(SETTLING).await;
                changes.mark_unchanged();
                let before = std::mem::replace(&mut tools, shared.tools.all());
                before == tools || voice.tools_changed().await
            }
            messages = heard => tell(&shared, &voice, &wanted, &messages).await,
        };
        if !understood {
            // A client without an open stream misses what is said; it may open one later.
            log::trace!("a client of the protocol was not there to hear");
        }
    }
}

/// A seat that hears the channels which the wishes are about; none if there are no wishes.
fn seated(shared: &Shared, seat: Option<Seat>, wanted: &Wanted) -> Option<Seat> {
    let subjects: Vec<_> = wanted.uris.iter().filter_map(|uri| Subject::of(uri)).collect();
    let about = |fits: fn(&Subject) -> bool| subjects.iter().any(fits);
    let of_scene = about(|subject| !matches!(subject, Subject::Session(_) | Subject::Log(_)));
    let wishes = [
        (Channel::SCENE, of_scene),
        (Channel::MEMORY_UPDATES, about(|s| !matches!(s, Subject::Scene | Subject::Object(_)))),
        (Channel::LOGS, wanted.level.is_some()),
    ];
    if wishes.iter().all(|(_, wanted)| !wanted) {
        return None;
    }
    let seat = seat.unwrap_or_else(|| shared.service.hub.join("mcp"));
    for (channel, wanted) in wishes {
        if wanted {
            seat.subscribe(channel);
        } else {
            seat.unsubscribe(channel);
        }
    }
    Some(seat)
}

/// Each resource once, however many events were about it. False if the client could not be told.
async fn tell(shared: &Shared, voice: &Voice, wanted: &Wanted, messages: &[Message]) -> bool {
    let mut updated = BTreeSet::new();
    for message in messages {
        let Ok(event) = serde_json::from_str::<Value>(message) else { continue };
        let data = &event["data"];
        match event["channel"].as_str() {
            Some("logs") => {
                let level = level_of(data["level"].as_str().unwrap_or_default());
                if wanted.level.is_some_and(|least| rank(level) >= rank(least))
                    && !voice.log(level, data).await
                {
                    return false;
                }
            }
            Some("scene") => updated.extend(wanted.uris.iter().filter(|uri| is_in_scene_event(uri, data))),
            _ => {
                // Reading a resource is a command too, and changes none.
                let reads = data["command"].as_str().and_then(|name| shared.service.commands.find(name).ok());
                let changes = data.get("command").is_some() && !reads.is_some_and(|row| row.reads_only);
                let touched = |uri: &&String| is_in_session_event(uri, data, changes);
                updated.extend(wanted.uris.iter().filter(touched));
            }
        }
    }
    for uri in updated {
        if !voice.updated(uri).await {
            return false;
        }
    }
    true
}

/// Whether what a `scene_changed` tells touches the resource. What is told whole touches everything.
fn is_in_scene_event(uri: &str, data: &Value) -> bool {
    let whole = data.get("scene").is_some() || data.get("loaded").is_some();
    match Subject::of(uri) {
        Some(Subject::Scene) => true,
        Some(Subject::Object(name)) => {
            let lists = ["added", "removed", "transformed", "renamed"];
            let is_in = |list: &&str| {
                let names = data[*list].as_array().into_iter().flatten();
                names
                    .flat_map(|one| one.as_array().map_or(std::slice::from_ref(one), Vec::as_slice))
                    .any(|n| *n == name)
            };
            // A list that was cut may have had it.
            whole
                || data["active"] == name
                || lists.iter().any(|list| data.get(format!("{list}_count")).is_some())
                || lists.iter().any(is_in)
        }
        Some(Subject::Material(_)) => whole,
        _ => false,
    }
}

/// Whether a session's change touches the resource. A finished command may have changed any material.
fn is_in_session_event(uri: &str, data: &Value, changes: bool) -> bool {
    match Subject::of(uri) {
        Some(Subject::Session(id) | Subject::Log(id)) => data["session_id"] == id,
        Some(Subject::Material(_)) => changes,
        _ => false,
    }
}

fn level_of(ours: &str) -> LoggingLevel {
    match ours {
        "ERROR" => LoggingLevel::Error,
        "WARN" => LoggingLevel::Warning,
        "INFO" => LoggingLevel::Info,
        _ => LoggingLevel::Debug,
    }
}

fn rank(level: LoggingLevel) -> usize {
    const ORDER: [&str; 8] =
        ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];
    ORDER.iter().position(|name| json!(level) == **name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_touch_the_resources_they_are_about() {
        let cube = "blender://object/Cube%201";
        for (data, touched) in [
            (json!({"transformed": ["Cube 1"]}), true),
            (json!({"transformed": ["Cube"]}), false),
            (json!({"renamed": [["Cube 1", "Box"]]}), true),
            (json!({"removed": ["A"], "removed_count": 300}), true),
            (json!({"loaded": "/a.blend"}), true),
            (json!({"frame": 5}), false),
        ] {
            assert_eq!(is_in_scene_event(cube, &data), touched, "{data}");
            assert!(is_in_scene_event("blender://scene", &data));
            assert!(!is_in_scene_event("blender://session/a", &data));
        }
        assert!(is_in_session_event("blender://session/a/log", &json!({"session_id": "a"}), false));
        assert!(!is_in_session_event("blender://session/a", &json!({"session_id": "b"}), true));
        assert!(is_in_session_event("blender://material/Red", &json!({"session_id": "b"}), true));
        assert!(!is_in_session_event("blender://material/Red", &json!({"session_id": "b"}), false));
    }

    #[test]
    fn levels_are_in_their_order() {
        assert!(rank(LoggingLevel::Debug) < rank(level_of("WARN")));
        assert!(rank(level_of("ERROR")) < rank(LoggingLevel::Emergency));
    }
}
