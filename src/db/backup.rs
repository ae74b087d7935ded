//! A copy of the embedded database.

use std::{fs::File, path::Path};

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
    let absolute = std::path::absolute(file).map_err(|error| refused(&error))?;
    let folder = absolute.parent().ok_or_else(|| refused(&"is no name of a file"))?;
    // Under a name of its own until it is complete: whatever happens meanwhile, nobody takes half a copy for a whole one.
    let copy =
        tempfile::Builder::new().prefix(".tripos-backup-").tempfile_in(folder).map_err(|error| refused(&error))?;
    let name = copy.path().to_str().ok_or_else(|| refused(&"the path must be UTF-8"))?.to_owned();
    sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(conn).map_err(|error| refused(&error))?;
    copy.as_file().sync_all().map_err(|error| refused(&error))?;
    copy.persist_noclobber(&absolute).map_err(|error| refused(&error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| refused(&error))?;
    log::info!("copied the database to {}", file.display());
    Ok(())
}
