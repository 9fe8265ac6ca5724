//! The hub in figures, as document 4 shapes them.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statistics {
    pub total_clients: usize,
    /// Channels that anyone hears.
    pub total_channels: usize,
    pub total_messages_sent: u64,
    pub total_connections_ever: u64,
    /// Subscribers by channel.
    pub channel_stats: BTreeMap<&'static str, usize>,
    pub active_channels: Vec<&'static str>,
    /// Events that came faster than they could be handed on; the channels' rings do not hold them either.
    pub events_dropped: u64,
}
