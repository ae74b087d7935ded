//! AWS: the settings, the configuration that all clients share, and whether credentials can be resolved.

use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use tokio::sync::{Mutex, OnceCell};

use crate::characters::plain;

/// Requests that are signed with credentials.
const SIGNATURES: AuthSchemeId = AuthSchemeId::new("sigv4");
/// The time limit for resolving credentials.
const LIMIT: Duration = Duration::from_secs(3);
/// How long a result is cached.
const FRESH: Duration = Duration::from_secs(60);

/// Settings for AWS. The SDK itself reads more from the environment, such as `AWS_ACCESS_KEY_ID` and
/// `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// `AWS_DEFAULT_REGION`, required.
    pub region: String,
    /// `AWS_PROFILE`: the profile of the shared AWS files whose credentials are used.
    pub profile: Option<String>,
    /// Whether `AWS_BEARER_TOKEN_BEDROCK` is set: an API key of Amazon Bedrock, used instead of credentials. The SDK
    /// reads it itself.
    pub bearer_token: bool,
}

/// The state of the AWS credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsState {
    /// They can be resolved.
    Resolved,
    /// They are configured, but cannot be resolved.
    Failed,
    /// None are configured.
    Absent,
}

/// Access to AWS. Loads the configuration once, at first use.
#[derive(Debug)]
pub struct Aws {
    settings: Option<AwsSettings>,
    config: OnceCell<SdkConfig>,
    last: Mutex<Option<(Instant, CredentialsState)>>,
}

impl Aws {
    /// Uses the default credential chain: environment, shared files, container and instance roles.
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings: Some(settings), config: OnceCell::new(), last: Mutex::new(None) }
    }

    /// Uses this configuration and ignores the environment.
    pub fn with_config(config: SdkConfig) -> Self {
        Self { settings: None, config: OnceCell::new_with(Some(config)), last: Mutex::new(None) }
    }

    /// The profile whose credentials are used, if one is set.
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
                    // Otherwise the SDK would use the variable even if it is set but empty, as in containers.
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

    /// The state of the credentials, at most a minute old. Concurrent callers share one result.
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
                log::warn!("cannot resolve AWS credentials: {}", loggable(&error.to_string()));
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

/// The most characters of an AWS error message that are logged.
const LOGGED: usize = 2000;

/// Makes an AWS error message loggable: one line of limited length, with dots in place of account ids and access keys.
pub fn loggable(text: &str) -> String {
    let mut rest = text;
    let mut clean = String::new();
    while let Some(c) = rest.chars().next() {
        let is_in_word = clean.ends_with(|c: char| c.is_ascii_alphanumeric());
        let run = |of: fn(char) -> bool| rest.find(|c: char| !of(c)).unwrap_or(rest.len());
        let digits = run(|c| c.is_ascii_digit());
        let word = run(|c| c.is_ascii_alphanumeric());
        let is_key = !is_in_word && word >= 16 && (rest.starts_with("AKIA") || rest.starts_with("ASIA"));
        let (taken, is_secret) = match digits {
            _ if is_key => (word, true),
            4 if is_account(rest) => (14, true),
            0 => (c.len_utf8(), false),
            digits => (digits, digits == 12),
        };
        let (taken, after) = rest.split_at(taken);
        clean.push_str(if is_secret { "…" } else { taken });
        rest = after;
    }
    plain(&clean, LOGGED)
}

/// Whether a text begins with an account id in the format of the console: 1234-5678-9012.
fn is_account(text: &str) -> bool {
    let digit = |index: usize| text.as_bytes().get(index).is_some_and(u8::is_ascii_digit);
    (0..14).all(|index| if index % 5 == 4 { text.as_bytes().get(index) == Some(&b'-') } else { digit(index) })
        && !digit(14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_from_logged_texts_and_other_numbers_stay() {
        let said = "User: arn:aws:iam::123456789012:user/ada is not authorized, 1234567890123 and 12, 210987654321";
        let clean = "User: arn:aws:iam::…:user/ada is not authorized, 1234567890123 and 12, …";
        assert_eq!(loggable(said), clean);
        assert_eq!(loggable("account 1234-5678-9012, not 1234-5678-90123"), "account …, not 1234-5678-90123");
        assert_eq!(loggable("key AKIAFAKEFAKEFAKE0001 (ASIAFAKEFAKEFAKE0001)"), "key … (…)");
        assert_eq!(loggable("größer\n\u{1b}[31m\u{202e}x"), "größer  [31mx");
        assert_eq!(loggable(&"é".repeat(5000)).chars().count(), 2000);
        assert_eq!(loggable(""), "");
    }
}
