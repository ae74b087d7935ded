//! Settings of the database.

use std::time::Duration;

use super::DatabaseUrl;

/// The database and its pool.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `DATABASE_URL` (or the file named by `DATABASE_URL_FILE`), required.
    pub url: DatabaseUrl,
    /// `DATABASE_POOL_SIZE`, default 5: connections that are kept open.
    pub pool_size: u32,
    /// `DATABASE_MAX_OVERFLOW`, default 10: additional connections that may be opened under load.
    pub max_overflow: u32,
    /// `DATABASE_POOL_TIMEOUT_SECONDS`, default 5: how long a request waits for a connection before it fails with a 503.
    pub pool_timeout: Duration,
    /// `DATABASE_POOL_PRE_PING`, default true: whether connections are tested before they are used again.
    pub pre_ping: bool,
    /// `DATABASE_POOL_RECYCLE_SECONDS`, default 1800: the age at which a connection is replaced.
    pub recycle: Duration,
    /// `DATABASE_CONNECT_TIMEOUT_SECONDS`, default 5: the time limit for opening a connection (PostgreSQL).
    pub connect_timeout: Duration,
    /// `DATABASE_STATEMENT_TIMEOUT_SECONDS`, default 30: the time limit for a statement; on SQLite, for waiting for a lock.
    pub statement_timeout: Duration,
}
