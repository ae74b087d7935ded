//! The connection pool: r2d2 with a manager that pings only the connections that may have died.
//!
//! A ping at every checkout costs about a sixth of the throughput, so a connection that was used within the last
//! [`PING_WINDOW`] is trusted. When one turns out to be broken, all that were last used before that moment are suspect
//! and are pinged again, however recently they were used: a restarted server breaks every connection at once.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::r2d2::{self, ManageConnection, R2D2Connection};

use super::{DatabaseSettings, DatabaseUrl, DbConnection, metrics::PoolMetrics};
use crate::{error::Error, telemetry::incident::Incident};

/// A connection that was used this recently is not pinged at checkout.
const PING_WINDOW: Duration = Duration::from_millis(500);

/// A connection of the pool, and its health.
pub(super) struct PooledConn {
    pub(super) conn: DbConnection,
    opened: Instant,
    last_used: Instant,
    /// The error with which it died.
    death: Option<String>,
}

impl PooledConn {
    /// After an error, checks whether the server still answers. The result is kept until the connection returns to the
    /// pool.
    pub(super) fn is_dead(&mut self, error: &Error) -> bool {
        if self.death.is_none() && self.conn.ping().is_err() {
            self.death = Some(error.to_string());
        }
        self.death.is_some()
    }
}

/// Opens, tests and judges connections for r2d2.
#[derive(Debug)]
pub(super) struct Manager {
    settings: DatabaseSettings,
    /// When a connection was last found broken. Connections that were last used before are suspect.
    suspect_since: Mutex<Option<Instant>>,
    outage: Arc<Incident>,
}

impl Manager {
    fn is_suspect(&self, last_used: Instant) -> bool {
        let suspect_since = *self.suspect_since.lock().unwrap_or_else(PoisonError::into_inner);
        suspect_since.is_some_and(|moment| last_used <= moment)
    }

    /// A connection is broken, so older ones may be broken, too.
    fn found_broken(&self, opened: Instant, words: &str) {
        *self.suspect_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if self.outage.begin_after(opened) {
            log::error!("the connection to the database was lost: {}", in_one_line(words));
        }
    }
}

impl ManageConnection for Manager {
    type Connection = PooledConn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<PooledConn, r2d2::Error> {
        let tried = Instant::now();
        let conn = DbConnection::open(&self.settings).map_err(|error| {
            if self.outage.begin_after(tried) {
                log::error!("database unavailable: {}", in_one_line(&error.to_string()));
            }
            r2d2::Error::ConnectionError(error)
        })?;
        if let Some(lasted) = self.outage.end() {
            log::info!("the database is available again after {} s", lasted.as_secs());
        }
        let now = Instant::now();
        Ok(PooledConn { conn, opened: now, last_used: now, death: None })
    }

    fn is_valid(&self, pooled: &mut PooledConn) -> Result<(), r2d2::Error> {
        if !self.settings.pre_ping || (pooled.last_used.elapsed() < PING_WINDOW && !self.is_suspect(pooled.last_used)) {
            return Ok(());
        }
        pooled.conn.ping().map_err(|error| {
            self.found_broken(pooled.opened, &error.to_string());
            r2d2::Error::QueryError(error)
        })?;
        pooled.last_used = Instant::now();
        Ok(())
    }

    /// Called on return. A panic leaves an open transaction behind, so its connection is closed, which rolls back.
    fn has_broken(&self, pooled: &mut PooledConn) -> bool {
        pooled.last_used = Instant::now();
        if let Some(words) = &pooled.death {
            self.found_broken(pooled.opened, words);
        }
        pooled.death.is_some() || std::thread::panicking() || pooled.conn.is_broken()
    }
}

/// Errors of PostgreSQL may have several lines.
fn in_one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Receives the background errors of r2d2. The manager has already logged them, once per outage.
#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<r2d2::Error> for LogErrors {
    fn handle_error(&self, error: r2d2::Error) {
        log::debug!("database connection failed: {error}");
    }
}

/// The pool: `pool_size` connections are kept, `max_overflow` more are opened under load and closed when idle.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<r2d2::Pool<Manager>>,
    url: DatabaseUrl,
    outage: Arc<Incident>,
}

/// The number of open connections, and how many of them are idle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections, idle ones included.
    pub open: u32,
    /// Idle connections.
    pub idle: u32,
}

impl PoolState {
    fn of(pool: &r2d2::Pool<Manager>) -> Self {
        let state = pool.state();
        Self { open: state.connections, idle: state.idle_connections }
    }
}

impl Pool {
    /// Creates a pool after opening a first connection, so that a wrong URL or a missing database is an error at once.
    pub fn connect(settings: &DatabaseSettings, metrics: PoolMetrics) -> Result<Self, Error> {
        DbConnection::open(settings).map_err(|error| Error::Unavailable(error.to_string()))?;
        let outage: Arc<Incident> = Arc::default();
        let manager =
            Manager { settings: settings.clone(), suspect_since: Mutex::new(None), outage: Arc::clone(&outage) };
        let inner = r2d2::Pool::builder()
            .max_size(settings.pool_size + settings.max_overflow)
            .min_idle(Some(settings.pool_size))
            .test_on_check_out(true)
            .connection_timeout(settings.pool_timeout)
            .max_lifetime(Some(settings.recycle))
            .idle_timeout(Some(Duration::from_secs(30)))
            .error_handler(Box::new(LogErrors))
            .event_handler(Box::new(metrics.clone()))
            .build_unchecked(manager);
        let inner = Arc::new(inner);
        // The pool owns the metrics. If they owned the pool as well, it would never close its connections.
        let watched = Arc::downgrade(&inner);
        metrics.watch(Arc::new(move || watched.upgrade().map(|inner| PoolState::of(&inner)).unwrap_or_default()));
        Ok(Self { inner, url: settings.url.clone(), outage })
    }

    /// The current counts.
    pub fn state(&self) -> PoolState {
        PoolState::of(&self.inner)
    }

    /// How many connections there can be.
    pub fn max_size(&self) -> u32 {
        self.inner.max_size()
    }

    pub(super) fn get(&self) -> Result<r2d2::PooledConnection<Manager>, Error> {
        let asked = Instant::now();
        self.inner.get().map_err(|error| {
            // Otherwise the failed attempts to connect have been logged.
            if self.outage.begin_after(asked) {
                log::error!("database unavailable: {}", in_one_line(&error.to_string()));
            }
            Error::Unavailable(error.to_string())
        })
    }

    /// Where the database is.
    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.url
    }
}
