//! A copy of the embedded database.

use std::{fs, os::unix::fs::OpenOptionsExt, path::Path};

use diesel::{RunQueryDsl, sql_query, sql_types::Text};

use super::DbConnection;
use crate::error::Error;

/// Copies a database of SQLite, as it is at this moment, into a new file that only its owner may read. Others may read and
/// write meanwhile.
pub fn backup(conn: &mut DbConnection, file: &Path) -> Result<(), Error> {
    let DbConnection::Sqlite(conn) = conn else {
        return Err(Error::Refused("backup is for SQLite; PostgreSQL brings pg_dump: see deploy/README.md".into()));
    };
    let refused = |error: &dyn std::fmt::Display| Error::Refused(format!("{}: {error}", file.display()));
    // An empty file is filled; what it may be read by is decided before anything is in it.
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(|error| refused(&error))?;
    let copied = sql_query("VACUUM INTO ?").bind::<Text, _>(file.to_string_lossy()).execute(conn);
    if let Err(error) = copied {
        // Half a copy is none.
        let _ = fs::remove_file(file);
        return Err(refused(&error));
    }
    fs::File::open(file).and_then(|copy| copy.sync_all()).map_err(|error| refused(&error))?;
    log::info!("copied the database to {}", file.display());
    Ok(())
}
