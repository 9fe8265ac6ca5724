//! The write-ahead log: what is recorded is in a file before anybody is told that it is kept.

pub mod buffer;
pub mod codec;
pub mod flusher;
pub mod record;
pub mod segment;

use super::sync;
