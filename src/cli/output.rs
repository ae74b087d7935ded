//! The output of commands: text and lists to stdout, errors to stderr.

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
    /// One line per item, for people
    Text,
    /// One JSON document, for programs
    Json,
}

/// The argument of every command that prints a list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The format of the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: OutputFormat,
}

/// Writes to stdout. It is not an error if the reader has closed it.
pub fn print(text: &str) -> Result<(), Error> {
    write(&format!("{text}\n")).map(drop)
}

/// Writes a value as indented JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Error> {
    print(&serde_json::to_string_pretty(value).map_err(|error| Error::Internal(error.to_string()))?)
}

/// Writes to stdout. Returns whether the reader still has it open.
fn write(text: &str) -> Result<bool, Error> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::Refused(format!("cannot write to stdout: {error}"))),
    }
}

/// A list that is printed item by item, as lines or as a JSON array.
pub struct List {
    format: OutputFormat,
    is_empty: bool,
}

impl List {
    /// An empty list.
    pub fn new(args: &ListArgs) -> Self {
        Self { format: args.output, is_empty: true }
    }

    /// Prints an item. Returns whether the reader still has stdout open.
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

/// Writes the errors in one line. If `LOG_FORMAT` is json, each one is a JSON line of its own.
pub fn fail(code: u8, what: &str, problems: &[impl AsRef<str>]) -> ExitCode {
    let problems = problems.iter().map(AsRef::as_ref);
    let text = if wants_json() {
        let line = |problem| telemetry::json_line(log::Level::Error, "tripos", format!("{what}{problem}"));
        problems.flat_map(str::lines).map(|problem| format!("{}\n", serde_json::Value::Object(line(problem)))).collect()
    } else {
        // The text may quote a file: escape characters that control the terminal.
        format!("tripos: {what}{}\n", printable(&problems.collect::<Vec<_>>().join("; ")))
    };
    // If stderr is closed, the exit code still reports the failure.
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// Whether the log is JSON. Reads the environment, because the settings may be invalid.
fn wants_json() -> bool {
    let is_json = |value: &std::ffi::OsStr| value.to_str().is_some_and(|value| value.trim() == "json");
    std::env::vars_os().any(|(name, value)| name.eq_ignore_ascii_case("LOG_FORMAT") && is_json(&value))
}
