//! The client of Amazon Bedrock, against a server that imitates Amazon Bedrock.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "../common/mod.rs"]
mod common;

mod environment;
mod errors;
mod models;

use std::{sync::Arc, time::Duration};

use common::{
    aws,
    http_fake::{HttpFake, Play, Request},
};
use serde_json::{Value, json};
use tripos::{
    aws::Aws,
    config::Config,
    generation::{
        bedrock::Bedrock,
        converse::{Answer, Call, Converse, Failure, FailureClass, Purpose, Reply, Tool, Usage},
        settings::GenerationSettings,
    },
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

/// The result of a call to a fake with these plays, and the requests that it received.
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
fn a_tool_call_counts_for_every_successful_stop_reason() {
    let call = json!([{"toolUse": {"toolUseId": "t1", "name": "answer", "input": {}}}]);
    let (result, _) = played([message("end_turn", &call)]);
    assert_eq!(result.unwrap().answer, Answer::Tool(json!({})));
}

#[test]
fn every_other_stop_reason_is_a_refusal_with_its_usage() {
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

#[test]
fn claimed_usage_is_limited_to_what_a_call_can_use() {
    let used = |stop: &str, usage: Value| {
        let body = json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "no"}]}},
            "stopReason": stop, "usage": usage, "metrics": {"latencyMs": 7},
        });
        played([Play::Answer(200, String::new(), body)]).0.unwrap().usage
    };
    let claim = |input: i64, output: i64| json!({"inputTokens": input, "outputTokens": output, "totalTokens": 1});
    assert_eq!(used("end_turn", claim(30, 12)), USED);
    let most = used("end_turn", claim(2_000_000_000, 2_000_000_000));
    assert!(most.input_tokens < 3000 && most.output_tokens == 1000, "{most:?}");
    // A response without usage counts as the reservation, unless a guardrail blocked the request before.
    for claimed in [Value::Null, claim(0, 0), claim(-5, -5)] {
        assert_eq!(used("end_turn", claimed).total(), call().most_tokens());
    }
    assert_eq!(used("guardrail_intervened", claim(0, 0)), Usage::default());
}

#[test]
fn transient_errors_are_retried() {
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
fn a_call_that_takes_too_long_is_retried_with_half_the_tokens() {
    let (result, requests) = played([error(408, "ModelTimeoutException", "too long"), tool_call()]);
    assert!(result.is_ok(), "{result:?}");
    let most: Vec<&Value> = requests.iter().map(|request| &request.body["inferenceConfig"]["maxTokens"]).collect();
    assert_eq!(most, [1000, 500]);
}

#[test]
fn a_model_without_temperature_support_is_called_without_one_from_then_on() {
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
fn a_hang_ends_with_the_time_limit() {
    for play in [Play::Hang, Play::Stalled] {
        let fake = HttpFake::script([play]);
        let mut settings = settings(&[]);
        settings.timeout = Duration::from_millis(200);
        let client = Bedrock::new(&settings, Arc::new(Aws::with_config(aws::at(&fake.url))));
        let failure = ask(&client).unwrap_err();
        assert_eq!(failure.class, FailureClass::TimedOut);
        assert!(
            failure.detail.contains("no answer in time (0.2 s at most)")
                && failure.detail.contains("BEDROCK_TIMEOUT_SECONDS"),
            "{failure}"
        );
    }
}
