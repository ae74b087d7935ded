//! The client of Amazon Bedrock on the wire, against a server that plays what Amazon Bedrock answers.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use common::{
    aws,
    http_fake::{HttpFake, Play, Request},
};
use serde_json::{Value, json};
use tripos::{
    aws::Aws,
    clock::Clock,
    config::Config,
    db::types::Timestamp,
    generation::{
        bedrock::Bedrock,
        converse::{Answer, Call, Converse, Failure, FailureClass, Purpose, Reply, Tool, Usage},
        models::{AwsHealth, Models},
        settings::GenerationSettings,
    },
    telemetry::metrics::Metrics,
};

const MODEL: &str = "anthropic.claude-test-v1:0";

fn settings(more: &[(&str, &str)]) -> GenerationSettings {
    let base = [("DATABASE_URL", "sqlite://x.db"), ("AWS_DEFAULT_REGION", "eu-west-1"), ("BEDROCK_MODEL_ID", MODEL)];
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::from_vars(base.iter().chain(more).map(own)).unwrap().generation
}

fn client(fake: &HttpFake) -> Bedrock {
    Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(aws::at(&fake.url))))
}

fn call() -> Call {
    Call {
        model: MODEL.to_owned(),
        purpose: Purpose::Answer,
        system: "Answer the question.".to_owned(),
        message: "Which one?".to_owned(),
        tool: Tool {
            name: "answer",
            description: "Gives the answer",
            schema: json!({"type": "object", "maxItems": 3}),
        },
        max_tokens: 1000,
        temperature: 0.5,
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn ask(client: &Bedrock) -> Result<Reply, Failure> {
    run(client.converse(&call()))
}

/// What a fake that plays this makes of a call, and the requests that it took.
fn played(plays: impl Into<Vec<Play>>) -> (Result<Reply, Failure>, Vec<Request>) {
    let fake = HttpFake::script(plays);
    let result = ask(&client(&fake));
    (result, fake.requests())
}

fn message(stop: &str, content: &Value) -> Play {
    let body = json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": 30, "outputTokens": 12, "totalTokens": 42},
        "metrics": {"latencyMs": 7},
    });
    Play::Answer(200, String::new(), body)
}

fn tool_call() -> Play {
    message(
        "tool_use",
        &json!([
            {"text": "Here it is."},
            {"toolUse": {"toolUseId": "t1", "name": "answer", "input": {"keys": [1, -2, 0.5], "sure": true, "why": null}}},
        ]),
    )
}

const USED: Usage = Usage { input_tokens: 30, output_tokens: 12 };

/// An error as AWS sends it.
fn error(status: u16, code: &str, text: &str) -> Play {
    let header = format!(
        "x-amzn-errortype: {code}:http://internal.amazon.com/coral/com.amazon.bedrock/\n\
        x-amzn-requestid: 7e2b8b1e-0000-4000-8000-123456789012"
    );
    Play::Answer(status, header, json!({"message": text}))
}

#[test]
fn a_call_carries_one_forced_tool_and_the_limits() {
    let fake = HttpFake::script([tool_call()]);
    let settings = settings(&[("BEDROCK_GUARDRAIL_ID", "gr-1"), ("BEDROCK_GUARDRAIL_VERSION", "3")]);
    let client = Bedrock::new(&settings, Arc::new(Aws::with_config(aws::at(&fake.url))));
    let input = json!({"keys": [1, -2, 0.5], "sure": true, "why": null});
    assert_eq!(ask(&client), Ok(Reply { answer: Answer::Tool(input), usage: USED }));

    let [request] = &fake.requests()[..] else { panic!("one request") };
    assert_eq!(request.path, "/model/anthropic.claude-test-v1%3A0/converse");
    assert!(request.header("authorization").unwrap().starts_with("AWS4-HMAC-SHA256 Credential=AKID/"));
    let expected = json!({
        "system": [{"text": "Answer the question."}],
        "messages": [{"role": "user", "content": [{"text": "Which one?"}]}],
        "toolConfig": {
            "tools": [{"toolSpec": {
                "name": "answer",
                "description": "Gives the answer",
                "inputSchema": {"json": {"type": "object", "maxItems": 3}},
            }}],
            "toolChoice": {"tool": {"name": "answer"}},
        },
        "inferenceConfig": {"maxTokens": 1000, "temperature": 0.5},
        "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "3", "trace": "disabled"},
    });
    assert_eq!(request.body, expected);
}

