//! The health of the database, from a query, and of AWS, from its credentials and the last call to a model.

use std::{sync::atomic::Ordering, time::Duration};

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::{self, DbConnection, migrations},
    error::{Error, StorageFault},
    generation::{
        converse::FailureClass,
        models::{AwsHealth, Models},
    },
    http::state::State,
    server::probe::Probes,
};

/// The longest time that the database may take to respond.
const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// The health of one part of the service. `unconfigured` means that there is nothing to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// It responds.
    Healthy,
    /// It does not respond.
    Unhealthy,
    /// There is nothing to check: no AWS credentials are set up, and no model needs them.
    Unconfigured,
}

/// The health of the service as a whole. `degraded` means that a part is unhealthy.
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

/// The parts of the service.
#[derive(Debug, Serialize, ToSchema)]
struct Services {
    database: DatabaseHealth,
    aws: ServiceHealth,
}

/// The health of the database.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DatabaseHealth {
    status: ServiceStatus,
    /// Why it is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure: Option<DatabaseFailure>,
}

/// Why the database is unhealthy. `no_answer`: it does not respond. `full`: it has no space left. `read_only`: it
/// cannot be written to. `damaged`: its file is not an SQLite database, or is damaged. `unreadable`: its file cannot be
/// read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseFailure {
    /// It does not respond.
    NoAnswer,
    /// It has no space left.
    Full,
    /// It cannot be written to.
    ReadOnly,
    /// Its file is not an SQLite database, or is damaged.
    Damaged,
    /// Its file cannot be read or written by the system.
    Unreadable,
}

impl DatabaseHealth {
    fn of(outcome: Result<(), Error>) -> Self {
        let failure = match outcome {
            Ok(()) => return Self { status: ServiceStatus::Healthy, failure: None },
            Err(Error::Storage(StorageFault::Full, _)) => DatabaseFailure::Full,
            Err(Error::Storage(StorageFault::ReadOnly, _)) => DatabaseFailure::ReadOnly,
            Err(Error::Storage(StorageFault::Damaged, _)) => DatabaseFailure::Damaged,
            Err(Error::Storage(StorageFault::Unreadable, _)) => DatabaseFailure::Unreadable,
            Err(error) => {
                log::log!(error.log_level(), "health: {error}");
                DatabaseFailure::NoAnswer
            }
        };
        Self { status: ServiceStatus::Unhealthy, failure: Some(failure) }
    }
}

/// The health of one part of the service. `unconfigured` means that there is nothing to check.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceHealth {
    status: ServiceStatus,
    /// Why AWS is unhealthy: its credentials cannot be resolved, or the last call of this server to a model failed. A
    /// failed call is reported for five minutes, or until a call succeeds.
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

/// The response to a probe of an orchestrator.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeReply {
    /// `ready` or `live`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Get the health of the service. Returns the state of each part, for people and monitors.
///
/// The status code is always 200. A monitor reads `status`; an orchestrator uses `/health/ready`.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses((status = 200, description = "The state of each part", body = Health))
)]
pub async fn health(app: web::Data<State>, probes: web::Data<Probes>, models: web::Data<Models>) -> web::Json<Health> {
    let asked = app.clone();
    let database = async move {
        let outcome = match asked.db.probe(DATABASE_LIMIT, db::ping).await {
            Ok(()) => asked.db.check_storage().await,
            Err(error) => Err(error),
        };
        DatabaseHealth::of(outcome)
    };
    let database = probes.database.ask(&app.clock, database);
    let (database, aws) = futures_util::future::join(database, models.aws_health()).await;
    let database = database.unwrap_or_else(|error| DatabaseHealth::of(Err(error)));
    let services = Services { database, aws: ServiceHealth::of_aws(aws) };
    let ill = [services.database.status, services.aws.status].contains(&ServiceStatus::Unhealthy);
    let status = if ill { OverallStatus::Degraded } else { OverallStatus::Healthy };
    web::Json(Health { status, services })
}

/// Check that the process responds. Nothing else is checked, so a database outage does not cause restarts.
#[utoipa::path(
    get, path = "/health/live", tag = "operations", operation_id = "health_live",
    responses((status = 200, description = "The process responds", body = ProbeReply))
)]
pub async fn live() -> web::Json<ProbeReply> {
    web::Json(ProbeReply { status: "live" })
}

/// Check that requests can be served.
///
/// The database must respond, its schema must not be older than this program requires, and the server must not be about
/// to stop. The state of the database is up to one second old.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "health_ready",
    responses(
        (status = 200, description = "Requests can be served", body = ProbeReply),
        (status = 503, description = "The database is down, migrations are pending, or the server is about to stop"),
    )
)]
pub async fn ready(app: web::Data<State>, probes: web::Data<Probes>) -> Result<web::Json<ProbeReply>, Error> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(Error::Leaving);
    }
    let asked = app.clone();
    let is_applied = |conn: &mut DbConnection| migrations::state(conn)?.require_applied();
    let schema = async move { asked.db.probe(DATABASE_LIMIT, is_applied).await.map_err(|error| error.to_string()) };
    match probes.schema.ask(&app.clock, schema).await? {
        Ok(()) => {
            if let Some(lasted) = app.unready.end() {
                log::info!("ready again after {} s", lasted.as_secs());
            }
            Ok(web::Json(ProbeReply { status: "ready" }))
        }
        Err(why) => {
            if app.unready.begin() {
                log::warn!("not ready: {why}");
            }
            Err(Error::Unavailable(why))
        }
    }
}
