//! What a client wants to hear: resources that change, tools that come and go, the log.
//!
//! On the I/O thread, one small task for each client that listens: a session of the old era from its handshake on,
//! or a `subscriptions/listen` of the new one. It subscribes to the event bus while its client wants something from there.
//! Events come by channel; what they are about is told by URI.

#![expect(deprecated, reason = "the new era has no log; the old one's clients still read it")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, SubscriptionSink};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::resources::Subject;
use super::state::McpState;
use crate::events::{Channel, Subscription, Taken};
use crate::model::time::unix_time;
use crate::sessions::Session;

/// Changes of the table that come within so long are one.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Resources that one client may follow.
const MAX_URIS: usize = 1000;
/// Under this name a session keeps what its client wants to hear.
const SUBSCRIPTIONS: &str = "mcp_subscriptions";

/// What one client wants; changed by its requests, read by its task. Those of a session are kept in its state, so
/// that they hold when it is taken up again.
pub struct Subscriptions {
    filter: Mutex<Filter>,
    changed: Notify,
    session: Option<Arc<Session>>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Filter {
    uris: BTreeSet<String>,
    level: Option<LoggingLevel>,
}

impl Subscriptions {
    #[must_use]
    pub fn of(uris: impl IntoIterator<Item = String>) -> Self {
        let filter = Filter { uris: uris.into_iter().collect(), level: None };
        Self { filter: Mutex::new(filter), changed: Notify::new(), session: None }
    }

    /// Those that the session had.
    #[must_use]
    pub fn of_session(session: Option<Arc<Session>>) -> Self {
        let kept = session.as_ref().and_then(|session| session.protocol_state(SUBSCRIPTIONS));
        let filter = kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default();
        Self { filter: Mutex::new(filter), changed: Notify::new(), session }
    }

    /// False if that is too much.
    pub fn subscribe(&self, uri: &str) -> bool {
        self.change(|filter| {
            let fits = filter.uris.len() < MAX_URIS;
            if fits {
                filter.uris.insert(uri.to_owned());
            }
            fits
        })
    }

    pub fn unsubscribe(&self, uri: &str) {
        self.change(|filter| filter.uris.remove(uri));
    }

    pub fn set_level(&self, level: LoggingLevel) {
        self.change(|filter| filter.level.replace(level));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Filter) -> T) -> T {
        let mut filter = self.filter.lock();
        let told = change(&mut filter);
        let kept = json!(*filter);
        drop(filter);
        let kept =
            self.session.as_ref().map(|session| session.set_protocol_state(SUBSCRIPTIONS, kept, unix_time()));
        if let Some(Err(error)) = kept {
            log::debug!("a client's subscriptions will not outlast this run: {error}");
        }
        self.changed.notify_one();
        told
    }
}

/// How a client is spoken to.
pub enum Notifier {
    /// In a session, of the old era.
    Session(Peer<RoleServer>),
    /// In the answer to its listening request, of the new era.
    Request(SubscriptionSink),
}

impl Notifier {
    async fn updated(&self, uri: &str) -> bool {
        match self {
            Self::Session(peer) => {
                peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok()
            }
            Self::Request(sink) => sink.notify_resource_updated(uri).await.is_ok(),
        }
    }

    async fn tools_changed(&self) -> bool {
        match self {
            Self::Session(peer) => peer.notify_tool_list_changed().await.is_ok(),
            Self::Request(sink) if sink.accepted().tools_list_changed == Some(true) => {
                sink.notify_tool_list_changed().await.is_ok()
            }
            Self::Request(_) => true,
        }
    }

    async fn log(&self, level: LoggingLevel, data: &Value) -> bool {
        let Self::Session(peer) = self else { return true };
        let told = LoggingMessageNotificationParam::new(level, data["message"].clone());
        let logger = data["target"].as_str().unwrap_or("tenon");
        peer.notify_logging_message(told.with_logger(logger)).await.is_ok()
    }
}

/// Tells the client what it wants to hear, until `gone`.
pub async fn listen(
    state: Arc<McpState>,
    subscriptions: Arc<Subscriptions>,
    notifier: Notifier,
    gone: CancellationToken,
) {
    let mut changes = state.service.commands.changes();
    let mut tools = state.tools.all();
    let mut subscription: Option<Subscription> = None;
    loop {
        let filter = subscriptions.filter.lock().clone();
        subscription = subscribed(&state, subscription, &filter);
        let events = async {
            match &subscription {
                Some(subscription) => subscription.mailbox.take().await,
                None => std::future::pending().await,
            }
        };
        let reached = tokio::select! {
            () = gone.cancelled() => return,
            () = state.service.shutdown.cancelled() => return,
            () = subscriptions.changed.notified() => true,
            _ = changes.changed() => {
                // An add-on that comes or goes changes the table a hundred times.
                tokio::time::sleep(DEBOUNCE).await;
                changes.mark_unchanged();
                let before = std::mem::replace(&mut tools, state.tools.all());
                before == tools || notifier.tools_changed().await
            }
            taken = events => notify(&state, &notifier, &filter, &taken).await,
        };
        if !reached {
            // A client without an open stream misses what is said; it may open one later.
            log::trace!("a client of the protocol was not there to hear");
        }
    }
}

/// A subscription to the channels that the filter is about; none if it wants nothing.
fn subscribed(state: &McpState, subscription: Option<Subscription>, filter: &Filter) -> Option<Subscription> {
    let subjects: Vec<_> = filter.uris.iter().filter_map(|uri| Subject::of(uri)).collect();
    let about = |fits: fn(&Subject) -> bool| subjects.iter().any(fits);
    let of_scene = about(|subject| !matches!(subject, Subject::Session(_) | Subject::Log(_)));
    let channels = [
        (Channel::SCENE, of_scene),
        (Channel::MEMORY_UPDATES, about(|s| !matches!(s, Subject::Scene | Subject::Object(_)))),
        (Channel::LOGS, filter.level.is_some()),
    ];
    if channels.iter().all(|(_, wanted)| !wanted) {
        return None;
    }
    let subscription = subscription.unwrap_or_else(|| state.service.hub.join());
    for (channel, wanted) in channels {
        if wanted {
            subscription.subscribe(channel);
        } else {
            subscription.unsubscribe(channel);
        }
    }
    Some(subscription)
}

/// Each resource once, however many events were about it. False if the client could not be reached.
async fn notify(state: &McpState, notifier: &Notifier, filter: &Filter, taken: &Taken) -> bool {
    let (mut updated, mut reached) = (BTreeSet::new(), true);
    if taken.missed > 0 {
        // What was lost may have been about any of them.
        updated.extend(&filter.uris);
    }
    for event in &taken.events {
        let data = &event.data;
        match event.channel {
            Channel::LOGS => {
                let level = level_of(data["level"].as_str().unwrap_or_default());
                if filter.level.is_some_and(|least| rank(level) >= rank(least)) {
                    reached &= notifier.log(level, data).await;
                }
            }
            Channel::SCENE => {
                updated.extend(filter.uris.iter().filter(|uri| is_in_scene_event(uri, data)));
            }
            _ => {
                // Reading a resource is a command too, and changes none.
                let reads = data["command"].as_str().and_then(|name| state.service.commands.find(name).ok());
                let changes = data.get("command").is_some() && !reads.is_some_and(|row| row.reads_only);
                let touched = |uri: &&String| is_in_session_event(uri, data, changes);
                updated.extend(filter.uris.iter().filter(touched));
            }
        }
    }
    for uri in updated {
        reached &= notifier.updated(uri).await;
    }
    reached
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
