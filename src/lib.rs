//! Tenon's native core: every socket, session and queue of a running Blender, on native threads.
//!
//! # The way of a command
//!
//! bytes → [`wire`] (or HTTP) → [`service`] → [`queue`] → `bridge` (Blender's main thread, Python) → reply slot →
//! the same door → bytes
//!
//! # Layout, from the ground up
//!
//! A folder imports only what stands above it in this list; a test reads the imports (`tests/style`).
//!
//! - [`model`]: plain data: errors with their wire codes, settings, JSON, outcomes, tasks, the scene
//! - [`wire`]: bytes into frames into requests, outcomes into replies, one file a dialect; pure
//! - [`commands`]: the one table of commands, validation of parameters, commands made of commands
//! - [`language`]: what people say: the dictionary of building terms; pure
//! - [`events`]: the hub: channels, subscriptions, mailboxes
//! - [`logging`]: records into a file and, later, into Python; never blocks
//! - [`instances`]: which Blenders run Tenon here, in small files for clients
//! - [`store`]: what outlives Blender: write-ahead log, embedded database, session logs
//! - [`llm`]: the client of a language model on this machine or the user's network
//! - [`sessions`]: who is asking: registry, expiry, history
//! - [`queue`]: tasks, fair order, the hand-over to the main thread
//! - [`service`]: what ties these together behind the doors; the commands answered without Blender
//! - [`server`]: the listener and the doors: JSON port, HTTP, WebSocket, the Model Context Protocol
//! - `bridge` (feature `python`): the Python boundary: tick, conversion, watchdog. The only place with a GIL.

#[cfg(feature = "python")]
mod bridge;
mod commands;
mod events;
mod instances;
mod language;
mod llm;
#[cfg_attr(not(feature = "python"), expect(dead_code, reason = "configured and drained by the bridge"))]
mod logging;
mod model;
mod queue;
mod server;
mod service;
mod sessions;
mod store;
mod tls;
mod wire;

/// Targets for the fuzzer, which know the core's insides.
#[cfg(any(test, fuzzing))]
#[path = "../tests/fuzz/targets/mod.rs"]
pub mod fuzzing;

pub use model::VERSION;

/// What the integration tests, the load generator and the conformance server name. Nothing else of this crate is public,
/// so that the compiler finds what nobody uses.
#[doc(hidden)]
pub mod testing {
    pub use crate::commands::{Command, Composite};
    pub use crate::events::{CHANNELS, Channel, Hub};
    pub use crate::instances::list as list_instances;
    pub use crate::model::error::{Code, Error};
    pub use crate::model::outcome::{Json, Outcome};
    pub use crate::model::settings::Settings;
    pub use crate::model::time::unix_time;
    pub use crate::queue::Job;
    pub use crate::server::Server;
    pub use crate::service::builtin::register;
    pub use crate::service::{Answer, CommandRegistry, Handler, Question, Service};
    pub use crate::store::archive::{Archive, Page, Selection};
    pub use crate::store::wal::record::{Entry, Record};
    pub use crate::store::{ReadJob, Store};
    pub use crate::wire::{Frame, Splitter};

    /// The language model's client.
    pub mod llm {
        pub use crate::llm::*;
    }

    /// The Model Context Protocol's own handler, which has the name of the commands'.
    pub mod mcp {
        pub use crate::server::mcp::{Handler, RequestContext};
    }
}
