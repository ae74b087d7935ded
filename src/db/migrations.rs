//! Schema migrations, embedded for both databases, each applied in one transaction.
//!
//! Every step takes the migration lock and then checks again what is applied. So several processes may migrate a
//! database at once, and each migration is applied by one of them.

use diesel::{
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    result::{DatabaseErrorKind, Error as DieselError},
    sql_query,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use include_dir::{Dir, include_dir};

use super::{DbConnection, connection::MultiBackend, on_backend, sqlite, storage, transaction};
use crate::error::Error;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

// Diesel's embedded migrations do not show their text, which `migrate sql` prints.
static POSTGRES_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");
static SQLITE_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");

/// The key of the advisory lock that PostgreSQL holds while a migration is applied.
const LOCK: i64 = 0x7472_6970_6f73;

/// An applied migration.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Applied {
    /// Its version, `20261101000000`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// When it was applied, as RFC 3339 in UTC.
    #[diesel(sql_type = Text)]
    pub applied_at: String,
}

/// The migrations of the database, compared with those of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Applied migrations that this program knows, oldest first, by name.
    pub applied: Vec<(String, Applied)>,
    /// Known migrations that are not applied, in the order in which they will be applied.
    pub pending: Vec<String>,
    /// Applied migrations that this program does not know, because they come from a newer release.
    pub unknown: Vec<Applied>,
}

impl State {
    /// Fails if the database is ahead of this program, and says what to do.
    pub fn require_known(&self) -> Result<(), Error> {
        if let Some(newest) = self.unknown.last() {
            return Err(Error::Refused(format!(
                "the database has migration {}, which this version of tripos does not know: run a newer tripos, or \
                 revert it with the version that applied it",
                newest.version
            )));
        }
        Ok(())
    }

    /// Fails if the database is behind or ahead of this program, and says what to do.
    pub fn require_current(&self) -> Result<(), Error> {
        self.require_known()?;
        self.require_applied()
    }

    /// Fails if the database is behind this program. A running server can use a database that is ahead, because a
    /// migration does not break the previous release.
    pub fn require_applied(&self) -> Result<(), Error> {
        if !self.pending.is_empty() {
            return Err(Error::Refused(format!(
                "{} migration(s) pending ({}): run `tripos migrate` first",
                self.pending.len(),
                self.pending.join(", ")
            )));
        }
        Ok(())
    }
}

type Known = Vec<Box<dyn Migration<MultiBackend>>>;

fn known(conn: &DbConnection) -> Result<Known, Error> {
    let source = match conn {
        DbConnection::Postgres(_) => POSTGRES,
        DbConnection::Sqlite(_) => SQLITE,
    };
    MigrationSource::<MultiBackend>::migrations(&source).map_err(failed)
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let words = error.to_string();
    // Faults of the storage have their own error messages. The type of this error is not public.
    match words.rsplit(": ").next().filter(|cause| storage::fault_of(cause).is_some()) {
        Some(cause) => DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(cause.to_owned())).into(),
        None => Error::Refused(format!("migration failed: {words}")),
    }
}

/// Reads which migrations are applied and pending. Writes nothing, not even the table of migrations.
pub fn state(conn: &mut DbConnection) -> Result<State, Error> {
    let known = known(conn)?;
    let rows = applied(conn)?;
    let name_of = |version: &str| {
        known.iter().map(|m| m.name()).find(|name| name.version().to_string() == version).map(|name| name.to_string())
    };
    let mut state = State { applied: Vec::new(), pending: Vec::new(), unknown: Vec::new() };
    for row in &rows {
        match name_of(&row.version) {
            Some(name) => state.applied.push((name, row.clone())),
            None => state.unknown.push(row.clone()),
        }
    }
    for migration in &known {
        let version = migration.name().version().to_string();
        if !rows.iter().any(|row| row.version == version) {
            state.pending.push(migration.name().to_string());
        }
    }
    Ok(state)
}

