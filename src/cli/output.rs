//! What the commands write: texts and lists on stdout, what went wrong on stderr.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::{characters::printable, error::Error, telemetry};

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people, a line each
    Text,
    /// For programs, one JSON document
    Json,
}

/// The argument of all commands that list something.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// How the list is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
}

/// Writes to stdout; a reader that went away is no failure of ours.
pub fn print(text: &str) -> Result<(), Error> {
    write(&format!("{text}\n")).map(drop)
}

/// Writes a value as JSON that people can read, too.
pub fn print_json(value: &impl Serialize) -> Result<(), Error> {
    print(&serde_json::to_string_pretty(value).map_err(|error| Error::Internal(error.to_string()))?)
}

/// Whether somebody still reads.
fn write(text: &str) -> Result<bool, Error> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::Refused(format!("cannot write to stdout: {error}"))),
    }
}

/// A list that is printed item by item: lines, or one array of JSON.
pub struct List {
    format: OutputFormat,
    is_empty: bool,
}

impl List {
    /// A list without items so far.
    pub fn new(args: &ListArgs) -> Self {
        Self { format: args.output, is_empty: true }
    }

    /// Prints an item. Whether somebody still reads.
    pub fn item(&mut self, text: impl Display, value: &impl Serialize) -> Result<bool, Error> {
        match self.format {
            OutputFormat::Text => write(&format!("{}\n", printable(&text.to_string()))),
            OutputFormat::Json => {
                let json = serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
                let before = if std::mem::take(&mut self.is_empty) { "[" } else { "," };
                write(&format!("{before}\n{json}"))
            }
        }
    }

    /// Ends the list.
    pub fn end(self) -> Result<(), Error> {
        match (self.format, self.is_empty) {
            (OutputFormat::Text, _) => Ok(()),
            (OutputFormat::Json, true) => print("[]"),
            (OutputFormat::Json, false) => print("\n]"),
        }
    }
}

/// Tells what is wrong, in one line; as JSON, which `LOG_FORMAT` may ask for, each problem in a line of its own.
pub fn fail(code: u8, what: &str, problems: &[impl AsRef<str>]) -> ExitCode {
    let problems = problems.iter().map(AsRef::as_ref);
    let text = if wants_json() {
        let line = |problem| telemetry::json_line(log::Level::Error, "tripos", format!("{what}{problem}"));
        problems.flat_map(str::lines).map(|problem| format!("{}\n", serde_json::Value::Object(line(problem)))).collect()
    } else {
        // It may quote a file, and a terminal obeys some characters.
        format!("tripos: {what}{}\n", printable(&problems.collect::<Vec<_>>().join("; ")))
    };
    // Where nobody can be told, the exit code still says it.
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// Whether the log is JSON: asked of the environment, since what is wrong may be the settings.
fn wants_json() -> bool {
    let is_json = |value: &std::ffi::OsStr| value.to_str().is_some_and(|value| value.trim() == "json");
    std::env::vars_os().any(|(name, value)| name.eq_ignore_ascii_case("LOG_FORMAT") && is_json(&value))
}
