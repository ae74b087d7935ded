//! Settings: read once at the start from the environment, every problem reported together.

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

/// The settings as text, by variable. What is not here is ignored.
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
    signup: Option<String>,
    session_hours: Option<String>,
    rate_limit_per_minute: Option<String>,
    sign_in_limit_per_minute: Option<String>,
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

/// Every setting of Tripos, valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database and its pool.
    pub database: DatabaseSettings,
    /// AWS.
    pub aws: AwsSettings,
    /// The log.
    pub log: LogSettings,
    /// Who may come in.
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

/// A network, or an address as a network of one.
struct Network(IpNet);

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let network: IpNet =
            text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into())).map_err(|_| ())?;
        Ok(Self(unmapped(network)))
    }
}

/// A network of IPv4 addresses that are written as IPv6, as what it is: so are the addresses of clients.
fn unmapped(network: IpNet) -> IpNet {
    let mapped = match network.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    };
    let unmapped = mapped.zip(network.prefix_len().checked_sub(96));
    unmapped.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

/// An origin as browsers write it: scheme, host, and the port where it is not the scheme's own.
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

/// Everything that is wrong with the settings, a line each, by variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "settings are not usable: {}", self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Parses the settings out of environment variables.
    ///
    /// Names are those of the fields' documentation, in any case; an empty value counts as absent; unknown names are
    /// ignored. The problems never repeat a value that may be secret.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, Problems> {
        let present = vars.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let raw: Variables = envy::from_iter(present).map_err(|error| Problems(vec![error.to_string()]))?;
        let mut read = Reader::default();
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
        let signup = if host.is_loopback() { Signup::Open } else { Signup::Closed };
        let signup = read.word("SIGNUP", raw.signup, signup, "open or closed");
        let session_hours = read.number("SESSION_HOURS", raw.session_hours, 336, 1..=8760);
        let requests_per_minute = read.number("RATE_LIMIT_PER_MINUTE", raw.rate_limit_per_minute, 600, 0..=1_000_000);
        let sign_ins_per_minute =
            read.number("SIGN_IN_LIMIT_PER_MINUTE", raw.sign_in_limit_per_minute, 10, 0..=1_000_000);
        let metrics_public = read.switch("METRICS_PUBLIC", raw.metrics_public, false);
        let shutdown_delay = read.number("SHUTDOWN_DELAY_SECONDS", raw.shutdown_delay_seconds, 0, 0..=3600);
        let shutdown_delay = Duration::from_secs(shutdown_delay);
        let shutdown_timeout = read.seconds("SHUTDOWN_TIMEOUT_SECONDS", raw.shutdown_timeout_seconds, 30);

        let model = raw.bedrock_model_id.map(|model| model.trim().to_owned());
        let mut models: Vec<String> = read.list("BEDROCK_MODELS", raw.bedrock_models, "model ids");
        for (name, ids) in [("BEDROCK_MODEL_ID", model.as_slice()), ("BEDROCK_MODELS", models.as_slice())] {
            for id in ids.iter().filter(|id| !is_model_id(id)) {
                let what = "must be the id or the ARN of a model, of letters, digits and .:/_-, and is";
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
                "scripted is for trying out on a loopback address: set HOST=127.0.0.1, or name a model of Amazon Bedrock",
            );
        }
        // What one call reserves, or no call is ever sent.
        let least = i64::from(max_tokens) + PROMPT_TOKENS;
        for (name, tokens) in
            [("GENERATION_TOKENS_PER_JOB", tokens_per_job), ("GENERATION_TOKENS_PER_DAY", tokens_per_day)]
        {
            if !models.is_empty() && tokens < least {
                let detail = format!(
                    "is less than one call needs: set at least {least}, which is BEDROCK_MAX_TOKENS and {PROMPT_TOKENS} \
                     for what is sent, or lower BEDROCK_MAX_TOKENS"
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
                "is longer than DATABASE_POOL_TIMEOUT_SECONDS: a request would give up before the connection attempt does",
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
mod tests {
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<Config, Problems> {
        Config::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const GOOD: [(&str, &str); 2] =
        [("DATABASE_URL", "postgres://ada:hunter2@db/t"), ("AWS_DEFAULT_REGION", "eu-west-1")];

    fn problems(vars: &[(&str, &str)]) -> Vec<String> {
        parse(vars).err().map(|problems| problems.0).unwrap_or_default()
    }

    #[test]
    fn defaults_are_those_of_the_documentation() {
        let config = parse(&GOOD).unwrap();
        assert_eq!((config.database.pool_size, config.database.max_overflow), (5, 10));
        assert!(config.database.pre_ping);
        assert_eq!(config.http.port, 8080);
        assert_eq!(config.log.level, log::LevelFilter::Info);
    }

    #[test]
    fn every_problem_is_named_in_one_report() {
        let found = problems(&[
            ("DATABASE_URL", "mysql://ada:hunter2@db/t"),
            ("AWS_DEFAULT_REGION", " "),
            ("DATABASE_POOL_SIZE", "0"),
            ("PORT", "eighty"),
            ("DEBUG", "perhaps"),
            ("LOG_FORMAT", "xml"),
            ("HOST", "localhost:80"),
        ]);
        for name in ["DATABASE_URL", "AWS_DEFAULT_REGION", "DATABASE_POOL_SIZE", "PORT", "DEBUG", "LOG_FORMAT", "HOST"]
        {
            assert_eq!(
                found.iter().filter(|line| line.starts_with(&format!("{name} "))).count(),
                1,
                "{name}: {found:?}"
            );
        }
        assert!(!found.join(" ").contains("hunter2"));
    }

    #[test]
    fn sign_up_is_open_on_loopback_alone_unless_it_is_said() {
        let signup = |more: &[(&str, &str)]| parse(&[&GOOD[..], more].concat()).unwrap().access.signup;
        assert!(signup(&[]));
        assert!(!signup(&[("HOST", "0.0.0.0")]));
        assert!(signup(&[("HOST", "0.0.0.0"), ("SIGNUP", "open")]));
        assert!(!signup(&[("SIGNUP", "closed")]));
    }

    #[test]
    fn one_address_has_an_eighth_of_the_connections_unless_it_is_said() {
        let share = |more: &[(&str, &str)]| {
            let config = parse(&[&GOOD[..], more].concat());
            config.map(|config| config.http.max_connections_per_address)
        };
        assert_eq!(share(&[]), Ok(1024));
        assert_eq!(share(&[("MAX_CONNECTIONS", "16")]), Ok(8));
        assert_eq!(share(&[("MAX_CONNECTIONS_PER_ADDRESS", "0")]), Ok(0));
        assert_eq!(share(&[("MAX_CONNECTIONS", "100"), ("MAX_CONNECTIONS_PER_ADDRESS", "100")]), Ok(100));
        let more_than_all = problems(&[GOOD[0], GOOD[1], ("MAX_CONNECTIONS_PER_ADDRESS", "8193")]);
        assert!(more_than_all[0].starts_with("MAX_CONNECTIONS_PER_ADDRESS must be"), "{more_than_all:?}");
    }

    #[test]
    fn lists_are_read_item_by_item() {
        let http = parse(&[
            GOOD[0],
            GOOD[1],
            ("TRUSTED_PROXIES", "10.0.0.0/8, ::1,::ffff:192.0.2.7"),
            ("CORS_ALLOWED_ORIGINS", "https://app.example.org,http://localhost:3000"),
        ]);
        let http = http.unwrap().http;
        let proxies: Vec<String> = http.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
        assert_eq!(http.cors_origins, ["https://app.example.org", "http://localhost:3000"]);
        for (name, value) in [
            ("TRUSTED_PROXIES", "10.0.0.0/33"),
            ("TRUSTED_PROXIES", "proxy.local"),
            ("CORS_ALLOWED_ORIGINS", "*"),
            ("CORS_ALLOWED_ORIGINS", "https://app.example.org/"),
            ("CORS_ALLOWED_ORIGINS", "app.example.org"),
            ("SIGNUP", "yes"),
            ("SESSION_HOURS", "0"),
            ("RATE_LIMIT_PER_MINUTE", "-1"),
        ] {
            let found = problems(&[GOOD[0], GOOD[1], (name, value)]);
            assert!(found.len() == 1 && found[0].starts_with(name), "{found:?}");
        }
    }

    #[test]
    fn required_settings_have_no_default() {
        assert_eq!(
            problems(&[]),
            ["DATABASE_URL is required and not set", "AWS_DEFAULT_REGION is required and not set"]
        );
    }

    #[test]
    fn unknown_variables_are_ignored() {
        assert!(parse(&[GOOD[0], GOOD[1], ("DATABASE_COLOUR", "blue")]).is_ok());
    }

    #[test]
    fn bad_mixes_are_refused() {
        let contradiction = problems(&[GOOD[0], GOOD[1], ("DEBUG", "true"), ("LOG_LEVEL", "warn")]);
        assert!(contradiction[0].starts_with("DEBUG is true"), "{contradiction:?}");
        let twice = problems(&[GOOD[0], GOOD[1], ("DATABASE_URL_FILE", "/run/secret")]);
        assert!(twice[0].contains("DATABASE_URL_FILE are both set"), "{twice:?}");
        let limits = problems(&[GOOD[0], GOOD[1], ("DATABASE_CONNECT_TIMEOUT_SECONDS", "9")]);
        assert!(limits[0].contains("DATABASE_POOL_TIMEOUT_SECONDS"), "{limits:?}");
    }

    #[test]
    fn budgets_are_enough_for_one_call() {
        let model = ("BEDROCK_MODEL_ID", "a.model");
        for name in ["GENERATION_TOKENS_PER_JOB", "GENERATION_TOKENS_PER_DAY"] {
            let found = problems(&[GOOD[0], GOOD[1], model, (name, "10000")]);
            assert!(found.len() == 1 && found[0].starts_with(name) && found[0].contains("10096"), "{found:?}");
            parse(&[GOOD[0], GOOD[1], model, (name, "10000"), ("BEDROCK_MAX_TOKENS", "4000")]).unwrap();
            parse(&[GOOD[0], GOOD[1], (name, "10000")]).unwrap();
        }
    }

    #[test]
    fn ids_of_models_have_the_characters_of_such_ids() {
        let arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-v1:0";
        let config = parse(&[GOOD[0], GOOD[1], ("BEDROCK_MODEL_ID", arn), ("BEDROCK_MODELS", "amazon.nova-pro-v1:0")]);
        assert_eq!(config.unwrap().generation.models, [arn, "amazon.nova-pro-v1:0"]);
        for (name, value) in [
            ("BEDROCK_MODEL_ID", "claude sonnet"),
            ("BEDROCK_MODEL_ID", "\u{201c}anthropic.claude\u{201d}"),
            ("BEDROCK_MODELS", "a.model,b.model?"),
        ] {
            let found = problems(&[GOOD[0], GOOD[1], (name, value)]);
            assert!(found.len() == 1 && found[0].starts_with(name), "{found:?}");
        }
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_newline() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "sqlite://from-file.db\n").unwrap();
        let name = file.to_str().unwrap();
        let config = parse(&[("DATABASE_URL_FILE", name), GOOD[1]]).unwrap();
        assert_eq!(config.database.url.to_string(), "sqlite://from-file.db");

        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(problems(&[("DATABASE_URL_FILE", name), GOOD[1]])[0].ends_with("is not UTF-8 text"));
        let directory = folder.path().to_str().unwrap();
        assert!(problems(&[("DATABASE_URL_FILE", directory), GOOD[1]])[0].ends_with("is a directory"));
        assert!(problems(&[("DATABASE_URL_FILE", "/nowhere"), GOOD[1]])[0].contains("cannot be read"));
    }

    #[test]
    fn no_debug_output_shows_the_password() {
        assert!(!format!("{:?}", parse(&GOOD).unwrap()).contains("hunter2"));
    }
}
