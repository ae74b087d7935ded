//! The HTTP server: bound, wrapped, and stopped with grace.

use std::{net::SocketAddr, time::Duration};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{Db, Pool, migrations},
    error::Error,
    health::AwsProbe,
    metrics::Metrics,
    routes, telemetry,
};

/// How long a client may take to send the head of a request.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection may wait for its next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A server that is bound and answers as soon as it is awaited.
pub struct Bound {
    /// To be awaited.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Connects, checks the schema, and binds.
pub fn bind(config: &Config, clock: Clock, aws: AwsProbe) -> Result<Bound, Error> {
    let metrics = Metrics::new()?;
    let pool = Pool::connect(&config.database, metrics.pool.clone())?;
    pool.read(|conn| migrations::state(conn)?.require_current())?;
    let http = config.http.clone();
    // Each worker has blocking threads of its own; together they can use every connection, and a few may wait.
    let blocking_threads = (pool.max_size() as usize).div_ceil(http.workers) + 1;
    let db = Db::new(pool, config.database.pool_timeout);
    let app = web::Data::new(App { db, clock, metrics, aws, http: http.clone() });

    let bad_path = web::PathConfig::default()
        .error_handler(|error, _| Error::BadRequest(format!("a value in the path is not of its type: {error}")).into());
    let bad_query = web::QueryConfig::default()
        .error_handler(|error, _| Error::BadRequest(format!("the query string is not valid: {error}")).into());
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(app.clone())
            .app_data(web::PayloadConfig::new(app.http.body_limit))
            .app_data(bad_path.clone())
            .app_data(bad_query.clone())
            .wrap(from_fn(telemetry::observe))
            .configure(routes::configure)
    })
    .workers(http.workers)
    .worker_max_blocking_threads(blocking_threads)
    .client_request_timeout(HEAD_LIMIT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(http.shutdown_timeout.as_secs())
    .disable_signals()
    .bind((http.host, http.port))
    .map_err(|error| Error::Refused(format!("cannot listen on {}:{}: {error}", http.host, http.port)))?;
    let address = *server.addrs().first().ok_or_else(|| Error::Internal("the server has no address".into()))?;
    Ok(Bound { server: server.run(), address })
}

/// Serves until SIGTERM or SIGINT, then lets the requests in flight finish.
pub async fn run(bound: Bound) -> Result<(), Error> {
    let Bound { server, address } = bound;
    let failed = |error: std::io::Error| Error::Refused(format!("the server stopped: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let handle: ServerHandle = server.handle();
    log::info!(address:% = address; "listening on http://{address}, documentation at http://{address}/docs/");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => log::info!("SIGTERM: finishing the requests in flight"),
            _ = interrupt.recv() => log::info!("SIGINT: finishing the requests in flight"),
        }
        handle.stop(true).await;
    };
    let (outcome, ()) = futures_util::future::join(server, stop).await;
    outcome.map_err(failed)?;
    log::info!("stopped");
    Ok(())
}
