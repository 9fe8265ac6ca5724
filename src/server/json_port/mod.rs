//! The JSON port: commands as JSON objects over a socket.

pub mod connection;
pub mod lingering_close;
mod replies;
