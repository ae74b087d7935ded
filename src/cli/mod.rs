//! The commands of the program. Exit codes: 0 done, 1 failed, 2 wrong usage or settings.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, Parser, Subcommand};
use utoipa::OpenApi;

use crate::{
    attempts,
    characters::printable,
    clock::Clock,
    config::Config,
    db::{self, DbConnection, Pool, migrations},
    error::Error,
    questions,
    seed::{self, Reset},
    server::{self, openapi::Api},
    telemetry::{self, metrics::Metrics},
};

mod bank;
mod generate;
mod users;

/// Practice for certification exams, as a REST service.
///
/// Settings come from the environment and from a file .env in the working directory: see .env.example.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate, seed and serve
    Up,
    /// Serve; refuses a database whose migrations are not current
    Serve,
    /// Work on jobs that draft questions, without serving; needs BEDROCK_MODEL_ID
    Worker {
        /// How many jobs at once; GENERATION_WORKERS if not said, or 2 where that is 0
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=64))]
        jobs: Option<u8>,
    },
    /// Change or look at the schema of the database
    Migrate {
        #[command(subcommand)]
        action: Option<Migrate>,
    },
    /// Bring exams and questions into the database, as often as you like
    Seed(SeedArgs),
    /// Bring the questions of a file into the bank
    Import(bank::ImportArgs),
    /// Write the questions of an exam into a file
    Export(bank::ExportArgs),
    /// Check the questions of files by the rules of item writing
    Lint(bank::LintArgs),
    /// Draft questions with a language model into a file; run again, it goes on where the file ends
    Generate(generate::GenerateArgs),
    /// Copy the database of SQLite into a new file, while servers use it
    Backup {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Manage users
    User {
        #[command(subcommand)]
        action: users::User,
    },
    /// Manage tokens of programs
    Token {
        #[command(subcommand)]
        action: users::Token,
    },
    /// Ask the server on this machine whether it is ready; for containers
    Healthcheck,
    /// Print the OpenAPI description
    Openapi,
}

#[derive(Debug, Subcommand)]
enum Migrate {
    /// Apply all pending migrations (what `migrate` does by itself)
    Run {
        /// Try again for so many seconds while the database does not answer
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        wait: u64,
    },
    /// Revert the newest migrations
    Revert {
        /// How many
        #[arg(short, default_value_t = 1)]
        n: u32,
    },
    /// Revert the newest migration and apply it again
    Redo,
    /// Show the current migration and those that are pending
    Status,
    /// Show the applied migrations and when they were applied
    History,
    /// Exit with 1 when migrations are pending or unknown
    Check,
    /// Print the SQL that would run now
    Sql,
}

#[derive(Debug, Args)]
struct SeedArgs {
    /// Seed files; without any, those that are built in
    files: Vec<PathBuf>,
    /// Files of subjects to bring in, too
    #[arg(long, value_name = "FILE")]
    subjects: Vec<PathBuf>,
    /// Clear exams and questions first; refused when attempts exist
    #[arg(long)]
    reset: bool,
    /// With --reset: delete all attempts, too
    #[arg(long, requires = "reset")]
    force: bool,
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) if !told.use_stderr() => told.exit(),
        Err(error) => return fail(2, &in_one_line(&error)),
    };
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(error) => return fail(2, &format!(".env is not usable: {error}")),
    }
    // These need no settings.
    if let Command::Lint(args) = &cli.command {
        return finish(bank::lint(args));
    }
    if let Command::Openapi = cli.command {
        return match Api::openapi().to_pretty_json() {
            Ok(text) => finish(print(&text)),
            Err(error) => fail(1, &error.to_string()),
        };
    }
    let mut vars: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Command::Generate(args) = &cli.command
        && !args.needs_database()
    {
        // Settings name a database; this one is never opened.
        vars.retain(|(name, _)| !name.to_ascii_uppercase().starts_with("DATABASE_"));
        vars.push(("DATABASE_URL".into(), "sqlite://none".into()));
    }
    match Config::from_vars(vars) {
        Ok(config) => {
            telemetry::start_log(config.log);
            finish(run(cli.command, &config))
        }
        Err(problems) => fail(2, &problems.to_string()),
    }
}

fn finish(outcome: Result<(), Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(if matches!(error, Error::Usage(_)) { 2 } else { 1 }, &error.to_string()),
    }
}

/// The paragraph that says what is wrong, without the usage that follows it.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let paragraph: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    format!("{} (see `tripos --help`)", paragraph.join(" "))
}

#[expect(clippy::print_stderr, reason = "the one line that a person at the command line reads")]
fn fail(code: u8, message: &str) -> ExitCode {
    // It may quote a file, and a terminal obeys some characters.
    eprintln!("tripos: {}", printable(message));
    ExitCode::from(code)
}

