//! What handlers share.

use crate::{clock::Clock, config::HttpSettings, db::Db, health::AwsProbe, metrics::Metrics};

/// The parts of a running service, made once by [`crate::server`] and injected into every handler.
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Counts and times.
    pub metrics: Metrics,
    /// Asks for AWS credentials.
    pub aws: AwsProbe,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
}
