//! The only way into the database.
//!
//! [`Db::read`] and [`Db::write`] run a closure with a connection on a blocking thread; their `_snapshot` forms show it
//! one state of the database. Nothing else in Tripos knows threads, pools or transactions; only `queries` modules know
//! Diesel.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::web;
use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    result::{DatabaseErrorKind, Error as DieselError},
    sql_types::Text,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

mod backup;
#[expect(missing_docs, reason = "the derive writes public items without documentation")]
mod connection;
mod metrics;
pub mod migrations;
mod pool;
pub mod sql_types;
pub mod types;
mod url;

pub use backup::backup;
pub(crate) use connection::each;
pub use connection::{DbConnection, MultiBackend, MultiRawValue};
pub use metrics::PoolMetrics;
pub use pool::{Pool, PoolState};
pub use url::DatabaseUrl;

/// How often a write transaction is run before it is given up because others were faster.
const WRITE_TRIES: u32 = 4;
/// How long an answer of the database is a sign that it is there, while it is too busy to be asked.
const LATELY: Duration = Duration::from_secs(10);

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
        work(&mut pooled.conn).map_err(|error| {
            if may_be_dead(&error) && pooled.is_dead() {
                (Error::Unavailable(error.to_string()), true)
            } else {
                (error, false)
            }
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
    each!(conn, c => AnsiTransactionManager::begin_transaction_sql(c, sql))?;
    match work(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => match Manager::rollback_transaction(conn) {
            // The cause tells more than that its connection is broken.
            Ok(()) | Err(DieselError::BrokenTransactionManager) => Err(error),
            Err(rollback) => Err(rollback.into()),
        },
    }
}

fn silent() -> Error {
    Error::Unavailable("no answer within the time limit of the health check".into())
}

/// Asks for an answer and no more.
pub fn ping(conn: &mut DbConnection) -> Result<(), Error> {
    Ok(conn.batch_execute("SELECT 1")?)
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

/// Warns of a PostgreSQL that tells of conflicts in another language than English, which is all that is read.
pub fn check_language(conn: &mut DbConnection) -> Result<(), Error> {
    let DbConnection::Postgres(conn) = conn else { return Ok(()) };
    let language: String = diesel::select(sql::<Text>("current_setting('lc_messages')")).get_result(conn)?;
    if !is_english(&language) {
        log::warn!(
            "PostgreSQL tells its errors in {language}, so that writers in each other's way are not run again and are answered 500: \
             ALTER DATABASE … SET lc_messages = 'C' as its superuser changes that"
        );
    }
    Ok(())
}

fn is_english(language: &str) -> bool {
    let begins_so = language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("en"));
    language.is_empty() || begins_so || matches!(language.split('.').next(), Some("C" | "POSIX"))
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

/// The database for handlers: the same two ways in, off the async threads.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    permits: Arc<Semaphore>,
    patience: Duration,
    started: Instant,
    /// When the database last answered, in milliseconds after the start.
    answered: Arc<AtomicU64>,
}

impl Db {
    /// Shares the pool among async tasks; a task that waits longer than `patience` for its turn gets [`Error::Busy`].
    pub fn new(pool: Pool, patience: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(pool.max_size() as usize));
        Self { pool, permits, patience, started: Instant::now(), answered: Arc::default() }
    }

    /// [`Pool::read`] on a blocking thread.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.turn().await?, move |pool| pool.read(work)).await
    }

    /// [`Pool::read_snapshot`] on a blocking thread.
    pub async fn read_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.turn().await?, move |pool| pool.read_snapshot(work)).await
    }

    /// [`Pool::write`] on a blocking thread.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.turn().await?, move |pool| pool.write(work)).await
    }

    /// [`Pool::write_snapshot`] on a blocking thread.
    pub async fn write_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.turn().await?, move |pool| pool.write_snapshot(work)).await
    }

    /// Asks the database whether all is well with it, within a time limit.
    ///
    /// Does not queue behind the work of others: while they keep every connection busy and get their answers, it is.
    pub async fn probe(
        &self,
        limit: Duration,
        question: impl Fn(&mut DbConnection) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            let answer = tokio::time::timeout(limit, self.run(permit, move |pool| pool.read(question))).await;
            // There may be fewer connections than the pool may have: the database has a limit of its own.
            let PoolState { open, idle } = self.state();
            match answer {
                Ok(answer) => return answer,
                Err(_) if open > 0 && idle == 0 => {}
                Err(_) => return Err(silent()),
            }
        }
        let answered = Duration::from_millis(self.answered.load(Ordering::Relaxed));
        let lately = self.started.elapsed().saturating_sub(answered) < LATELY;
        if lately { Ok(()) } else { Err(silent()) }
    }

    /// The pool's counts of this moment.
    pub fn state(&self) -> PoolState {
        self.pool.state()
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        match tokio::time::timeout(self.patience, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::Busy),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        permit: OwnedSemaphorePermit,
        work: impl FnOnce(&Pool) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (pool, started, answered) = (self.pool.clone(), self.started, self.answered.clone());
        let outcome = web::block(move || {
            let outcome = work(&pool);
            if !matches!(outcome, Err(Error::Unavailable(_) | Error::Database(_))) {
                answered.store(started.elapsed().as_millis() as u64, Ordering::Relaxed);
            }
            drop(permit);
            outcome
        });
        outcome.await.map_err(|_| Error::Internal("a database task panicked".into()))?
    }
}

#[cfg(test)]
mod tests {
    use prometheus::Registry;

    use super::*;
    use crate::config::Config;

    #[test]
    fn languages_are_told_apart() {
        assert!(
            ["", "C", "C.UTF-8", "POSIX", "en_US.utf8", "en_GB.UTF-8", "English_United States.1252"]
                .into_iter()
                .all(is_english)
        );
        assert!(!["de_DE.UTF-8", "Czech", "fr_FR"].into_iter().any(is_english));
    }

    #[actix_web::test]
    async fn a_database_that_is_busy_for_long_without_an_answer_is_not_well() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let vars = [("DATABASE_URL", url.as_str()), ("AWS_DEFAULT_REGION", "eu-west-1")];
        let config = Config::from_vars(vars.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        let metrics = PoolMetrics::register(&Registry::new()).unwrap();
        let pool = Pool::connect(&config.database, metrics).unwrap();
        let mut db = Db::new(pool, Duration::from_secs(1));
        db.started = Instant::now().checked_sub(LATELY * 2).unwrap();
        let all = db.permits.clone().acquire_many_owned(db.pool.max_size()).await.unwrap();
        assert!(matches!(db.probe(Duration::from_secs(1), ping).await, Err(Error::Unavailable(_))));
        drop(all);
        db.read(ping).await.unwrap();
        let _all = db.permits.clone().acquire_many_owned(db.pool.max_size()).await.unwrap();
        db.probe(Duration::from_secs(1), ping).await.unwrap();
    }
}
