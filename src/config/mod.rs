//! Settings, read from the environment at the start. All problems are reported together.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use ipnet::{IpNet, Ipv4Net};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    aws::AwsSettings,
    db::DatabaseSettings,
    generation::{
        events::EventTimes,
        settings::{GenerationSettings, Guardrail, PROMPT_TOKENS, REFERENCE_SITES, SCRIPTED, Site, is_model_id},
    },
    http::settings::{AccessSettings, HttpSettings, TimeLimits},
    jobs::worker::Times,
    questions::cache::QuestionSettings,
    telemetry::{LogFormat, LogSettings},
};

mod reader;

use reader::Reader;

/// The settings as text, by variable. Other variables are ignored.
#[derive(Debug, Default, Deserialize)]
struct Variables {
    database_url: Option<String>,
    database_url_file: Option<String>,
    database_pool_size: Option<String>,
    database_max_overflow: Option<String>,
    database_pool_timeout_seconds: Option<String>,
    database_pool_pre_ping: Option<String>,
    database_pool_recycle_seconds: Option<String>,
    database_connect_timeout_seconds: Option<String>,
    database_statement_timeout_seconds: Option<String>,
    aws_default_region: Option<String>,
    aws_profile: Option<String>,
    aws_bearer_token_bedrock: Option<SecretString>,
    debug: Option<String>,
    log_level: Option<String>,
    log_format: Option<String>,
    host: Option<String>,
    port: Option<String>,
    http_workers: Option<String>,
    body_limit_bytes: Option<String>,
    body_timeout_seconds: Option<String>,
    import_limit_bytes: Option<String>,
    import_timeout_seconds: Option<String>,
    question_cache_bytes: Option<String>,
    max_connections: Option<String>,
    max_connections_per_address: Option<String>,
    shutdown_delay_seconds: Option<String>,
    shutdown_timeout_seconds: Option<String>,
    trusted_proxies: Option<String>,
    cors_allowed_origins: Option<String>,
    web: Option<String>,
    signup: Option<String>,
    session_hours: Option<String>,
    rate_limit_per_minute: Option<String>,
    sign_in_limit_per_minute: Option<String>,
    max_unanswered_attempts: Option<String>,
    metrics_public: Option<String>,
    bedrock_model_id: Option<String>,
    bedrock_models: Option<String>,
    bedrock_guardrail_id: Option<String>,
    bedrock_guardrail_version: Option<String>,
    bedrock_max_tokens: Option<String>,
    bedrock_timeout_seconds: Option<String>,
    bedrock_prices: Option<String>,
    generation_workers: Option<String>,
    generation_tokens_per_job: Option<String>,
    generation_tokens_per_day: Option<String>,
    reference_sites: Option<String>,
}

/// All settings of Tripos, validated.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database and its pool.
    pub database: DatabaseSettings,
    /// AWS.
    pub aws: AwsSettings,
    /// The log.
    pub log: LogSettings,
    /// Access and rate limits.
    pub access: AccessSettings,
    /// The HTTP server.
    pub http: HttpSettings,
    /// The bank.
    pub questions: QuestionSettings,
    /// Drafting questions.
    pub generation: GenerationSettings,
}

/// The words of `SIGNUP`.
enum Signup {
    Open,
    Closed,
}

impl FromStr for Signup {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(()),
        }
    }
}

/// A network, or a single address as a network of one.
struct Network(IpNet);

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let network: IpNet =
            text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into())).map_err(|_| ())?;
        Ok(Self(unmapped(network)))
    }
}

/// Converts a network of IPv4-mapped IPv6 addresses to IPv4. Clients' addresses are converted in the same way.
fn unmapped(network: IpNet) -> IpNet {
    let mapped = match network.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    };
    let unmapped = mapped.zip(network.prefix_len().checked_sub(96));
    unmapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

/// An origin as browsers write it: scheme, host, and the port if it is not the default of the scheme.
struct Origin(String);

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(())?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b);
        let valid = !authority.is_empty() && authority.bytes().all(plain);
        valid.then(|| Self(text.to_owned())).ok_or(())
    }
}

