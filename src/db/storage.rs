//! Faults of a database's storage: recognized by their error texts, logged once, and checked again until they end.

use std::sync::{Mutex, PoisonError};

use diesel::{connection::SimpleConnection, result::Error as DieselError};

use super::{DatabaseUrl, DbConnection, sqlite};
use crate::{
    error::{Error, StorageFault},
    telemetry::incident::Incident,
};

/// The fault that an error text of SQLite or PostgreSQL means. Diesel exposes no codes for these errors.
pub(super) fn fault_of(words: &str) -> Option<StorageFault> {
    match words {
        "database or disk is full" => Some(StorageFault::Full),
        "attempt to write a readonly database" => Some(StorageFault::ReadOnly),
        "database disk image is malformed" | "file is not a database" => Some(StorageFault::Damaged),
        "disk I/O error" | "unable to open database file" => Some(StorageFault::Unreadable),
        words if words.ends_with("No space left on device") => Some(StorageFault::Full),
        // Without space, SQLite rolls back the transaction itself. Diesel then reports only that its savepoint does not
        // exist.
        words if words.starts_with("no such savepoint: diesel_savepoint") => Some(StorageFault::Full),
        _ => None,
    }
}

/// The error text of a failed statement or commit.
fn words(error: &DieselError) -> Option<&str> {
    match error {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => words(commit_error),
        DieselError::DatabaseError(_, info) => Some(info.message()),
        _ => None,
    }
}

pub(super) fn is_storage_fault(error: &Error) -> bool {
    matches!(error, Error::Database(cause) if words(cause).and_then(fault_of).is_some())
}

/// Converts an error to a storage fault of this database if it is one. Other errors stay as they are.
pub fn as_storage_fault(error: Error, url: &DatabaseUrl) -> Error {
    let Error::Database(cause) = &error else { return error };
    let Some((words, fault)) = words(cause).and_then(|words| Some((words, fault_of(words)?))) else { return error };
    let told = match url {
        DatabaseUrl::Sqlite(path) => sqlite::explain(path, words),
        DatabaseUrl::Postgres(_) => format!("{url}: {words}"),
    };
    Error::Storage(fault, told)
}

/// The lasting fault, if there is one.
#[derive(Debug, Default)]
pub(super) struct StorageState {
    incident: Incident,
    fault: Mutex<Option<StorageFault>>,
}

impl StorageState {
    /// Something failed because of this fault.
    pub(super) fn failed(&self, fault: StorageFault, told: &str) {
        *self.fault() = Some(fault);
        if self.incident.begin() {
            log::error!("the database cannot read or store data: {told}");
        }
    }

    /// The fault is over.
    pub(super) fn recovered(&self) {
        *self.fault() = None;
        if let Some(lasted) = self.incident.end() {
            log::info!("the database can read and store data again after {} s", lasted.as_secs());
        }
    }

    pub(super) fn lasting(&self) -> Option<StorageFault> {
        *self.fault()
    }

    fn fault(&self) -> std::sync::MutexGuard<'_, Option<StorageFault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fails if SQLite cannot write. It writes a value that is already there, because beginning a transaction succeeds even
/// on a read-only file.
pub fn require_writable(conn: &mut DbConnection) -> Result<(), Error> {
    match conn {
        DbConnection::Sqlite(conn) => Ok(conn.batch_execute(&sqlite::write_application_id())?),
        DbConnection::Postgres(_) => Ok(()),
    }
}

/// Allocates some space in the database and releases it. Fails if there is none left, or if nothing can be written.
pub(super) fn try_to_store(conn: &mut DbConnection) -> Result<(), Error> {
    let space = match conn {
        // This finds a limit of the database's size. The write after it finds a full disk.
        DbConnection::Sqlite(_) => {
            "SAVEPOINT room; CREATE TABLE tripos_room (bytes BLOB); INSERT INTO tripos_room VALUES (zeroblob(1048576)); \
             ROLLBACK TO room; RELEASE room"
        }
        DbConnection::Postgres(_) => {
            "CREATE TEMPORARY TABLE tripos_room ON COMMIT DROP AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
        }
    };
    conn.batch_execute(space)?;
    require_writable(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_known_by_their_words() {
        for (words, fault) in [
            ("database or disk is full", Some(StorageFault::Full)),
            ("could not extend file \"base/16384/16385\": No space left on device", Some(StorageFault::Full)),
            ("no such savepoint: diesel_savepoint_1", Some(StorageFault::Full)),
            ("attempt to write a readonly database", Some(StorageFault::ReadOnly)),
            ("database disk image is malformed", Some(StorageFault::Damaged)),
            ("file is not a database", Some(StorageFault::Damaged)),
            ("disk I/O error", Some(StorageFault::Unreadable)),
            ("unable to open database file", Some(StorageFault::Unreadable)),
            ("database is locked", None),
            ("no such table: users", None),
        ] {
            assert_eq!(fault_of(words), fault, "{words}");
        }
    }
}
