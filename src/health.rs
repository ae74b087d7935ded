//! Health: of the database, really asked, and of AWS, whose credentials are really resolved.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use actix_web::web;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, OnceCell};
use utoipa::ToSchema;

use crate::{
    config::AwsSettings,
    db::{self, migrations},
    error::Error,
    http::state::App,
};

/// The longest that the database may take to say that it is there.
const DATABASE_LIMIT: Duration = Duration::from_secs(2);
/// The longest that looking for AWS credentials may take.
const AWS_LIMIT: Duration = Duration::from_secs(3);
/// How long an answer about AWS is kept.
const AWS_FRESH: Duration = Duration::from_secs(60);

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

/// Resolves AWS credentials within a time limit and remembers the outcome for a minute.
pub struct AwsProbe {
    settings: Option<AwsSettings>,
    provider: OnceCell<Option<SharedCredentialsProvider>>,
    last: Mutex<Option<(Instant, ServiceStatus)>>,
}

impl AwsProbe {
    /// Asks the default chain: environment, shared files, container and instance roles.
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings: Some(settings), provider: OnceCell::new(), last: Mutex::new(None) }
    }

    /// Asks this provider, or has none to ask.
    pub fn with_provider(provider: Option<SharedCredentialsProvider>) -> Self {
        Self { settings: None, provider: OnceCell::new_with(Some(provider)), last: Mutex::new(None) }
    }

    async fn provider(&self) -> Option<SharedCredentialsProvider> {
        let load = || async {
            let settings = self.settings.as_ref()?;
            let mut loader =
                aws_config::defaults(BehaviorVersion::latest()).region(Region::new(settings.region.clone()));
            if let Some(profile) = &settings.profile {
                loader = loader.profile_name(profile);
            }
            loader.load().await.credentials_provider()
        };
        self.provider.get_or_init(load).await.clone()
    }

    /// The state, at most a minute old. Those who ask at once wait for one answer together.
    pub async fn status(&self) -> ServiceStatus {
        let mut last = self.last.lock().await;
        if let Some((when, status)) = *last
            && when.elapsed() < AWS_FRESH
        {
            return status;
        }
        let resolve = async {
            match self.provider().await {
                Some(provider) => provider.provide_credentials().await.map(Some),
                None => Ok(None),
            }
        };
        let status = match tokio::time::timeout(AWS_LIMIT, resolve).await {
            Ok(Ok(Some(_))) => ServiceStatus::Up,
            Ok(Ok(None) | Err(CredentialsError::CredentialsNotLoaded(_))) => ServiceStatus::Unconfigured,
            Ok(Err(error)) => {
                log::warn!("AWS credentials cannot be resolved: {error}");
                ServiceStatus::Down
            }
            Err(_) => {
                log::warn!("AWS credentials were not resolved within {} s", AWS_LIMIT.as_secs());
                ServiceStatus::Down
            }
        };
        *last = Some((Instant::now(), status));
        status
    }
}

/// The health of the service and its parts, for people and monitors.
///
/// Always 200: a monitor reads `status`, an orchestrator asks `/health/ready`.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses((status = 200, description = "The state of each part", body = Health))
)]
pub async fn health(app: web::Data<App>) -> web::Json<Health> {
    let database = async {
        match app.db.probe(DATABASE_LIMIT, db::ping).await {
            Ok(()) => ServiceStatus::Up,
            Err(error) => {
                log::warn!("health: {error}");
                ServiceStatus::Down
            }
        }
    };
    let (database, aws) = futures_util::future::join(database, app.aws.status()).await;
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
pub async fn ready(app: web::Data<App>) -> Result<web::Json<ProbeReply>, Error> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(Error::Leaving);
    }
    match app.db.probe(DATABASE_LIMIT, |conn| migrations::state(conn)?.require_applied()).await {
        Ok(()) => Ok(web::Json(ProbeReply { status: "ready" })),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}
