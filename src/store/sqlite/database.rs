//! Where the archive is, and its ends for the store's threads.

use std::path::PathBuf;

use super::location::ArchiveLocation;
use super::quarantine;
use super::reader::ArchiveReader;
use super::writer::ArchiveWriter;
use crate::model::time::unix_time;
use crate::store::backend;
use crate::store::error::StoreError;

/// The archive as a SQLite file.
pub struct Sqlite {
    pub location: ArchiveLocation,
}

impl backend::Backend for Sqlite {
    fn begin(&self) -> Result<Box<dyn backend::ArchiveWriter>, StoreError> {
        Ok(Box::new(ArchiveWriter::begin(&self.location.database, &self.location.instance, unix_time())?))
    }

    fn writer_of(&self, instance: &str) -> Result<Box<dyn backend::ArchiveWriter>, StoreError> {
        Ok(Box::new(ArchiveWriter::open(&self.location.database, instance)?))
    }

    fn reader(&self) -> Result<Box<dyn backend::ArchiveReader>, StoreError> {
        Ok(Box::new(ArchiveReader::open(&self.location)?))
    }

    fn quarantine(&self) -> Result<Option<PathBuf>, StoreError> {
        Ok(quarantine::quarantine(&self.location.database)?)
    }

    fn place(&self) -> String {
        self.location.database.to_string_lossy().into_owned()
    }
}
