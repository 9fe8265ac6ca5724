//! The archive in SQLite: `tenon.db`, shared by all Blenders of a user. On the store's threads only.
//!
//! Write-ahead log: one connection writes (`archive`), others read beside it (`reader`), nobody waits for a reader.
//! A commit is not flushed to the disk itself; it survives the end of the process, which is what the store promises.

mod apply;
mod connection;
mod database;
mod fulltext_index;
mod history;
mod import_export;
mod location;
pub mod migrations;
mod quarantine;
mod reader;
mod search;
mod sessions;
mod tasks;
mod tokenizer;
mod writer;
mod writer_cache;

#[cfg(test)]
pub use connection::is_sound;
pub use database::Sqlite;
pub use location::ArchiveLocation;
