//! Health: of the database, really asked, and of AWS, by its credentials and the last call to a model.

use std::{sync::atomic::Ordering, time::Duration};

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{self, DbConnection, migrations},
    error::Error,
    generation::{
        converse::FailureClass,
        models::{AwsHealth, Models},
    },
    http::state::State,
    server::probe::Probes,
};

/// The longest that the database may take to say that it is there.
const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// How well a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// It answers.
    Healthy,
    /// It does not.
    Unhealthy,
    /// There is nothing to ask: no AWS credentials are set up, and no model needs them.
    Unconfigured,
}

/// How well the whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverallStatus {
    /// Everything that is set up is healthy.
    Healthy,
    /// Something is not.
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
    database: ServiceHealth,
    aws: ServiceHealth,
}

/// The health of a part.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceHealth {
    status: ServiceStatus,
    /// Why AWS is unhealthy: its credentials cannot be resolved, or how the last call of this server to a model failed, for
    /// five minutes or until a call succeeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure: Option<FailureClass>,
}

impl ServiceHealth {
    fn of_aws(health: AwsHealth) -> Self {
        let (status, failure) = match health {
            AwsHealth::Healthy => (ServiceStatus::Healthy, None),
            AwsHealth::Unhealthy(class) => (ServiceStatus::Unhealthy, Some(class)),
            AwsHealth::Unconfigured => (ServiceStatus::Unconfigured, None),
        };
        Self { status, failure }
    }
}

/// The state of a probe for orchestrators.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeReply {
    /// `ready` or `live`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Tell the health of the service and its parts, for people and monitors.
///
/// Always 200: a monitor reads `status`, an orchestrator asks `/health/ready`.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses((status = 200, description = "The state of each part", body = Health))
)]
pub async fn health(app: web::Data<State>, probes: web::Data<Probes>, models: web::Data<Models>) -> web::Json<Health> {
    let asked = app.clone();
    let ping = async move { asked.db.probe(DATABASE_LIMIT, db::ping).await };
    let database = async {
        let status = match probes.database.ask(&app.clock, ping).await {
            Ok(()) => ServiceStatus::Healthy,
            Err(error) => {
                log::warn!("health: {error}");
                ServiceStatus::Unhealthy
            }
        };
        ServiceHealth { status, failure: None }
    };
    let (database, aws) = futures_util::future::join(database, models.aws_health()).await;
    let services = Services { database, aws: ServiceHealth::of_aws(aws) };
    let ill = [&services.database, &services.aws].iter().any(|part| part.status == ServiceStatus::Unhealthy);
    let status = if ill { OverallStatus::Degraded } else { OverallStatus::Healthy };
    web::Json(Health { status, services })
}

/// Tell whether the process answers at all. Asks nothing else, so that a database outage restarts nobody.
#[utoipa::path(
    get, path = "/health/live", tag = "operations", operation_id = "health_live",
    responses((status = 200, description = "The process answers", body = ProbeReply))
)]
pub async fn live() -> web::Json<ProbeReply> {
    web::Json(ProbeReply { status: "live" })
}

/// Tell whether requests can be served.
///
/// That is so if the database answers, its schema is not behind this program, and the server is not about to stop. The
/// database's part of the answer is up to a second old.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "health_ready",
    responses(
        (status = 200, description = "Requests can be served", body = ProbeReply),
        (status = 503, description = "The database is down or behind on migrations, or the server is about to stop"),
    )
)]
pub async fn ready(app: web::Data<State>, probes: web::Data<Probes>) -> Result<web::Json<ProbeReply>, Error> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(Error::Leaving);
    }
    let asked = app.clone();
    let is_applied = |conn: &mut DbConnection| migrations::state(conn)?.require_applied();
    let schema = async move { asked.db.probe(DATABASE_LIMIT, is_applied).await };
    probes.schema.ask(&app.clock, schema).await.map_err(Error::Unavailable)?;
    Ok(web::Json(ProbeReply { status: "ready" }))
}
