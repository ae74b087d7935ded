//! The time as an argument, so that tests can set it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::db::types::Timestamp;

/// Provides the wall-clock time, which may be set back, and the monotonic time. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Clock {
    /// The system's clock, to the microsecond.
    pub fn system() -> Self {
        let started = Instant::now();
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        Self::from_fn(|| {
            let now = jiff::Timestamp::now().as_microsecond();
            Timestamp::from_microseconds(now).unwrap_or_else(|| unreachable!("the system clock is past the year 9999"))
        })
        .with_elapsed(move || started.elapsed())
    }

    /// A clock that calls `tell` for the time and is never set back.
    pub fn from_fn(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let now = Arc::new(tell);
        let since_1970 = now.clone();
        let elapsed = move || Duration::from_micros(u64::try_from(since_1970().as_microseconds()).unwrap_or(0));
        Self { now, elapsed: Arc::new(elapsed) }
    }

    /// The same clock, with another monotonic time.
    pub fn with_elapsed(self, elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { elapsed: Arc::new(elapsed), ..self }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The monotonic time since some moment in the past, for rates and durations in memory.
    pub fn elapsed(&self) -> Duration {
        (self.elapsed)()
    }
}
