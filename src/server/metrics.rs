//! Counts and times for Prometheus, at `/metrics`.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    auth::model::Role,
    error::Error,
    http::{caller::Caller, client::Client, state::State},
};

/// Get metrics. Returns counters and durations in the text format of Prometheus.
///
/// Available to admins, and to programs on the same machine unless the server trusts a proxy. A setting makes them
/// public.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "From another machine or through a proxy, a valid token is required"),
        (status = 403, description = "From another machine or through a proxy, the admin role is required"),
    )
)]
pub async fn metrics(app: web::Data<State>, client: Client, req: HttpRequest) -> Result<HttpResponse, Error> {
    // Behind a proxy, everyone may look like this machine.
    let is_here = client.local && app.http.trusted_proxies.is_empty();
    if !is_here && !app.access.metrics_public {
        Caller::of(&req, Role::Admin)?.read(|_, _| Ok(())).await?;
    }
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.metrics.text()?))
}
