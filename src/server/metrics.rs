//! Counts and times for Prometheus, at `/metrics`.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    auth::model::Role,
    error::Error,
    http::{caller::Caller, client::Client, state::State},
};

/// Get counts and times in Prometheus' text format. For programs on this machine and for admins, unless the server
/// shows them to all.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "Asked from another machine without a valid token"),
        (status = 403, description = "Asked from another machine by someone who is not an admin"),
    )
)]
pub async fn metrics(app: web::Data<State>, client: Client, req: HttpRequest) -> Result<HttpResponse, Error> {
    if !client.local && !app.access.metrics_public {
        Caller::of(&req, Role::Admin)?.read(|_, _| Ok(())).await?;
    }
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.metrics.text()?))
}
