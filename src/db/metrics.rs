//! Prometheus metrics of the pool.

use std::{fmt, sync::Arc};

use diesel::r2d2::{HandleEvent, event};
use prometheus::{
    Histogram, HistogramOpts, IntCounter, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};

use super::pool::PoolState;

const SECONDS: [f64; 9] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 1.0, 5.0];

/// Counters and histograms of one pool.
#[derive(Debug, Clone)]
pub struct PoolMetrics {
    registry: Registry,
    opened: IntCounter,
    closed: IntCounter,
    timeouts: IntCounter,
    wait: Histogram,
    held: Histogram,
}

impl PoolMetrics {
    /// Creates the metrics and registers them.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let histogram =
            |name: &str, help: &str| Histogram::with_opts(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()));
        let metrics = Self {
            registry: registry.clone(),
            opened: IntCounter::new("tripos_db_connections_opened_total", "Database connections opened")?,
            closed: IntCounter::new("tripos_db_connections_closed_total", "Database connections closed")?,
            timeouts: IntCounter::new("tripos_db_checkout_timeouts_total", "Checkouts that got no connection in time")?,
            wait: histogram("tripos_db_checkout_wait_seconds", "Time that a checkout waited for a connection")?,
            held: histogram("tripos_db_connection_held_seconds", "Time that a connection was out of the pool")?,
        };
        registry.register(Box::new(metrics.opened.clone()))?;
        registry.register(Box::new(metrics.closed.clone()))?;
        registry.register(Box::new(metrics.timeouts.clone()))?;
        registry.register(Box::new(metrics.wait.clone()))?;
        registry.register(Box::new(metrics.held.clone()))?;
        Ok(metrics)
    }

    /// Reads the counts of the pool whenever the metrics are requested.
    pub(super) fn watch(&self, state: Arc<dyn Fn() -> PoolState + Send + Sync>) {
        let gauge = |name: &str, help: &str| prometheus::IntGauge::new(name, help);
        let gauges = gauge("tripos_db_connections_open", "Open database connections")
            .and_then(|open| Ok((open, gauge("tripos_db_connections_idle", "Idle database connections")?)));
        match gauges {
            Ok((open, idle)) => {
                if let Err(error) = self.registry.register(Box::new(StateGauges { state, open, idle })) {
                    log::warn!("cannot register the gauges of the pool: {error}");
                }
            }
            Err(error) => log::warn!("cannot register the gauges of the pool: {error}"),
        }
    }
}

impl HandleEvent for PoolMetrics {
    fn handle_acquire(&self, _: event::AcquireEvent) {
        self.opened.inc();
    }

    fn handle_release(&self, _: event::ReleaseEvent) {
        self.closed.inc();
    }

    fn handle_checkout(&self, event: event::CheckoutEvent) {
        self.wait.observe(event.duration().as_secs_f64());
    }

    fn handle_timeout(&self, _: event::TimeoutEvent) {
        self.timeouts.inc();
    }

    fn handle_checkin(&self, event: event::CheckinEvent) {
        self.held.observe(event.duration().as_secs_f64());
    }
}

struct StateGauges {
    state: Arc<dyn Fn() -> PoolState + Send + Sync>,
    open: prometheus::IntGauge,
    idle: prometheus::IntGauge,
}

impl fmt::Debug for StateGauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateGauges").finish_non_exhaustive()
    }
}

impl Collector for StateGauges {
    fn desc(&self) -> Vec<&Desc> {
        [self.open.desc(), self.idle.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let state = (self.state)();
        self.open.set(i64::from(state.open));
        self.idle.set(i64::from(state.idle));
        [self.open.collect(), self.idle.collect()].concat()
    }
}
