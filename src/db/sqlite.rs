//! The SQLite file: how it is opened, which application it belongs to, and the errors if it cannot be used.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    result::Error::DatabaseError,
    sql_query,
    sql_types::{Bool, Integer},
};

use super::storage;
use crate::error::StorageFault;

/// The application id in the header of a Tripos database: "TRIP".
const APPLICATION_ID: i32 = 0x5452_4950;

/// What happens if the file does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It is an error.
    Refuse,
    /// A new database is created.
    Create,
}

/// Opens the file, unless it belongs to another application. The error names the file and says what to change.
///
/// Only SQLite may open the file in this process: closing it elsewhere would release SQLite's locks.
pub(super) fn open(path: &Path, lock_timeout: Duration, absent: Absent) -> Result<SqliteConnection, String> {
    check_place(path, absent).map_err(|what| name(path, &what))?;
    let mode = if absent == Absent::Create { "rwc" } else { "rw" };
    let uri = format!("{}?mode={mode}", uri(path));
    let explained = |error: &dyn std::fmt::Display| explain(path, &error.to_string());
    let mut conn = SqliteConnection::establish(&uri).map_err(|error| explained(&error))?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", lock_timeout.as_millis()))
        .map_err(|error| explained(&error))?;
    let owner = unlocked(lock_timeout, || Owner::of(&mut conn)).map_err(|error| explained(&error))?;
    owner.check().map_err(|what| name(path, &what))?;
    // This writes to the file. An empty file is only written to when a database is created.
    if absent == Absent::Create || owner.application_id != 0 || owner.has_tables {
        unlocked(lock_timeout, || conn.batch_execute("PRAGMA journal_mode = WAL"))
            .map_err(|error| explained(&error))?;
    }
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;").map_err(|error| explained(&error))?;
    Ok(conn)
}

/// Retries an operation that finds the file locked, until `timeout` has passed.
///
/// While another connection switches a new file to WAL, SQLite reports this lock at once, without waiting for
/// `busy_timeout`: two programs that start on a new file at the same moment would fail.
fn unlocked<T>(timeout: Duration, mut run: impl FnMut() -> QueryResult<T>) -> QueryResult<T> {
    const PAUSE: Duration = Duration::from_millis(5);
    let start = Instant::now();
    loop {
        match run() {
            Err(DatabaseError(_, what)) if what.message() == LOCKED && start.elapsed() < timeout => {
                thread::sleep(PAUSE)
            }
            other => return other,
        }
    }
}

/// Marks the file as a Tripos database in its header, unless it is marked already.
pub(super) fn mark(conn: &mut SqliteConnection) -> QueryResult<()> {
    if Owner::of(conn)?.application_id != APPLICATION_ID {
        conn.batch_execute(&write_application_id())?;
    }
    Ok(())
}

/// The statement that writes the application id, even if it is already there.
pub(super) fn write_application_id() -> String {
    format!("PRAGMA application_id = {APPLICATION_ID}")
}

/// SQLite's message while another connection has a lock on the file.
const LOCKED: &str = "database is locked";

/// The information that tells which application a file belongs to.
#[derive(QueryableByName)]
struct Owner {
    /// 0 if the application sets none.
    #[diesel(sql_type = Integer)]
    application_id: i32,
    /// Whether there are tables or views other than SQLite's own (`sqlite_…`) and the table of migrations.
    #[diesel(sql_type = Bool)]
    has_tables: bool,
    /// Whether the first migration of Tripos was applied.
    #[diesel(sql_type = Bool)]
    is_migrated: bool,
}

impl Owner {
    fn of(conn: &mut SqliteConnection) -> QueryResult<Self> {
        let owner = |is_migrated: &str| {
            format!(
                "SELECT application_id, EXISTS (SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') \
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '__diesel_schema_migrations') AS has_tables, {is_migrated} AS is_migrated \
                 FROM pragma_application_id"
            )
        };
        let found: Self = sql_query(owner("false")).get_result(conn)?;
        if found.application_id != 0 || !found.has_tables {
            return Ok(found);
        }
        // From a release without application id, or of another application. Without the table, this query would fail.
        let migrated = "EXISTS (SELECT 1 FROM __diesel_schema_migrations WHERE version = '20261101000000')";
        Ok(sql_query(owner(migrated)).get_result(conn).unwrap_or(found))
    }

    fn check(&self) -> Result<(), String> {
        let whose = match self.application_id {
            APPLICATION_ID => return Ok(()),
            0 if self.is_migrated || !self.has_tables => return Ok(()),
            0 => "its tables are not those of Tripos".to_owned(),
            other => format!("its application_id is {:#010x}", other.cast_unsigned()),
        };
        Err(format!("the file belongs to another application ({whose}): set another file in DATABASE_URL"))
    }
}

/// The path as a URI. Only a URI can say that the file must exist.
fn uri(path: &Path) -> String {
    let path_text = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // With an empty authority, a path that begins with two slashes is not read as an authority.
    if path.is_absolute() { format!("file://{path_text}") } else { format!("file:{path_text}") }
}

/// The folder of the file.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name(path: &Path, what: &str) -> String {
    format!("sqlite://{}: {what}", path.display())
}

/// Whether the file does not exist and could be created.
pub(super) fn is_absent(path: &Path) -> bool {
    !path.exists() && check_place(path, Absent::Create).is_ok()
}

