//! The log on stderr, as text or as JSON.

use std::{io::Write, str::FromStr};

use ::log::kv::{self, VisitSource};

/// The log.
#[derive(Debug, Clone, Copy)]
pub struct LogSettings {
    /// `LOG_LEVEL`, default info, or debug if `DEBUG` is true: off, error, warn, info, debug or trace.
    pub level: log::LevelFilter,
    /// `LOG_FORMAT`, default text.
    pub format: LogFormat,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// Starts the log on stderr. A second call changes nothing.
pub fn start_log(settings: LogSettings) {
    let mut builder = env_logger::Builder::new();
    builder.filter_level(settings.level);
    // The AWS libraries log each step of resolving credentials. The health check logs the outcome.
    builder.filter_module("aws_config", settings.level.min(log::LevelFilter::Warn));
    // Input that is not HTTP gets a response and is not our error. Anyone could fill the log with it.
    let of_clients = if settings.level >= log::LevelFilter::Debug { settings.level } else { log::LevelFilter::Off };
    builder.filter_module("actix_http::h1", of_clients);
    if settings.format == LogFormat::Json {
        builder.format(|out, record| {
            let mut line = json_line(record.level(), record.target(), record.args());
            record.key_values().visit(&mut Fields(&mut line)).map_err(std::io::Error::other)?;
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)
        });
    }
    if builder.try_init().is_err() {
        log::debug!("the log is already started");
    }
}

/// The fields that every JSON log line has.
#[expect(clippy::disallowed_methods, reason = "log lines have the real time, even if a test sets the clock")]
pub fn json_line(
    level: log::Level,
    target: &str,
    message: impl std::fmt::Display,
) -> serde_json::Map<String, serde_json::Value> {
    let time = format!("{:.6}", jiff::Timestamp::now());
    let members =
        [("time", time), ("level", level.to_string()), ("target", target.into()), ("message", message.to_string())];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

struct Fields<'a>(&'a mut serde_json::Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = match (value.to_u64(), value.to_f64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => value.to_string().into(),
        };
        self.0.insert(key.as_str().to_owned(), value);
        Ok(())
    }
}
