//! What can be wrong with a store, told apart by what is to be done about it. Plain data, any thread.

use std::io;

use rusqlite::ErrorCode;

use crate::model::error::{Code, Error};

/// A failure of the disk or of the archive. The cause is kept as `source`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The archive's file is not what it should be: it is put aside, and a fresh one begun.
    #[error("{0}")]
    Corrupt(#[source] Cause),
    /// The disk is full, or the archive is busy for too long: it may heal, so it is tried again.
    #[error("{0}")]
    Transient(#[source] Cause),
    /// A later Tenon has written it: hands off.
    #[error(
        "the store was written by a newer Tenon (its version {found}, this one knows {known}); update Tenon, or choose \
         another store folder"
    )]
    UnsupportedVersion { found: i64, known: i64 },
    /// Nothing that time heals: no permission, no folder.
    #[error("{0}")]
    Permanent(#[source] Cause),
    /// The thread that writes has panicked.
    #[error("the writer panicked; see Tenon's log")]
    WriterPanicked,
}

/// What a failure came from.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// What a client is told whose request met it.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::new(Code::StoreUnavailable, format!("The store cannot be read: {self}"))
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, Interrupted, QuotaExceeded, StorageFull, TimedOut, WouldBlock};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge | WouldBlock | TimedOut | Interrupted => {
                Self::Transient(error.into())
            }
            _ => Self::Permanent(error.into()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.into()),
            Some(
                ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::SchemaChanged,
            ) => Self::Transient(error.into()),
            _ => Self::Permanent(error.into()),
        }
    }
}

/// Why a request to the archive has no answer: the archive's fault, or the request's.
pub enum Failure {
    Archive(StoreError),
    Request(Error),
}

impl<T: Into<StoreError>> From<T> for Failure {
    fn from(error: T) -> Self {
        Self::Archive(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Request(error)
    }
}
