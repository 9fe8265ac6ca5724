//! How the server is: `get_server_status`, `GET /status` and what the panel shows. Any thread.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use serde::Serialize;
use utoipa::ToSchema;

use super::state::Service;
use crate::model::error::Code;
use crate::model::settings::CodePolicy;
use crate::model::time::iso;
use crate::queue::{MainThread, QueueSummary};
use crate::store::StoreStatus;

#[derive(Serialize, ToSchema)]
pub struct ServerStatus {
    pub version: &'static str,
    #[schema(example = "localhost:9876")]
    pub address: String,
    /// Seconds.
    pub uptime: f64,
    pub clients: usize,
    pub connections_total: u64,
    pub sessions: usize,
    pub commands_served: u64,
    pub last_error: Option<LastError>,
    /// Whether clients may run Python code: `off`, `on`, `safe` or `ask`.
    #[schema(value_type = String, example = "on")]
    pub python_code: CodePolicy,
    /// This run among all that share a store.
    #[schema(value_type = String)]
    pub instance: Arc<str>,
    pub store: StoreStatus,
    pub queue: QueueSummary,
    pub main_thread: MainThread,
    pub limits: Limits,
}

#[derive(Serialize, ToSchema)]
pub struct LastError {
    #[schema(value_type = String)]
    pub code: Code,
    pub message: String,
    /// ISO 8601, local time.
    pub time: String,
}

/// Bytes, levels, seconds, and numbers of things; see the settings of these names.
#[derive(Serialize, ToSchema)]
pub struct Limits {
    pub max_message: usize,
    pub max_depth: usize,
    pub message_timeout: f64,
    pub max_connections: usize,
    pub queue_size: usize,
    pub idle_timeout: f64,
}

impl Service {
    /// Commands answered so far, by Blender or without it.
    #[must_use]
    pub fn commands_served(&self) -> u64 {
        self.queue.served() + self.answered_natively.load(Relaxed)
    }

    #[must_use]
    pub fn status(&self) -> ServerStatus {
        let settings = self.current();
        let last_error = self.last_error.lock().clone();
        ServerStatus {
            version: crate::model::VERSION,
            address: settings.address(self.port),
            uptime: self.started.elapsed().as_secs_f64(),
            clients: self.clients(),
            connections_total: self.connections_total.load(Relaxed),
            sessions: self.sessions.live_count(),
            commands_served: self.commands_served(),
            last_error: last_error.map(|(error, at)| LastError {
                code: error.code,
                message: error.message,
                time: iso(at),
            }),
            python_code: settings.allow_code,
            instance: Arc::clone(&self.instance),
            store: self.store.status(),
            queue: self.queue.summary(),
            main_thread: self.queue.main_thread(),
            limits: Limits {
                max_message: settings.max_message,
                max_depth: settings.max_depth,
                message_timeout: settings.message_timeout,
                max_connections: settings.max_connections,
                queue_size: settings.queue_size,
                idle_timeout: settings.idle_timeout,
            },
        }
    }
}
