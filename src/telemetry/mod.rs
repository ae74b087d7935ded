//! The log and the metrics.

pub mod incident;
mod log;
pub mod metrics;

pub use self::log::{LogFormat, LogSettings, json_line, start_log};
