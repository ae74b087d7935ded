//! Lasting conditions, such as an outage. The log reports when one begins and when it ends.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A condition that is either lasting or over.
#[derive(Debug, Default)]
pub struct Incident(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    /// When it began, if it is lasting.
    since: Option<Instant>,
    /// When it last began or ended.
    changed: Option<Instant>,
}

impl Incident {
    /// Reports that the condition holds. Returns whether it begins now, and should be logged.
    pub fn begin(&self) -> bool {
        self.begin_anew(None)
    }

    /// [`Incident::begin`] for a failure of something that worked, or was tried, at `before`. If the incident began or
    /// ended after that, the failure is part of it, and this returns false.
    pub fn begin_after(&self, before: Instant) -> bool {
        self.begin_anew(Some(before))
    }

    fn begin_anew(&self, before: Option<Instant>) -> bool {
        let mut times = self.lock();
        let known = before.zip(times.changed).is_some_and(|(before, changed)| before <= changed);
        if times.since.is_some() || known {
            return false;
        }
        let now = Instant::now();
        *times = Times { since: Some(now), changed: Some(now) };
        true
    }

    /// Reports that the condition is over. Returns how long it lasted, if it ends now.
    pub fn end(&self) -> Option<Duration> {
        let mut times = self.lock();
        let since = times.since.take()?;
        times.changed = Some(Instant::now());
        Some(since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_reported_when_it_begins_and_when_it_ends() {
        let incident = Incident::default();
        assert_eq!(incident.end(), None);
        assert!(incident.begin());
        assert!(!incident.begin());
        assert!(incident.end().is_some());
        assert_eq!(incident.end(), None);
        assert!(incident.begin());
    }

    #[test]
    fn what_broke_in_an_incident_does_not_begin_another_one() {
        let (incident, before) = (Incident::default(), Instant::now());
        assert!(incident.begin_after(before));
        assert!(incident.end().is_some());
        assert!(!incident.begin_after(before));
        assert!(incident.begin());
        let during = Instant::now();
        assert!(incident.end().is_some());
        assert!(!incident.begin_after(during));
        assert!(incident.begin_after(Instant::now()));
    }
}