/// Writes to stdout; a reader that went away is no failure of ours.
fn print(text: &str) -> Result<(), Error> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Refused(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

fn run(command: Command, config: &Config) -> Result<(), Error> {
    match command {
        Command::Up => {
            migrate(Migrate::Run { wait: 0 }, config)?;
            seed(&SeedArgs { files: Vec::new(), subjects: Vec::new(), reset: false, force: false }, config)?;
            server::serve(config)
        }
        Command::Serve => server::serve(config),
        Command::Worker { jobs } => server::workers::work(config, jobs.map(usize::from)),
        Command::Migrate { action } => migrate(action.unwrap_or(Migrate::Run { wait: 0 }), config),
        Command::Seed(args) => seed(&args, config),
        Command::Import(args) => bank::import(&args, config),
        Command::Export(args) => bank::export(&args, config),
        Command::Generate(args) => generate::generate(&args, config),
        Command::Backup { file } => backup(&file, config),
        Command::User { action } => users::manage(action, config),
        Command::Token { action: users::Token::Create(token) } => users::create_token(&token, config),
        Command::Healthcheck => healthcheck(config),
        Command::Lint(_) | Command::Openapi => Ok(()),
    }
}

fn open(config: &Config) -> Result<DbConnection, Error> {
    DbConnection::open(&config.database).map_err(|error| Error::Unavailable(error.to_string()))
}

fn migrate(action: Migrate, config: &Config) -> Result<(), Error> {
    match action {
        Migrate::Run { wait } => {
            let mut conn = open_within(config, Duration::from_secs(wait))?;
            migrations::state(&mut conn)?.require_known()?;
            for name in migrations::run(&mut conn)? {
                log::info!("applied migration {name}");
            }
            // Questions from before the table of words.
            while db::transaction(&mut conn, questions::search::fill)? > 0 {}
            // Attempts that the migration to one exam at a time could not grade.
            let now = Clock::system().now();
            while db::transaction(&mut conn, |conn| attempts::sitting::settle_abandoned(conn, now))? > 0 {}
            // Texts from before the normal form.
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
        Migrate::Status => {
            let state = migrations::state(&mut open(config)?)?;
            let current = state.applied.last().map_or("none", |(name, _)| name.as_str());
            print(&format!("database  {}\ncurrent   {current}", config.database.url))?;
            for name in &state.pending {
                print(&format!("pending   {name}"))?;
            }
            for unknown in &state.unknown {
                print(&format!("unknown   {} (from a newer tripos)", unknown.version))?;
            }
        }
        Migrate::History => {
            let state = migrations::state(&mut open(config)?)?;
            for (name, applied) in &state.applied {
                print(&format!("{}  {name}", applied.applied_at))?;
            }
            for unknown in &state.unknown {
                print(&format!("{}  {} (unknown)", unknown.applied_at, unknown.version))?;
            }
        }
        Migrate::Check => migrations::state(&mut open(config)?)?.require_current()?,
        Migrate::Sql => {
            let script = migrations::pending_sql(&mut open(config)?)?;
            if !script.is_empty() {
                print(script.trim_end())?;
            }
        }
    }
    Ok(())
}

/// Opens a connection, trying again while the time lasts, where waiting may help: a file is there or not.
fn open_within(config: &Config, wait: Duration) -> Result<DbConnection, Error> {
    let start = Instant::now();
    let mut told = String::new();
    loop {
        match open(config) {
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

fn pool(config: &Config) -> Result<Pool, Error> {
    let mut settings = config.database.clone();
    // A command works alone.
    settings.pool_size = 1;
    settings.max_overflow = 0;
    let pool = Pool::connect(&settings, Metrics::new()?.pool)?;
    pool.read(|conn| migrations::state(conn)?.require_current())?;
    Ok(pool)
}

fn backup(file: &Path, config: &Config) -> Result<(), Error> {
    let mut conn = open(config)?;
    if migrations::state(&mut conn)?.applied.is_empty() {
        return Err(Error::Refused(format!("{} is empty: there is nothing to copy", config.database.url)));
    }
    db::backup(&mut conn, file)
}

fn seed(args: &SeedArgs, config: &Config) -> Result<(), Error> {
    let files = if args.files.is_empty() {
        seed::bundled()?
    } else {
        args.files
            .iter()
            .map(|path| {
                let name = path.display().to_string();
                let text = std::fs::read(path).map_err(|error| Error::Refused(format!("{name}: {error}")))?;
                seed::parse(&name, &text)
            })
            .collect::<Result<_, _>>()?
    };
    let mut subjects = if args.files.is_empty() { seed::bundled_subjects()? } else { Vec::new() };
    subjects.extend(bank::subjects(&args.subjects)?);
    let reset = match (args.reset, args.force) {
        (false, _) => Reset::No,
        (true, false) => Reset::UnlessAttempts,
        (true, true) => Reset::WithAttempts,
    };
    let (done, subjects) =
        pool(config)?.write(|conn| Ok((seed::apply(conn, &files, reset)?, seed::apply_subjects(conn, &subjects)?)))?;
    log::info!(
        created = done.created, superseded = done.superseded, moved = done.moved, updated = done.updated,
        unchanged = done.unchanged, kept = done.kept, left_out = done.left_out, subjects = subjects;
        "seeded: {} questions created, {} superseded, {} retired or republished, {} updated, {} unchanged, {} kept as \
         changed here, {} left out as drafts; {subjects} subjects created or updated",
        done.created, done.superseded, done.moved, done.updated, done.unchanged, done.kept, done.left_out
    );
    Ok(())
}

/// Asks `/health/ready` by hand: one request to this machine is no reason for an HTTP client.
fn healthcheck(config: &Config) -> Result<(), Error> {
    const LIMIT: Duration = Duration::from_secs(4);
    let host = match config.http.host {
        host if host.is_ipv4() && host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        host if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    let address = SocketAddr::new(host, config.http.port);
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut reply = String::new();
        stream.take(64 * 1024).read_to_string(&mut reply)?;
        Ok(reply)
    };
    let reply = ask().map_err(|error| Error::Refused(format!("no server answers on {address}: {error}")))?;
    if reply.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let status = reply.lines().next().unwrap_or("no answer");
    Err(Error::Refused(format!("the server on {address} is not ready: {status}")))
}
