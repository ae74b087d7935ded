//! Workers, in a server or in their own process.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::rt::System;
use tokio::sync::Notify;

use super::{Stopping, connect, end_while_starting};
use crate::{
    aws::Aws,
    clock::Clock,
    concurrency::StopSignal,
    config::Config,
    db::Db,
    error::Error,
    generation::{converse::Converse, models::Models, settings::GenerationSettings, work::Drafting},
    jobs::worker::{Handler, Workers},
    questions::similarity::live::Sketches,
    telemetry::metrics::Metrics,
};

/// How many jobs `tripos worker` runs at a time if `GENERATION_WORKERS` is 0.
const ALONE: usize = 2;

/// What workers share with the server in their process, if there is one.
pub struct Shared {
    /// The database.
    pub db: Db,
    /// The sketches for near-duplicates.
    pub sketches: Arc<Sketches>,
    /// The language models.
    pub model: Arc<dyn Converse>,
    /// Counts jobs.
    pub metrics: Metrics,
    /// Notified of new jobs.
    pub wake: Arc<Notify>,
    /// Tells them to stop.
    pub stop: StopSignal,
}

/// Creates workers. Without a model, they have nothing to do.
pub fn workers(shared: Shared, settings: &GenerationSettings, count: usize) -> Workers {
    let Shared { db, sketches, model, metrics, wake, stop } = shared;
    let drafting = Drafting { db: db.clone(), sketches, model, settings: Arc::new(settings.clone()) };
    let drafting = settings.model.as_ref().map(|_| Arc::new(drafting) as Arc<dyn Handler>);
    Workers { db, handlers: drafting.into_iter().collect(), count, wake, stop, metrics, times: settings.job_times }
}

/// Runs jobs until SIGTERM or SIGINT, without serving. Running jobs are then released.
pub fn work(config: &Config, count: Option<usize>) -> Result<(), Error> {
    let starting = end_while_starting()?;
    let settings = &config.generation;
    if settings.model.is_none() {
        return Err(Error::Usage(Error::GenerationUnconfigured.to_string()));
    }
    let count = count.unwrap_or(if settings.workers == 0 { ALONE } else { settings.workers });
    let metrics = Metrics::new()?;
    let pool = connect(config, &metrics)?;
    let patience = config.database.pool_timeout;
    let stop = StopSignal::default();
    let shared = Shared {
        db: Db::new(pool, patience),
        sketches: Arc::new(Sketches::new(patience)),
        model: Arc::new(Models::new(settings, Aws::new(config.aws.clone()), Clock::system(), metrics.clone())),
        metrics,
        wake: Arc::default(),
        stop: stop.clone(),
    };
    let workers = workers(shared, settings, count);
    let system = System::new();
    let outcome = system.block_on(run(workers, count, stop, &starting));
    // Dropping it could block as long as its threads wait for the database.
    std::mem::forget(system);
    outcome
}

async fn run(workers: Workers, count: usize, stop: StopSignal, starting: &AtomicBool) -> Result<(), Error> {
    let mut stopping = Stopping::new()?;
    starting.store(false, Ordering::Relaxed);
    log::info!("running up to {count} jobs at a time");
    let wait = async move {
        let name = stopping.signal().await;
        log::info!("{name}: releasing the running jobs");
        stop.stop();
    };
    futures_util::future::join(workers.run(), wait).await;
    log::info!("stopped");
    Ok(())
}
