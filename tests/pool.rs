//! The guarantees of the connection pool, on both databases where they apply.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use common::{database::TestDatabase, on_both, postgres};
use diesel::{
    Connection, ExpressionMethods, QueryDsl, RunQueryDsl,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error as DieselError},
};
use prometheus::Registry;
use tripos::{
    db::{DbConnection, Pool, PoolMetrics},
    error::Error,
    schema::exams,
};

on_both!(
    counts_are_right_at_each_step,
    a_full_pool_gives_up_after_its_time_limit,
    forty_threads_share_few_connections_and_nobody_fails,
    a_write_commits_on_success,
    a_write_rolls_back_on_error_and_the_connection_returns,
    a_write_rolls_back_on_panic_and_the_pool_stays_whole,
    a_statement_that_fails_does_not_cost_the_connection,
    writes_of_many_threads_are_all_kept,
    a_snapshot_does_not_see_what_others_commit_meanwhile,
    a_write_that_loses_every_race_is_an_error,
    a_repeated_constraint_violation_is_not_a_race,
);

/// A pool with these settings, and its counters.
fn pool(database: &TestDatabase, settings: &[(&str, &str)]) -> (Pool, Registry) {
    let registry = Registry::new();
    let metrics = PoolMetrics::register(&registry).unwrap();
    (Pool::connect(&database.config(settings).database, metrics).unwrap(), registry)
}

const ONE: &[(&str, &str)] = &[
    ("DATABASE_POOL_SIZE", "1"),
    ("DATABASE_MAX_OVERFLOW", "0"),
    ("DATABASE_POOL_TIMEOUT_SECONDS", "1"),
    ("DATABASE_CONNECT_TIMEOUT_SECONDS", "1"),
];

fn counter(registry: &Registry, name: &str) -> u64 {
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == name).expect("a metric");
    family.get_metric()[0].get_counter().get_value() as u64
}

fn rename(conn: &mut DbConnection, name: &str) -> Result<(), Error> {
    diesel::update(exams::table.filter(exams::code.eq("demo"))).set(exams::name.eq(name)).execute(conn)?;
    Ok(())
}

fn name(conn: &mut DbConnection) -> Result<String, Error> {
    Ok(exams::table.filter(exams::code.eq("demo")).select(exams::name).first(conn)?)
}

fn counts_are_right_at_each_step(database: TestDatabase) {
    let (pool, _) = pool(&database, &[("DATABASE_POOL_SIZE", "2"), ("DATABASE_MAX_OVERFLOW", "1")]);
    assert_eq!(pool.max_size(), 3);
    let (enter, entered) = mpsc::channel();
    std::thread::scope(|scope| {
        let leave: Vec<_> = (0..3)
            .map(|_| {
                let (leave, left) = mpsc::channel::<()>();
                let (enter, pool) = (enter.clone(), &pool);
                scope.spawn(move || {
                    pool.read(|conn| {
                        name(conn)?;
                        enter.send(()).unwrap();
                        let _ = left.recv();
                        Ok(())
                    })
                });
                entered.recv().unwrap();
                leave
            })
            .collect();
        assert_eq!((pool.state().open, pool.state().idle), (3, 0));
        drop(leave);
    });
    assert_eq!((pool.state().open, pool.state().idle), (3, 3));
}

fn a_full_pool_gives_up_after_its_time_limit(database: TestDatabase) {
    let settings = [
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_MAX_OVERFLOW", "0"),
        ("DATABASE_POOL_TIMEOUT_SECONDS", "3"),
        ("DATABASE_CONNECT_TIMEOUT_SECONDS", "3"),
    ];
    let (pool, registry) = pool(&database, &settings);
    pool.read(|_| {
        let start = Instant::now();
        let outcome = pool.read(name);
        assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
        let took = start.elapsed();
        // The two limits are not added up.
        assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(6), "{took:?}");
        Ok(())
    })
    .unwrap();
    assert_eq!(counter(&registry, "tripos_db_checkout_timeouts_total"), 1);
    pool.read(name).unwrap();
}

