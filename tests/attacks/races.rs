//! Requests that race each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use self::callers::{Caller, Counts, admin, id};
use crate::common::{
    bank,
    database::TestDatabase,
    on_both,
    program::{Server, new_user, tripos},
};

mod callers;

on_both!(
    starts_while_authors_retire_and_publish,
    forms_and_reports_while_the_blueprint_is_replaced,
    seeding_while_authors_retire_and_publish,
    many_starts_at_the_same_moment,
    reports_are_asked_for_while_an_exam_is_in_progress,
    a_submission_among_many_responses,
);

/// How long each race lasts.
const LONG: Duration = Duration::from_secs(10);
/// Learners who begin and end attempts all the time, and admins who change the exam meanwhile.
const LEARNERS: usize = 4;
const ADMINS: usize = 3;

/// Runs these callers in loops until the time is over.
fn race(
    database: &TestDatabase,
    server: &Server,
    counts: &Counts,
    learner: fn(&Caller, &Mutex<Vec<String>>),
    author: fn(&Caller, usize, usize),
    found: &Mutex<Vec<String>>,
) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..LEARNERS {
            let caller = Caller::new(server, &new_user(&format!("l{number}@example.org"), &database.url), counts);
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    learner(&caller, found);
                }
            });
        }
        for number in 0..ADMINS {
            let caller = Caller::new(server, &admin(&format!("a{number}"), database), counts);
            let stop = &stop;
            scope.spawn(move || {
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    author(&caller, number, round);
                }
            });
        }
        std::thread::sleep(LONG);
        stop.store(true, Ordering::Relaxed);
    });
}

/// The number of deadlocks that PostgreSQL resolved.
fn deadlocks(database: &TestDatabase) -> i64 {
    if database.url.starts_with("sqlite") {
        return 0;
    }
    // PostgreSQL writes the statistics of a session at its end; the server has ended by now.
    database.count("pg_stat_database, generate_series(1, deadlocks) WHERE datname = current_database()")
}

/// Prints the figures, bypassing the capture of the test harness.
fn tell(database: &TestDatabase, figures: &str) {
    let kind = database.url.split(':').next().unwrap();
    let _ = std::io::stderr().write_all(format!("*** {kind}: {figures}\n").as_bytes());
}

const HOLES: &str = "domains d
    WHERE published_count <> (SELECT count(*) FROM questions q WHERE q.domain_id = d.id AND q.status = 'published')
    OR published_count <> (SELECT coalesce(max(draw_number), -1) + 1 FROM questions q WHERE q.domain_id = d.id)";

/// Retires a question in the caller's own part of the exam, and publishes it again.
fn retire_and_publish(admin: &Caller, number: usize, round: usize) {
    let (_, page) = admin.ask("list", "GET", "/questions?exam=demo&status=published&limit=100", &Value::Null);
    let mine: Vec<&Value> = page["items"].as_array().unwrap().iter().skip(number).step_by(ADMINS).collect();
    let question = id(mine[round % mine.len()]);
    admin.to_status(question, "retired");
    admin.to_status(question, "published");
}

fn start_and_abandon(learner: &Caller, found: &Mutex<Vec<String>>) {
    let Some(attempt) = learner.start() else { return };
    let slots = attempt["slots"].as_array().unwrap();
    let different: BTreeSet<&str> = slots.iter().map(|slot| id(&slot["question"])).collect();
    if different.len() != 10 {
        found.lock().unwrap().push(format!("a form of {} questions", different.len()));
    }
    learner.abandon(id(&attempt));
}

/// The two blueprints that [`swap`] alternates.
fn blueprint(second: bool) -> Value {
    let mut exam = bank::demo()["exam"].clone();
    let name = if second { "B" } else { "A" };
    exam["name"] = json!(name);
    exam["question_count"] = json!(if second { 6 } else { 10 });
    exam["scored_count"] = json!(if second { 6 } else { 8 });
    for (index, weight) in [if second { 50 } else { 60 }, if second { 50 } else { 40 }].into_iter().enumerate() {
        exam["domains"][index]["weight"] = json!(weight);
        exam["domains"][index]["name"] = json!(format!("{name}{index}"));
    }
    exam
}

fn swap(admin: &Caller, _: usize, round: usize) {
    admin.ask("replace", "PUT", "/exams/demo", &blueprint(round % 2 == 0));
}

