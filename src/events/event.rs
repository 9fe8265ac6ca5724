//! One event: what happened, and its text, which is encoded once and only if somebody needs it.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;
use serde_json::{Value, json};

use super::channel::Channel;
use crate::model::time::iso;

/// An event's type: ours are fixed, another add-on's are its own.
pub type Kind = Cow<'static, str>;

/// What happened. Shared by everyone who is told.
#[derive(Debug)]
pub struct Event {
    /// Ascending over all channels; what `replay` takes.
    pub id: u64,
    pub channel: Channel,
    pub kind: Kind,
    pub data: Value,
    pub timestamp: f64,
    text: OnceLock<Bytes>,
}

impl Event {
    pub(super) fn new(id: u64, channel: Channel, kind: Kind, data: Value, timestamp: f64) -> Self {
        Self { id, channel, kind, data, timestamp, text: OnceLock::new() }
    }

    /// The message that clients are sent: JSON in UTF-8. Encoded by whoever asks first.
    pub fn text(&self) -> &Bytes {
        self.text.get_or_init(|| {
            let body = json!({
                "type": self.kind, "channel": self.channel.name(), "data": self.data,
                "timestamp": iso(self.timestamp), "id": self.id,
            });
            body.to_string().into()
        })
    }
}