fn forty_threads_share_few_connections_and_nobody_fails(database: TestDatabase) {
    let (pool, _) = pool(&database, &[("DATABASE_POOL_SIZE", "2"), ("DATABASE_MAX_OVERFLOW", "2")]);
    let (inside, most, barrier) = (AtomicU32::new(0), AtomicU32::new(0), Barrier::new(40));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..10 {
                    let read = pool.read(|conn| {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let read = name(conn);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        read
                    });
                    assert_eq!(read.unwrap(), "Demonstration");
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 4);
    assert!(pool.state().open <= 4);
}

fn a_write_commits_on_success(database: TestDatabase) {
    let (pool, _) = pool(&database, ONE);
    pool.write(|conn| rename(conn, "Committed")).unwrap();
    assert_eq!(pool.read(name).unwrap(), "Committed");
}

fn a_write_rolls_back_on_error_and_the_connection_returns(database: TestDatabase) {
    let (pool, registry) = pool(&database, ONE);
    for _ in 0..5 {
        let outcome = pool.write(|conn| {
            rename(conn, "Lost")?;
            Err::<(), _>(Error::NotFound("thing"))
        });
        assert!(matches!(outcome, Err(Error::NotFound("thing"))));
    }
    assert_eq!(pool.read(name).unwrap(), "Demonstration");
    assert_eq!(counter(&registry, "tripos_db_connections_opened_total"), 1);
}

fn a_write_rolls_back_on_panic_and_the_pool_stays_whole(database: TestDatabase) {
    let (pool, _) = pool(&database, ONE);
    for _ in 0..5 {
        let pool = pool.clone();
        let panicked = std::thread::spawn(move || {
            pool.write(|conn| -> Result<(), Error> {
                rename(conn, "Lost")?;
                panic!("in the middle of a transaction")
            })
        });
        assert!(panicked.join().is_err());
    }
    assert_eq!(pool.read(name).unwrap(), "Demonstration");
    pool.write(|conn| rename(conn, "Still writable")).unwrap();
    assert_eq!(pool.state().open, 1);
}

fn a_statement_that_fails_does_not_cost_the_connection(database: TestDatabase) {
    let (pool, registry) = pool(&database, ONE);
    for _ in 0..3 {
        let outcome = pool.read(|conn| Ok(conn.batch_execute("SELECT nothing FROM nowhere")?));
        assert!(matches!(outcome, Err(Error::Database(_))), "{outcome:?}");
        let outcome = pool.write(|conn| Ok(conn.batch_execute("SELECT nothing FROM nowhere")?));
        assert!(matches!(outcome, Err(Error::Database(_))), "{outcome:?}");
    }
    pool.read(name).unwrap();
    assert_eq!(counter(&registry, "tripos_db_connections_opened_total"), 1);
}

fn writes_of_many_threads_are_all_kept(database: TestDatabase) {
    let (pool, _) = pool(&database, &[("DATABASE_POOL_SIZE", "4")]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    pool.write(|conn| {
                        // Read first: a transaction without the write lock from the start would fail here on SQLite.
                        let minutes: i32 =
                            exams::table.filter(exams::code.eq("demo")).select(exams::duration_minutes).first(conn)?;
                        assert!(minutes >= 20);
                        diesel::update(exams::table.filter(exams::code.eq("demo")))
                            .set(exams::duration_minutes.eq(exams::duration_minutes + 1))
                            .execute(conn)?;
                        Ok(())
                    })
                    .unwrap();
                }
            });
        }
    });
    let minutes: i32 = pool
        .read(|conn| Ok(exams::table.filter(exams::code.eq("demo")).select(exams::duration_minutes).first(conn)?))
        .unwrap();
    assert_eq!(minutes, 20 + 80);
}

fn a_snapshot_does_not_see_what_others_commit_meanwhile(database: TestDatabase) {
    let (pool, _) = pool(&database, ONE);
    let looks = |conn: &mut DbConnection| {
        let before = name(conn)?;
        rename(&mut database.connect(), "Meanwhile")?;
        Ok((before, name(conn)?))
    };
    assert_eq!(pool.read_snapshot(looks).unwrap(), ("Demonstration".into(), "Demonstration".into()));
    rename(&mut database.connect(), "Demonstration").unwrap();
    assert_eq!(pool.read(looks).unwrap(), ("Demonstration".into(), "Meanwhile".into()));
}