/// All problems of the settings, one line each. Each line begins with the variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid settings: {}", self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Parses the settings out of environment variables.
    ///
    /// Names are case-insensitive, but a variable may be set in only one spelling. Empty values count as not set, and
    /// unknown names are ignored. The problems never contain a value that may be secret.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, Problems> {
        let mut read = Reader::default();
        let present = read.once_each(vars.into_iter().filter(|(_, value)| !value.trim().is_empty()));
        let raw: Variables = envy::from_iter(present).map_err(|error| Problems(vec![error.to_string()]))?;
        let url = read.secret("DATABASE_URL", raw.database_url, raw.database_url_file);
        let url = url.and_then(|text| read.parse_url("DATABASE_URL", &text));
        let region = read.required("AWS_DEFAULT_REGION", raw.aws_default_region);
        let pool_size = read.number("DATABASE_POOL_SIZE", raw.database_pool_size, 5, 1..=1000);
        let max_overflow = read.number("DATABASE_MAX_OVERFLOW", raw.database_max_overflow, 10, 0..=1000);
        let pool_timeout = read.seconds("DATABASE_POOL_TIMEOUT_SECONDS", raw.database_pool_timeout_seconds, 5);
        let pre_ping = read.switch("DATABASE_POOL_PRE_PING", raw.database_pool_pre_ping, true);
        let recycle = read.seconds("DATABASE_POOL_RECYCLE_SECONDS", raw.database_pool_recycle_seconds, 1800);
        let connect_timeout = read.seconds("DATABASE_CONNECT_TIMEOUT_SECONDS", raw.database_connect_timeout_seconds, 5);
        let statement_timeout =
            read.seconds("DATABASE_STATEMENT_TIMEOUT_SECONDS", raw.database_statement_timeout_seconds, 30);
        let level_is_set = raw.log_level.is_some();
        let debug = read.switch("DEBUG", raw.debug, false);
        let default_level = if debug { log::LevelFilter::Debug } else { log::LevelFilter::Info };
        let level = read.word("LOG_LEVEL", raw.log_level, default_level, "off, error, warn, info, debug or trace");
        let format = read.word("LOG_FORMAT", raw.log_format, LogFormat::Text, "text or json");
        let host =
            read.word("HOST", raw.host, IpAddr::from([127, 0, 0, 1]), "an IP address, such as 127.0.0.1 or 0.0.0.0");
        let port = read.number("PORT", raw.port, 8080, 0..=u16::MAX);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = read.number("HTTP_WORKERS", raw.http_workers, cores, 1..=512);
        let body_limit = read.number("BODY_LIMIT_BYTES", raw.body_limit_bytes, 256 * 1024, 1024..=64 * 1024 * 1024);
        let body_timeout = read.seconds("BODY_TIMEOUT_SECONDS", raw.body_timeout_seconds, 20);
        let import_limit =
            read.number("IMPORT_LIMIT_BYTES", raw.import_limit_bytes, 64 * 1024 * 1024, 1024..=1024 * 1024 * 1024);
        let import_timeout = read.seconds("IMPORT_TIMEOUT_SECONDS", raw.import_timeout_seconds, 300);
        let most_cached = 64 * 1024 * 1024 * 1024;
        let cache_bytes =
            read.number("QUESTION_CACHE_BYTES", raw.question_cache_bytes, 32 * 1024 * 1024, 0..=most_cached);
        let max_connections = read.number("MAX_CONNECTIONS", raw.max_connections, 8192, 16..=1_000_000);
        let per_address = (max_connections / 8).max(8);
        let max_connections_per_address = read.number(
            "MAX_CONNECTIONS_PER_ADDRESS",
            raw.max_connections_per_address,
            per_address,
            0..=max_connections,
        );
        let networks = "addresses or networks, such as 10.0.0.0/8";
        let proxies: Vec<Network> = read.list("TRUSTED_PROXIES", raw.trusted_proxies, networks);
        let trusted_proxies = proxies.into_iter().map(|network| network.0).collect();
        let origins = "origins, such as https://app.example.org";
        let origins: Vec<Origin> = read.list("CORS_ALLOWED_ORIGINS", raw.cors_allowed_origins, origins);
        let cors_origins = origins.into_iter().map(|origin| origin.0).collect();
        let web = read.switch("WEB", raw.web, true);
        let signup = if host.is_loopback() { Signup::Open } else { Signup::Closed };
        let signup = read.word("SIGNUP", raw.signup, signup, "open or closed");
        let session_hours = read.number("SESSION_HOURS", raw.session_hours, 336, 1..=8760);
        let requests_per_minute = read.number("RATE_LIMIT_PER_MINUTE", raw.rate_limit_per_minute, 600, 0..=1_000_000);
        let sign_ins_per_minute =
            read.number("SIGN_IN_LIMIT_PER_MINUTE", raw.sign_in_limit_per_minute, 10, 0..=1_000_000);
        let max_unanswered_attempts =
            read.number("MAX_UNANSWERED_ATTEMPTS", raw.max_unanswered_attempts, 10, 0..=1_000_000);
        let metrics_public = read.switch("METRICS_PUBLIC", raw.metrics_public, false);
        let shutdown_delay = read.number("SHUTDOWN_DELAY_SECONDS", raw.shutdown_delay_seconds, 0, 0..=3600);
        let shutdown_delay = Duration::from_secs(shutdown_delay);
        let shutdown_timeout = read.seconds("SHUTDOWN_TIMEOUT_SECONDS", raw.shutdown_timeout_seconds, 30);

        let model = raw.bedrock_model_id.map(|model| model.trim().to_owned());
        let mut models: Vec<String> = read.list("BEDROCK_MODELS", raw.bedrock_models, "model ids");
        for (name, ids) in [("BEDROCK_MODEL_ID", model.as_slice()), ("BEDROCK_MODELS", models.as_slice())] {
            for id in ids.iter().filter(|id| !is_model_id(id)) {
                let what = "must be a model id or ARN (only letters, digits and .:/_-), but is";
                read.problem(name, &format!("{what} {id:?}"));
            }
        }
        if let Some(model) = &model
            && !models.contains(model)
        {
            models.insert(0, model.clone());
        }
        let guardrail = raw
            .bedrock_guardrail_id
            .map(|id| Guardrail { id, version: raw.bedrock_guardrail_version.unwrap_or_else(|| "DRAFT".to_owned()) });
        let max_tokens = read.number("BEDROCK_MAX_TOKENS", raw.bedrock_max_tokens, 4096, 256..=200_000);
        let bedrock_timeout = read.number("BEDROCK_TIMEOUT_SECONDS", raw.bedrock_timeout_seconds, 120, 1..=3600);
        let prices = "prices, such as model=3.00/15.00";
        let prices = read.list("BEDROCK_PRICES", raw.bedrock_prices, prices);
        let generation_workers = read.number("GENERATION_WORKERS", raw.generation_workers, 2, 0..=64);
        let most = 1_000_000_000_000;
        let tokens_per_job =
            read.number("GENERATION_TOKENS_PER_JOB", raw.generation_tokens_per_job, 2_000_000, 1000..=most);
        let tokens_per_day =
            read.number("GENERATION_TOKENS_PER_DAY", raw.generation_tokens_per_day, 10_000_000, 1000..=most);
        let sites = raw.reference_sites.unwrap_or_else(|| REFERENCE_SITES.to_owned());
        let reference_sites: Vec<Site> =
            read.list("REFERENCE_SITES", Some(sites), "hosts, such as docs.aws.amazon.com");

        if models.iter().any(|model| model == SCRIPTED) && !host.is_loopback() {
            read.problem(
                "BEDROCK_MODEL_ID",
                "or BEDROCK_MODELS is scripted, which needs a loopback address: set HOST=127.0.0.1, or other models",
            );
        }
        // A budget below the reservation of one call would allow no call at all.
        let least = i64::from(max_tokens) + PROMPT_TOKENS;
        for (name, tokens) in
            [("GENERATION_TOKENS_PER_JOB", tokens_per_job), ("GENERATION_TOKENS_PER_DAY", tokens_per_day)]
        {
            if !models.is_empty() && tokens < least {
                let detail = format!(
                    "is less than one call needs: set at least {least} (BEDROCK_MAX_TOKENS and {PROMPT_TOKENS} for the input), or \
                     lower BEDROCK_MAX_TOKENS"
                );
                read.problem(name, &detail);
            }
        }
        if debug && level_is_set && level < log::LevelFilter::Debug {
            read.problem(
                "DEBUG",
                "is true, but LOG_LEVEL hides debug lines: set LOG_LEVEL=debug or remove one of them",
            );
        }
        if connect_timeout > pool_timeout {
            read.problem(
                "DATABASE_CONNECT_TIMEOUT_SECONDS",
                "is longer than DATABASE_POOL_TIMEOUT_SECONDS: requests would time out before the connection attempt does",
            );
        }
        match (url, region) {
            (Some(url), Some(region)) if read.problems.is_empty() => Ok(Self {
                database: DatabaseSettings {
                    url,
                    pool_size,
                    max_overflow,
                    pool_timeout,
                    pre_ping,
                    recycle,
                    connect_timeout,
                    statement_timeout,
                },
                aws: AwsSettings {
                    region,
                    profile: raw.aws_profile,
                    bearer_token: raw.aws_bearer_token_bedrock.is_some(),
                },
                log: LogSettings { level, format },
                access: AccessSettings {
                    signup: matches!(signup, Signup::Open),
                    session_seconds: session_hours * 60 * 60,
                    requests_per_minute,
                    sign_ins_per_minute,
                    max_unanswered_attempts,
                    metrics_public,
                },
                http: HttpSettings {
                    host,
                    port,
                    workers,
                    body_limit,
                    body_timeout,
                    import_limit,
                    import_timeout,
                    max_connections,
                    max_connections_per_address,
                    web,
                    time_limits: TimeLimits::default(),
                    trusted_proxies,
                    cors_origins,
                    shutdown_delay,
                    shutdown_timeout,
                },
                questions: QuestionSettings { cache_bytes },
                generation: GenerationSettings {
                    model,
                    models,
                    guardrail,
                    max_tokens,
                    timeout: Duration::from_secs(bedrock_timeout),
                    prices,
                    workers: generation_workers,
                    job_times: Times::default(),
                    event_times: EventTimes::default(),
                    tokens_per_job,
                    tokens_per_day,
                    reference_sites,
                },
            }),
            _ => Err(Problems(read.problems)),
        }
    }
}

#[cfg(test)]
mod tests;
