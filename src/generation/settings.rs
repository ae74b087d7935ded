//! Settings for drafting with Amazon Bedrock.

use std::{fmt, str::FromStr, time::Duration};

use super::events::EventTimes;
use crate::jobs::worker::Times;

/// The model id that replays built-in drafts instead of calling Amazon Bedrock.
pub const SCRIPTED: &str = "scripted";

/// Drafting questions.
#[derive(Debug, Clone)]
pub struct GenerationSettings {
    /// `BEDROCK_MODEL_ID`: the model or inference profile that drafts questions unless a job names another. `scripted` replays
    /// built-in drafts without AWS, only on loopback addresses. Without it, drafting is off.
    pub model: Option<String>,
    /// `BEDROCK_MODELS`, default none: more models that a job may choose. `BEDROCK_MODEL_ID` is added to them.
    pub models: Vec<String>,
    /// `BEDROCK_GUARDRAIL_ID` and `BEDROCK_GUARDRAIL_VERSION` (default DRAFT): a guardrail of Amazon Bedrock for
    /// every call.
    pub guardrail: Option<Guardrail>,
    /// `BEDROCK_MAX_TOKENS`, default 4096: the most output tokens of one call.
    pub max_tokens: u32,
    /// `BEDROCK_TIMEOUT_SECONDS`, default 120: the time limit of one call, retries included.
    pub timeout: Duration,
    /// `BEDROCK_PRICES`: US dollars per million input and output tokens, such as `model=3.00/15.00`, separated by commas.
    /// Jobs of a model without a price have no cost estimate.
    pub prices: Vec<Price>,
    /// `GENERATION_WORKERS`, default 2: how many jobs a server runs at a time; 0 leaves them to `tripos worker`.
    pub workers: usize,
    /// Times of workers and leases. No variable sets them.
    pub job_times: Times,
    /// Times of streams of events. No variable sets them.
    pub event_times: EventTimes,
    /// `GENERATION_TOKENS_PER_JOB`, default 2000000: the most tokens of one job.
    pub tokens_per_job: i64,
    /// `GENERATION_TOKENS_PER_DAY`, default 10000000: the most tokens of all jobs in one day (UTC).
    pub tokens_per_day: i64,
    /// `REFERENCE_SITES`, default the documentation of AWS, Kubernetes and other CNCF projects: sites that drafts may
    /// link to in their references, subdomains included.
    pub reference_sites: Vec<Site>,
}

impl GenerationSettings {
    /// The model of a job that names this model, or none. `Err` says what to change.
    pub fn choose<'a>(&'a self, named: Option<&'a str>) -> Result<&'a str, String> {
        let known = || self.models.iter().map(|model| name(model)).collect::<Vec<_>>().join(", ");
        let is_named = |model: &&String| named.is_some_and(|named| **model == named || name(model) == named);
        if let Some(model) = self.models.iter().find(is_named) {
            return Ok(model);
        }
        match (named, &self.model) {
            (None, Some(model)) => Ok(model),
            _ if self.models.is_empty() => Err("no model is set: set BEDROCK_MODEL_ID".to_owned()),
            (None, None) => Err(format!("set BEDROCK_MODEL_ID, or name one of {} (BEDROCK_MODELS)", known())),
            (Some(_), Some(_)) => Err(format!("must be one of {} (BEDROCK_MODEL_ID and BEDROCK_MODELS)", known())),
            (Some(_), None) => Err(format!("must be one of {} (BEDROCK_MODELS)", known())),
        }
    }

    /// The cost of these tokens in US dollars, if the price of the model is known.
    pub fn cost(&self, model: &str, input_tokens: i64, output_tokens: i64) -> Option<f64> {
        let price = self.prices.iter().find(|price| price.model == model)?;
        Some((input_tokens as f64 * price.input + output_tokens as f64 * price.output) / 1e6)
    }
}

