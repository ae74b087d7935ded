//! The queue and its workers, with jobs that do nothing.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tripos::{
    auth::model::{Role, UserId},
    concurrency::StopSignal,
    db::{self, Db, DbConnection, Pool},
    error::Error,
    jobs::{
        model::{Claimed, Job, JobId, JobStatus, Lease},
        queries,
        worker::{Handler, Times, Turn, Workers},
    },
    telemetry::metrics::Metrics,
    users::{self, model::NewUser},
};

use crate::common::{database::TestDatabase, on_both};

on_both!(
    many_workers_share_jobs_and_none_is_done_twice,
    a_lease_that_ended_is_taken_over_and_the_old_worker_stores_nothing,
    a_job_that_fails_again_and_again_is_given_up,
    progress_resets_the_count_of_failures,
    users_take_turns,
    a_job_whose_workers_die_is_given_up,
    a_panic_is_a_failure,
    a_worker_that_stops_releases_its_job,
    a_worker_that_lost_its_job_drops_it,
);

const KIND: &str = "test";

fn in_transaction<T, E>(database: &TestDatabase, work: impl Fn(&mut DbConnection) -> Result<T, E>) -> T
where
    Error: From<E>,
{
    db::transaction(&mut database.connect(), |conn| Ok(work(conn)?)).unwrap()
}

fn enqueue(database: &TestDatabase, count: usize) -> Vec<JobId> {
    let id = UserId::new();
    let email = format!("{id}@example.org");
    in_transaction(database, |conn| {
        let new = NewUser { id, email: &email, display_name: "Ada", password_hash: None, role: Role::Author };
        users::queries::insert(conn, &new)?;
        (0..count).map(|_| Ok(queries::enqueue(conn, KIND, id)?)).collect::<Result<_, Error>>()
    })
}

fn find(database: &TestDatabase, id: JobId) -> Job {
    in_transaction(database, |conn| queries::find(conn, id)).unwrap()
}

type Work = dyn Fn(&Job) -> BoxFuture<'static, Turn> + Send + Sync;

struct Worked(Box<Work>);

impl Handler for Worked {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, job: &'a Job, _: Lease) -> BoxFuture<'a, Turn> {
        (self.0)(job)
    }
}

