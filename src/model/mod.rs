//! Plain data that every floor above speaks of: no threads, no I/O.

pub mod error;
pub mod json;
pub mod outcome;
pub mod principal;
pub mod scene;
pub mod secret;
pub mod session;
pub mod settings;
pub mod spin;
pub mod task;
pub mod time;

/// The version of the crate, the add-on and the protocol's server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