/// Whether a text can be the id or the ARN of a model, of an inference profile or of a prompt router.
pub fn is_model_id(text: &str) -> bool {
    (1..=2048).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".:/_-".contains(&b))
}

/// The name of a model. For an ARN this is its end, because the rest contains an account id.
pub fn name(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}

/// Approximately the tokens of the longest prompt for a draft.
pub const PROMPT_TOKENS: i64 = 6000;

/// A guardrail of Amazon Bedrock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// Its id or ARN.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// The price of a model, in US dollars per million tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// The model's id.
    pub model: String,
    /// Of input tokens.
    pub input: f64,
    /// Of output tokens.
    pub output: f64,
}

impl FromStr for Price {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // Model ids may contain colons, and ARNs slashes, so the price comes last.
        let (model, prices) = text.rsplit_once('=').ok_or(())?;
        let (input, output) = prices.split_once('/').ok_or(())?;
        let price = |text: &str| text.trim().parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
        let (input, output) = price(input).zip(price(output)).ok_or(())?;
        let model = model.trim();
        if model.is_empty() { Err(()) } else { Ok(Self { model: model.to_owned(), input, output }) }
    }
}

/// A host, including its subdomains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(String);

impl Site {
    /// Whether a URL leads to it.
    pub fn has(&self, url: &str) -> bool {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
        host.is_some_and(|host| {
            let host = host.to_ascii_lowercase();
            // Some clients read a backslash as a slash, and text before an @ as a user name.
            let rest = host.strip_suffix(&self.0).filter(|rest| rest.is_empty() || rest.ends_with('.'));
            rest.is_some_and(|rest| rest.bytes().all(is_host))
        })
    }
}

impl FromStr for Site {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.to_ascii_lowercase();
        let valid = text.contains('.') && !text.starts_with('.') && text.bytes().all(is_host);
        valid.then_some(Self(text)).ok_or(())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a byte may occur in a host name.
fn is_host(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
}

/// The default of `REFERENCE_SITES`.
pub const REFERENCE_SITES: &str = "docs.aws.amazon.com,aws.amazon.com,kubernetes.io,cncf.io,helm.sh,prometheus.io,\
     opentelemetry.io,etcd.io,containerd.io,argo-cd.readthedocs.io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_without_its_account() {
        assert_eq!(name("arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"), "abc");
        assert_eq!(name("eu.amazon.nova-pro-v1:0"), "eu.amazon.nova-pro-v1:0");
    }

    #[test]
    fn prices_are_read_from_the_end() {
        let price: Price = "anthropic.claude-v1:0=3.00/15".parse().unwrap();
        assert_eq!((price.model.as_str(), price.input, price.output), ("anthropic.claude-v1:0", 3.0, 15.0));
        let arn: Price = "arn:aws:bedrock:eu-west-1::inference-profile/eu.model=0.8/4".parse().unwrap();
        assert_eq!(arn.model, "arn:aws:bedrock:eu-west-1::inference-profile/eu.model");
        for bad in ["", "model", "model=3", "=3/15", "model=-1/2", "model=a/b", "model=NaN/1"] {
            assert!(bad.parse::<Price>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_site_stands_for_its_subdomains_and_for_nothing_else() {
        let site: Site = "AWS.amazon.com".parse().unwrap();
        assert!(site.has("https://aws.amazon.com/ec2/") && site.has("https://Docs.AWS.amazon.com?x"));
        for url in [
            "http://aws.amazon.com/",
            "https://evilaws.amazon.com/",
            "https://aws.amazon.com.evil.example/",
            "https://aws.amazon.com@evil.example/",
            "https://evil.example/aws.amazon.com",
            "https://evil.example@x.aws.amazon.com",
            "https://evil.example\\.aws.amazon.com/",
            "https://aws.amazon.com:8443/",
        ] {
            assert!(!site.has(url), "{url}");
        }
        assert!(
            ["", "localhost", "https://aws.amazon.com", "a b.c", ".com"].iter().all(|bad| bad.parse::<Site>().is_err())
        );
    }
}
