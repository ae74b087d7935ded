//! Conditions that last, such as an outage: the log tells when one begins and when it is over.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A condition that lasts for a while or is over.
#[derive(Debug, Default)]
pub struct Incident(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    /// Since when it lasts, if it does.
    since: Option<Instant>,
    /// When it last began or ended.
    changed: Option<Instant>,
}

impl Incident {
    /// It lasts. Whether it begins with this, and is to be told.
    pub fn begin(&self) -> bool {
        self.begin_anew(None)
    }

    /// [`Incident::begin`] by the failure of what was well, or was tried, at `before`: if the incident began or ended after
    /// that, the failure is a part of it and is not told again.
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

    /// It is over. How long it lasted, if it did until now.
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
    fn an_incident_is_told_when_it_begins_and_when_it_is_over() {
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
