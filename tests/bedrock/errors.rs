//! Errors of calls, and the messages for people.

use std::{net::SocketAddr, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{
    Credentials as AwsCredentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use serde_json::{Value, json};
use tripos::{
    aws::Aws,
    generation::{
        bedrock::Bedrock,
        converse::{
            Call, Converse,
            FailureClass::{
                self, AccessDenied, Credentials, InvalidRequest, Malformed, ModelNotFound, Throttled, TimedOut,
                Unavailable,
            },
        },
    },
};

use super::{MODEL, ask, call, client, error, message, played, run, settings, tool_call};
use crate::common::{
    aws,
    http_fake::{HttpFake, Play},
};

/// Every class of error, with the messages of AWS, which name an account and resources.
#[test]
fn every_error_names_what_to_change_and_no_account() {
    let denied = |action: &str| {
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/app/i-0abc is not authorized to perform: {action} on resource: \
             arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x because no identity-based policy allows it"
        )
    };
    let invoke = denied("bedrock:InvokeModel");
    let (guard, bearer) = (denied("bedrock:ApplyGuardrail"), denied("bedrock:CallWithBearerToken"));
    let market = denied("aws-marketplace:Subscribe");
    let profile = format!(
        "Invocation of model ID {MODEL} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or \
         ARN of an inference profile that contains this model."
    );
    type Row<'a> = (&'a str, FailureClass, &'a str);
    let errors: [(u16, &str, usize, &[Row]); 21] = [
        (
            403,
            "AccessDeniedException",
            1,
            &[
                (&invoke, AccessDenied, "allow bedrock:InvokeModel"),
                (&guard, AccessDenied, "bedrock:ApplyGuardrail"),
                (&bearer, AccessDenied, "AWS_BEARER_TOKEN_BEDROCK"),
                (&market, AccessDenied, "aws-marketplace:Subscribe"),
                ("You don't have access to the model with the specified model ID.", AccessDenied, "console"),
                ("Please make sure your API Key is valid.", Credentials, "AWS_BEARER_TOKEN_BEDROCK"),
            ],
        ),
        (403, "ExpiredTokenException", 1, &[("The security token is expired", Credentials, "AWS_PROFILE")]),
        (403, "UnrecognizedClientException", 1, &[("The security token is invalid.", Credentials, "renew")]),
        (403, "InvalidSignatureException", 1, &[("Signature expired: it is too old", Credentials, "clock")]),
        (
            404,
            "ResourceNotFoundException",
            1,
            &[
                ("Could not resolve arn:aws:bedrock:x:123456789012:y", ModelNotFound, "AWS_DEFAULT_REGION"),
                ("Model use case details have not been submitted.", AccessDenied, "console"),
                ("The guardrail was not found.", InvalidRequest, "BEDROCK_GUARDRAIL_ID"),
            ],
        ),
        (
            400,
            "ValidationException",
            1,
            &[
                ("The provided model identifier is invalid.", ModelNotFound, "BEDROCK_MODEL_ID"),
                (&profile, InvalidRequest, "such as eu.anthropic.claude-test-v1:0"),
                ("The guardrail identifier or version does not exist.", InvalidRequest, "BEDROCK_GUARDRAIL_VERSION"),
                ("The maximum tokens you requested exceeds the model limit.", InvalidRequest, "BEDROCK_MAX_TOKENS"),
                ("This model doesn't support tool use.", InvalidRequest, "choose another model"),
                ("Input is too long for requested model.", InvalidRequest, "shorten"),
                ("1 validation error detected for account 123456789012", InvalidRequest, "log"),
            ],
        ),
        (400, "ServiceQuotaExceededException", 1, &[("Quota of 123456789012 exceeded", Throttled, "quota")]),
        (429, "ThrottlingException", 3, &[("Too many tokens per day for 123456789012", Throttled, "quota")]),
        (429, "ModelNotReadyException", 3, &[("Model is not ready for inference.", Unavailable, "not ready")]),
        (500, "InternalServerException", 3, &[("at com.amazon.Secret", Unavailable, "again later")]),
        (503, "ServiceUnavailableException", 3, &[("Unable to process.", Unavailable, "again later")]),
        (408, "ModelTimeoutException", 2, &[("Time exceeded", TimedOut, "BEDROCK_TIMEOUT_SECONDS")]),
        (424, "ModelErrorException", 2, &[("Unexpected error", Unavailable, "failed while it wrote")]),
        (418, "TeapotException", 1, &[("short and stout", InvalidRequest, "log")]),
        // From a proxy.
        (401, "", 1, &[("who are you", Credentials, "AWS_PROFILE")]),
        (403, "", 1, &[("no", AccessDenied, "allow bedrock:InvokeModel")]),
        (404, "", 1, &[("no such page", ModelNotFound, "AWS_DEFAULT_REGION")]),
        (413, "", 1, &[("too large", InvalidRequest, "log")]),
        (429, "", 1, &[("slow down", Throttled, "quota")]),
        (502, "", 3, &[("bad gateway", Unavailable, "again later")]),
        (504, "", 3, &[("too late", Unavailable, "again later")]),
    ];
    for (status, code, requests, rows) in errors {
        for (text, class, words) in rows {
            let (result, made) = played([error(status, code, text)]);
            let failure = result.expect_err(text);
            assert_eq!((failure.class, made.len()), (*class, requests), "{code}: {text}: {failure}");
            assert!(failure.detail.contains(words), "{code}: {text}: {failure}");
            for secret in ["123456789012", "arn:", "i-0abc", "7e2b8b1e", "com.amazon"] {
                assert!(!failure.detail.contains(secret), "{code}: {failure}");
            }
        }
    }
}

#[test]
fn the_field_message_may_begin_with_a_capital() {
    let header = "x-amzn-errortype: AccessDeniedException".to_owned();
    let text = "User: x is not authorized to perform: bedrock:ApplyGuardrail";
    let (result, _) = played([Play::Answer(403, header, json!({"Message": text}))]);
    assert!(result.unwrap_err().detail.contains("bedrock:ApplyGuardrail"));
}

#[test]
fn an_arn_of_a_model_is_shown_without_its_account() {
    let fake = HttpFake::script([error(404, "ResourceNotFoundException", "none")]);
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
    let failure = run(client(&fake).converse(&Call { model: arn.to_owned(), ..call() })).unwrap_err();
    assert!(failure.detail.contains("no model abc") && !failure.detail.contains("123456789012"), "{failure}");
}

#[test]
fn invalid_responses_are_failures() {
    let html = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 13\r\n\r\n<html></html>";
    let empty = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let deep: Value = (0..500).fold(json!(1), |inner, _| json!([inner]));
    let deep = json!([{"toolUse": {"toolUseId": "t", "name": "answer", "input": deep}}]);
    for (play, class) in [
        (Play::Torn, Malformed),
        (Play::Raw(html), Malformed),
        (Play::Raw(empty), Malformed),
        (Play::Raw("nonsense\r\n\r\n"), Unavailable),
        (Play::Raw(""), Unavailable),
        (message("tool_use", &deep), Malformed),
    ] {
        let (result, _) = played([play.clone()]);
        assert_eq!(result.as_ref().map_err(|failure| failure.class).unwrap_err(), class, "{play:?}: {result:?}");
    }
}

#[test]
fn unreadable_and_too_long_responses_are_reported_as_such() {
    let unread = Play::Answer(200, String::new(), json!("hello"));
    let long = Play::Answer(200, String::new(), json!({"stopReason": "x".repeat(3 << 20)}));
    for (play, told) in [
        (unread, "the answer of Amazon Bedrock cannot be read"),
        (long, "the answer of Amazon Bedrock is longer than 2 MB"),
    ] {
        let failure = played([play]).0.unwrap_err();
        assert_eq!((failure.class, failure.detail.as_str()), (Malformed, told));
    }
}

#[test]
fn a_region_that_cannot_be_reached_is_named() {
    // A port without a listener. While the socket is bound, nobody else gets it.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let gone = format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap());
    let no_such_host = "http://bedrock-runtime.nowhere.invalid".to_owned();
    let plain = HttpFake::script([Play::Hang]);
    let no_tls = plain.url.replace("http:", "https:");
    for url in [gone, no_such_host, no_tls, "not a URL".to_owned()] {
        let client = Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(aws::at(&url))));
        let failure = ask(&client).unwrap_err();
        assert_eq!(failure.class, Unavailable, "{url}: {failure}");
        assert!(failure.detail.contains("AWS_DEFAULT_REGION"), "{failure}");
    }
}

