//! Converts errors of the SDK and of AWS to failures that say what to change.
//!
//! Messages of AWS may name accounts and resources: they are logged without account ids, never put into a failure.

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};

use http_body_util::LengthLimitError;

use super::{CallError, limit::MEGABYTES};
use crate::{
    aws::loggable,
    generation::{
        converse::{
            Call, Failure,
            FailureClass::{
                self, AccessDenied, Credentials, InvalidRequest, Malformed, ModelNotFound, Throttled, TimedOut,
                Unavailable,
            },
        },
        settings::name,
    },
};

/// The circumstances of a failed call.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The call.
    pub call: &'a Call,
    /// The region.
    pub region: &'a str,
    /// The time limit of the whole call.
    pub limit: Duration,
    /// The profile of the credentials, if one is set.
    pub profile: Option<&'a str>,
}

/// A change with which the call may succeed if it is sent again.
#[derive(Debug, PartialEq, Eq)]
pub enum Remedy {
    /// None: the model failed, but the next attempt may succeed.
    AsItIs,
    /// A smaller request, for a model that took too long.
    Smaller,
    /// No temperature: some models do not support it.
    WithoutTemperature,
}

/// Whether the call should be sent once more, after all retries of the SDK. If so, logs the message of AWS.
pub fn remedy(error: &CallError, has_temperature: bool) -> Option<Remedy> {
    let service = error.as_service_error()?;
    let remedy = match service.code()? {
        "ModelErrorException" => Remedy::AsItIs,
        "ModelTimeoutException" => Remedy::Smaller,
        "ValidationException" if has_temperature && message(service).contains("temperature") => {
            Remedy::WithoutTemperature
        }
        _ => return None,
    };
    log::info!("retrying a call to Amazon Bedrock ({remedy:?}): {}", loggable(&words(error)));
    Some(remedy)
}

/// Converts an error to a failure. Logs the message of AWS.
pub fn of(error: &CallError, circumstances: Circumstances) -> Failure {
    let Circumstances { region, limit, .. } = circumstances;
    let (class, detail) = match error {
        SdkError::ServiceError(context) => {
            let (error, status) = (context.err(), context.raw().status().as_u16());
            of_service(error.code().unwrap_or_default(), &message(error), status, circumstances)
        }
        _ if source::<CredentialsError>(error).is_some() => (Credentials, no_credentials(circumstances.profile)),
        SdkError::TimeoutError(_) => (TimedOut, too_late(limit)),
        SdkError::DispatchFailure(failure) if !failure.is_user() => {
            let detail = format!(
                "Amazon Bedrock in {region} cannot be reached: check the network, whether AWS_DEFAULT_REGION is a region that \
                 has it, and AWS_ENDPOINT_URL_BEDROCK_RUNTIME if it is set"
            );
            (Unavailable, detail)
        }
        SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) => {
            let detail = "the call cannot be sent: check AWS_DEFAULT_REGION and the credentials; the log says more";
            (InvalidRequest, detail.to_owned())
        }
        _ if source::<LengthLimitError>(error).is_some() => {
            (Malformed, format!("the answer of Amazon Bedrock is longer than {MEGABYTES} MB"))
        }
        _ => (Malformed, "the answer of Amazon Bedrock was cut off, or does not match its API".to_owned()),
    };
    let words = loggable(&words(error));
    let request_id = error.request_id().map(loggable);
    log::warn!(class = class.as_str(), request_id = request_id.as_deref(); "a call to Amazon Bedrock failed: {words}");
    Failure { class, detail }
}

/// The message for a call that took too long.
pub fn too_late(limit: Duration) -> String {
    format!(
        "no answer in time ({} s at most): try again later, raise BEDROCK_TIMEOUT_SECONDS or lower BEDROCK_MAX_TOKENS",
        limit.as_secs_f32()
    )
}

const NO_CREDENTIALS: &str = "there are no AWS credentials, or they cannot be resolved: set AWS_PROFILE, AWS_ACCESS_KEY_ID \
     and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK, or give this machine a role";

fn no_credentials(profile: Option<&str>) -> String {
    profile.map_or_else(
        || NO_CREDENTIALS.to_owned(),
        |profile| {
            format!(
                "the profile {profile:?} (AWS_PROFILE) cannot be used: it is not in ~/.aws/config or ~/.aws/credentials, or \
                 its credentials cannot be resolved; sign in again (aws sso login), or set another one"
            )
        },
    )
}

