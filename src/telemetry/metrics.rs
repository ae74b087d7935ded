//! Metrics for Prometheus.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::{db::PoolMetrics, error::Error};

/// The metrics of one server.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// The database pool's.
    pub pool: PoolMetrics,
    requests: HistogramVec,
    in_flight: IntGauge,
    jobs_running: IntGauge,
    jobs_finished: IntCounterVec,
    model_calls: IntCounterVec,
    model_tokens: IntCounterVec,
    model_seconds: HistogramVec,
}

/// A running job, until this is dropped.
pub struct RunningJob(IntGauge);

impl Drop for RunningJob {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A model takes seconds to minutes to write a question.
const MODEL_BUCKETS: [f64; 10] = [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0];

impl Metrics {
    /// Metrics with their own registry, so that several servers can run in one process.
    pub fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let failed = |error: prometheus::Error| Error::Internal(format!("metrics: {error}"));
        let requests = HistogramVec::new(
            HistogramOpts::new("tripos_http_request_duration_seconds", "Time to respond to a request, by route"),
            &["method", "route", "status"],
        )
        .map_err(failed)?;
        let in_flight =
            IntGauge::new("tripos_http_requests_in_flight", "Requests that are being handled").map_err(failed)?;
        let jobs_running = IntGauge::new("tripos_jobs_running", "Jobs that this process is running").map_err(failed)?;
        let jobs_finished = IntCounterVec::new(
            Opts::new("tripos_jobs_finished_total", "Jobs that ended in this process, by kind and status"),
            &["kind", "status"],
        )
        .map_err(failed)?;
        registry.register(Box::new(requests.clone())).map_err(failed)?;
        registry.register(Box::new(in_flight.clone())).map_err(failed)?;
        registry.register(Box::new(jobs_running.clone())).map_err(failed)?;
        registry.register(Box::new(jobs_finished.clone())).map_err(failed)?;
        let model_calls = IntCounterVec::new(
            Opts::new("tripos_model_calls_total", "Calls to language models, by outcome"),
            &["model", "purpose", "outcome"],
        )
        .map_err(failed)?;
        let model_tokens = IntCounterVec::new(
            Opts::new(
                "tripos_model_tokens_total",
                "Tokens sent to language models (input) and received from them (output)",
            ),
            &["model", "direction"],
        )
        .map_err(failed)?;
        let model_seconds = HistogramVec::new(
            HistogramOpts::new("tripos_model_call_seconds", "Duration of calls to language models, retries included")
                .buckets(MODEL_BUCKETS.to_vec()),
            &["model", "purpose"],
        )
        .map_err(failed)?;
        registry.register(Box::new(model_calls.clone())).map_err(failed)?;
        registry.register(Box::new(model_tokens.clone())).map_err(failed)?;
        registry.register(Box::new(model_seconds.clone())).map_err(failed)?;
        let pool = PoolMetrics::register(&registry).map_err(failed)?;
        Ok(Self {
            registry,
            pool,
            requests,
            in_flight,
            jobs_running,
            jobs_finished,
            model_calls,
            model_tokens,
            model_seconds,
        })
    }

    /// A request came in.
    pub fn request_started(&self) {
        self.in_flight.inc();
    }

    /// A request was handled. The route is the pattern, not the path, so that there are few labels.
    pub fn request_ended(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.in_flight.dec();
        self.requests.with_label_values(&[method, route, status]).observe(took.as_secs_f64());
    }

    /// A job runs until the returned value is dropped.
    pub fn job_runs(&self) -> RunningJob {
        self.jobs_running.inc();
        RunningJob(self.jobs_running.clone())
    }

    /// A job ended.
    pub fn job_finished(&self, kind: &str, status: &str) {
        self.jobs_finished.with_label_values(&[kind, status]).inc();
    }

    /// A call to a language model ended. All labels have few values: models come from an allowlist.
    pub fn model_called(&self, model: &str, purpose: &str, outcome: &str, took: Duration) {
        self.model_calls.with_label_values(&[model, purpose, outcome]).inc();
        self.model_seconds.with_label_values(&[model, purpose]).observe(took.as_secs_f64());
    }

    /// The tokens of a call.
    pub fn model_tokens(&self, model: &str, input: u32, output: u32) {
        self.model_tokens.with_label_values(&[model, "input"]).inc_by(input.into());
        self.model_tokens.with_label_values(&[model, "output"]).inc_by(output.into());
    }

    /// All metrics in the text format of Prometheus.
    pub fn text(&self) -> Result<String, Error> {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|error| Error::Internal(format!("metrics: {error}")))
    }
}
