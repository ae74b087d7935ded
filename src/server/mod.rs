//! The HTTP server: binding, middleware, graceful shutdown.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_cors::Cors;
use actix_http::{HttpService, KeepAlive};
use actix_service::map_config;
use actix_web::{
    App as ActixApp,
    dev::{AppConfig, Server, ServerHandle, ServiceFactory, fn_factory},
    middleware::{Condition, from_fn},
    rt::System,
    web,
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag::register_conditional_shutdown,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

use crate::{
    auth::{passwords::Passwords, recent_tokens::RecentTokens},
    aws::Aws,
    clock::Clock,
    concurrency::{ConcurrencyLimit, LargeWork, StopSignal},
    config::Config,
    db::{self, Db, Pool, migrations},
    error::{Error, StorageFault},
    generation::{events::EventStreams, models::Models},
    http::{extract, observe::observe, rate_limit::Limits, security_headers, state::State},
    interchange::upload::Uploads,
    jobs::worker::Workers,
    questions::{cache::QuestionCache, similarity::live::Sketches},
    server::{
        connections::{Acceptor, Shares},
        probe::Probes,
    },
    telemetry::{incident::Incident, metrics::Metrics},
};

pub mod connections;
mod docs;
pub mod health;
pub mod maintenance;
pub mod metrics;
pub mod openapi;
mod probe;
mod promises;
pub mod routes;
pub mod workers;

/// How long a client may still send data after a response that closes the connection.
const LINGER: Duration = Duration::from_secs(1);
/// How many imports and exports run at a time.
const LARGE_AT_ONCE: usize = 2;
/// The time limit for the last write of a stopping server.
const LAST_WRITE_LIMIT: Duration = Duration::from_secs(3);

/// A bound server. It serves as soon as it is awaited.
pub struct Bound {
    /// The server, to be awaited.
    pub server: Server,
    /// The address that it listens on.
    pub address: SocketAddr,
    /// The state that handlers share.
    pub app: web::Data<State>,
    /// The sketches for near-duplicates.
    pub sketches: web::Data<Sketches>,
    /// The workers of this process. Run them until [`State::stop`] stops them.
    pub workers: Workers,
}

/// Connects, and checks the schema.
fn connect(config: &Config, metrics: &Metrics) -> Result<Pool, Error> {
    let pool = Pool::connect(&config.database, metrics.pool.clone())?;
    pool.read(|conn| {
        migrations::state(conn)?.require_current()?;
        db::check_language(conn)
    })?;
    // Report a database that cannot be written to now, and not at the first write. A full one can still be read.
    match pool.write(db::require_writable) {
        Err(Error::Storage(StorageFault::Full, told)) => log::error!("{told}"),
        outcome => outcome?,
    }
    Ok(pool)
}

/// Connects, checks the schema, and binds.
pub fn bind(config: &Config, clock: Clock, aws: Aws) -> Result<Bound, Error> {
    let metrics = Metrics::new()?;
    let pool = connect(config, &metrics)?;
    let http = config.http.clone();
    // One hash keeps one core busy.
    let hashes_at_once = std::thread::available_parallelism().map_or(1, usize::from);
    // Each worker has its own blocking threads: as many as can ever be busy, so that nothing waits behind slow requests
    // of the same worker, and one each for imports or exports and for compression. Idle threads end.
    let blocking_threads = pool.max_size() as usize + hashes_at_once + 2;
    let patience = config.database.pool_timeout;
    let app = web::Data::new(State {
        db: Db::new(pool, patience),
        limits: Limits::new(config.access.requests_per_minute, config.access.sign_ins_per_minute, &clock),
        recent_tokens: RecentTokens::default(),
        leaving: AtomicBool::new(false),
        unready: Incident::default(),
        stop: StopSignal::default(),
        clock,
        metrics,
        access: config.access.clone(),
        http: http.clone(),
    });
    let passwords = web::Data::new(Passwords::new(hashes_at_once, patience)?);
    let sketches = web::Data::new(Sketches::new(patience));
    let questions = web::Data::new(QuestionCache::new(config.questions.cache_bytes));
    let large = web::Data::new(LargeWork(ConcurrencyLimit::new(LARGE_AT_ONCE, patience)));
    let uploads = web::Data::new(Uploads::new(config.http.import_limit, patience));
    let models = web::Data::new(Models::new(&config.generation, aws, app.clock.clone(), app.metrics.clone()));
    let generation = web::Data::new(config.generation.clone());
    let streams = web::Data::new(EventStreams::new(patience));
    let probes = web::Data::new(Probes::default());
    let wake: Arc<Notify> = Arc::default();
    let of_workers = workers::Shared {
        db: app.db.clone(),
        sketches: sketches.clone().into_inner(),
        model: models.clone().into_inner(),
        metrics: app.metrics.clone(),
        wake: wake.clone(),
        stop: app.stop.clone(),
    };
    let workers = workers::workers(of_workers, &config.generation, config.generation.workers);
    let wake = web::Data::from(wake);
    let (shared, searched) = (app.clone(), sketches.clone());

    let bad_path = web::PathConfig::default().error_handler(extract::bad_path);
    let description = openapi::description();
    let cannot_listen =
        |error: std::io::Error| Error::Refused(format!("cannot listen on {}:{}: {error}", http.host, http.port));
    let listener = connections::listen((http.host, http.port).into()).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let shares = Shares::new(http.max_connections_per_address, http.trusted_proxies.clone());
    let builder = Server::build()
        .workers(http.workers)
        .worker_max_blocking_threads(blocking_threads)
        .max_concurrent_connections(http.max_connections.div_ceil(http.workers))
        .shutdown_timeout(http.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let limits = http.time_limits;
    let serve = move || {
        let app = ActixApp::new()
            .app_data(app.clone())
            .app_data(passwords.clone())
            .app_data(sketches.clone())
            .app_data(questions.clone())
            .app_data(large.clone())
            .app_data(uploads.clone())
            .app_data(models.clone())
            .app_data(generation.clone())
            .app_data(streams.clone())
            .app_data(probes.clone())
            .app_data(wake.clone())
            .app_data(bad_path.clone())
            .app_data(description.clone())
            .wrap(Condition::new(!app.http.cors_origins.is_empty(), cors(&app.http.cors_origins)))
            .wrap(from_fn(security_headers::protect))
            .wrap(from_fn(observe))
            .wrap(from_fn(connections::track))
            .configure(routes::configure);
        let stopping = stopping.clone();
        // Actix only answers a slow first head, with 408; `connections` handles everything else.
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(limits.head)
            .client_disconnect_timeout(LINGER)
            .keep_alive(KeepAlive::Os)
            .local_addr(address)
            .on_connect_ext(connections::on_connect)
            .finish(map_config(app, |()| AppConfig::default()));
        let shares = shares.clone();
        fn_factory(move || {
            let (http, shares) = (http.new_service(()), shares.clone());
            async move { Ok::<_, ()>(Acceptor { http: http.await?, shares, limits }) }
        })
    };
    let server = builder.listen("http", listener, serve).map_err(cannot_listen)?;
    Ok(Bound { server: server.run(), address, app: shared, sketches: searched, workers })
}

/// Lets pages of these origins call the API, with the session cookie if the browser sends it.
fn cors(origins: &[String]) -> Cors {
    let allow = |cors: Cors, origin: &String| cors.allowed_origin(origin);
    origins
        .iter()
        .fold(Cors::default(), allow)
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-encoding",
            "content-type",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "last-event-id",
            "x-request-id",
        ])
        .expose_headers([
            "content-disposition",
            "etag",
            "idempotent-replayed",
            "link",
            "location",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "tripos-left-out",
            "x-request-id",
        ])
        .supports_credentials()
        .max_age(3600)
}

