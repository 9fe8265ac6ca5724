//! The Model Context Protocol at `/mcp`: Blender as a server that assistants use directly, both eras of it.
//!
//! In: HTTP requests that the guard has let through. Out: JSON or event streams. On the I/O thread. `rmcp` speaks
//! the protocol (versions, framing, streams); what it is asked for becomes a [`Call`](crate::message::Call) like
//! those of every door. Lists and handshakes are answered here, whatever Blender's main thread does.
//!
//! - [`door`]: HTTP requests to rmcp, and what is refused before; [`session`]: its sessions are Tenon's;
//!   [`recent`]: which session a client goes on with where the protocol has none
//! - [`handler`]: what rmcp asks of a server, each thing in its own file:
//!   [`tools`] the list, [`call`] a call from its arguments to its end, [`content`] what it came to,
//!   [`tasks`] the extension for long ones, [`progress`] what is told meanwhile,
//!   [`resources`], [`prompts`], [`completion`], [`ears`] for what a client wants to hear
//! - [`extra`]: where the conformance suite's own tools come in, in tests only

mod call;
mod completion;
mod content;
mod door;
mod ears;
mod extra;
mod handler;
mod progress;
mod prompts;
mod recent;
mod resources;
mod session;
mod tasks;
mod tools;
mod waiting;

pub use door::{Door, close, open, speaks};
pub use extra::{Context, Extra, Future, Nothing};
