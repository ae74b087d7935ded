//! AWS: its settings, and whether its credentials can be resolved.

use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError};
use tokio::sync::{Mutex, OnceCell};

/// The longest that looking for credentials may take.
const LIMIT: Duration = Duration::from_secs(3);
/// How long an answer is kept.
const FRESH: Duration = Duration::from_secs(60);

/// Settings of AWS.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// `AWS_DEFAULT_REGION`, required.
    pub region: String,
    /// `AWS_PROFILE`: the profile of the shared AWS files to take credentials from.
    pub profile: Option<String>,
}

/// What is known of AWS credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsState {
    /// They can be resolved.
    Resolved,
    /// They are set up, and cannot be resolved.
    Failed,
    /// None are set up.
    Absent,
}

/// Resolves AWS credentials within a time limit and remembers the outcome for a minute.
pub struct AwsProbe {
    settings: Option<AwsSettings>,
    provider: OnceCell<Option<SharedCredentialsProvider>>,
    last: Mutex<Option<(Instant, CredentialsState)>>,
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
    pub async fn status(&self) -> CredentialsState {
        let mut last = self.last.lock().await;
        if let Some((when, status)) = *last
            && when.elapsed() < FRESH
        {
            return status;
        }
        let resolve = async {
            match self.provider().await {
                Some(provider) => provider.provide_credentials().await.map(Some),
                None => Ok(None),
            }
        };
        let status = match tokio::time::timeout(LIMIT, resolve).await {
            Ok(Ok(Some(_))) => CredentialsState::Resolved,
            Ok(Ok(None) | Err(CredentialsError::CredentialsNotLoaded(_))) => CredentialsState::Absent,
            Ok(Err(error)) => {
                log::warn!("AWS credentials cannot be resolved: {error}");
                CredentialsState::Failed
            }
            Err(_) => {
                log::warn!("AWS credentials were not resolved within {} s", LIMIT.as_secs());
                CredentialsState::Failed
            }
        };
        *last = Some((Instant::now(), status));
        status
    }
}
