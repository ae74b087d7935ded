//! The command line. Exit codes: 0 success, 1 failure, 2 wrong usage or settings.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, CommandFactory, Parser, Subcommand, error::ErrorKind};
use clap_complete::Shell;
use utoipa::OpenApi;

use self::{
    env_file::EnvFile,
    number::number,
    output::{fail, print},
};
use crate::{
    config::{Config, Problems},
    db::{self, DbConnection, Pool, migrations},
    error::Error,
    seed::{self, Reset},
    server::{self, openapi::Api},
    telemetry::{self, metrics::Metrics},
};

mod bank;
mod env_file;
mod generate;
mod migrate;
mod number;
mod output;
mod progress;
mod tokens;
mod users;

/// Practice for certification exams, as a REST service.
///
/// Settings come from the environment and from the file .env in the working directory. See .env.example.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply migrations, seed, and serve
    Up,
    /// Serve; fails if migrations are pending
    Serve,
    /// Run the jobs that draft questions, without serving; requires BEDROCK_MODEL_ID
    Worker {
        /// How many jobs to run at a time [default: GENERATION_WORKERS, or 2 if that is 0]
        #[arg(long, value_name = "COUNT", value_parser = number(1..=64_u8))]
        jobs: Option<u8>,
    },
    /// Apply, revert or show migrations of the database [default: apply]
    Migrate {
        #[command(subcommand)]
        action: Option<migrate::Migrate>,
    },
    /// Load exams and questions from seed files into the database; safe to repeat
    Seed(SeedArgs),
    /// Import the questions of a file into the bank
    Import(bank::ImportArgs),
    /// Export the questions of an exam to a file
    Export(bank::ExportArgs),
    /// Check the questions of files against the item-writing rules
    Lint(bank::LintArgs),
    /// Draft questions with a language model into a file; running it again continues the file
    Generate(generate::GenerateArgs),
    /// Copy an SQLite database to a new file; servers may keep using it
    Backup {
        /// The new file; it must not exist
        file: PathBuf,
    },
    /// Manage users
    User {
        #[command(subcommand)]
        action: users::User,
    },
    /// Manage tokens for programs
    Token {
        #[command(subcommand)]
        action: tokens::Token,
    },
    /// Check whether the server on this machine is ready; for containers
    Healthcheck,
    /// Print the OpenAPI description
    Openapi,
    /// Print shell completions, for example `tripos completions bash > /etc/bash_completion.d/tripos`
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

#[derive(Debug, Args)]
struct SeedArgs {
    /// Seed files [default: the built-in ones]
    files: Vec<PathBuf>,
    /// A file of subjects to load as well; can be repeated
    #[arg(long, value_name = "FILE")]
    subjects: Vec<PathBuf>,
    /// Delete all exams and questions first, with plans, imports and drafting jobs; fails if attempts exist
    #[arg(long)]
    reset: bool,
    /// With --reset, delete all attempts as well
    #[arg(long, requires = "reset")]
    force: bool,
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            error.exit()
        }
        Err(error) => return fail(2, "", &[in_one_line(&error)]),
    };
    // These commands need no settings.
    match &cli.command {
        Command::Lint(args) => return finish(bank::lint(args)),
        Command::Openapi => return finish(openapi()),
        Command::Completions { shell } => return finish(completions(*shell)),
        _ => {}
    }
    let file = EnvFile::load();
    let mut vars: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Command::Generate(args) = &cli.command
        && !args.needs_database()
    {
        // The settings require a database URL, but this database is never opened.
        vars.retain(|(name, _)| !name.to_ascii_uppercase().starts_with("DATABASE_"));
        vars.push(("DATABASE_URL".into(), "sqlite://none".into()));
    }
    let unusable = "invalid settings: ";
    match Config::from_vars(vars) {
        Ok(_) if !file.problems.is_empty() => fail(2, unusable, &file.problems),
        Ok(config) => {
            telemetry::start_log(config.log);
            finish(run(cli.command, &config).map_err(|error| db::as_storage_fault(error, &config.database.url)))
        }
        Err(Problems(problems)) => {
            let located = problems.iter().filter_map(|problem| file.locate(problem));
            fail(2, unusable, &file.problems.iter().cloned().chain(located).collect::<Vec<_>>())
        }
    }
}

