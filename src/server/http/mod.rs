//! HTTP on the same port. On the I/O thread.
//!
//! [`router`]: every route; [`connection`] and [`stream`]: one client; [`middleware`]: who may speak at all, with
//! [`sign_ins`] for browsers; [`page`]: the management page. A route is a
//! function in the file of its subject.

mod connection;
mod docs;
mod error_response;
mod health;
mod json_body;
mod metrics;
mod middleware;
mod openapi;
mod page;
mod response;
mod router;
mod schemas;
mod sessions;
mod sign_in;
mod sign_ins;
mod stream;
mod tasks;
mod websocket_upgrade;

pub use connection::serve;
pub use router::routes;
