//! The only way to the database.
//!
//! [`Db::read`] and [`Db::write`] run a closure with a connection on a blocking thread; in `_snapshot` forms it sees
//! a single state of the database. Nothing else in Tripos uses r2d2, and only `queries` modules send
//! statements to it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::web;
use diesel::{
    QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    result::{DatabaseErrorKind, Error as DieselError},
    sql_types::Text,
};
use tokio::sync::OwnedSemaphorePermit;

use self::{sql_types::Timestamptz, storage::StorageState, types::Timestamp};
use crate::{
    concurrency::ConcurrencyLimit,
    error::{Error, StorageFault},
};

mod backup;
#[expect(missing_docs, reason = "the derive writes public items without documentation")]
mod connection;
pub mod day;
mod failures;
mod metrics;
pub mod migrations;
mod pool;
mod prepared;
mod settings;
pub mod sql_types;
mod sqlite;
mod storage;
mod transactions;
pub mod types;
mod url;

pub use backup::{backup, size};
pub use connection::{DbConnection, MultiBackend, MultiRawValue};
pub(crate) use connection::{locked, on_backend};
pub use metrics::PoolMetrics;
pub use pool::{Pool, PoolState};
pub use prepared::Prepared;
pub(crate) use prepared::prepared;
pub use settings::DatabaseSettings;
pub use storage::{as_storage_fault, require_writable};
pub use transactions::transaction;
pub use url::DatabaseUrl;

/// How long a busy database counts as available after its last successful response, without a query.
const LATELY: Duration = Duration::from_secs(10);

fn silent() -> Error {
    Error::Unavailable("no answer within the time limit of the health check".into())
}

/// `instead` for a statement that violates a unique constraint; every other error as it is.
pub fn on_unique_violation(error: DieselError, instead: Error) -> Error {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => instead,
        error => error.into(),
    }
}

/// Runs a query that only needs a response.
pub fn ping(conn: &mut DbConnection) -> Result<(), Error> {
    Ok(conn.batch_execute("SELECT 1")?)
}

/// The time on the clock of the database, which is the same for all servers.
pub fn database_time(conn: &mut DbConnection) -> QueryResult<Timestamp> {
    match conn {
        DbConnection::Postgres(c) => prepared!(diesel::select(sql::<Timestamptz>("now()"))).get_result(c),
        DbConnection::Sqlite(c) => {
            prepared!(diesel::select(sql::<Timestamptz>("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"))).get_result(c)
        }
    }
}

/// The time on the clock of the database, and the time at which the oldest open transaction began, limited to `most`
/// seconds ago: every change with an earlier time is visible from now on.
///
/// With SQLite, or if PostgreSQL does not show the transactions of other users, the second time is `most` seconds ago.
pub fn settled_time(conn: &mut DbConnection, most: i64) -> QueryResult<(Timestamp, Timestamp)> {
    let DbConnection::Postgres(c) = conn else {
        let now = database_time(conn)?;
        return Ok((now, now.plus_seconds(-most)));
    };
    let oldest = sql::<Timestamptz>(
        "coalesce(least(\
             (SELECT min(CASE WHEN query = '<insufficient privilege>' THEN 'epoch' ELSE xact_start END) \
              FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()), \
             (SELECT 'epoch'::timestamptz FROM pg_prepared_xacts WHERE database = current_database() LIMIT 1)), now())",
    );
    let times = diesel::select((sql::<Timestamptz>("now()"), oldest));
    let (now, oldest): (Timestamp, Timestamp) = prepared!(times).get_result(c)?;
    Ok((now, oldest.max(now.plus_seconds(-most))))
}

