//! Health: of the database, really asked, and of AWS, whose credentials are really resolved.

use std::{sync::atomic::Ordering, time::Duration};

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    aws::{AwsProbe, CredentialsState},
    db::{self, migrations},
    error::Error,
    http::state::State,
};

/// The longest that the database may take to say that it is there.
const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// How well a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// It answers.
    Up,
    /// It does not.
    Down,
    /// There is nothing to ask: no AWS credentials are set up.
    Unconfigured,
}

/// How well the whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverallStatus {
    /// Everything that is set up answers.
    Healthy,
    /// Something does not.
    Degraded,
}

/// The health of the service and its parts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    status: OverallStatus,
    services: Services,
}

/// The parts.
#[derive(Debug, Serialize, ToSchema)]
struct Services {
    database: ServiceStatus,
    aws: ServiceStatus,
}

/// The state of a probe for orchestrators.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeReply {
    #[schema(example = "ready")]
    status: &'static str,
}

/// The health of the service and its parts, for people and monitors.
///
/// Always 200: a monitor reads `status`, an orchestrator asks `/health/ready`.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses((status = 200, description = "The state of each part", body = Health))
)]
pub async fn health(app: web::Data<State>, aws: web::Data<AwsProbe>) -> web::Json<Health> {
    let database = async {
        match app.db.probe(DATABASE_LIMIT, db::ping).await {
            Ok(()) => ServiceStatus::Up,
            Err(error) => {
                log::warn!("health: {error}");
                ServiceStatus::Down
            }
        }
    };
    let (database, aws) = futures_util::future::join(database, aws.status()).await;
    let aws = match aws {
        CredentialsState::Resolved => ServiceStatus::Up,
        CredentialsState::Failed => ServiceStatus::Down,
        CredentialsState::Absent => ServiceStatus::Unconfigured,
    };
    let well = database == ServiceStatus::Up && aws != ServiceStatus::Down;
    let status = if well { OverallStatus::Healthy } else { OverallStatus::Degraded };
    web::Json(Health { status, services: Services { database, aws } })
}

/// Whether the process answers at all. Asks nothing else, so that a database outage restarts nobody.
#[utoipa::path(
    get, path = "/health/live", tag = "operations", operation_id = "health_live",
    responses((status = 200, description = "The process answers", body = ProbeReply))
)]
pub async fn live() -> web::Json<ProbeReply> {
    web::Json(ProbeReply { status: "live" })
}

/// Whether requests can be served: the database answers, its schema is not behind this program, and the server is not
/// about to stop.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "health_ready",
    responses(
        (status = 200, description = "Requests can be served", body = ProbeReply),
        (status = 503, description = "The database is down or behind on migrations, or the server is about to stop"),
    )
)]
pub async fn ready(app: web::Data<State>) -> Result<web::Json<ProbeReply>, Error> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(Error::Leaving);
    }
    match app.db.probe(DATABASE_LIMIT, |conn| migrations::state(conn)?.require_applied()).await {
        Ok(()) => Ok(web::Json(ProbeReply { status: "ready" })),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}
