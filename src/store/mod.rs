//! What outlives Blender: sessions, their histories, tasks' ends. Any thread records, `tenon-store` writes.
//!
//! The way of a record: [`Store::record`] encodes it into a buffer (no system call; the main thread may do it) and wakes
//! `tenon-wal`, which appends the buffer to a segment of the write-ahead log, a file: from then on no end of the process
//! can lose it. Before anything is told to a client, whoever tells awaits [`Store::flushed`]: a disk that stalls holds
//! up that answer and nothing else. `tenon-store` applies what was logged to the archive (SQLite) in batches, and to the
//! sessions' logs. Reads go to the reader threads with [`Store::submit_read`]; they see everything recorded before.

pub mod archive;
pub(crate) mod backend;
mod context;
pub mod error;
mod handle;
mod readers;
mod session_log_writer;
pub mod session_logs;
pub mod session_report;
pub(crate) mod sqlite;
mod status;
mod sync;
mod ticket;
pub mod wal;
mod writer;
mod writer_signal;

pub use archive::{Archive, OptionalReader, ReadJob};
pub use handle::Store;
pub use status::{ArchiveStatistics, StoreState, StoreStatus};
pub use ticket::Ticket;

#[cfg(test)]
mod tests;