fn a_write_that_loses_every_race_is_an_error(database: TestDatabase) {
    let (pool, _) = pool(&database, ONE);
    let tries = AtomicU32::new(0);
    let outcome = pool.write(|conn| {
        tries.fetch_add(1, Ordering::SeqCst);
        rename(conn, "Lost")?;
        Err::<(), _>(Error::Contended)
    });
    assert!(matches!(outcome, Err(Error::Contended)), "{outcome:?}");
    assert_eq!(tries.into_inner(), 4);
    assert_eq!(pool.read(name).unwrap(), "Demonstration");
}

fn a_repeated_constraint_violation_is_not_a_race(database: TestDatabase) {
    let (pool, _) = pool(&database, ONE);
    let tries = AtomicU32::new(0);
    let outcome = pool.write(|conn| {
        tries.fetch_add(1, Ordering::SeqCst);
        diesel::update(exams::table.filter(exams::code.eq("demo"))).set(exams::code.eq("clf-c02")).execute(conn)?;
        Ok(())
    });
    let violation =
        matches!(&outcome, Err(Error::Database(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))));
    assert!(violation, "{outcome:?}");
    assert_eq!(tries.into_inner(), 2);
}

#[test]
fn a_snapshot_that_loses_every_race_is_an_error() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, ONE);
    let tries = AtomicU32::new(0);
    let outcome = pool.write_snapshot(|conn| {
        name(conn)?;
        rename(&mut database.connect(), &format!("Faster {}", tries.fetch_add(1, Ordering::SeqCst)))?;
        rename(conn, "Lost")
    });
    assert!(matches!(outcome, Err(Error::Contended)), "{outcome:?}");
    assert_eq!(pool.read(name).unwrap(), "Faster 3");
}

#[test]
fn a_conflict_retries_the_whole_transaction() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, &[]);
    let tries = AtomicU32::new(0);
    pool.write(|conn| {
        conn.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
        name(conn)?;
        if tries.fetch_add(1, Ordering::SeqCst) == 0 {
            // Another transaction is faster.
            let mut other = database.connect();
            rename(&mut other, "Faster").unwrap();
        }
        rename(conn, "Second")
    })
    .unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert_eq!(pool.read(name).unwrap(), "Second");
}

#[test]
fn a_deadlock_is_resolved_by_a_retry() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, &[]);
    let barrier = Barrier::new(2);
    let touch = |conn: &mut DbConnection, code: &str| -> Result<(), Error> {
        diesel::update(exams::table.filter(exams::code.eq(code.to_owned())))
            .set(exams::provider.eq("x"))
            .execute(conn)?;
        Ok(())
    };
    std::thread::scope(|scope| {
        for (first, second) in [("demo", "clf-c02"), ("clf-c02", "demo")] {
            let (pool, barrier) = (&pool, &barrier);
            scope.spawn(move || {
                let met = AtomicU32::new(0);
                pool.write(|conn| {
                    touch(conn, first)?;
                    if met.fetch_add(1, Ordering::SeqCst) == 0 {
                        barrier.wait();
                    }
                    touch(conn, second)
                })
                .unwrap();
            });
        }
    });
}

/// Terminates every other connection of the database, as a restart or an administrator would.
fn cut_all(database: &TestDatabase) {
    database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

#[test]
fn reads_survive_cut_connections_and_writes_fail() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, registry) = pool(&database, ONE);
    pool.read(name).unwrap();
    // Used a moment ago, so it is trusted without a ping: the read fails and is retried.
    cut_all(&database);
    assert_eq!(pool.read(name).unwrap(), "Demonstration");
    assert_eq!(counter(&registry, "tripos_db_connections_opened_total"), 2);

    // The same for a snapshot, wherever the connection is cut.
    cut_all(&database);
    assert_eq!(pool.read_snapshot(name).unwrap(), "Demonstration");
    let runs = AtomicU32::new(0);
    let read = pool.read_snapshot(|conn| {
        let before = name(conn)?;
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            cut_all(&database);
        }
        Ok((before, name(conn)?))
    });
    assert_eq!(read.unwrap().1, "Demonstration");
    assert_eq!(runs.into_inner(), 2);

    // A write may have been committed before the cut, so it is not retried; it is rolled back.
    let outcome = pool.write(|conn| {
        rename(conn, "Half")?;
        cut_all(&database);
        rename(conn, "Lost")
    });
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    assert_eq!(pool.read(name).unwrap(), "Demonstration");

    // At the commit.
    let outcome = pool.write(|conn| {
        rename(conn, "Lost")?;
        cut_all(&database);
        Ok(())
    });
    assert!(
        matches!(outcome, Err(Error::Unavailable(_) | Error::Database(DieselError::RollbackErrorOnCommit { .. }))),
        "{outcome:?}"
    );
    assert_eq!(pool.read(name).unwrap(), "Demonstration");
}

