//! A migrated and seeded database for each test, copied from a template.

use std::{
    path::PathBuf,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diesel::{Connection, RunQueryDsl, connection::SimpleConnection, sql_query};
use tempfile::TempDir;
use tripos::{
    config::Config,
    db::{self, DbConnection, migrations},
    seed::{self, Reset},
};

use super::{bank, postgres};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database that only one test uses.
pub struct TestDatabase {
    pub url: String,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// A SQLite file with the bundled exams and `demo`.
    pub fn sqlite() -> Self {
        static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let empty = TestDatabase::empty_sqlite();
            empty.fill();
            empty.connect().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
            std::fs::read(empty.file()).expect("the template")
        });
        let database = Self::empty_sqlite();
        std::fs::write(database.file(), &*TEMPLATE).expect("a copy of the template");
        database
    }

    /// A PostgreSQL database with the bundled exams and `demo`, or `None` if there is no PostgreSQL.
    pub fn postgres() -> Option<Self> {
        static TEMPLATE: LazyLock<Option<TestDatabase>> = LazyLock::new(|| {
            let template = TestDatabase::empty_postgres()?;
            template.fill();
            Some(template)
        });
        let template = TEMPLATE.as_ref()?;
        let name = template.url.split(['/', '?']).nth(3).expect("a name").to_owned();
        Self::create(Some(&name))
    }

    pub fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self { url, _folder: Some(folder) }
    }

    pub fn empty_postgres() -> Option<Self> {
        Self::create(None)
    }

    /// A filled database in the test's own cluster.
    pub fn in_cluster(cluster: &postgres::Cluster) -> Self {
        let database = Self { url: cluster.url("postgres"), _folder: None };
        database.fill();
        database
    }

    /// The same database, for another server.
    pub fn shared(&self) -> Self {
        Self { url: self.url.clone(), _folder: None }
    }

    fn create(template: Option<&str>) -> Option<Self> {
        let cluster = postgres::SHARED.as_ref()?;
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = diesel::PgConnection::establish(&cluster.url("postgres")).expect("the cluster");
        let template = template.unwrap_or("template0");
        sql_query(format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
            .execute(&mut admin)
            .expect("a database");
        Some(Self { url: cluster.url(&name), _folder: None })
    }

    fn file(&self) -> PathBuf {
        self.url.strip_prefix("sqlite://").expect("a file").into()
    }

    fn fill(&self) {
        let mut conn = self.connect();
        migrations::run(&mut conn).expect("migrations");
        let mut files = seed::bundled().expect("the bundled files");
        files.push(seed::parse("demo", bank::demo().to_string().as_bytes()).expect("the demo file"));
        db::transaction(&mut conn, |conn| seed::apply(conn, &files, Reset::No)).expect("seeding");
    }

    /// Seeds a file.
    pub fn seed(&self, file: &serde_json::Value) -> seed::Summary {
        let file = seed::parse("file", file.to_string().as_bytes()).expect("a good file");
        let files = [file];
        db::transaction(&mut self.connect(), |conn| seed::apply(conn, &files, Reset::No)).expect("seeding")
    }

    /// Settings for this database, with additional ones.
    pub fn config(&self, more: &[(&str, &str)]) -> Config {
        let base = [
            ("DATABASE_URL", self.url.as_str()),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("DATABASE_POOL_SIZE", "1"),
            ("DATABASE_MAX_OVERFLOW", "4"),
            ("HTTP_WORKERS", "1"),
            ("PORT", "0"),
            ("RATE_LIMIT_PER_MINUTE", "0"),
            ("SIGN_IN_LIMIT_PER_MINUTE", "0"),
            ("GENERATION_WORKERS", "0"),
        ];
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let base = base.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let mut config = Config::from_vars(base.chain(more).map(own)).expect("good settings");
        // Tests poll for results.
        config.generation.event_times.poll = Duration::from_millis(50);
        config.generation.job_times.poll = Duration::from_millis(200);
        config.generation.job_times.check = Duration::from_millis(200);
        // A job that waits after a failure waits until the test advances the clock.
        config.generation.job_times.backoff = Duration::from_secs(600);
        config
    }

    pub fn connect(&self) -> DbConnection {
        DbConnection::create(&self.config(&[]).database).expect("a connection")
    }

    /// The number of rows of `FROM {what}`.
    pub fn count(&self, what: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = format!("SELECT count(*) AS n FROM {what}");
        sql_query(sql).get_result::<Count>(&mut self.connect()).expect("a count").n
    }

    /// Whether a connection to this PostgreSQL database waits for a lock.
    pub fn waits_for_a_lock(&self) -> bool {
        self.count("pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") > 0
    }

    /// The stored responses.
    pub fn bodies_of_idempotency_keys(&self) -> Vec<Vec<u8>> {
        use diesel::QueryDsl;
        use tripos::schema::idempotency_keys::dsl;
        dsl::idempotency_keys.select(dsl::body).load(&mut self.connect()).expect("bodies")
    }

    /// Runs SQL that works on both databases.
    pub fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).expect("SQL");
    }
}
