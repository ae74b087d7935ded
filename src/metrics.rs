//! Counts and times for Prometheus, at `/metrics`.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use prometheus::{HistogramOpts, HistogramVec, IntGauge, Registry, TextEncoder};

use crate::{
    auth::model::Role,
    db::PoolMetrics,
    error::Error,
    http::{caller::Caller, client::Client, state::App},
};

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
}

/// Counts and times in Prometheus' text format. For programs on this machine and for admins, unless the server shows them
/// to all.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "Asked from another machine without a valid token"),
        (status = 403, description = "Asked from another machine by someone who is not an admin"),
    )
)]
pub async fn metrics(app: web::Data<App>, client: Client, req: HttpRequest) -> Result<HttpResponse, Error> {
    if !client.local && !app.access.metrics_public {
        Caller::of(&req, Role::Admin)?.read(|_, _| Ok(())).await?;
    }
    let text = TextEncoder::new()
        .encode_to_string(&app.metrics.registry.gather())
        .map_err(|error| Error::Internal(format!("metrics: {error}")))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}
