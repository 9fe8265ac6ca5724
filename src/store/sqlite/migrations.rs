//! The archive's layout, version by version. The file says in `user_version` which one it has.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::error::StoreError;

/// What leads from each version to the next; the first makes it all. Never changed, only added to.
pub const STEPS: [&str; 2] = [include_str!("schema.sql"), include_str!("protocol_state.sql")];

/// Brings the file to the version that `steps` end with, all or nothing. One of a later version is left alone.
pub fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let known = steps.len() as i64;
    if version(connection)? == known {
        return Ok(());
    }
    // Another Blender may be doing the same: whoever gets the lock looks again.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let left = usize::try_from(found).ok().and_then(|done| steps.get(done..));
    let Some(left) = left else { return Err(StoreError::UnsupportedVersion { found, known }) };
    for step in left {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Whether this Tenon may touch the file.
pub fn check(connection: &Connection) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, STEPS.len() as i64);
    if found > known { Err(StoreError::UnsupportedVersion { found, known }) } else { Ok(()) }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