/// Begins an attempt, reads it and submits it. Each response must match one of the blueprints.
fn sit(learner: &Caller, found: &Mutex<Vec<String>>) {
    let mixed = |what: String| found.lock().unwrap().push(what);
    let Some(attempt) = learner.start() else { return };
    let slots = attempt["slots"].as_array().unwrap();
    let mut shares = BTreeMap::<String, usize>::new();
    for slot in slots {
        *shares.entry(slot["question"]["domain"]["name"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let told = format!("{shares:?}");
    if told != r#"{"A0": 6, "A1": 4}"# && told != r#"{"B0": 3, "B1": 3}"# {
        mixed(format!("form {told}"));
    }
    let (_, shown) = learner.ask("get", "GET", &format!("/attempts/{}", id(&attempt)), &Value::Null);
    let names: BTreeSet<&str> = shown["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| &slot["question"]["domain"]["name"].as_str().unwrap()[..1])
        .collect();
    if names.len() != 1 {
        mixed(format!("shown {names:?}"));
    }
    let Some(report) = learner.submit(id(&attempt)) else { return };
    let name = report["exam"]["name"].as_str().unwrap();
    let domains = report["domains"].as_array().unwrap();
    let weights: Vec<i64> = domains.iter().map(|domain| domain["weight"].as_i64().unwrap()).collect();
    let expected: &[i64] = if name == "A" { &[60, 40] } else { &[50, 50] };
    let of_one = domains.iter().all(|domain| domain["name"].as_str().unwrap().starts_with(name));
    if !of_one || weights != expected {
        mixed(format!("report {name} {weights:?}"));
    }
    let (_, exam) = learner.ask("exam", "GET", "/exams/demo", &Value::Null);
    let name = exam["name"].as_str().unwrap();
    if !exam["domains"].as_array().unwrap().iter().all(|domain| domain["name"].as_str().unwrap().starts_with(name)) {
        mixed(format!("exam {exam}"));
    }
}

fn starts_while_authors_retire_and_publish(database: TestDatabase) {
    let (server, counts, found) = (Server::start(&database.url), Counts::default(), Mutex::default());
    race(&database, &server, &counts, start_and_abandon, retire_and_publish, &found);
    drop(server);
    let (deadlocks, holes, found) = (deadlocks(&database), database.count(HOLES), found.into_inner().unwrap());
    tell(
        &database,
        &format!(
            "starts against authors: {counts}; {deadlocks} deadlocks, {holes} domains miscounted, {} wrong forms",
            found.len()
        ),
    );
    assert_eq!((counts.failed(), deadlocks, holes, found), (0, 0, 0, Vec::new()));
}

fn forms_and_reports_while_the_blueprint_is_replaced(database: TestDatabase) {
    let (server, counts, found) = (Server::start(&database.url), Counts::default(), Mutex::default());
    Caller::new(&server, &admin("first", &database), &counts).ask("replace", "PUT", "/exams/demo", &blueprint(false));
    race(&database, &server, &counts, sit, swap, &found);
    drop(server);
    let (deadlocks, found) = (deadlocks(&database), found.into_inner().unwrap());
    tell(&database, &format!("blueprint swaps: {counts}; {deadlocks} deadlocks, {} mixed", found.len()));
    assert_eq!((counts.failed(), deadlocks, found), (0, 0, Vec::new()));
}

fn seeding_while_authors_retire_and_publish(database: TestDatabase) {
    let (server, counts, found) = (Server::start(&database.url), Counts::default(), Mutex::default());
    let (folder, runs, failures) = (tempfile::tempdir().unwrap(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for seeder in 0..2 {
            let (database, folder, runs, failures) = (&database, &folder, &runs, &failures);
            scope.spawn(move || {
                let started = Instant::now();
                for round in 0.. {
                    if started.elapsed() > LONG {
                        break;
                    }
                    // A newer file each time: half of the questions are superseded, unless an author changed them.
                    let mut file = bank::demo();
                    for question in file["questions"].as_array_mut().unwrap().iter_mut().step_by(2) {
                        question["explanation"] = json!(format!("explained by {seeder} in round {round}"));
                    }
                    let path = folder.path().join(format!("{seeder}.json"));
                    std::fs::write(&path, file.to_string()).unwrap();
                    let output = tripos(&["seed", path.to_str().unwrap()], &database.url).output().unwrap();
                    runs.fetch_add(1, Ordering::Relaxed);
                    if !output.status.success() {
                        failures.lock().unwrap().push(String::from_utf8_lossy(&output.stderr).into_owned());
                    }
                }
            });
        }
        race(&database, &server, &counts, start_and_abandon, retire_and_publish, &found);
    });
    drop(server);
    let (deadlocks, holes) = (deadlocks(&database), database.count(HOLES));
    let (failures, found) = (failures.into_inner().unwrap(), found.into_inner().unwrap());
    tell(
        &database,
        &format!(
            "seeding against authors: {} of {} runs failed; {counts}; \
             {deadlocks} deadlocks, {holes} domains miscounted",
            failures.len(),
            runs.into_inner()
        ),
    );
    assert_eq!((failures, counts.failed(), deadlocks, holes, found), (Vec::new(), 0, 0, 0, Vec::new()));
}

fn many_starts_at_the_same_moment(database: TestDatabase) {
    const ROUNDS: usize = 200;
    let servers = [Server::start(&database.url), Server::start(&database.url)];
    let (token, counts, begun) =
        (new_user("ada@example.org", &database.url), Counts::default(), Mutex::new(Vec::new()));
    let (barrier, wrong) = (Barrier::new(6), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..6 {
            let caller = Caller::new(&servers[number % 2], &token, &counts);
            let (barrier, begun, wrong) = (&barrier, &begun, &wrong);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    barrier.wait();
                    if let Some(attempt) = caller.start() {
                        begun.lock().unwrap().push(id(&attempt).to_owned());
                    }
                    if barrier.wait().is_leader() {
                        let begun = std::mem::take(&mut *begun.lock().unwrap());
                        wrong.fetch_add(usize::from(begun.len() != 1), Ordering::Relaxed);
                        begun.iter().for_each(|attempt| caller.abandon(attempt));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner();
    tell(
        &database,
        &format!("{ROUNDS} rounds of 6 starts at once on 2 servers: {counts}; {wrong} rounds without exactly one"),
    );
    assert_eq!((wrong, counts.failed(), counts.of("start", |status| status == 201)), (0, 0, ROUNDS));
}

/// One thread begins and ends attempts all the time, others request the reports of submitted ones.
fn reports_are_asked_for_while_an_exam_is_in_progress(database: TestDatabase) {
    let server = Server::start(&database.url);
    let (token, counts, stop) = (new_user("ada@example.org", &database.url), Counts::default(), AtomicBool::new(false));
    let submitted: Mutex<Vec<String>> = Mutex::default();
    // When an attempt was certainly in progress, and when a report was certainly computed.
    let (sat, told): (Mutex<Vec<(Instant, Instant)>>, Mutex<Vec<(Instant, Instant)>>) = Default::default();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let caller = Caller::new(&server, &token, &counts);
            let (stop, submitted, told) = (&stop, &submitted, &told);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(earlier) = submitted.lock().unwrap().last().cloned() else { continue };
                    let asked = Instant::now();
                    let given = if number % 2 == 0 {
                        caller.submit(&earlier).is_some()
                    } else {
                        caller.ask("report", "GET", &format!("/attempts/{earlier}/report"), &Value::Null).0 == 200
                    };
                    if given {
                        told.lock().unwrap().push((asked, Instant::now()));
                    }
                }
            });
        }
        let caller = Caller::new(&server, &token, &counts);
        let started = Instant::now();
        for round in 0.. {
            if started.elapsed() > LONG {
                break;
            }
            let Some(attempt) = caller.start() else { continue };
            let begun = Instant::now();
            caller.ask("get", "GET", &format!("/attempts/{}", id(&attempt)), &Value::Null);
            sat.lock().unwrap().push((begun, Instant::now()));
            if round % 2 == 0 {
                caller.ask("first submit", "POST", &format!("/attempts/{}/submit", id(&attempt)), &Value::Null);
                submitted.lock().unwrap().push(id(&attempt).to_owned());
            } else {
                caller.abandon(id(&attempt));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (sat, told) = (sat.into_inner().unwrap(), told.into_inner().unwrap());
    let leaks = told.iter().filter(|(asked, given)| sat.iter().any(|(begun, ended)| begun < asked && given < ended));
    let leaks = leaks.count();
    tell(&database, &format!("reports against starts: {counts}; {leaks} reports given while an exam was under way"));
    assert!(counts.of("submit", |status| status == 200) > 0 && counts.of("report", |status| status == 409) > 0);
    assert_eq!((leaks, counts.failed(), counts.of("start", |status| status != 201)), (0, 0, 0));
}

/// Responses on many connections, and the submission among them.
fn a_submission_among_many_responses(database: TestDatabase) {
    let server = Server::start(&database.url);
    let (token, counts) = (new_user("ada@example.org", &database.url), Counts::default());
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    while started.elapsed() < LONG {
        let caller = Caller::new(&server, &token, &counts);
        let attempt = caller.start().unwrap();
        let (barrier, over) = (Barrier::new(5), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (caller, attempt, barrier, over) =
                    (Caller::new(&server, &token, &counts), &attempt, &barrier, &over);
                scope.spawn(move || {
                    for number in 0.. {
                        if number == 5 {
                            barrier.wait();
                        }
                        let path = format!("/attempts/{}/slots/{}", id(attempt), number % 10 + 1);
                        caller.ask("respond", "PUT", &path, &json!({"seconds_spent": number}));
                        if number > 5 && over.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                });
            }
            barrier.wait();
            let asked = Instant::now();
            caller.submit(id(&attempt));
            slowest = slowest.max(asked.elapsed());
            over.store(true, Ordering::Relaxed);
        });
    }
    tell(&database, &format!("submissions among responses: {counts}; the slowest took {slowest:.1?}"));
    assert_eq!((counts.failed(), counts.of("submit", |status| status != 200)), (0, 0));
}
