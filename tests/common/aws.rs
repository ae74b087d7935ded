//! The SDK's configuration for a test server in place of AWS.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};

/// For this endpoint, with hardly any pause between attempts. Each has its own region, because the SDK has a retry
/// budget for each.
pub fn at(endpoint: &str) -> SdkConfig {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let region = format!("eu-test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test")))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .build()
}
