//! The time, as an argument: tests turn the clock by hand.

use std::sync::Arc;

use crate::db::types::Timestamp;

/// Tells the time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Clock {
    /// The system's clock, to the microsecond.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        Self(Arc::new(|| {
            let now = jiff::Timestamp::now().as_microsecond();
            Timestamp::from_microseconds(now).unwrap_or_else(|| unreachable!("the system clock is past the year 9999"))
        }))
    }

    /// A clock that asks `tell` each time.
    pub fn from_fn(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}
