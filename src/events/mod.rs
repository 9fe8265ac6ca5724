//! Events: what really happens in Tenon, told to everyone who subscribed to its channel.

mod bus;
mod channel;
mod event;
mod hub;
mod mailbox;
mod statistics;

pub use bus::Subscription;
pub use channel::{CHANNELS, Channel, invalid_channel};
pub use event::Event;
pub use hub::Hub;
pub use mailbox::{DirectWriter, Taken};
pub use statistics::Statistics;

#[cfg(test)]
mod tests;
