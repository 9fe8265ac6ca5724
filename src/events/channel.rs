//! The channels there are. Any thread.
//!
//! Three names were given from outside, and promise more than there is behind them. Clients know them, so they stay, and
//! this is the place that says what they carry:
//!
//! - `vector_search`: progress of searches by words (histories, the dictionary, the API reference, names of the scene);
//!   no vectors
//! - `db_pool_stats`: the store's reader threads, which come and go with the questions; no pool of connections
//! - `ai_analysis`: how a text was read: as a command, or as a sentence, by rules or by a language model

use serde_json::json;

use crate::model::error::{Code, Error};

/// By name; what feeds each is told in ARCHITECTURE.md.
pub const CHANNELS: [&str; 9] = [
    "error_firewall",
    "vector_search",
    "db_pool_stats",
    "ai_analysis",
    "memory_updates",
    "system_alerts",
    "tasks",
    "scene",
    "logs",
];

/// A place in [`CHANNELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(u8);

impl Channel {
    pub const ERROR_FIREWALL: Self = Self(0);
    pub const VECTOR_SEARCH: Self = Self(1);
    pub const DB_POOL_STATS: Self = Self(2);
    pub const AI_ANALYSIS: Self = Self(3);
    pub const MEMORY_UPDATES: Self = Self(4);
    pub const SYSTEM_ALERTS: Self = Self(5);
    pub const TASKS: Self = Self(6);
    pub const SCENE: Self = Self(7);
    pub const LOGS: Self = Self(8);

    pub fn named(name: &str) -> Option<Self> {
        CHANNELS.iter().position(|channel| *channel == name).map(|at| Self(at as u8))
    }

    pub(super) const fn bit(self) -> u32 {
        1 << self.0
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        CHANNELS[usize::from(self.0)]
    }
}

/// The error for a channel that does not exist.
#[must_use]
pub fn invalid_channel(name: &str) -> Error {
    let data = serde_json::Map::from_iter([("available_channels".to_owned(), json!(CHANNELS))]);
    Error::new(Code::InvalidParams, format!("Invalid channel: {name}")).with_data(data)
}