/// Raises the limit of open files as far as the system allows: each connection needs one.
fn raise_file_limit(connections: usize) {
    let wanted = connections as u64 + 256;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            log::warn!("the system allows only {limit} open files, but MAX_CONNECTIONS={connections} needs {wanted}");
        }
        Ok(_) => {}
        Err(error) => log::warn!("cannot raise the limit of open files: {error}"),
    }
}

/// Serves until SIGTERM or SIGINT, then lets the requests in flight finish.
///
/// While the server starts, these signals end the process at once. For process 1 of a container, the kernel would
/// ignore them otherwise.
pub fn serve(config: &Config) -> Result<(), Error> {
    let starting = end_while_starting()?;
    let bound = bind(config, Clock::system(), Aws::new(config.aws.clone()))?;
    let system = System::new();
    let outcome = system.block_on(run(bound, &starting));
    // Dropping it could block as long as its threads wait for the database.
    std::mem::forget(system);
    outcome
}

/// SIGTERM and SIGINT end the process at once while the returned value is true.
fn end_while_starting() -> Result<Arc<AtomicBool>, Error> {
    let starting = Arc::new(AtomicBool::new(true));
    for (signal, code) in [(SIGTERM, 143), (SIGINT, 130)] {
        register_conditional_shutdown(signal, code, starting.clone()).map_err(failed)?;
    }
    Ok(starting)
}

fn failed(error: std::io::Error) -> Error {
    Error::Refused(format!("the server stopped: {error}"))
}

/// The signals that stop the process.
struct Stopping {
    terminate: Signal,
    interrupt: Signal,
}

impl Stopping {
    fn new() -> Result<Self, Error> {
        let listen = |kind| signal(kind).map_err(failed);
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// The name of the next signal.
    async fn signal(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

async fn run(bound: Bound, starting: &AtomicBool) -> Result<(), Error> {
    let Bound { server, address, app, sketches, workers } = bound;
    raise_file_limit(app.http.max_connections);
    let mut stopping = Stopping::new()?;
    starting.store(false, Ordering::Relaxed);
    let handle: ServerHandle = server.handle();
    if !app.access.signup {
        log::info!("sign-up is closed: create users with `tripos user create`, or set SIGNUP=open");
    }
    log::info!(address:% = address; "listening on http://{address}, documentation at http://{address}/docs/");
    let shared = app.clone();
    let stop = async move {
        let name = stopping.signal().await;
        shared.leaving.store(true, Ordering::Relaxed);
        let delay = shared.http.shutdown_delay;
        if !delay.is_zero() {
            log::info!("{name}: no longer ready; serving for another {} s", delay.as_secs());
            // A second signal skips the rest of the delay.
            let _ = tokio::time::timeout(delay, stopping.signal()).await;
        }
        log::info!("{name}: finishing the requests in flight");
        shared.stop.stop();
        handle.stop(true).await;
    };
    let serve = futures_util::future::join3(server, stop, workers.run());
    let outcome = tokio::select! {
        (outcome, (), ()) = serve => outcome,
        () = maintenance::keep(&app, &sketches) => Ok(()),
    };
    outcome.map_err(failed)?;
    // Store the uses of tokens in the last minute, but do not wait for a database that does not respond.
    match tokio::time::timeout(LAST_WRITE_LIMIT, maintenance::once(&app)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::log!(error.log_level(), "maintenance: {error}"),
        Err(_) => log::warn!("maintenance: the database did not respond within {} s", LAST_WRITE_LIMIT.as_secs()),
    }
    log::info!("stopped");
    Ok(())
}
