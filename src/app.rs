//! What handlers share.

use std::sync::atomic::AtomicBool;

use crate::{
    clock::Clock,
    config::{AccessSettings, HttpSettings},
    db::Db,
    health::AwsProbe,
    limits::Limits,
    metrics::Metrics,
    users::{passwords::Passwords, recent::RecentTokens},
};

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
    /// How often who may ask.
    pub limits: Limits,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// The tokens of the last minutes.
    pub recent_tokens: RecentTokens,
    /// Whether the server is about to stop, and load balancers are to send it no more requests.
    pub leaving: AtomicBool,
    /// Who may come in.
    pub access: AccessSettings,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
}
