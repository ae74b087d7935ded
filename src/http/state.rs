//! What every handler may use. What one feature needs is application data of its own, which its handlers name.

use std::sync::atomic::AtomicBool;

use super::{
    rate_limit::Limits,
    settings::{AccessSettings, HttpSettings},
};
use crate::{
    auth::recent_tokens::RecentTokens,
    clock::Clock,
    concurrency::StopSignal,
    db::Db,
    telemetry::{incident::Incident, metrics::Metrics},
};

/// The parts of a running service, made once by [`crate::server`] and injected into every handler.
pub struct State {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Counts and times.
    pub metrics: Metrics,
    /// How often who may ask.
    pub limits: Limits,
    /// The tokens of the last minutes.
    pub recent_tokens: RecentTokens,
    /// Whether the server is about to stop, and load balancers are to send it no more requests.
    pub leaving: AtomicBool,
    /// While `/health/ready` answers that the server is not ready.
    pub unready: Incident,
    /// Ends streams of events and workers when the server stops.
    pub stop: StopSignal,
    /// Who may come in.
    pub access: AccessSettings,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
}
