//! Bytes into frames into requests, outcomes into replies. Pure: no sockets, no threads, no clock.

pub mod dialects;
mod splitter;
mod transport_detection;

pub use splitter::*;
pub use transport_detection::{BYTE_ORDER_MARK, DetectedProtocol, detect};