#[test]
fn a_tool_call_counts_however_the_model_stopped_well() {
    let call = json!([{"toolUse": {"toolUseId": "t1", "name": "answer", "input": {}}}]);
    let (result, _) = played([message("end_turn", &call)]);
    assert_eq!(result.unwrap().answer, Answer::Tool(json!({})));
}

#[test]
fn every_other_end_is_a_refusal_that_was_paid_for() {
    let call = json!([{"toolUse": {"toolUseId": "t1", "name": "answer", "input": {"half": "a quest"}}}]);
    let long = json!([{"text": "no ".repeat(1000)}]);
    for (stop, content, expected, quote) in [
        ("max_tokens", &call, "max-tokens", "BEDROCK_MAX_TOKENS"),
        ("stop_sequence", &call, "stop-sequence", "stop sequence"),
        ("guardrail_intervened", &long, "guardrail", "BEDROCK_GUARDRAIL_ID"),
        ("content_filtered", &call, "content-filter", "content filter"),
        ("malformed_model_output", &call, "malformed-output", "cannot be read"),
        ("malformed_tool_use", &call, "malformed-output", "cannot be read"),
        ("model_context_window_exceeded", &call, "context-window", "longer"),
        ("bored", &call, "unknown-stop-reason", "\"bored\""),
        ("end_turn", &json!([{"text": "I'd rather not."}]), "no-tool-call", "\"I'd rather not.\""),
        ("end_turn", &long, "no-tool-call", "…\""),
        ("tool_use", &json!([]), "no-tool-call", "did not call"),
        (
            "tool_use",
            &json!([{"toolUse": {"toolUseId": "t", "name": "other", "input": {}}}]),
            "no-tool-call",
            "did not",
        ),
        ("tool_use", &json!([{"image": {"format": "png", "source": {"bytes": "eA=="}}}]), "no-tool-call", "did not"),
    ] {
        let (result, requests) = played([message(stop, content)]);
        let Ok(Reply { answer: Answer::Refused { rule, reason }, usage }) = result else {
            panic!("{stop}: {result:?}")
        };
        assert_eq!((rule, usage, requests.len()), (expected, USED, 1), "{stop}");
        assert!(reason.contains(quote) && reason.chars().count() < 300, "{stop}: {reason}");
    }
}

