//! HTTP on the same port. On the I/O thread.
//!
//! [`router`]: every route; [`connection`] and [`stream`]: one client; [`middleware`]: who may speak at all. A route is a
//! function in the file of its subject.

mod connection;
mod docs;
mod error_response;
mod health;
mod json_body;
mod middleware;
mod openapi;
mod response;
mod router;
mod schemas;
mod sessions;
mod stream;
mod tasks;
mod websocket_upgrade;

pub use connection::serve;
pub use router::routes;
