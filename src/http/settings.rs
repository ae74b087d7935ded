//! Settings of the HTTP server and of access.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// `HOST`, default 127.0.0.1: the address to listen on.
    pub host: IpAddr,
    /// `PORT`, default 8080; 0 lets the system choose.
    pub port: u16,
    /// `HTTP_WORKERS`, default the number of cores.
    pub workers: usize,
    /// `BODY_LIMIT_BYTES`, default 262144: larger request bodies are answered 413.
    pub body_limit: usize,
    /// `BODY_TIMEOUT_SECONDS`, default 20: bodies that take longer to come are answered 408.
    pub body_timeout: Duration,
    /// `IMPORT_LIMIT_BYTES`, default 64 MiB: larger files to import are answered 413.
    pub import_limit: usize,
    /// `IMPORT_TIMEOUT_SECONDS`, default 300: files to import that take longer to come are answered 408.
    pub import_timeout: Duration,
    /// `MAX_CONNECTIONS`, default 8192: further clients wait until one goes.
    pub max_connections: usize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`, default an eighth of `MAX_CONNECTIONS`: further clients from one address, or one
    /// IPv6 network of 64 bits, are refused; 0 for no limit. Those of `TRUSTED_PROXIES` are not counted.
    pub max_connections_per_address: usize,
    /// `WEB`, default true: whether the pages for browsers are served.
    pub web: bool,
    /// How long clients may take in each phase of a connection. No variable sets it.
    pub time_limits: TimeLimits,
    /// `TRUSTED_PROXIES`, default none: addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `CORS_ALLOWED_ORIGINS`, default none: origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// `SHUTDOWN_DELAY_SECONDS`, default 0: how long after SIGTERM or SIGINT the server still takes requests, while
    /// `/health/ready` tells load balancers to send it none.
    pub shutdown_delay: Duration,
    /// `SHUTDOWN_TIMEOUT_SECONDS`, default 30: how long requests in flight may take to finish after SIGTERM or SIGINT.
    pub shutdown_timeout: Duration,
}

/// How long a client may take in each phase of a connection.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// To send the head of a request, from the connection's start or the head's first byte. The rest of a body that
    /// nobody wanted to read is given the same time.
    pub head: Duration,
    /// To begin the next request on a connection that is kept.
    pub idle: Duration,
    /// To read more of a response when a write blocks.
    pub unread: Duration,
    /// Clients that read slower than this for longer than `unread` are cut off.
    pub bytes_per_second: u32,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            unread: Duration::from_secs(20),
            bytes_per_second: 4096,
        }
    }
}

/// Who may come in, and how often.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// `SIGNUP`, default open where `HOST` is a loopback address and closed elsewhere: whether anyone may make an account.
    pub signup: bool,
    /// `SESSION_HOURS`, default 336, two weeks: how long a session lasts, here in seconds.
    pub session_seconds: i64,
    /// `RATE_LIMIT_PER_MINUTE`, default 600: requests of each user, and of each address without one; 0 for no limit.
    pub requests_per_minute: u32,
    /// `SIGN_IN_LIMIT_PER_MINUTE`, default 10: sign-ins and sign-ups from each address; 0 for no limit.
    pub sign_ins_per_minute: u32,
    /// `MAX_UNANSWERED_ATTEMPTS`, default 10: how many attempts without a response a learner may begin in 24 hours; 0 for no
    /// limit.
    pub max_unanswered_attempts: u32,
    /// `METRICS_PUBLIC`, default false: whether `/metrics` is for all.
    pub metrics_public: bool,
}
