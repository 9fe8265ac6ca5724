//! What can be wrong with a store, told apart by what is to be done about it. Plain data, any thread.

use std::io;

use rusqlite::ErrorCode;

use crate::error::{Code, Error};

/// A failure of the disk or of the archive, with words for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The archive's file is not what it should be: it is put aside, and a fresh one begun.
    Corrupt(String),
    /// The disk is full, or the archive is busy for too long: it may heal, so it is tried again.
    Passing(String),
    /// A later Tenon has written it: hands off.
    Newer { found: i64, known: i64 },
    /// Nothing that time heals: no permission, no folder.
    Lasting(String),
}

impl Trouble {
    /// What a client is told whose question met it.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::new(Code::Internal, format!("The store cannot be read: {self}"))
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Corrupt(words) | Self::Passing(words) | Self::Lasting(words) => f.write_str(words),
            Self::Newer { found, known } => write!(
                f,
                "the store was written by a newer Tenon (its version {found}, this one knows {known}); \
                 update Tenon, or choose another store folder"
            ),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, Interrupted, QuotaExceeded, StorageFull, TimedOut, WouldBlock};
        let words = error.to_string();
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge | WouldBlock | TimedOut | Interrupted => {
                Self::Passing(words)
            }
            _ => Self::Lasting(words),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let words = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(words),
            Some(
                ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::SchemaChanged,
            ) => Self::Passing(words),
            _ => Self::Lasting(words),
        }
    }
}

/// Why a question has no answer: the archive's fault, or the question's.
pub enum Failure {
    Archive(Trouble),
    Question(Error),
}

impl<T: Into<Trouble>> From<T> for Failure {
    fn from(trouble: T) -> Self {
        Self::Archive(trouble.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Question(error)
    }
}
