//! Reads and writes with a connection of the pool: transactions, snapshots and retries.

use std::time::Duration;

use diesel::result::Error as DieselError;

use super::{
    DbConnection, Pool, as_storage_fault,
    failures::{LostRace, is_away, may_be_dead},
    on_backend,
    storage::is_storage_fault,
};
use crate::error::Error;

/// How many times a write transaction is tried if other transactions win.
const WRITE_TRIES: u32 = 4;

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// To write. On PostgreSQL, each statement sees what was committed before it.
    Write,
    /// To write; all statements see the same state of the database.
    WriteSnapshot,
    /// To read; all statements see the same state of the database.
    ReadSnapshot,
}

impl Begin {
    fn sql(self, conn: &DbConnection) -> &'static str {
        match (conn, self) {
            (DbConnection::Postgres(_), Self::Write) => "BEGIN",
            (DbConnection::Postgres(_), Self::WriteSnapshot) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            (DbConnection::Postgres(_), Self::ReadSnapshot) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            (DbConnection::Sqlite(_), Self::ReadSnapshot) => "BEGIN",
            // A transaction that begins as a reader and then writes can fail at once, whatever the time limit is.
            (DbConnection::Sqlite(_), Self::Write | Self::WriteSnapshot) => "BEGIN IMMEDIATE",
        }
    }
}

impl Pool {
    /// Runs `work` with a connection and no transaction around it.
    ///
    /// If the connection was dead, the work is run once more on a new one. Reading twice does no harm.
    pub fn read<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        match self.attempt(&work) {
            Err((_, true)) => self.attempt(&work).map_err(|(error, _)| error),
            Err((error, false)) => Err(error),
            Ok(value) => Ok(value),
        }
    }

    /// [`Pool::read`] for several statements that must see the same state of the database.
    pub fn read_snapshot<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        self.read(|conn| run(conn, Begin::ReadSnapshot, &work))
    }

    /// Runs `work` in one transaction: committed on `Ok`, rolled back on `Err` and on panic.
    ///
    /// If another transaction wins, all of `work` is retried a few times, after a short random pause. If no retry
    /// succeeds, the result is [`Error::Contended`].
    pub fn write<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        self.write_from(Begin::Write, work)
    }

    /// [`Pool::write`] for several statements that must see the same state of the database. In PostgreSQL it fails
    /// whenever another transaction changed a row that it changes, so it is not for rows with many writers.
    pub fn write_snapshot<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        self.write_from(Begin::WriteSnapshot, work)
    }

    fn write_from<T>(&self, begin: Begin, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        let mut before = None;
        for tries in 1..=WRITE_TRIES {
            let error = match self.attempt(|conn| run(conn, begin, &work)) {
                Ok(value) => return Ok(value),
                Err((error, _)) => error,
            };
            let Some(race) = LostRace::of(&error) else { return Err(error) };
            // A retry would have seen the rows of the other transaction. There is none, so this is a bug of ours.
            if race != LostRace::Rows && before.as_ref() == Some(&race) {
                return Err(error);
            }
            before = Some(race);
            if tries < WRITE_TRIES {
                log::debug!(tries; "retrying a transaction after a conflict: {error}");
                std::thread::sleep(Duration::from_millis(u64::from(rand::random::<u8>() % 16) << tries));
            } else {
                log::warn!("giving up a transaction after {WRITE_TRIES} conflicts: {error}");
            }
        }
        Err(Error::Contended)
    }

    /// Runs `work` on one connection. The flag of an error says that the connection was dead.
    fn attempt<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, (Error, bool)> {
        let mut pooled = self.get().map_err(|error| (error, false))?;
        work(&mut pooled.conn).map_err(|error| match as_storage_fault(error, self.url()) {
            fault @ Error::Storage(..) => (fault, false),
            error if may_be_dead(&error) && pooled.is_dead(&error) => (Error::Unavailable(error.to_string()), true),
            error if is_away(&error) => (Error::Unavailable(error.to_string()), false),
            error => (error, false),
        })
    }
}

/// Runs `work` in a transaction. On SQLite, it holds the write lock from the start.
pub fn transaction<T>(
    conn: &mut DbConnection,
    work: impl Fn(&mut DbConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    run(conn, Begin::Write, work)
}

fn run<T>(
    conn: &mut DbConnection,
    begin: Begin,
    work: impl Fn(&mut DbConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};
    type Manager = <DbConnection as Connection>::TransactionManager;
    let sql = begin.sql(conn);
    on_backend!(conn, c => AnsiTransactionManager::begin_transaction_sql(c, sql))?;
    match work(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => match Manager::rollback_transaction(conn) {
            // Return the cause instead of a failed rollback: the connection is broken, or the error (such as a full disk)
            // has already ended the transaction.
            Ok(()) | Err(DieselError::BrokenTransactionManager | DieselError::NotInTransaction) => Err(error),
            Err(_) if is_storage_fault(&error) => Err(error),
            Err(rollback) => Err(rollback.into()),
        },
    }
}
