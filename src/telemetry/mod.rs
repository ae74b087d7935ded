//! The log, and what is counted.

pub mod incident;
mod log;
pub mod metrics;

pub use self::log::{LogFormat, LogSettings, json_line, start_log};
