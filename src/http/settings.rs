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
    /// `BODY_LIMIT_BYTES`, default 262144: the largest request body. Larger ones are a 413.
    pub body_limit: usize,
    /// `BODY_TIMEOUT_SECONDS`, default 20: the longest time in which a request body must arrive.
    /// Slower ones are a 408.
    pub body_timeout: Duration,
    /// `IMPORT_LIMIT_BYTES`, default 64 MiB: the largest file to import. Larger ones are a 413.
    pub import_limit: usize,
    /// `IMPORT_TIMEOUT_SECONDS`, default 300: the longest time in which a file to import must
    /// arrive. Slower ones are a 408.
    pub import_timeout: Duration,
    /// `MAX_CONNECTIONS`, default 8192: the most connections at a time. More clients wait until a connection
    /// closes.
    pub max_connections: usize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`, default an eighth of `MAX_CONNECTIONS`: the most connections from one address, or
    /// one IPv6 /64 network. Further ones are rejected; 0 is no limit. `TRUSTED_PROXIES` have no such limit.
    pub max_connections_per_address: usize,
    /// `WEB`, default true: whether the pages for browsers are served.
    pub web: bool,
    /// Time limits for each phase of a connection. No variable sets them.
    pub time_limits: TimeLimits,
    /// `TRUSTED_PROXIES`, default none: addresses and networks of proxies whose `X-Forwarded-For` and
    /// `X-Forwarded-Proto` are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// `CORS_ALLOWED_ORIGINS`, default none: origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// `SHUTDOWN_DELAY_SECONDS`, default 0: how long the server still accepts requests after SIGTERM or SIGINT. Meanwhile
    /// `/health/ready` is a 503, so that load balancers stop sending requests.
    pub shutdown_delay: Duration,
    /// `SHUTDOWN_TIMEOUT_SECONDS`, default 30: how long requests in flight may take to finish after that.
    pub shutdown_timeout: Duration,
}

/// How long a client may take in each phase of a connection.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// To send the head of a request, from the start of the connection or the first byte of the head. The same limit
    /// applies to the rest of a body that no handler reads.
    pub head: Duration,
    /// To begin the next request on an open connection.
    pub idle: Duration,
    /// To read more of a response while a write blocks.
    pub unread: Duration,
    /// The slowest speed at which a client may read a response for longer than `unread`.
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

/// Sign-up, sessions, rate limits.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// `SIGNUP`, default open where `HOST` is a loopback address and closed elsewhere: whether anyone may sign up.
    pub signup: bool,
    /// `SESSION_HOURS`, default 336, two weeks: how long a session lasts. This field is in seconds.
    pub session_seconds: i64,
    /// `RATE_LIMIT_PER_MINUTE`, default 600: requests of each user, and of each address without a token; 0 is no
    /// limit.
    pub requests_per_minute: u32,
    /// `SIGN_IN_LIMIT_PER_MINUTE`, default 10: sign-ins, sign-ups and password checks per address; 0 is no limit.
    pub sign_ins_per_minute: u32,
    /// `MAX_UNANSWERED_ATTEMPTS`, default 10: how many attempts without a response a learner may begin in 24 hours; 0 is no
    /// limit.
    pub max_unanswered_attempts: u32,
    /// `METRICS_PUBLIC`, default false: whether everyone may read `/metrics`.
    pub metrics_public: bool,
}
