//! Rate limits per user and per address, with governor's generic cell rate algorithm, and their header fields.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use crate::{
    auth::model::UserId,
    clock::Clock,
    error::{Error, RateLimit},
    http::{
        caller::Credentials,
        client::{Client, subnet},
        state::State,
    },
};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use governor::{
    Quota, RateLimiter, clock::Clock as _, middleware::StateInformationMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit");
/// The time in which a quota refills, in seconds.
const WINDOW: u64 = 60;

/// The rate limits of a server. Each server counts by itself.
pub struct Limits {
    requests: Option<Limiter<Subject>>,
    sign_ins: Option<Limiter<IpAddr>>,
}

/// The subject whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    /// Requests with a token of this user that was valid recently.
    User(UserId),
    /// All other requests from this address.
    Address(IpAddr),
}

impl Subject {
    fn policy(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Address(_) => "address",
        }
    }
}

/// The two header fields for the state of a quota.
pub(super) fn fields(limit: &RateLimit) -> [(HeaderName, String); 2] {
    let RateLimit { policy, quota, remaining, seconds } = limit;
    [
        (POLICY, format!("\"{policy}\";q={quota};w={WINDOW}")),
        (REMAINING, format!("\"{policy}\";r={remaining};t={seconds}")),
    ]
}

impl Limits {
    /// Limits requests per minute for each user and address, and sign-ins per minute for each address; 0 is no limit.
    pub fn new(requests: u32, sign_ins: u32, clock: &Clock) -> Self {
        Self { requests: Limiter::new(requests, clock), sign_ins: Limiter::new(sign_ins, clock) }
    }

    /// Counts a request. Returns the state of its quota, if there is a limit.
    fn request(&self, app: &State, req: &ServiceRequest, client: &Client) -> Result<Option<RateLimit>, Error> {
        let Some(limiter) = &self.requests else { return Ok(None) };
        let token = Credentials::of(req.request()).ok().flatten().and_then(|sent| sent.token_hash());
        let user = token.and_then(|hash| app.recent_tokens.user(&hash));
        let subject = user.map_or_else(|| Subject::Address(subnet(client.address)), Subject::User);
        limiter.count(&subject, subject.policy()).map(Some)
    }

    /// Counts a request that checks a password or creates an account.
    pub fn sign_in(&self, client: &Client) -> Result<(), Error> {
        match &self.sign_ins {
            Some(limiter) => limiter.count(&subnet(client.address), "sign-in").map(|_| ()),
            None => Ok(()),
        }
    }

    /// Removes subjects whose quota is full again.
    pub fn tidy(&self) {
        self.requests.iter().for_each(Limiter::tidy);
        self.sign_ins.iter().for_each(Limiter::tidy);
    }
}

struct Limiter<K: std::hash::Hash + Eq + Clone> {
    quota: NonZeroU32,
    ticks: Ticks,
    cells: RateLimiter<K, DashMapStateStore<K>, Ticks, StateInformationMiddleware>,
}

impl<K: std::hash::Hash + Eq + Clone> Limiter<K> {
    fn new(per_minute: u32, clock: &Clock) -> Option<Self> {
        let quota = NonZeroU32::new(per_minute)?;
        let ticks = Ticks(clock.clone());
        let cells = RateLimiter::dashmap_with_clock(Quota::per_minute(quota), ticks.clone());
        Some(Self { quota, ticks, cells: cells.with_middleware() })
    }

    fn tidy(&self) {
        self.cells.retain_recent();
        self.cells.shrink_to_fit();
    }

    fn count(&self, key: &K, policy: &'static str) -> Result<RateLimit, Error> {
        let quota = self.quota.get();
        match self.cells.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let missing = u64::from(quota - remaining.min(quota));
                let seconds = (missing * WINDOW).div_ceil(u64::from(quota));
                Ok(RateLimit { policy, quota, remaining, seconds })
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.ticks.now());
                let seconds = (wait + Duration::from_nanos(999_999_999)).as_secs().max(1);
                Err(Error::RateLimited(RateLimit { policy, quota, remaining: 0, seconds }))
            }
        }
    }
}

/// The clock for governor: monotonic time, which does not change when the clock is set back.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

/// Counts each request before anything else is done for it.
pub async fn enforce(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = req.app_data::<web::Data<State>>().cloned();
    let client = Client::known(&req);
    let (Some(app), Some(client)) = (app, client) else {
        return Ok(next.call(req).await?.map_into_boxed_body());
    };
    match app.limits.request(&app, &req, &client) {
        Ok(standing) => {
            let mut response = next.call(req).await?.map_into_boxed_body();
            if let Some(standing) = standing {
                for (name, text) in fields(&standing) {
                    response.headers_mut().insert(name, HeaderValue::try_from(text)?);
                }
            }
            Ok(response)
        }
        Err(error) => Ok(req.error_response(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use super::*;
    use crate::db::types::Timestamp;

    #[test]
    fn a_quota_fills_up_with_time() {
        let time = Arc::new(AtomicI64::new(1_795_428_000_000_000));
        let told = Arc::clone(&time);
        let clock = Clock::from_fn(move || Timestamp::from_microseconds(told.load(Ordering::SeqCst)).unwrap());
        let limiter = Limiter::<u8>::new(6, &clock).unwrap();
        let remaining: Vec<u32> = (0..6).map(|_| limiter.count(&1, "test").unwrap().remaining).collect();
        assert_eq!(remaining, [5, 4, 3, 2, 1, 0]);
        let Err(Error::RateLimited(refused)) = limiter.count(&1, "test") else { panic!("a seventh was allowed") };
        assert_eq!(refused, RateLimit { policy: "test", quota: 6, remaining: 0, seconds: 10 });
        assert!(limiter.count(&2, "test").is_ok(), "others are not counted");
        time.fetch_add(10_000_000, Ordering::SeqCst);
        assert_eq!(limiter.count(&1, "test").unwrap().seconds, 60);
        assert!(limiter.count(&1, "test").is_err());
    }

    #[test]
    fn zero_is_no_limit() {
        assert!(Limiter::<u8>::new(0, &Clock::system()).is_none());
    }
}