fn of_service(code: &str, message: &str, status: u16, circumstances: Circumstances) -> (FailureClass, String) {
    let Circumstances { call, region, limit, .. } = circumstances;
    let model = name(&call.model);
    match code {
        "AccessDeniedException" => denied(message, model, region),
        "ResourceNotFoundException" if message.contains("guardrail") => invalid(message, model, region),
        // "Model use case details have not been submitted for this account."
        "ResourceNotFoundException" if message.contains("use case") => (AccessDenied, no_access(model, region)),
        "ResourceNotFoundException" => (ModelNotFound, no_model(model, region)),
        "ValidationException" => invalid(message, model, region),
        "ThrottlingException" | "TooManyRequestsException" | "ServiceQuotaExceededException" => {
            (Throttled, busy(model))
        }
        "ModelTimeoutException" => (TimedOut, too_late(limit)),
        "ModelNotReadyException" => (Unavailable, format!("{model} is not ready yet: try again later")),
        "ModelErrorException" => (Unavailable, format!("{model} failed while it wrote: try again later")),
        "InternalServerException" | "ServiceUnavailableException" => (Unavailable, unavailable(region)),
        "ExpiredTokenException"
        | "ExpiredToken"
        | "RequestExpired"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "NotAuthorized"
        | "OptInRequired" => (Credentials, refused_credentials()),
        // Not an error that Amazon Bedrock documents. It may come from a proxy.
        _ => match status {
            401 => (Credentials, refused_credentials()),
            403 => denied(message, model, region),
            404 => (ModelNotFound, no_model(model, region)),
            429 => (Throttled, busy(model)),
            500..=599 => (Unavailable, unavailable(region)),
            400..=499 => invalid(message, model, region),
            200..=299 => (Malformed, "the answer of Amazon Bedrock cannot be read".to_owned()),
            _ => (Malformed, format!("Amazon Bedrock answered with an unknown error and status {status}")),
        },
    }
}

fn denied(message: &str, model: &str, region: &str) -> (FailureClass, String) {
    if message.contains("api key") {
        return (Credentials, "Amazon Bedrock does not accept AWS_BEARER_TOKEN_BEDROCK: set a valid one".to_owned());
    }
    if message.contains("access to the model") {
        return (AccessDenied, no_access(model, region));
    }
    // The message of AWS names the permission, and who lacks it.
    let word = |c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '-';
    let permission =
        match message.split(word).find(|word| word.starts_with("bedrock:") || word.starts_with("aws-market")) {
            Some("bedrock:applyguardrail") => "bedrock:ApplyGuardrail for the guardrail BEDROCK_GUARDRAIL_ID",
            Some("bedrock:callwithbearertoken") => "bedrock:CallWithBearerToken for AWS_BEARER_TOKEN_BEDROCK",
            Some(word) if word.starts_with("aws-market") => "aws-marketplace:Subscribe, to be used once for the model",
            _ => "bedrock:InvokeModel for the model, and for its inference profile if it has one",
        };
    (AccessDenied, format!("the credentials may not call {model} in {region}: allow {permission}"))
}

fn invalid(message: &str, model: &str, region: &str) -> (FailureClass, String) {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["on-demand throughput"]) {
        let geography = match region.split('-').next() {
            Some(geography @ ("us" | "eu" | "ca" | "sa")) => geography,
            Some("ap") => "apac",
            _ => "global",
        };
        let detail = format!(
            "{model} can only be called through an inference profile: use the id of one, such as {geography}.{model}"
        );
        return (InvalidRequest, detail);
    }
    if says(&["model identifier", "model id", "modelid"]) {
        return (ModelNotFound, no_model(model, region));
    }
    let detail = if says(&["guardrail"]) {
        "Amazon Bedrock does not know the guardrail: check BEDROCK_GUARDRAIL_ID, BEDROCK_GUARDRAIL_VERSION and \
         AWS_DEFAULT_REGION"
            .to_owned()
    } else if says(&["maximum tokens", "max_tokens", "maxtokens"]) {
        format!("{model} cannot write that many tokens at once: lower BEDROCK_MAX_TOKENS")
    } else if says(&["too long", "too many input tokens"]) {
        format!("the request is longer than {model} can read: shorten the notes, or choose another model")
    } else if says(&["tool"]) {
        format!("{model} cannot be made to call a tool, which drafting needs: choose another model")
    } else {
        "Amazon Bedrock refuses the request as invalid; the log has its reason".to_owned()
    };
    (InvalidRequest, detail)
}

fn no_access(model: &str, region: &str) -> String {
    format!("the account has no access to {model} in {region}: request it in the console of Amazon Bedrock")
}

fn no_model(model: &str, region: &str) -> String {
    format!("{region} has no model {model}: change BEDROCK_MODEL_ID, BEDROCK_MODELS or AWS_DEFAULT_REGION")
}

fn busy(model: &str) -> String {
    format!(
        "more calls or tokens than the account's quota for {model} allows: try again later, lower GENERATION_WORKERS, or \
         have the quota raised"
    )
}

fn unavailable(region: &str) -> String {
    format!("Amazon Bedrock in {region} is not available at the moment: try again later")
}

fn refused_credentials() -> String {
    "AWS does not accept the credentials, which may have expired: renew them, and check AWS_PROFILE, \
     AWS_BEARER_TOKEN_BEDROCK and the clock of this machine"
        .to_owned()
}

/// AWS's message in lower case, with straight quotation marks.
fn message(error: &impl ProvideErrorMetadata) -> String {
    error.message().unwrap_or_default().to_lowercase().replace('\u{2019}', "'")
}

/// An error and its causes, for the log.
fn words(error: &CallError) -> String {
    if let Some(error) = error.as_service_error() {
        return format!("{}: {}", error.code().unwrap_or("no code"), error.message().unwrap_or("no message"));
    }
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The first cause of this type.
fn source<E: Error + 'static>(error: &CallError) -> Option<&E> {
    causes(error).find_map(|error| error.downcast_ref::<E>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
