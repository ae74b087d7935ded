//! `tripos migrate`.

use std::time::{Duration, Instant};

use clap::Subcommand;
use diesel::ConnectionResult;
use serde::Serialize;

use super::{
    number::number,
    open,
    output::{List, ListArgs, OutputFormat, print, print_json},
};
use crate::{
    attempts,
    clock::Clock,
    config::Config,
    db::{self, DbConnection, migrations},
    error::Error,
    questions,
};

#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Apply all pending migrations (the default)
    Run {
        /// How long to wait for the database, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = number(0..=86_400_u64))]
        wait: u64,
    },
    /// Revert the newest migrations
    Revert {
        /// How many to revert

        #[arg(short, default_value_t = 1, value_parser = number(1..=u32::MAX))]
        n: u32,
    },
    /// Revert the newest migration and apply it again
    Redo,
    /// Show the current and the pending migrations
    Status(ListArgs),
    /// Show the applied migrations and when they were applied
    History(ListArgs),
    /// Exit with code 1 if migrations are pending or unknown
    Check,
    /// Print the SQL of the pending migrations
    Sql,
}

/// The JSON output of `migrate status`.
#[derive(Serialize)]
struct StatusReply<'a> {
    database: String,
    current: Option<&'a str>,
    pending: &'a [String],
    unknown: Vec<&'a str>,
}

/// The JSON output of `migrate history`.
#[derive(Serialize)]
struct AppliedReply<'a> {
    /// Null if this program does not know the migration.
    name: Option<&'a str>,
    version: &'a str,
    applied_at: &'a str,
}

pub fn migrate(action: Option<Migrate>, config: &Config) -> Result<(), Error> {
    match action.unwrap_or(Migrate::Run { wait: 0 }) {
        Migrate::Run { wait } => {
            let mut conn = open_within(config, Duration::from_secs(wait))?;
            migrations::state(&mut conn)?.require_known()?;
            for name in migrations::run(&mut conn)? {
                log::info!("applied migration {name}");
            }
            // Questions that were stored before the table of words existed.
            while db::transaction(&mut conn, questions::search::fill)? > 0 {}
            // Attempts that the migration to one exam at a time could not grade, because that cannot be done in SQL.
            let now = Clock::system().now();
            while db::transaction(&mut conn, |conn| attempts::sitting::settle_abandoned(conn, now))? > 0 {}
            // Texts that were stored before the normal form existed.
            while db::transaction(&mut conn, questions::normalization::run)? > 0 {}
            log::info!("the schema is current");
        }
        Migrate::Revert { n } => {
            for name in migrations::revert(&mut open(config)?, n)? {
                log::info!("reverted migration {name}");
            }
        }
        Migrate::Redo => {
            let mut conn = open(config)?;
            for name in migrations::revert(&mut conn, 1)? {
                log::info!("reverted migration {name}");
            }
            for name in migrations::run(&mut conn)? {
                log::info!("applied migration {name}");
            }
        }
        Migrate::Status(args) => status(&args, config)?,
        Migrate::History(args) => history(&args, config)?,
        Migrate::Check => state(config)?.require_current()?,
        Migrate::Sql => {
            let script = migrations::pending_sql(&mut opened(DbConnection::inspect(&config.database))?)?;
            if !script.is_empty() {
                print(script.trim_end())?;
            }
        }
    }
    Ok(())
}

/// The state of the schema. A database that does not exist yet has no migrations.
fn state(config: &Config) -> Result<migrations::State, Error> {
    migrations::state(&mut opened(DbConnection::inspect(&config.database))?)
}

fn status(args: &ListArgs, config: &Config) -> Result<(), Error> {
    let state = state(config)?;
    let current = state.applied.last().map(|(name, _)| name.as_str());
    let unknown: Vec<&str> = state.unknown.iter().map(|unknown| unknown.version.as_str()).collect();
    let database = config.database.url.to_string();
    if args.output == OutputFormat::Json {
        return print_json(&StatusReply { database, current, pending: &state.pending, unknown });
    }
    print(&format!("database  {database}\ncurrent   {}", current.unwrap_or("none")))?;
    for name in &state.pending {
        print(&format!("pending   {name}"))?;
    }
    for version in unknown {
        print(&format!("unknown   {version} (from a newer tripos)"))?;
    }
    Ok(())
}

fn history(args: &ListArgs, config: &Config) -> Result<(), Error> {
    let state = state(config)?;
    let known = state.applied.iter().map(|(name, applied)| (Some(name.as_str()), applied));
    let unknown = state.unknown.iter().map(|applied| (None, applied));
    let mut list = List::new(args);
    for (name, migrations::Applied { version, applied_at }) in known.chain(unknown) {
        let text = name.map_or_else(|| format!("{version} (unknown)"), str::to_owned);
        if !list.item(format!("{applied_at}  {text}"), &AppliedReply { name, version, applied_at })? {
            return Ok(());
        }
    }
    list.end()
}

fn opened(outcome: ConnectionResult<DbConnection>) -> Result<DbConnection, Error> {
    outcome.map_err(|error| Error::Unavailable(error.to_string()))
}

/// Opens a connection. For a database server, retries until `wait` has passed; for a file, waiting does not help.
fn open_within(config: &Config, wait: Duration) -> Result<DbConnection, Error> {
    let start = Instant::now();
    let mut told = String::new();
    loop {
        match opened(DbConnection::create(&config.database)) {
            Err(error) if config.database.url.is_remote() && start.elapsed() < wait => {
                let cause = error.to_string();
                if cause != told {
                    log::info!("waiting for the database, up to {} s: {cause}", wait.as_secs());
                    told = cause;
                }
                std::thread::sleep(Duration::from_secs(1));
            }
            outcome => return outcome,
        }
    }
}