/// Every class of error, with the words of AWS, which name an account and resources.
#[test]
fn every_error_names_what_to_change_and_no_account() {
    use FailureClass::{AccessDenied, Credentials, InvalidRequest, ModelNotFound, Throttled, TimedOut, Unavailable};
    let user = "User: arn:aws:sts::123456789012:assumed-role/app/i-0abc is not authorized to perform:";
    let resource =
        "on resource: arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x because no policy allows it";
    let denied = |action: &str| format!("{user} {action} {resource}");
    let errors = [
        (403, "AccessDeniedException", denied("bedrock:InvokeModel"), AccessDenied, "allow bedrock:InvokeModel", 1),
        (403, "AccessDeniedException", denied("bedrock:ApplyGuardrail"), AccessDenied, "bedrock:ApplyGuardrail", 1),
        (
            403,
            "AccessDeniedException",
            denied("bedrock:CallWithBearerToken"),
            AccessDenied,
            "AWS_BEARER_TOKEN_BEDROCK",
            1,
        ),
        (
            403,
            "AccessDeniedException",
            denied("aws-marketplace:Subscribe"),
            AccessDenied,
            "aws-marketplace:Subscribe",
            1,
        ),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.".into(),
            AccessDenied,
            "console",
            1,
        ),
        (
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.".into(),
            Credentials,
            "AWS_BEARER_TOKEN_BEDROCK",
            1,
        ),
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired".into(),
            Credentials,
            "AWS_PROFILE",
            1,
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".into(),
            Credentials,
            "renew",
            1,
        ),
        (403, "InvalidSignatureException", "Signature expired".into(), Credentials, "clock", 1),
        (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from arn:aws:bedrock:eu-west-1:123456789012:x".into(),
            ModelNotFound,
            "AWS_DEFAULT_REGION",
            1,
        ),
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.".into(),
            ModelNotFound,
            "BEDROCK_MODEL_ID",
            1,
        ),
        (
            400,
            "ValidationException",
            format!(
                "Invocation of model ID {MODEL} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
            ),
            InvalidRequest,
            "such as eu.anthropic.claude-test-v1:0",
            1,
        ),
        (
            400,
            "ValidationException",
            "The guardrail identifier or version provided in the request does not exist.".into(),
            InvalidRequest,
            "BEDROCK_GUARDRAIL_ID",
            1,
        ),
        (
            400,
            "ValidationException",
            "The maximum tokens you requested exceeds the model limit of 512.".into(),
            InvalidRequest,
            "lower BEDROCK_MAX_TOKENS",
            1,
        ),
        (
            400,
            "ValidationException",
            "This model doesn't support tool use.".into(),
            InvalidRequest,
            "choose another model",
            1,
        ),
        (400, "ValidationException", "Input is too long for requested model.".into(), InvalidRequest, "shorten", 1),
        (
            400,
            "ValidationException",
            "1 validation error detected for account 123456789012".into(),
            InvalidRequest,
            "log",
            1,
        ),
        (400, "ServiceQuotaExceededException", "Quota of 123456789012 exceeded".into(), Throttled, "quota", 1),
        (429, "ThrottlingException", "Too many tokens per day for 123456789012".into(), Throttled, "quota", 3),
        (429, "ModelNotReadyException", "Model is not ready for inference.".into(), Unavailable, "not ready", 3),
        (500, "InternalServerException", "at com.amazon.Secret".into(), Unavailable, "again later", 3),
        (
            503,
            "ServiceUnavailableException",
            "Bedrock is unable to process your request.".into(),
            Unavailable,
            "again later",
            3,
        ),
        (408, "ModelTimeoutException", "Processing time exceeded".into(), TimedOut, "BEDROCK_TIMEOUT_SECONDS", 2),
        (
            424,
            "ModelErrorException",
            "The system encountered an unexpected error".into(),
            Unavailable,
            "failed while it wrote",
            2,
        ),
        (401, "", "who are you".into(), Credentials, "AWS_PROFILE", 1),
        (403, "", "no".into(), AccessDenied, "allow bedrock:InvokeModel", 1),
        (404, "", "no such page".into(), ModelNotFound, "AWS_DEFAULT_REGION", 1),
        (413, "", "too large".into(), InvalidRequest, "log", 1),
        (429, "", "slow down".into(), Throttled, "quota", 1),
        (502, "", "bad gateway".into(), Unavailable, "again later", 3),
        (418, "TeapotException", "short and stout".into(), InvalidRequest, "log", 1),
    ];
    for (status, code, text, class, words, requests) in errors {
        let (result, made) = played([error(status, code, &text)]);
        let failure = result.expect_err(&text);
        assert_eq!((failure.class, made.len()), (class, requests), "{code}: {text}: {failure}");
        assert!(failure.detail.contains(words), "{code}: {text}: {failure}");
        for secret in ["123456789012", "arn:", "i-0abc", "7e2b8b1e", "com.amazon"] {
            assert!(!failure.detail.contains(secret), "{code}: {failure}");
        }
    }
}

#[test]
fn a_message_with_a_capital_is_read_too() {
    let header = "x-amzn-errortype: AccessDeniedException".to_owned();
    let text = "User: x is not authorized to perform: bedrock:ApplyGuardrail";
    let (result, _) = played([Play::Answer(403, header, json!({"Message": text}))]);
    assert!(result.unwrap_err().detail.contains("bedrock:ApplyGuardrail"));
}

#[test]
fn an_arn_of_a_model_is_told_without_its_account() {
    let fake = HttpFake::script([error(404, "ResourceNotFoundException", "none")]);
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
    let failure = run(client(&fake).converse(&Call { model: arn.to_owned(), ..call() })).unwrap_err();
    assert!(failure.detail.contains("no model abc") && !failure.detail.contains("123456789012"), "{failure}");
}

#[test]
fn what_is_transient_is_retried() {
    for first in [
        error(429, "ThrottlingException", "slow down"),
        error(429, "ModelNotReadyException", "soon"),
        error(500, "InternalServerException", "oh"),
        error(503, "ServiceUnavailableException", "oh"),
        error(424, "ModelErrorException", "oh"),
        Play::Torn,
        Play::Raw(""),
    ] {
        let (result, requests) = played([first.clone(), tool_call()]);
        assert!(matches!(result, Ok(Reply { answer: Answer::Tool(_), .. })), "{first:?}: {result:?}");
        assert_eq!(requests.len(), 2, "{first:?}");
        assert_eq!(requests[0].body, requests[1].body);
    }
}

#[test]
fn a_model_that_takes_too_long_is_asked_for_half() {
    let (result, requests) = played([error(408, "ModelTimeoutException", "too long"), tool_call()]);
    assert!(result.is_ok(), "{result:?}");
    let most: Vec<&Value> = requests.iter().map(|request| &request.body["inferenceConfig"]["maxTokens"]).collect();
    assert_eq!(most, [1000, 500]);
}

