//! Caches the results of health checks for a moment, so that a flood of checks queries the database once a second.

use std::{future::Future, sync::Arc, time::Duration};

use actix_web::rt;
use tokio::sync::Mutex;

use super::health::DatabaseHealth;
use crate::{clock::Clock, error::Error};

/// The maximum age of a result.
const RECENT: Duration = Duration::from_secs(1);

/// A check that runs once at a time: callers that arrive meanwhile wait for its result.
#[derive(Debug)]
pub struct Probe<T> {
    /// The last result, and when it was returned.
    last: Arc<Mutex<Option<(Duration, T)>>>,
}

impl<T> Default for Probe<T> {
    fn default() -> Self {
        Self { last: Arc::default() }
    }
}

impl<T: Clone + 'static> Probe<T> {
    /// The result of the last second, or else that of a new check.
    pub async fn ask(&self, clock: &Clock, question: impl Future<Output = T> + 'static) -> Result<T, Error> {
        let mut last = self.last.clone().lock_owned().await;
        if let Some((at, answer)) = &*last
            && clock.elapsed().saturating_sub(*at) < RECENT
        {
            return Ok(answer.clone());
        }
        let clock = clock.clone();
        // The check continues if the client disconnects, so that a flood of such clients cannot start it each time.
        let asked = rt::spawn(async move {
            let answer = question.await;
            *last = Some((clock.elapsed(), answer.clone()));
            answer
        });
        asked.await.map_err(|error| Error::Internal(format!("health: {error}")))
    }
}

/// The checks of `/health` and `/health/ready`.
#[derive(Debug, Default)]
pub struct Probes {
    /// The health of the database.
    pub database: Probe<DatabaseHealth>,
    /// Whether the database responds with a schema that is not older than this program; or else why not.
    pub schema: Probe<Result<(), String>>,
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use futures_util::{FutureExt, future::join_all};

    use super::*;

    fn clock(at: &Arc<std::sync::atomic::AtomicU64>) -> Clock {
        let at = at.clone();
        Clock::system().with_elapsed(move || Duration::from_millis(at.load(std::sync::atomic::Ordering::Relaxed)))
    }

    #[actix_web::test]
    async fn concurrent_callers_share_one_check_per_second() {
        let (probe, asked, now) = (Probe::default(), Rc::new(Cell::new(0)), Arc::default());
        let clock = clock(&now);
        let ask = async |answer: Result<(), &'static str>| {
            let asked = asked.clone();
            let question = async move {
                asked.set(asked.get() + 1);
                rt::task::yield_now().await;
                answer
            };
            probe.ask(&clock, question).await.unwrap()
        };
        assert!(join_all((0..100).map(|_| ask(Ok(())))).await.iter().all(Result::is_ok));
        now.store(999, std::sync::atomic::Ordering::Relaxed);
        assert_eq!((ask(Err("down")).await, asked.get()), (Ok(()), 1));
        now.store(1000, std::sync::atomic::Ordering::Relaxed);
        assert!(join_all((0..100).map(|_| ask(Err("down")))).await.iter().all(Result::is_err));
        assert_eq!(asked.get(), 2);
    }

    #[actix_web::test]
    async fn a_check_continues_when_nobody_waits_for_it() {
        let (probe, asked) = (Probe::default(), Rc::new(Cell::new(0)));
        let clock = clock(&Arc::default());
        let question = || {
            let asked = asked.clone();
            async move {
                asked.set(asked.get() + 1);
                rt::task::yield_now().await;
            }
        };
        for _ in 0..10 {
            // Dropped before there is a result.
            let _ = probe.ask(&clock, question()).now_or_never();
        }
        probe.ask(&clock, question()).await.unwrap();
        assert_eq!(asked.get(), 1);
    }
}