fn check_place(path: &Path, absent: Absent) -> Result<(), String> {
    let error = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err("this is a folder: set a file in DATABASE_URL".into()),
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    if let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) {
        return Err(format!("{} is a file, not a folder: correct DATABASE_URL", file.display()));
    }
    match error.kind() {
        ErrorKind::NotFound if !folder(path).is_dir() => {
            Err(format!("the folder {} does not exist: create it, or correct DATABASE_URL", folder(path).display()))
        }
        ErrorKind::NotFound if absent == Absent::Create => Ok(()),
        ErrorKind::NotFound => {
            Err("this file does not exist: run `tripos migrate` first to create it, or correct DATABASE_URL".into())
        }
        _ => Err(format!("this file cannot be used: {error}")),
    }
}

/// An error message with the file, and with an explanation of SQLite's error text.
pub(super) fn explain(path: &Path, words: &str) -> String {
    let what = match storage::fault_of(words) {
        Some(StorageFault::Full) => {
            format!("{words}: free space on the disk of {}, or raise the limit", folder(path).display())
        }
        Some(StorageFault::Damaged) if words == "file is not a database" => {
            "this file is not an SQLite database: set another file in DATABASE_URL".to_owned()
        }
        Some(StorageFault::Damaged) => {
            format!("{words}: stop the server and restore a backup (deploy/README.md, Backup and restore)")
        }
        fault => match tempfile::tempfile_in(folder(path)).and_then(|mut file| file.write_all(&[0; 64 * 1024])) {
            Err(error) => {
                let folder = folder(path).display();
                format!(
                    "{words}: SQLite must create files next to it, but this user cannot do so in the folder {folder}: {error}"
                )
            }
            Ok(_) if fault == Some(StorageFault::ReadOnly) => {
                format!("{words}: this user may not write to this file, or to the -wal and -shm files next to it")
            }
            Ok(_) if words.eq_ignore_ascii_case("unable to open the database file") => {
                format!("{words}: this user may not read and write this file")
            }
            Ok(_) => words.to_owned(),
        },
    };
    name(path, &what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    #[test]
    fn file_names_with_any_characters_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["plain.db", "with space.db", "50%25.db", "file:a.db", "\u{e4}&b=c.db"] {
            let path = folder.path().join(file);
            assert!(open(&path, PATIENCE, Absent::Refuse).is_err());
            assert!(!path.exists());
            drop(open(&path, PATIENCE, Absent::Create).unwrap());
            assert!(path.exists(), "{file}");
            open(&path, PATIENCE, Absent::Refuse).unwrap();
        }
        assert_eq!(uri(Path::new("//a/b.db")), "file:////a/b.db");
        assert_eq!(uri(Path::new("a%.db")), "file:a%25.db");
    }

    #[test]
    fn a_file_of_another_application_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (file, sql, told) in [
            ("id.db", "PRAGMA application_id = 252006674; CREATE TABLE users (id)", "application_id is 0x0f055112"),
            ("tables.db", "CREATE TABLE users (id)", "its tables are not those of Tripos"),
            ("sqlitebrowser.db", "CREATE TABLE sqlitebrowser (id)", "its tables are not those of Tripos"),
            ("views.db", "CREATE VIEW numbers AS SELECT 1 AS number", "its tables are not those of Tripos"),
            (
                "diesel.db",
                "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50)); CREATE TABLE users (id); \
                 INSERT INTO __diesel_schema_migrations VALUES ('20200101000000')",
                "its tables are not those of Tripos",
            ),
        ] {
            let path = folder.path().join(file);
            SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
            let before = fs::read(&path).unwrap();
            let error = open(&path, PATIENCE, Absent::Create).err().unwrap();
            assert!(error.contains(file) && error.contains(told), "{error}");
            assert_eq!(fs::read(&path).unwrap(), before);
        }
    }

    #[test]
    fn an_empty_file_stays_empty_until_a_database_is_made_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.db");
        fs::write(&path, "").unwrap();
        drop(open(&path, PATIENCE, Absent::Refuse).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"");
        drop(open(&path, PATIENCE, Absent::Create).unwrap());
        assert!(!fs::read(&path).unwrap().is_empty());
    }

    #[test]
    fn a_new_file_is_accepted_and_marked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let mut conn = open(&path, PATIENCE, Absent::Create).unwrap();
        assert_eq!(Owner::of(&mut conn).unwrap().application_id, 0);
        mark(&mut conn).unwrap();
        conn.batch_execute("CREATE TABLE anything (id)").unwrap();
        let mut again = open(&path, PATIENCE, Absent::Refuse).unwrap();
        assert_eq!(Owner::of(&mut again).unwrap().application_id, APPLICATION_ID);
    }

    #[test]
    fn errors_name_the_problem_with_the_location() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("text.db"), "this is a text of some length and no database, whatever its name may say".repeat(20))
            .unwrap();
        for (path, told) in [
            (at("missing/tripos.db"), "missing does not exist"),
            (at("text.db/tripos.db"), "text.db is a file, not a folder"),
            (at("text.db/deeper/tripos.db"), "text.db is a file, not a folder"),
            (at("text.db"), "this file is not an SQLite database"),
            (folder.path().to_owned(), "this is a folder"),
        ] {
            for absent in [Absent::Refuse, Absent::Create] {
                let error = open(&path, PATIENCE, absent).err().unwrap();
                assert!(
                    error.starts_with(&format!("sqlite://{}: ", path.display())) && error.contains(told),
                    "{error}"
                );
            }
        }
    }
}
