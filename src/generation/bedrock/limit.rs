//! A limit for the size of responses: a question has a few thousand characters, whatever a service or a proxy sends.

use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::{Client, config};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use http_body_util::Limited;

/// The largest response that is read, in megabytes.
pub const MEGABYTES: usize = 2;

/// A client that rejects larger responses.
pub fn client(config: &SdkConfig) -> Client {
    Client::from_conf(config::Builder::from(config).interceptor(AnswerLimit).build())
}

/// Closes a connection that sends more.
#[derive(Debug)]
struct AnswerLimit;

impl Intercept for AnswerLimit {
    fn name(&self) -> &'static str {
        "AnswerLimit"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, MEGABYTES << 20));
        Ok(())
    }
}
