//! What the store's threads share and wait on. Apart, so that a test can put in the same with a scheduler of its own.

pub use std::sync::{OnceLock, atomic};
pub use std::thread;

pub use parking_lot::{Condvar, Mutex};

pub use crate::model::spin::AdaptiveSpin;
