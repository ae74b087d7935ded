//! State that every handler may use. The state of a single feature is separate application data, named by its handlers.

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

/// The shared state of a running server, created by [`crate::server`] and injected into handlers.
pub struct State {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The metrics.
    pub metrics: Metrics,
    /// The rate limits.
    pub limits: Limits,
    /// The recently used tokens.
    pub recent_tokens: RecentTokens,
    /// Whether the server is about to stop, so that load balancers should send it no more requests.
    pub leaving: AtomicBool,
    /// Lasts while `/health/ready` reports that the server is not ready.
    pub unready: Incident,
    /// Stops event streams and workers when the server stops.
    pub stop: StopSignal,
    /// Settings for access.
    pub access: AccessSettings,
    /// Settings of the HTTP server.
    pub http: HttpSettings,
}
