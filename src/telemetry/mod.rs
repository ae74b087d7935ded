//! The log, and what is counted.

mod log;
pub mod metrics;

pub use self::log::{LogFormat, LogSettings, start_log};
