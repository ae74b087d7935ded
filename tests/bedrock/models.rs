//! The interface to all models: the health of AWS, and the metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::json;
use tripos::{
    aws::Aws,
    clock::Clock,
    db::types::Timestamp,
    generation::{
        converse::{Converse, FailureClass},
        models::{AwsHealth, Models},
    },
    telemetry::metrics::Metrics,
};

use super::{call, error, message, run, settings, tool_call};
use crate::common::{aws, http_fake::HttpFake};

/// Models with a clock that the test sets.
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
fn calls_tokens_and_durations_are_counted_by_outcome() {
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