#[test]
fn a_model_that_knows_no_temperature_is_asked_without_from_then_on() {
    let fake = HttpFake::answering(|_, request| match request.body["inferenceConfig"].get("temperature") {
        Some(_) => error(400, "ValidationException", "The model returned: `temperature` is deprecated for this model."),
        None => tool_call(),
    });
    let client = client(&fake);
    run(async {
        client.converse(&call()).await.unwrap();
        client.converse(&call()).await.unwrap();
    });
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn what_is_no_answer_is_a_failure() {
    let html = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 13\r\n\r\n<html></html>";
    let empty = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let deep: Value = (0..500).fold(json!(1), |inner, _| json!([inner]));
    let deep = json!([{"toolUse": {"toolUseId": "t", "name": "answer", "input": deep}}]);
    for (play, class) in [
        (Play::Torn, FailureClass::Malformed),
        (Play::Raw(html), FailureClass::Malformed),
        (Play::Raw(empty), FailureClass::Malformed),
        (Play::Raw("nonsense\r\n\r\n"), FailureClass::Unavailable),
        (Play::Raw(""), FailureClass::Unavailable),
        (message("tool_use", &deep), FailureClass::Malformed),
    ] {
        let (result, _) = played([play.clone()]);
        assert_eq!(result.as_ref().map_err(|failure| failure.class).unwrap_err(), class, "{play:?}: {result:?}");
    }
}

#[test]
fn a_hang_ends_with_the_time_limit() {
    for play in [Play::Hang, Play::Stalled] {
        let fake = HttpFake::script([play]);
        let mut settings = settings(&[]);
        settings.timeout = Duration::from_millis(200);
        let client = Bedrock::new(&settings, Arc::new(Aws::with_config(aws::at(&fake.url))));
        let failure = ask(&client).unwrap_err();
        assert_eq!(failure.class, FailureClass::TimedOut);
        assert!(
            failure.detail.contains("within 0.2 s") && failure.detail.contains("BEDROCK_TIMEOUT_SECONDS"),
            "{failure}"
        );
    }
}

#[test]
fn a_region_that_cannot_be_reached_is_named() {
    let gone = HttpFake::script([Play::Hang]).url.clone();
    let no_such_host = "http://bedrock-runtime.nowhere.invalid".to_owned();
    let plain = HttpFake::script([Play::Hang]);
    let no_tls = plain.url.replace("http:", "https:");
    for url in [gone, no_such_host, no_tls, "not a URL".to_owned()] {
        let client = Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(aws::at(&url))));
        let failure = ask(&client).unwrap_err();
        assert_eq!(failure.class, FailureClass::Unavailable, "{url}: {failure}");
        assert!(failure.detail.contains("AWS_DEFAULT_REGION"), "{failure}");
    }
}

/// A provider that has none, or cannot get any.
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
        assert_eq!(failure.class, FailureClass::Credentials, "{failure}");
        assert!(failure.detail.contains("AWS_BEARER_TOKEN_BEDROCK"), "{failure}");
        assert!(!failure.detail.contains("123456789012"), "{failure}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_region_that_is_none_is_named() {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu west"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test")))
        .build();
    let client = Bedrock::new(&settings(&[]), Arc::new(Aws::with_config(config)));
    let failure = ask(&client).unwrap_err();
    assert_eq!(failure.class, FailureClass::InvalidRequest);
    assert!(failure.detail.contains("AWS_DEFAULT_REGION"), "{failure}");
}

/// Run by the next test, in a process of its own, since the environment is the process's.
#[test]
#[ignore = "part of another test"]
fn call_with_the_settings_of_the_environment() {
    let config = Config::from_vars(std::env::vars()).unwrap();
    let models = Models::new(&config.generation, Aws::new(config.aws), Clock::system(), Metrics::new().unwrap());
    run(async {
        assert_eq!(models.aws_health().await, AwsHealth::Healthy);
        let reply = models.converse(&call()).await.unwrap();
        assert!(matches!(reply.answer, Answer::Tool(_)));
    });
}

