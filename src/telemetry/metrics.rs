//! Counts and times for Prometheus.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::{db::PoolMetrics, error::Error};

/// What one server counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// The database pool's.
    pub pool: PoolMetrics,
    requests: HistogramVec,
    in_flight: IntGauge,
    jobs_running: IntGauge,
    jobs_finished: IntCounterVec,
}

/// A job that is worked on, until it is dropped.
pub struct RunningJob(IntGauge);

impl Drop for RunningJob {
    fn drop(&mut self) {
        self.0.dec();
    }
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
        let jobs_running =
            IntGauge::new("tripos_jobs_running", "Jobs that this process is working on").map_err(failed)?;
        let jobs_finished = IntCounterVec::new(
            Opts::new("tripos_jobs_finished_total", "Jobs that ended here, by kind and status"),
            &["kind", "status"],
        )
        .map_err(failed)?;
        registry.register(Box::new(requests.clone())).map_err(failed)?;
        registry.register(Box::new(in_flight.clone())).map_err(failed)?;
        registry.register(Box::new(jobs_running.clone())).map_err(failed)?;
        registry.register(Box::new(jobs_finished.clone())).map_err(failed)?;
        let pool = PoolMetrics::register(&registry).map_err(failed)?;
        Ok(Self { registry, pool, requests, in_flight, jobs_running, jobs_finished })
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

    /// A job is worked on as long as the returned value lives.
    pub fn job_runs(&self) -> RunningJob {
        self.jobs_running.inc();
        RunningJob(self.jobs_running.clone())
    }

    /// A job ended.
    pub fn job_finished(&self, kind: &str, status: &str) {
        self.jobs_finished.with_label_values(&[kind, status]).inc();
    }

    /// All of it in Prometheus' text format.
    pub fn text(&self) -> Result<String, Error> {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|error| Error::Internal(format!("metrics: {error}")))
    }
}
