//! The sessions that are not in use here, for the panel: the last answer to `list_sessions`, asked for again when
//! something has changed since.
//!
//! Whoever draws (main thread) gets what is there and never waits; the answer comes on an I/O thread, and changes the
//! service's generation if it is another one than before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::commands::Entry;
use crate::service::Service;
use crate::sessions::Session;

#[derive(Default)]
pub struct PanelCache {
    rows: Mutex<Vec<Value>>,
    /// The service's when they were asked for; it begins at 1.
    generation: AtomicU64,
    asking: AtomicBool,
}

impl PanelCache {
    /// The last used first, at most `most`.
    pub fn rows(self: &Arc<Self>, service: &Arc<Service>, inside: &Handle, most: usize) -> Vec<Value> {
        let generation = service.generation();
        if self.generation.load(Relaxed) != generation && !self.asking.swap(true, Relaxed) {
            self.generation.store(generation, Relaxed);
            let (recent, service) = (Arc::clone(self), Arc::clone(service));
            inside.spawn(async move {
                recent.ask(&service, most).await;
                recent.asking.store(false, Relaxed);
            });
        }
        self.rows.lock().iter().take(most).cloned().collect()
    }

    async fn ask(&self, service: &Arc<Service>, most: usize) {
        let asker = Arc::new(Session::unlisted(&service.store));
        let limit = most + service.sessions.live_count();
        let params = Map::from_iter([("status".into(), "all".into()), ("limit".into(), limit.into())]);
        let Ok(Entry { command, handler }) = service.commands.entry("list_sessions") else { return };
        let answer = service.answer(&command, &handler, &asker, params);
        if let Ok(list) = answer.outcome().await
            && let Value::Array(mut rows) = list.to_value()
        {
            rows.retain(|row| row["status"] != "live" || row["instance"].is_string());
            let before = std::mem::replace(&mut *self.rows.lock(), rows.clone());
            if before != rows {
                service.changed();
            }
        }
    }
}