#[test]
fn the_environment_decides_where_to_go_and_as_whom() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[bank]\naws_access_key_id = PROFILE\naws_secret_access_key = s\n").unwrap();
    let file = file.to_str().unwrap();
    let (wanted, other) = (HttpFake::script([tool_call()]), HttpFake::script([error(500, "", "the wrong one")]));
    let ours = [("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", wanted.url.as_str()), ("AWS_ENDPOINT_URL", other.url.as_str())];
    let all = [("AWS_ENDPOINT_URL", wanted.url.as_str())];
    let key = [("AWS_ACCESS_KEY_ID", "KEY"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let profile = [("AWS_PROFILE", "bank"), ("AWS_SHARED_CREDENTIALS_FILE", file)];
    let bearer = [("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key")];
    let empty = [("AWS_BEARER_TOKEN_BEDROCK", ""), ("AWS_PROFILE", ""), ("AWS_SESSION_TOKEN", ""), key[0], key[1]];
    let cases: [(&[_], &[_], &str); 6] = [
        (&ours, &key, "AWS4-HMAC-SHA256 Credential=KEY/"),
        (&all, &key, "AWS4-HMAC-SHA256 Credential=KEY/"),
        (&ours, &empty, "AWS4-HMAC-SHA256 Credential=KEY/"),
        (&ours, &profile, "AWS4-HMAC-SHA256 Credential=PROFILE/"),
        (&ours, &bearer, "Bearer bedrock-api-key"),
        (&ours, &[bearer[0], key[0], key[1]], "Bearer bedrock-api-key"),
    ];
    for (endpoint, identity, authorization) in cases {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "call_with_the_settings_of_the_environment"])
            .env_clear()
            .envs([("DATABASE_URL", "sqlite://x.db"), ("AWS_DEFAULT_REGION", "eu-west-1"), ("BEDROCK_MODEL_ID", MODEL)])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(endpoint.iter().chain(identity).copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "{identity:?}: {}", String::from_utf8_lossy(&output.stdout));
        let last = wanted.requests().pop().unwrap();
        assert!(last.header("authorization").unwrap().starts_with(authorization), "{identity:?}: {last:?}");
        let signed_for = if authorization.starts_with("AWS4") { "/eu-west-1/bedrock/aws4_request" } else { "" };
        assert!(last.header("authorization").unwrap().contains(signed_for));
    }
    assert_eq!((wanted.requests().len(), other.requests().len()), (cases.len(), 0));
}

/// A door to models whose clock is turned by hand.
fn models(url: &str, metrics: &Metrics) -> (Models, Arc<AtomicU32>) {
    let minutes = Arc::new(AtomicU32::new(1));
    let told = Arc::clone(&minutes);
    let clock = Clock::from_fn(move || {
        Timestamp::from_microseconds(i64::from(told.load(Ordering::SeqCst)) * 60_000_000).unwrap()
    });
    (Models::new(&settings(&[]), Aws::with_config(aws::at(url)), clock, metrics.clone()), minutes)
}

#[test]
fn a_failed_call_makes_aws_unhealthy_until_one_succeeds_or_minutes_pass() {
    let denied = error(403, "AccessDeniedException", "no");
    let filtered = message("content_filtered", &json!([]));
    let fake = HttpFake::script([tool_call(), denied.clone(), filtered, denied]);
    let (models, minutes) = models(&fake.url, &Metrics::new().unwrap());
    let unhealthy = AwsHealth::Unhealthy(FailureClass::AccessDenied);
    run(async {
        for expected in [AwsHealth::Healthy, unhealthy, AwsHealth::Healthy, unhealthy] {
            let _ = models.converse(&call()).await;
            assert_eq!(models.aws_health().await, expected);
        }
        minutes.fetch_add(4, Ordering::SeqCst);
        assert_eq!(models.aws_health().await, unhealthy);
        minutes.fetch_add(1, Ordering::SeqCst);
        assert_eq!(models.aws_health().await, AwsHealth::Healthy);
    });
}

#[test]
fn calls_tokens_and_times_are_counted_by_what_came_of_them() {
    let fake = HttpFake::script([
        tool_call(),
        message("max_tokens", &json!([])),
        error(400, "ValidationException", "The provided model identifier is invalid."),
    ]);
    let metrics = Metrics::new().unwrap();
    let (models, _) = models(&fake.url, &metrics);
    run(async {
        for _ in 0..3 {
            let _ = models.converse(&call()).await;
        }
    });
    let text = metrics.text().unwrap();
    for line in [
        r#"tripos_model_calls_total{model="anthropic.claude-test-v1:0",outcome="ok",purpose="answer"} 1"#,
        r#"tripos_model_calls_total{model="anthropic.claude-test-v1:0",outcome="max-tokens",purpose="answer"} 1"#,
        r#"tripos_model_calls_total{model="anthropic.claude-test-v1:0",outcome="model_not_found",purpose="answer"} 1"#,
        r#"tripos_model_tokens_total{direction="input",model="anthropic.claude-test-v1:0"} 60"#,
        r#"tripos_model_tokens_total{direction="output",model="anthropic.claude-test-v1:0"} 24"#,
        r#"tripos_model_call_seconds_count{model="anthropic.claude-test-v1:0",purpose="answer"} 3"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