/// Logs a warning if PostgreSQL reports errors in another language. Conflicts are recognized by their English texts.
pub fn check_language(conn: &mut DbConnection) -> Result<(), Error> {
    let DbConnection::Postgres(conn) = conn else { return Ok(()) };
    let language: String = diesel::select(sql::<Text>("current_setting('lc_messages')")).get_result(conn)?;
    if !is_english(&language) {
        log::warn!(
            "PostgreSQL reports errors in {language}, so some conflicts cannot be recognized and retried, and return \
             500: run ALTER DATABASE … SET lc_messages = 'C' as superuser"
        );
    }
    Ok(())
}

fn is_english(language: &str) -> bool {
    let begins_so = language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("en"));
    language.is_empty() || begins_so || matches!(language.split('.').next(), Some("C" | "POSIX"))
}

/// The database for handlers: reads and writes on blocking threads.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    limit: ConcurrencyLimit,
    started: Instant,
    /// When the database last answered, in milliseconds after the start.
    answered: Arc<AtomicU64>,
    storage: Arc<StorageState>,
}

impl Db {
    /// Shares the pool among async tasks. A task that waits longer than `patience` for a permit gets [`Error::Busy`].
    pub fn new(pool: Pool, patience: Duration) -> Self {
        let limit = ConcurrencyLimit::new(pool.max_size() as usize, patience);
        Self { pool, limit, started: Instant::now(), answered: Arc::default(), storage: Arc::default() }
    }

    /// [`Pool::read`] on a blocking thread.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.limit.permit().await?, move |pool| pool.read(work)).await
    }

    /// [`Pool::read_snapshot`] on a blocking thread.
    pub async fn read_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.limit.permit().await?, move |pool| pool.read_snapshot(work)).await
    }

    /// [`Pool::write`] on a blocking thread.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.limit.permit().await?, move |pool| pool.write(work)).await
    }

    /// [`Pool::write_snapshot`] on a blocking thread.
    pub async fn write_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(self.limit.permit().await?, move |pool| pool.write_snapshot(work)).await
    }

    /// Checks the database within a time limit.
    ///
    /// Does not wait for other work. If all connections are busy and get responses, the database is healthy.
    pub async fn probe(
        &self,
        limit: Duration,
        question: impl Fn(&mut DbConnection) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        if let Some(permit) = self.limit.try_permit() {
            let answer = tokio::time::timeout(limit, self.run(permit, move |pool| pool.read(question))).await;
            // The database may allow fewer connections than the pool.
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

    /// Fails while a fault of the storage lasts. If the fault may have ended, this tries to write again.
    pub async fn check_storage(&self) -> Result<(), Error> {
        match self.storage.lasting() {
            None => Ok(()),
            // To repair it, the operator must stop the server.
            Some(fault @ StorageFault::Damaged) => Err(Error::Storage(fault, "the database is damaged".into())),
            Some(_) => {
                let outcome = self.write(storage::try_to_store).await;
                if !matches!(outcome, Err(Error::Storage(..) | Error::Unavailable(_) | Error::Busy)) {
                    self.storage.recovered();
                }
                outcome
            }
        }
    }

    /// The current counts of the pool.
    pub fn state(&self) -> PoolState {
        self.pool.state()
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
        let outcome = outcome.await.map_err(|_| Error::Internal("a database task panicked".into()))?;
        if let Err(Error::Storage(fault, told)) = &outcome {
            self.storage.failed(*fault, told);
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use prometheus::Registry;

    use super::*;
    use crate::config::Config;

    #[test]
    fn languages_are_distinguished() {
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
        DbConnection::create(&config.database).unwrap();
        let pool = Pool::connect(&config.database, metrics).unwrap();
        let mut db = Db::new(pool, Duration::from_secs(1));
        db.started = Instant::now().checked_sub(LATELY * 2).unwrap();
        let all = db.limit.permits(db.pool.max_size()).await.unwrap();
        assert!(matches!(db.probe(Duration::from_secs(1), ping).await, Err(Error::Unavailable(_))));
        drop(all);
        db.read(ping).await.unwrap();
        let _all = db.limit.permits(db.pool.max_size()).await.unwrap();
        db.probe(Duration::from_secs(1), ping).await.unwrap();
    }
}
