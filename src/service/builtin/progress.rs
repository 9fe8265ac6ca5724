//! How far a search is, told on the channel `vector_search` while somebody hears it.

use serde_json::json;
use uuid::Uuid;

use crate::events::{Channel, Hub};

pub struct SearchProgress<'a> {
    hub: &'a Hub,
    query_id: String,
    query: &'a str,
}

impl<'a> SearchProgress<'a> {
    /// Tells that it begins.
    pub fn begin(hub: &'a Hub, query: &'a str) -> Self {
        let progress = Self { hub, query_id: Uuid::new_v4().to_string(), query };
        progress.tell(0.0, "searching");
        progress
    }

    pub fn tell(&self, progress: f64, status: &str) {
        if self.hub.wants(Channel::VECTOR_SEARCH) {
            let data = json!({
                "query_id": self.query_id, "progress": progress, "status": status, "query": self.query,
            });
            self.hub.publish(Channel::VECTOR_SEARCH, "search_progress", data);
        }
    }
}
