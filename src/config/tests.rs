use super::*;

fn parse(vars: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

const GOOD: [(&str, &str); 2] = [("DATABASE_URL", "postgres://ada:hunter2@db/t"), ("AWS_DEFAULT_REGION", "eu-west-1")];

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
fn all_problems_are_reported_together() {
    let found = problems(&[
        ("DATABASE_URL", "mysql://ada:hunter2@db/t"),
        ("AWS_DEFAULT_REGION", " "),
        ("DATABASE_POOL_SIZE", "0"),
        ("PORT", "eighty"),
        ("DEBUG", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("HOST", "localhost:80"),
    ]);
    for name in ["DATABASE_URL", "AWS_DEFAULT_REGION", "DATABASE_POOL_SIZE", "PORT", "DEBUG", "LOG_FORMAT", "HOST"] {
        assert_eq!(found.iter().filter(|line| line.starts_with(&format!("{name} "))).count(), 1, "{name}: {found:?}");
    }
    assert!(!found.join(" ").contains("hunter2"));
}

#[test]
fn sign_up_is_open_only_on_loopback_by_default() {
    let signup = |more: &[(&str, &str)]| parse(&[&GOOD[..], more].concat()).unwrap().access.signup;
    assert!(signup(&[]));
    assert!(!signup(&[("HOST", "0.0.0.0")]));
    assert!(signup(&[("HOST", "0.0.0.0"), ("SIGNUP", "open")]));
    assert!(!signup(&[("SIGNUP", "closed")]));
}

#[test]
fn one_address_has_an_eighth_of_the_connections_by_default() {
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
    assert_eq!(problems(&[]), ["DATABASE_URL is required, but not set", "AWS_DEFAULT_REGION is required, but not set"]);
}

#[test]
fn unknown_variables_are_ignored() {
    assert!(parse(&[GOOD[0], GOOD[1], ("DATABASE_COLOR", "blue")]).is_ok());
}

#[test]
fn invalid_combinations_are_rejected() {
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
fn ids_of_models_are_checked() {
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

#[test]
fn a_name_in_two_spellings_is_a_problem_among_others() {
    let with = |more: &[(&str, &str)]| problems(&[&GOOD[..], more].concat());
    let found = with(&[("port", "1"), ("PORT", "2"), ("DEBUG", "perhaps"), ("http_proxy", "a"), ("HTTP_PROXY", "b")]);
    assert_eq!(found[0], "PORT is set more than once, as PORT and port: keep one of them");
    assert!(found.len() == 2 && found[1].starts_with("DEBUG "), "{found:?}");
    assert!(parse(&[&GOOD[..], &[("port", "1"), ("PORT", " ")]].concat()).is_ok(), "an empty value is none");
}
