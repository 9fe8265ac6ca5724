//! Who is asking: sessions, the registry of those in memory, and their expiry.

mod registry;
mod session;

pub use registry::{PARKED, SessionRegistry};
pub use session::{ARGS_BYTES, Done, HistoryEntry, Session, SessionInfo};
