//! The hub in figures, as `GET /ws/stats` shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ChannelStatistics)]
pub struct Statistics {
    pub total_clients: usize,
    /// Channels that anyone subscribes to.
    pub total_channels: usize,
    pub total_messages_sent: u64,
    pub total_connections_ever: u64,
    /// Subscribers by channel.
    pub channel_stats: BTreeMap<&'static str, usize>,
    pub active_channels: Vec<&'static str>,
    /// Events that came faster than they could be handed on; the channels' rings do not hold them either.
    pub events_dropped: u64,
}
