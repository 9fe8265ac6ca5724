//! WebSocket clients: each is a subscriber of the event bus. On the I/O thread.
//!
//! [`conversation`]: one client to its end; [`actions`]: what it asks; [`socket`]: what is written to it, by the
//! conversation and by the delivery of events.
//!
//! Not `axum::extract::ws`: it hides the socket, and three things need it. An event is written by its delivery, without
//! waking a task for each client; a long message goes in several frames, so that a slow reader is seen to make progress
//! without a limit on messages; a refused client is left time to read why. It would also run each client in a task that
//! stopping neither counts nor waits for. How HTTP becomes this is HTTP's business (`http/websocket_upgrade.rs`).

mod actions;
mod conversation;
mod socket;

pub use conversation::Conversation;
