//! The environment variables that the SDK reads itself.

use std::process::Command;

use tripos::{
    aws::Aws,
    clock::Clock,
    config::Config,
    generation::{
        converse::{Answer, Converse},
        models::{AwsHealth, Models},
    },
    telemetry::metrics::Metrics,
};

use super::{MODEL, call, error, run, tool_call};
use crate::common::http_fake::HttpFake;

/// Run by the next test in a separate process, because environment variables belong to the process.
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
            .args(["--exact", "--ignored", "environment::call_with_the_settings_of_the_environment"])
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