/// Workers in their own thread, which stop when this value is dropped.
struct Running {
    stop: StopSignal,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(
        database: &TestDatabase,
        count: usize,
        work: impl Fn(&Job) -> BoxFuture<'static, Turn> + Send + Sync + 'static,
    ) -> Self {
        let metrics = Metrics::new().unwrap();
        let pool = Pool::connect(&database.config(&[]).database, metrics.pool.clone()).unwrap();
        let stop = StopSignal::default();
        let quick = Duration::from_millis(20);
        let times = Times {
            check: quick,
            renew: quick,
            poll: quick,
            backoff: Duration::ZERO,
            longest_backoff: Duration::ZERO,
            ..Times::default()
        };
        let workers = Workers {
            db: Db::new(pool, Duration::from_secs(30)),
            handlers: vec![Arc::new(Worked(Box::new(work)))],
            count,
            wake: Arc::default(),
            stop: stop.clone(),
            metrics,
            times,
        };
        let thread = std::thread::spawn(move || actix_web::rt::System::new().block_on(workers.run()));
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Waits until a job has ended.
fn ended(database: &TestDatabase, id: JobId) -> Job {
    loop {
        let job = find(database, id);
        if job.finished_at.is_some() {
            return job;
        }
        std::thread::yield_now();
    }
}

fn ready(turn: Turn) -> BoxFuture<'static, Turn> {
    Box::pin(std::future::ready(turn))
}

fn many_workers_share_jobs_and_none_is_done_twice(database: TestDatabase) {
    let ids = enqueue(&database, 40);
    let done: Arc<Mutex<HashMap<JobId, usize>>> = Arc::default();
    let work = || {
        let done = done.clone();
        move |job: &Job| {
            *done.lock().unwrap().entry(job.id).or_default() += 1;
            ready(Turn::Done)
        }
    };
    let servers = [Running::start(&database, 2, work()), Running::start(&database, 2, work())];
    for id in &ids {
        assert_eq!(ended(&database, *id).status, JobStatus::Succeeded);
    }
    drop(servers);
    let done = done.lock().unwrap();
    assert!(done.len() == 40 && done.values().all(|times| *times == 1), "{done:?}");
}

fn a_lease_that_ended_is_taken_over_and_the_old_worker_stores_nothing(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    let long = Duration::from_secs(3600);
    let claim = || in_transaction(&database, |conn| queries::claim(conn, id, long));
    let due = || in_transaction(&database, |conn| queries::due(conn, &[KIND]));
    assert_eq!(due(), [id]);
    let Claimed { job, lease: first, is_first } = claim().unwrap();
    assert_eq!((job.status, job.started_at.is_some(), is_first), (JobStatus::Running, true, true));
    assert!(claim().is_none() && due().is_empty());
    let holds = |lease| in_transaction(&database, |conn| queries::hold(conn, lease)).is_some();
    let renews = |lease| in_transaction(&database, |conn| queries::renew(conn, lease, long));
    assert!(holds(first) && renews(first));

    database.execute("UPDATE jobs SET leased_until = created_at");
    assert!(holds(first), "nobody took it yet");
    let Claimed { lease: second, is_first, .. } = claim().unwrap();
    assert!(!is_first);
    assert!(!holds(first) && !renews(first));
    assert!(holds(second) && renews(second));
    assert!(in_transaction(&database, |conn| queries::finish(conn, id, JobStatus::Cancelled, None)));
    assert!(!holds(second) && !renews(second) && due().is_empty());
    assert!(!in_transaction(&database, |conn| queries::finish(conn, id, JobStatus::Succeeded, None)));
    assert_eq!(find(&database, id).status, JobStatus::Cancelled);
}

fn a_job_that_fails_again_and_again_is_given_up(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    let tries = Arc::new(Mutex::new(0));
    let counted = tries.clone();
    let running = Running::start(&database, 2, move |_| {
        *counted.lock().unwrap() += 1;
        ready(Turn::Retry("the model is away".into()))
    });
    let job = ended(&database, id);
    drop(running);
    assert_eq!(job.status, JobStatus::Failed);
    assert_eq!(job.failure.unwrap(), "given up after 10 failures in a row: the model is away");
    assert_eq!(*tries.lock().unwrap(), 10);
}

fn users_take_turns(database: TestDatabase) {
    let due = || in_transaction(&database, |conn| queries::due(conn, &[KIND]));
    let take = |id| {
        let claimed = in_transaction(&database, |conn| queries::claim(conn, id, Duration::from_secs(3600))).unwrap();
        in_transaction(&database, |conn| {
            let now = db::database_time(conn)?;
            queries::give_back(conn, claimed.job.id, now, None, 0)
        });
    };
    let of_ada = enqueue(&database, 30);
    assert_eq!(due()[0], of_ada[0]);
    take(of_ada[0]);
    let of_eve = enqueue(&database, 2);
    assert_eq!(due()[..3], [of_eve[0], of_eve[1], of_ada[1]]);
    take(of_eve[0]);
    // Both had a turn, and Ada's was longer ago.
    assert_eq!(due()[0], of_ada[1]);
    take(of_ada[1]);
    assert_eq!(due()[..3], [of_eve[1], of_eve[0], of_ada[2]]);
}

fn a_job_whose_workers_die_is_given_up(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    let claim = || in_transaction(&database, |conn| queries::claim(conn, id, Duration::from_secs(3600))).unwrap();
    assert_eq!(claim().job.failures, 0);
    for failures in 1..10 {
        database.execute("UPDATE jobs SET leased_until = created_at");
        assert_eq!(claim().job.failures, failures);
    }
    database.execute("UPDATE jobs SET leased_until = created_at");
    let running = Running::start(&database, 1, |_| panic!("it is not worked on again"));
    let job = ended(&database, id);
    drop(running);
    assert_eq!((job.status, job.failures), (JobStatus::Failed, 10));
    assert_eq!(job.failure.unwrap(), "given up after 10 failures in a row: its worker died or lost the database");
}

fn progress_resets_the_count_of_failures(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    database.execute("UPDATE jobs SET failures = 9");
    let job = find(&database, id);
    in_transaction(&database, |conn| queries::note_progress(conn, &job));
    assert_eq!(find(&database, id).failures, 0);
}

fn a_panic_is_a_failure(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    let running = Running::start(&database, 1, |job| {
        let turn = if job.failures == 0 { None } else { Some(Turn::Done) };
        Box::pin(async move { turn.expect("a bug of the handler") })
    });
    assert_eq!(ended(&database, id).status, JobStatus::Succeeded);
    drop(running);
}

/// Work that never ends, and that reports when it begins and when it is dropped.
fn endless() -> (impl Fn(&Job) -> BoxFuture<'static, Turn> + Send + Sync + 'static, Receiver<()>, Receiver<()>) {
    struct Told(Sender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let ((begun, begins), (dropped, drops)) = (channel(), channel());
    let work = move |_: &Job| -> BoxFuture<'static, Turn> {
        begun.send(()).unwrap();
        let told = Told(dropped.clone());
        Box::pin(async move {
            let _told = told;
            std::future::pending().await
        })
    };
    (work, begins, drops)
}

fn a_worker_that_stops_releases_its_job(database: TestDatabase) {
    let id = enqueue(&database, 1)[0];
    let (work, begins, drops) = endless();
    let running = Running::start(&database, 1, work);
    begins.recv().unwrap();
    drop(running);
    drops.recv().unwrap();
    let job = find(&database, id);
    assert_eq!((job.status, job.lease_id, job.failures, job.failure), (JobStatus::Queued, None, 0, None));
    assert_eq!(in_transaction(&database, |conn| queries::due(conn, &[KIND])), [id]);
}

fn a_worker_that_lost_its_job_drops_it(database: TestDatabase) {
    let ids = enqueue(&database, 1);
    let (work, begins, drops) = endless();
    let running = Running::start(&database, 1, work);
    begins.recv().unwrap();
    in_transaction(&database, |conn| queries::finish(conn, ids[0], JobStatus::Cancelled, None));
    drops.recv().unwrap();
    // It continues with the next one.
    enqueue(&database, 1);
    begins.recv().unwrap();
    drop(running);
}
