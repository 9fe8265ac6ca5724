//! Tenon's native core: every socket, session and queue of a running Blender, on native threads.
//!
//! # The way of a command
//!
//! bytes → [`framing`] → [`protocol`] (or HTTP) → [`service`] → [`queue`] → `bridge` (Blender's main thread,
//! Python) → reply slot → the same door → bytes
//!
//! # Layout
//!
//! - [`message`]: `Call`, `Outcome`: the one vocabulary; [`error`]: the wire codes; [`config`]: the settings
//! - [`framing`]: bytes into messages, and what a connection speaks; pure
//! - [`protocol`]: messages into requests, outcomes into replies, one file a dialect; pure
//! - [`server`]: the listener, JSON connections, HTTP; the I/O thread
//! - [`mcp`]: the Model Context Protocol at `/mcp`
//! - [`session`]: who is asking: table, idle reaper, history
//! - [`commands`]: the one table of commands and the validation of parameters
//! - [`intent`], [`batch`]: document 3's requests as commands; commands made of others
//! - [`native`]: the commands answered without Blender; [`catalogue`]: one of them, which tells the table
//! - [`queue`]: tasks, fair order, the hand-over to the main thread
//! - [`service`]: what ties these together behind the doors
//! - [`instances`]: which Blenders run Tenon here, in small files for clients
//! - [`store`]: what outlives Blender: journal, embedded database, session logs
//! - [`logging`]: records into a file and, later, into Python; never blocks; [`rotating_file`]: such a file
//! - `bridge` (feature `python`): the Python boundary: tick, conversion, watchdog. The only place with a GIL.

pub mod batch;
#[cfg(feature = "python")]
mod bridge;
pub mod catalogue;
pub mod clock;
pub mod commands;
pub mod config;
pub mod error;
pub mod events;
pub mod framing;
pub mod instances;
pub mod intent;
pub mod logging;
pub mod mcp;
pub mod message;
pub mod native;
pub mod protocol;
pub mod queue;
pub mod rotating_file;
pub mod server;
pub mod service;
pub mod session;
pub mod store;

/// The version of the crate, the add-on and the protocol's server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
