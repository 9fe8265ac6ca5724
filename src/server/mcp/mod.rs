//! The Model Context Protocol at `/mcp`: Blender as a server that assistants use directly, both eras of it.
//!
//! In: HTTP requests that the guard has let through. Out: JSON or event streams. On the I/O thread. `rmcp` speaks
//! the protocol (versions, framing, streams); what it is asked for becomes a [`Call`](crate::service::Call) like
//! those of every door. Lists and handshakes are answered here, whatever Blender's main thread does.
//!
//! - [`endpoint`]: HTTP requests to rmcp, and what is refused before; [`session`]: its sessions are Tenon's;
//!   [`client_sessions`]: which session a client goes on with where the protocol has none
//! - [`handler`]: what rmcp asks of a server, each thing in its own file:
//!   [`tools`] the list, [`call`] a call from its arguments to its end, [`content`] what it came to,
//!   [`tasks`] the extension for long ones, [`progress`] what is told meanwhile,
//!   [`resources`], [`prompts`], [`completion`], [`subscriptions`] for what a client wants to hear
//! - [`state`]: what all of them share

mod call;
mod client_sessions;
mod completion;
mod content;
mod elicitation;
mod endpoint;
mod handler;
mod known_names;
mod pending_message;
mod progress;
mod prompts;
mod request;
mod resources;
mod session;
mod state;
mod subscriptions;
mod tasks;
mod tools;

pub use endpoint::{Endpoint, close, open, speaks};
pub use handler::Handler;
pub use request::RequestContext;
