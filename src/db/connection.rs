//! One connection type for both databases, and how each is opened.

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
/// For what the common backend cannot express (`ON CONFLICT`, multi-row inserts); for `eq_any`, which is one array only
/// in PostgreSQL, so that the statement is prepared once for any number of values; and for the most frequent reads,
/// whose text is then not built every time.
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
/// In SQLite, the transaction already locks the whole database. Without a method that loads the rows, as in
/// `locked!(conn, query, for_update)`, no query is sent to SQLite.
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
    /// Opens a connection to an existing database, with the time limits of the settings.
    pub fn open(settings: &DatabaseSettings) -> ConnectionResult<Self> {
        Self::open_or(settings, Absent::Refuse)
    }

    /// Opens a connection. Creates an SQLite file if it does not exist.
    pub fn create(settings: &DatabaseSettings) -> ConnectionResult<Self> {
        Self::open_or(settings, Absent::Create)
    }

    /// [`DbConnection::open`] for inspecting the schema. An SQLite file that does not exist counts as empty and is not
    /// created.
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

    /// Otherwise SQLite would parse and plan each statement again for every new value. See `.cargo/config.toml`, which
    /// Cargo reads if it runs in this folder.
    #[test]
    fn sqlite_keeps_the_plans_of_prepared_statements() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let used = sql::<Bool>("sqlite_compileoption_used('ENABLE_QPSG')");
        assert!(diesel::select(used).get_result::<bool>(&mut conn).unwrap());
    }
}
