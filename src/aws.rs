//! AWS: its settings, the configuration that every client of it shares, and whether its credentials can be resolved.

use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use tokio::sync::{Mutex, OnceCell};

/// Requests that are signed with credentials.
const SIGNATURES: AuthSchemeId = AuthSchemeId::new("sigv4");
/// The longest that looking for credentials may take.
const LIMIT: Duration = Duration::from_secs(3);
/// How long an answer is kept.
const FRESH: Duration = Duration::from_secs(60);

/// Settings of AWS. The SDK reads more from the environment by itself, such as `AWS_ACCESS_KEY_ID` and
/// `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// `AWS_DEFAULT_REGION`, required.
    pub region: String,
    /// `AWS_PROFILE`: the profile of the shared AWS files to take credentials from.
    pub profile: Option<String>,
    /// Whether `AWS_BEARER_TOKEN_BEDROCK` is set: an API key of Amazon Bedrock, used instead of credentials. The SDK reads
    /// it by itself.
    pub bearer_token: bool,
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

/// The way to AWS: loads the configuration once, at its first use.
#[derive(Debug)]
pub struct Aws {
    settings: Option<AwsSettings>,
    config: OnceCell<SdkConfig>,
    last: Mutex<Option<(Instant, CredentialsState)>>,
}

impl Aws {
    /// Takes credentials from the default chain: environment, shared files, container and instance roles.
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings: Some(settings), config: OnceCell::new(), last: Mutex::new(None) }
    }

    /// With this configuration, whatever the environment says.
    pub fn with_config(config: SdkConfig) -> Self {
        Self { settings: None, config: OnceCell::new_with(Some(config)), last: Mutex::new(None) }
    }

    /// The profile that credentials are taken from, if one is set.
    pub fn profile(&self) -> Option<&str> {
        self.settings.as_ref()?.profile.as_deref()
    }

    /// The configuration that clients are made from.
    pub async fn config(&self) -> &SdkConfig {
        let load = || async {
            let mut loader = aws_config::defaults(BehaviorVersion::latest());
            if let Some(AwsSettings { region, profile, bearer_token }) = &self.settings {
                loader = loader.region(Region::new(region.clone()));
                if !bearer_token {
                    // Or the SDK would send a variable that is set and empty, as containers have it.
                    loader = loader.auth_scheme_preference([SIGNATURES]);
                }
                if let Some(profile) = profile {
                    loader = loader.profile_name(profile);
                }
            }
            loader.load().await
        };
        self.config.get_or_init(load).await
    }

    /// The state of its credentials, at most a minute old. Those who ask at once wait for one answer together.
    pub async fn credentials(&self) -> CredentialsState {
        if self.settings.as_ref().is_some_and(|settings| settings.bearer_token) {
            return CredentialsState::Resolved;
        }
        let mut last = self.last.lock().await;
        if let Some((when, state)) = *last
            && when.elapsed() < FRESH
        {
            return state;
        }
        let resolve = async {
            match self.config().await.credentials_provider() {
                Some(provider) => provider.provide_credentials().await.map(Some),
                None => Ok(None),
            }
        };
        let state = match tokio::time::timeout(LIMIT, resolve).await {
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
        *last = Some((Instant::now(), state));
        state
    }
}
