//! The store's `wal` once more, on what stands in `sync` beside this.

pub use crate::store::wal::{codec, record, segment};

use super::sync;

#[path = "../../wal/buffer.rs"]
pub mod buffer;
#[path = "../../wal/flusher.rs"]
pub mod flusher;
