//! Counts and times for Prometheus.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntGauge, Registry, TextEncoder};

use crate::{db::PoolMetrics, error::Error};

/// What one server counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// The database pool's.
    pub pool: PoolMetrics,
    requests: HistogramVec,
    in_flight: IntGauge,
}

impl Metrics {
    /// A registry of its own, so that several servers can live in one process.
    pub fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let failed = |error: prometheus::Error| Error::Internal(format!("metrics: {error}"));
        let requests = HistogramVec::new(
            HistogramOpts::new("tripos_http_request_duration_seconds", "Time to answer a request, by route"),
            &["method", "route", "status"],
        )
        .map_err(failed)?;
        let in_flight =
            IntGauge::new("tripos_http_requests_in_flight", "Requests that are being answered").map_err(failed)?;
        registry.register(Box::new(requests.clone())).map_err(failed)?;
        registry.register(Box::new(in_flight.clone())).map_err(failed)?;
        let pool = PoolMetrics::register(&registry).map_err(failed)?;
        Ok(Self { registry, pool, requests, in_flight })
    }

    /// A request came in.
    pub fn request_started(&self) {
        self.in_flight.inc();
    }

    /// A request was answered. The route is the pattern, not the path, so that labels stay few.
    pub fn request_ended(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.in_flight.dec();
        self.requests.with_label_values(&[method, route, status]).observe(took.as_secs_f64());
    }

    /// All of it in Prometheus' text format.
    pub fn text(&self) -> Result<String, Error> {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|error| Error::Internal(format!("metrics: {error}")))
    }
}
