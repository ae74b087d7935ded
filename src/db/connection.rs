//! One connection type over both databases, and how each is opened.

use diesel::{
    Connection as _, ConnectionError, ConnectionResult, PgConnection, SqliteConnection, connection::SimpleConnection,
};

use super::{
    DatabaseSettings,
    sqlite::{self, Absent},
    url::DatabaseUrl,
};

/// A connection to either database. Queries are written once; Diesel picks the dialect by the variant.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL, through libpq.
    Postgres(PgConnection),
    /// SQLite, in this process.
    Sqlite(SqliteConnection),
}

/// Compiles one expression natively for each database.
///
/// For what the two-database backend cannot express, `ON CONFLICT` and inserts of many rows in one statement; for
/// `eq_any`, which on PostgreSQL alone is one array, so that the statement is prepared once for any number of values; and
/// for the most frequent reads, whose text is then not built again at every run.
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => $body,
            $crate::db::DbConnection::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;

/// Runs a query and locks its rows until the end of this transaction: `locked!(conn, query, for_update.first)`.
///
/// On SQLite the transaction holds the lock of the whole database already. Without a method that loads the rows, as in
/// `locked!(conn, query, for_update)`, nothing is asked of SQLite.
macro_rules! locked {
    ($conn:expr, $query:expr, $lock:ident . $load:ident) => {
        match $conn {
            $crate::db::DbConnection::Postgres(conn) => $query.$lock().$load(conn),
            $crate::db::DbConnection::Sqlite(conn) => $query.$load(conn),
        }
    };
    ($conn:expr, $query:expr, $lock:ident) => {
        match $conn {
            $crate::db::DbConnection::Postgres(conn) => $query.$lock().execute(conn).map(|_| ()),
            $crate::db::DbConnection::Sqlite(_) => Ok(()),
        }
    };
}
pub(crate) use locked;

impl DbConnection {
    /// Opens a connection to a database that is there, with the time limits of the settings.
    pub fn open(settings: &DatabaseSettings) -> ConnectionResult<Self> {
        Self::open_or(settings, Absent::Refuse)
    }

    /// Opens a connection. The file of SQLite is made where it is absent.
    pub fn create(settings: &DatabaseSettings) -> ConnectionResult<Self> {
        Self::open_or(settings, Absent::Create)
    }

    /// [`DbConnection::open`] for looking at the schema: a file of SQLite that is not there yet counts as empty, and is not
    /// made.
    pub fn inspect(settings: &DatabaseSettings) -> ConnectionResult<Self> {
        match &settings.url {
            DatabaseUrl::Sqlite(path) if sqlite::is_absent(path) => {
                SqliteConnection::establish(":memory:").map(Self::Sqlite)
            }
            _ => Self::open(settings),
        }
    }

    fn open_or(settings: &DatabaseSettings, absent: Absent) -> ConnectionResult<Self> {
        match &settings.url {
            DatabaseUrl::Postgres(_) => {
                let url = settings.url.postgres_with_limits(settings);
                let mut conn = PgConnection::establish(&url)
                    .map_err(|error| ConnectionError::BadConnection(settings.url.redact(&error.to_string())))?;
                let limit = settings.statement_timeout.as_millis();
                conn.batch_execute(&format!("SET statement_timeout = {limit}; SET TIME ZONE 'UTC'"))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgres(conn))
            }
            DatabaseUrl::Sqlite(path) => {
                let conn = sqlite::open(path, settings.statement_timeout, absent);
                conn.map(Self::Sqlite).map_err(ConnectionError::BadConnection)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::{RunQueryDsl, dsl::sql, sql_types::Bool};

    use super::*;

    /// Else each statement with another value would be parsed and planned anew. See `.cargo/config.toml`, which Cargo reads
    /// when it is run within this folder.
    #[test]
    fn sqlite_keeps_the_plans_of_prepared_statements() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let used = sql::<Bool>("sqlite_compileoption_used('ENABLE_QPSG')");
        assert!(diesel::select(used).get_result::<bool>(&mut conn).unwrap());
    }
}