/// A provider without credentials, or one that fails to get them.
#[derive(Debug)]
struct NoCredentials(fn() -> CredentialsError);

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

#[test]
fn without_credentials_nothing_is_sent() {
    let fake = HttpFake::script([tool_call()]);
    let absent = || CredentialsError::not_loaded("none in the chain");
    let failing = || CredentialsError::provider_error("the session of account 123456789012 has expired");
    for error in [absent as fn() -> CredentialsError, failing] {
        let provider = SharedCredentialsProvider::new(NoCredentials(error));
        let config = aws::at(&fake.url).into_builder().credentials_provider(provider).build();
        let client = Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(config)));
        let failure = ask(&client).unwrap_err();
        assert_eq!(failure.class, Credentials, "{failure}");
        assert!(failure.detail.contains("AWS_BEARER_TOKEN_BEDROCK"), "{failure}");
        assert!(!failure.detail.contains("123456789012"), "{failure}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn an_invalid_region_is_named() {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu west"))
        .credentials_provider(SharedCredentialsProvider::new(AwsCredentials::new("AKID", "secret", None, None, "test")))
        .build();
    let client = Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(config)));
    let failure = ask(&client).unwrap_err();
    assert_eq!(failure.class, InvalidRequest);
    assert!(failure.detail.contains("AWS_DEFAULT_REGION"), "{failure}");
}