fn applied(conn: &mut DbConnection) -> Result<Vec<Applied>, Error> {
    #[derive(QueryableByName)]
    struct Exists {
        #[diesel(sql_type = Bool)]
        yes: bool,
    }
    let (exists, rows) = match conn {
        DbConnection::Postgres(_) => (
            // Not to_regclass: it uses a cache, which may be outdated after waiting for another process's migration.
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class
             WHERE relname = '__diesel_schema_migrations' AND pg_table_is_visible(oid)) AS yes",
            r#"SELECT version::text, to_char(run_on, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at
               FROM __diesel_schema_migrations ORDER BY version"#,
        ),
        DbConnection::Sqlite(_) => (
            "SELECT count(*) > 0 AS yes FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
            "SELECT version, strftime('%Y-%m-%dT%H:%M:%SZ', run_on) AS applied_at
             FROM __diesel_schema_migrations ORDER BY version",
        ),
    };
    let exists: Exists = on_backend!(conn, c => sql_query(exists).get_result(c))?;
    if !exists.yes {
        return Ok(Vec::new());
    }
    Ok(on_backend!(conn, c => sql_query(rows).load(c))?)
}

/// One step under the migration lock, in one transaction.
fn locked<T>(conn: &mut DbConnection, step: impl Fn(&mut DbConnection) -> Result<T, Error>) -> Result<T, Error> {
    transaction(conn, |conn| {
        if let DbConnection::Postgres(_) = conn {
            // A migration may take longer than a request, and so may waiting for another one.
            conn.batch_execute(&format!("SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})"))?;
        }
        step(conn)
    })
}

/// Applies all pending migrations. Returns the names of those that this call applied.
pub fn run(conn: &mut DbConnection) -> Result<Vec<String>, Error> {
    let mut done = Vec::new();
    if let DbConnection::Sqlite(conn) = conn {
        sqlite::mark(conn)?;
    }
    if state(conn)?.pending.is_empty() {
        return Ok(done);
    }
    loop {
        let applied_now = locked(conn, |conn| {
            let Some(name) = state(conn)?.pending.into_iter().next() else { return Ok(None) };
            let known = known(conn)?;
            let Some(migration) = known.iter().find(|m| m.name().to_string() == name) else { return Ok(None) };
            setup(conn)?;
            conn.run_migration(migration.as_ref()).map_err(failed)?;
            Ok(Some(name))
        })?;
        match applied_now {
            Some(name) => done.push(name),
            None => return Ok(done),
        }
    }
}

fn setup(conn: &mut DbConnection) -> Result<(), Error> {
    use diesel::migration::MigrationConnection;
    conn.setup()?;
    Ok(())
}

/// Reverts the newest `count` migrations, newest first, and returns their names.
pub fn revert(conn: &mut DbConnection, count: u32) -> Result<Vec<String>, Error> {
    let mut done = Vec::new();
    for _ in 0..count {
        let reverted = locked(conn, |conn| {
            let state = state(conn)?;
            if let Some(newest) = state.unknown.last() {
                return Err(Error::Refused(format!(
                    "this version of tripos does not know the newest migration {}: revert it with the version that \
                     applied it",
                    newest.version
                )));
            }
            let Some((name, _)) = state.applied.into_iter().next_back() else { return Ok(None) };
            let known = known(conn)?;
            let Some(migration) = known.iter().find(|m| m.name().to_string() == name) else { return Ok(None) };
            conn.revert_migration(migration.as_ref()).map_err(failed)?;
            Ok(Some(name))
        })?;
        match reverted {
            Some(name) => done.push(name),
            None => break,
        }
    }
    Ok(done)
}

/// The SQL that [`run`] would execute now, as one script.
pub fn pending_sql(conn: &mut DbConnection) -> Result<String, Error> {
    let files = match conn {
        DbConnection::Postgres(_) => &POSTGRES_FILES,
        DbConnection::Sqlite(_) => &SQLITE_FILES,
    };
    let mut script = String::new();
    for name in state(conn)?.pending {
        let text = files
            .get_file(format!("{name}/up.sql"))
            .and_then(|file| file.contents_utf8())
            .ok_or_else(|| Error::Internal(format!("migration {name} has no up.sql")))?;
        let version = name.split('_').next().unwrap_or_default().replace('-', "");
        script.push_str(&format!(
            "-- {name}\nBEGIN;\n{text}INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');\nCOMMIT;\n\n"
        ));
    }
    if !script.is_empty() {
        script.insert_str(
            0,
            "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (\n    version VARCHAR(50) PRIMARY KEY NOT NULL,\n    \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n);\n\n",
        );
    }
    Ok(script)
}
