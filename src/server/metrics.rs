//! Counts and times for Prometheus, at `/metrics`.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    auth::model::Role,
    error::Error,
    http::{caller::Caller, client::Client, state::State},
};

/// Get counts and times in Prometheus' text format.
///
/// For admins, and for programs on this machine unless the server trusts a proxy; or for all, where the server says so.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"),
        (status = 401, description = "Asked without a valid token from another machine, or through a proxy"),
        (status = 403, description = "The same by someone who is not an admin"),
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
