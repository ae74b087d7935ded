//! A copy of an SQLite database.

use std::{
    fs::File,
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use diesel::{
    RunQueryDsl,
    dsl::sql,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::DbConnection;
use crate::error::Error;

/// How often the size of the copy is reported.
const LOOK: Duration = Duration::from_millis(100);

/// The size of an SQLite database in bytes; 0 for PostgreSQL.
pub fn size(conn: &mut DbConnection) -> Result<u64, Error> {
    let DbConnection::Sqlite(conn) = conn else { return Ok(0) };
    let bytes = sql::<BigInt>("(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)");
    Ok(diesel::select(bytes).get_result::<i64>(conn)?.unsigned_abs())
}

/// Copies an SQLite database, as it is now, to a new file that only its owner can read. Other connections may read and
/// write meanwhile. Calls `watch` with the number of bytes written.
pub fn backup(conn: &mut DbConnection, file: &Path, watch: impl Fn(u64) + Sync) -> Result<(), Error> {
    let DbConnection::Sqlite(conn) = conn else {
        return Err(Error::Refused(
            "`tripos backup` works only for SQLite: use pg_dump for PostgreSQL (see deploy/README.md)".into(),
        ));
    };
    let refused = |error: &dyn std::fmt::Display| Error::Refused(format!("{}: {error}", file.display()));
    let absolute = std::path::absolute(file).map_err(|error| refused(&error))?;
    let folder = absolute.parent().ok_or_else(|| refused(&"is not a file name"))?;
    // The copy has a temporary name until it is complete, so that a partial copy is never mistaken for a complete one.
    let copy =
        tempfile::Builder::new().prefix(".tripos-backup-").tempfile_in(folder).map_err(|error| refused(&error))?;
    let name = copy.path().to_str().ok_or_else(|| refused(&"the path must be UTF-8"))?.to_owned();
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let (copy, watch) = (&copy, &watch);
        scope.spawn(move || {
            while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                watch(copy.path().metadata().map_or(0, |copy| copy.len()));
            }
        });
        let copied = sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(conn);
        drop(done);
        copied
    })
    .map_err(|error| refused(&error))?;
    copy.as_file().sync_all().map_err(|error| refused(&error))?;
    copy.persist_noclobber(&absolute).map_err(|error| refused(&error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| refused(&error))?;
    Ok(())
}