#[test]
fn a_waiter_is_served_when_the_connection_dies() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, &[("DATABASE_POOL_SIZE", "1"), ("DATABASE_MAX_OVERFLOW", "0")]);
    let (held, cut) = (Barrier::new(2), Barrier::new(2));
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| {
            pool.write(|conn| {
                held.wait();
                cut.wait();
                rename(conn, "Lost")
            })
        });
        held.wait();
        let waiter = scope.spawn(|| pool.read(name));
        cut_all(&database);
        cut.wait();
        assert!(matches!(holder.join().unwrap(), Err(Error::Unavailable(_))));
        assert_eq!(waiter.join().unwrap().unwrap(), "Demonstration");
    });
}

#[test]
fn failed_connects_leak_no_slot() {
    let Some(binaries) = postgres::SHARED.as_ref().and_then(|_| postgres::find_binaries()) else { return };
    let cluster = postgres::Cluster::start(binaries);
    let database = TestDatabase::in_cluster(&cluster);
    let settings = [
        ("DATABASE_POOL_SIZE", "2"),
        ("DATABASE_MAX_OVERFLOW", "2"),
        ("DATABASE_POOL_TIMEOUT_SECONDS", "3"),
        ("DATABASE_CONNECT_TIMEOUT_SECONDS", "3"),
    ];
    let (pool, _) = pool(&database, &settings);
    cluster.stop();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(matches!(pool.read(name), Err(Error::Unavailable(_)))));
        }
    });
    cluster.start_again();
    let all = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let read = pool.read(|conn| {
                    all.wait();
                    name(conn)
                });
                assert_eq!(read.unwrap(), "Demonstration");
            });
        }
    });
    assert_eq!(pool.state().open, 4);
}

#[test]
fn a_suspect_connection_is_pinged_even_if_used_recently() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, &[("DATABASE_POOL_SIZE", "4"), ("DATABASE_MAX_OVERFLOW", "0")]);
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                pool.read(|conn| {
                    barrier.wait();
                    name(conn)
                })
            });
        }
    });
    cut_all(&database);
    // The first read finds one dead connection; the three others, used just as recently, are not handed out.
    pool.read(name).unwrap();
    for _ in 0..8 {
        let tries = AtomicU32::new(0);
        pool.read(|conn| {
            tries.fetch_add(1, Ordering::SeqCst);
            name(conn)
        })
        .unwrap();
        assert_eq!(tries.into_inner(), 1);
    }
}

#[test]
fn a_missing_database_is_reported_at_once() {
    let mut database = TestDatabase::empty_sqlite();
    database.url = "sqlite:///nowhere/at/all.db".into();
    let metrics = PoolMetrics::register(&Registry::new()).unwrap();
    let Err(error) = Pool::connect(&database.config(&[]).database, metrics) else { panic!("connected") };
    assert!(matches!(&error, Error::Unavailable(cause) if cause.contains("/nowhere/at/all.db")), "{error}");
    let Some(cluster) = postgres::SHARED.as_ref() else { return };
    database.url = cluster.url("no_such_database").replace("user=postgres", "user=postgres&password=hunter2");
    let metrics = PoolMetrics::register(&Registry::new()).unwrap();
    let Err(error) = Pool::connect(&database.config(&[]).database, metrics) else { panic!("connected") };
    assert!(error.to_string().contains("no_such_database") && !error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_pool_that_is_dropped_closes_its_connections() {
    let Some(database) = TestDatabase::postgres() else { return };
    let (pool, _) = pool(&database, ONE);
    pool.read(name).unwrap();
    drop(pool);
    let cluster = postgres::SHARED.as_ref().expect("there is PostgreSQL");
    let name = database.url.split(['/', '?']).nth(3).expect("a name");
    let mut admin = diesel::PgConnection::establish(&cluster.url("postgres")).unwrap();
    // PostgreSQL refuses to drop a database with open connections, after waiting for connections that are closing.
    admin.batch_execute(&format!("DROP DATABASE {name}")).unwrap();
}
