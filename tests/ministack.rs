//! The client of Amazon Bedrock against `ministack`, and against errors that `microburst` injects.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::sync::Arc;

use common::{
    aws,
    http_fake::{HttpFake, Play},
    ministack::{Microburst, Ministack},
    upstream::{Upstream, tool_call},
};
use serde_json::{Value, json};
use tripos::{
    aws::Aws,
    config::Config,
    generation::{
        bedrock::Bedrock,
        converse::{Answer, Call, Converse, Failure, FailureClass, Purpose, Reply, Tool, Usage},
    },
};

/// Calls a model at this endpoint.
fn ask(url: &str, settings: &[(&str, &str)]) -> Result<Reply, Failure> {
    let base = [("DATABASE_URL", "sqlite://x.db"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings = Config::from_vars(base.iter().chain(settings).map(own)).unwrap().generation;
    let client = Bedrock::new(&settings, Arc::new(Aws::with_config(aws::at(url))));
    let schema = json!({"type": "object", "properties": {"task": {"type": "string", "enum": ["2.1"]}}});
    let call = Call {
        model: "amazon.nova-lite-v1:0".to_owned(),
        purpose: Purpose::Answer,
        system: "Write.".to_owned(),
        message: "{}".to_owned(),
        tool: Tool { name: "draft_question", description: "Takes a question.", schema },
        max_tokens: 1000,
        temperature: 0.5,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.converse(&call))
}

fn rule(result: Result<Reply, Failure>) -> &'static str {
    match result {
        Ok(Reply { answer: Answer::Refused { rule, .. }, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

fn tool_input(result: Result<Reply, Failure>) -> Value {
    match result {
        Ok(Reply { answer: Answer::Tool(input), .. }) => input,
        other => panic!("{other:?}"),
    }
}

#[test]
fn plain_text_is_a_refusal_that_was_paid_for() {
    let Some(bedrock) = Ministack::start(None) else { return };
    let reply = ask(&bedrock.url, &[]).unwrap();
    assert!(reply.usage.input_tokens > 0 && reply.usage.output_tokens > 0, "{reply:?}");
    assert_eq!(rule(Ok(reply)), "no-tool-call");

    let guarded = ask(&bedrock.url, &[("BEDROCK_GUARDRAIL_ID", "gr-unknown")]).unwrap_err();
    assert_eq!(guarded.class, FailureClass::InvalidRequest);
    assert!(guarded.detail.contains("BEDROCK_GUARDRAIL_ID"), "{guarded}");
}

#[test]
fn tool_calls_of_an_upstream_come_through() {
    let upstream = Upstream::start();
    let Some(bedrock) = Ministack::start(Some(&upstream.0.url)) else { return };
    let first = ask(&bedrock.url, &[]).unwrap();
    assert_eq!(first.usage, Usage { input_tokens: 1200, output_tokens: 340 });
    let (first, second) = (tool_input(Ok(first)), tool_input(ask(&bedrock.url, &[])));
    assert_eq!(first["task"], "2.1");
    assert_ne!(first["stem"], second["stem"]);
    assert_eq!(upstream.drafts(), 2);
}

#[test]
fn arguments_that_are_not_json_are_a_refusal() {
    let upstream = HttpFake::script([tool_call("draft_question", "{\"stem\": \"Which")]);
    let Some(bedrock) = Ministack::start(Some(&upstream.url)) else { return };
    assert_eq!(rule(ask(&bedrock.url, &[])), "malformed-output");

    let upstream = HttpFake::script([Play::Torn]);
    let Some(bedrock) = Ministack::start(Some(&upstream.url)) else { return };
    assert_eq!(rule(ask(&bedrock.url, &[])), "no-tool-call", "ministack writes text of its own then");
}

#[test]
fn injected_errors_are_retried_or_reported() {
    let upstream = Upstream::start();
    let Some(bedrock) = Ministack::start(Some(&upstream.0.url)) else { return };
    let Some(errors) = Microburst::start(&bedrock.url) else { return };
    tool_input(ask(&errors.url, &[]));
    assert_eq!(errors.fired(), 0);

    for once in [
        json!({"error": {"code": "ThrottlingException"}}),
        json!({"error": {"code": "ModelNotReadyException", "status": 429}}),
        json!({"error": {"code": "ServiceUnavailableException", "status": 503}}),
        json!({"error": {"code": "ModelErrorException", "status": 424}}),
        json!({"error": {"code": "ModelTimeoutException", "status": 408}}),
        json!({"reset": true}),
        json!({"response": {"abort_frac": 0.3}}),
    ] {
        errors.rules(&with(&once, &json!({"service": "bedrock", "times": 1})));
        tool_input(ask(&errors.url, &[]));
        assert_eq!(errors.fired(), 1, "{once}");
    }

    for (code, class, fired) in [
        ("ThrottlingException", FailureClass::Throttled, 3),
        ("InternalServerException", FailureClass::Unavailable, 3),
        ("AccessDeniedException", FailureClass::AccessDenied, 1),
        ("ResourceNotFoundException", FailureClass::ModelNotFound, 1),
        ("ValidationException", FailureClass::InvalidRequest, 1),
        ("ExpiredTokenException", FailureClass::Credentials, 1),
    ] {
        errors.rules(&with(&json!({"error": {"code": code}}), &json!({"service": "bedrock"})));
        let failure = ask(&errors.url, &[]).unwrap_err();
        assert_eq!((failure.class, errors.fired()), (class, fired), "{code}: {failure}");
    }
}

/// One rule of microburst.
fn with(fault: &Value, more: &Value) -> Value {
    let fields = |value: &Value| value.as_object().unwrap().clone().into_iter();
    json!([fields(fault).chain(fields(more)).collect::<Value>()])
}
