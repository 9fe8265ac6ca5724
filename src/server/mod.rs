//! One port, any number of connections: JSON, HTTP, WebSocket, the Model Context Protocol.
//!
//! [`lifecycle`]: start and stop; [`listener`]: the port; [`accept`]: each connection's way to what it speaks;
//! [`transport`]: what all of them read from and write to; then a folder for each protocol.

mod accept;
mod connection_session;
mod http;
mod json_port;
mod lifecycle;
mod listener;
pub mod mcp;
mod signals;
mod supervisor;
mod transport;
mod websocket;

pub use lifecycle::Server;