fn finish(outcome: Result<(), Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(if matches!(error, Error::Usage(_)) { 2 } else { 1 }, "", &[error.to_string()]),
    }
}

/// The paragraph with the error and those with tips, without the usage that follows.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut line = paragraphs.next().unwrap_or_default();
    for paragraph in paragraphs {
        let tips = paragraph.split("tip: ").skip(1);
        tips.for_each(|tip| line.push_str(&format!("; {}", tip.trim())));
    }
    format!("{line} (see `tripos --help`)")
}

fn openapi() -> Result<(), Error> {
    print(&Api::openapi().to_pretty_json().map_err(|error| Error::Internal(error.to_string()))?)
}

fn completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tripos", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}

fn run(command: Command, config: &Config) -> Result<(), Error> {
    match command {
        Command::Up => {
            migrate::migrate(None, config)?;
            seed(&SeedArgs { files: Vec::new(), subjects: Vec::new(), reset: false, force: false }, config)?;
            server::serve(config)
        }
        Command::Serve => server::serve(config),
        Command::Worker { jobs } => server::workers::work(config, jobs.map(usize::from)),
        Command::Migrate { action } => migrate::migrate(action, config),
        Command::Seed(args) => seed(&args, config),
        Command::Import(args) => bank::import(&args, config),
        Command::Export(args) => bank::export(&args, config),
        Command::Generate(args) => generate::generate(&args, config),
        Command::Backup { file } => backup(&file, config),
        Command::User { action } => users::manage(action, config),
        Command::Token { action } => tokens::manage(action, config),
        Command::Healthcheck => healthcheck(config),
        Command::Lint(_) | Command::Openapi | Command::Completions { .. } => Ok(()),
    }
}

fn open(config: &Config) -> Result<DbConnection, Error> {
    DbConnection::open(&config.database).map_err(|error| Error::Unavailable(error.to_string()))
}

fn pool(config: &Config) -> Result<Pool, Error> {
    let mut settings = config.database.clone();
    // A command needs only one connection.
    settings.pool_size = 1;
    settings.max_overflow = 0;
    let pool = Pool::connect(&settings, Metrics::new()?.pool)?;
    pool.read(|conn| migrations::state(conn)?.require_current())?;
    Ok(pool)
}

fn backup(file: &Path, config: &Config) -> Result<(), Error> {
    let mut conn = open(config)?;
    if migrations::state(&mut conn)?.applied.is_empty() {
        return Err(Error::Refused(format!("{} is empty: there is nothing to back up", config.database.url)));
    }
    let bar = progress::bar(Some(db::size(&mut conn)?), "bytes");
    let done = db::backup(&mut conn, file, |written| bar.set_position(written));
    bar.finish_and_clear();
    done?;
    log::info!("copied the database to {}", file.display());
    Ok(())
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
    let questions: usize = files.iter().map(seed::SeedFile::count).sum();
    let bar = progress::bar(Some(questions as u64), "questions");
    let seeded = pool(config)?.write(|conn| {
        // The transaction may run again.
        bar.set_position(0);
        let done = seed::apply_watched(conn, &files, reset, &|questions| bar.inc(questions as u64))?;
        Ok((done, seed::apply_subjects(conn, &subjects)?))
    });
    bar.finish_and_clear();
    let (done, subjects) = seeded?;
    log::info!(
        created = done.created, superseded = done.superseded, moved = done.moved, updated = done.updated,
        unchanged = done.unchanged, kept = done.kept, left_out = done.left_out, subjects = subjects;
        "seeded: {} questions created, {} superseded, {} retired or republished, {} updated, {} unchanged, {} kept or \
         left out due to local changes, {} skipped because they are drafts; {subjects} subjects created or updated",
        done.created, done.superseded, done.moved, done.updated, done.unchanged, done.kept, done.left_out
    );
    Ok(())
}

/// Requests `/health/ready` without an HTTP client library: it is a single request to this machine.
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
    let reply = ask().map_err(|error| Error::Refused(format!("no server answers at {address}: {error}")))?;
    if reply.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let status = reply.lines().next().unwrap_or("no response");
    Err(Error::Refused(format!("the server at {address} is not ready: {status}")))
}
