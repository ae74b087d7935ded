//! Reads and writes with a connection of the pool: transactions, snapshots, and what is run again.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::{DbConnection, Pool, as_storage_fault, on_backend, storage::is_storage_fault};
use crate::error::Error;

/// How often a write transaction is run before it is given up because others were faster.
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
            // A deferred BEGIN that turns into a writer later fails at once, whatever the time limit.
            (DbConnection::Sqlite(_), Self::Write | Self::WriteSnapshot) => "BEGIN IMMEDIATE",
        }
    }
}

impl Pool {
    /// Runs `work` with a connection and no transaction around it.
    ///
    /// If the connection was dead, the work is run once more on a fresh one: reading twice does no harm.
    pub fn read<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        match self.attempt(&work) {
            Err((_, true)) => self.attempt(&work).map_err(|(error, _)| error),
            Err((error, false)) => Err(error),
            Ok(value) => Ok(value),
        }
    }

    /// [`Pool::read`] of several statements that must see the same state of the database.
    pub fn read_snapshot<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        self.read(|conn| run(conn, Begin::ReadSnapshot, &work))
    }

    /// Runs `work` in one transaction: committed on `Ok`, rolled back on `Err` and on panic.
    ///
    /// When another transaction was faster, the whole of it is run again, a few times, after a short pause at random. If
    /// others are faster each time, the outcome is [`Error::Contended`].
    pub fn write<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
        self.write_from(Begin::Write, work)
    }

    /// [`Pool::write`] of what rests on several statements that must see the same state of the database. On PostgreSQL it
    /// loses every race for a row that it changes, so it is not for rows that many write to.
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
            // The second run would have found what a faster transaction made: there was none, and this is an error of ours.
            if race != LostRace::Rows && before.as_ref() == Some(&race) {
                return Err(error);
            }
            before = Some(race);
            if tries < WRITE_TRIES {
                log::debug!(tries; "another transaction was faster, running this one again: {error}");
                std::thread::sleep(Duration::from_millis(u64::from(rand::random::<u8>() % 16) << tries));
            } else {
                log::warn!("other transactions were faster {WRITE_TRIES} times: {error}");
            }
        }
        Err(Error::Contended)
    }

    /// One checkout. The flag of a failure says that its connection was dead.
    fn attempt<T>(&self, work: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, (Error, bool)> {
        let mut pooled = self.get().map_err(|error| (error, false))?;
        work(&mut pooled.conn).map_err(|error| match as_storage_fault(error, self.url()) {
            fault @ Error::Storage(..) => (fault, false),
            error if may_be_dead(&error) && pooled.is_dead(&error) => (Error::Unavailable(error.to_string()), true),
            error => (error, false),
        })
    }
}

/// Runs `work` in a transaction that holds the write lock from its start on SQLite.
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
            // The cause tells more than that its connection is broken, or that it has ended the transaction itself, as a full
            // disk does.
            Ok(()) | Err(DieselError::BrokenTransactionManager | DieselError::NotInTransaction) => Err(error),
            Err(_) if is_storage_fault(&error) => Err(error),
            Err(rollback) => Err(rollback.into()),
        },
    }
}

fn may_be_dead(error: &Error) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, Unknown};
    match error {
        Error::Database(DieselError::DatabaseError(kind, _)) => {
            matches!(kind, ClosedConnection | UnableToSendCommand | Unknown)
        }
        Error::Database(DieselError::BrokenTransactionManager | DieselError::RollbackErrorOnCommit { .. }) => true,
        _ => false,
    }
}

/// How another transaction was faster, so that running again helps.
#[derive(Debug, PartialEq, Eq)]
enum LostRace {
    /// It changed or locked the same rows.
    Rows,
    /// It made the same, or deleted what this one refers to: the constraint that was violated, and by which values.
    Constraint(String),
}

impl LostRace {
    /// Diesel shows no SQLSTATE: deadlocks on PostgreSQL and lock time-outs on SQLite are known by their texts.
    fn of(error: &Error) -> Option<Self> {
        let Error::Database(DieselError::DatabaseError(kind, info)) = error else {
            return matches!(error, Error::Contended).then_some(Self::Rows);
        };
        match kind {
            DatabaseErrorKind::SerializationFailure => Some(Self::Rows),
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => {
                Some(Self::Constraint(format!("{} {}", info.message(), info.details().unwrap_or_default())))
            }
            DatabaseErrorKind::Unknown if matches!(info.message(), "deadlock detected" | "database is locked") => {
                Some(Self::Rows)
            }
            _ => None,
        }
    }
}
