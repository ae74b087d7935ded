//! While a question is in a learner's exam in progress, nothing gives the learner its key.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    authoring::{path_of, put, question, to_status},
    common::{
        bank::{self, right_response},
        database::TestDatabase,
        on_both,
    },
};

on_both!(
    a_learner_has_one_attempt_in_progress_at_an_exam,
    a_second_attempt_gives_no_key_of_the_first,
    an_attempt_can_be_abandoned,
    a_result_cannot_be_abandoned,
    a_seed_chosen_by_the_server_is_shown_with_the_report,
    one_of_several_concurrent_starts_succeeds,
    a_practice_whose_time_runs_out_during_an_exam_is_graded_after_it,
    results_of_earlier_attempts_are_withheld_during_an_exam,
);

fn begin(learner: &Client, body: &Value) -> Reply {
    learner.post("/api/v1/attempts", body)
}

fn demo() -> Value {
    json!({"exam": "demo", "mode": "exam"})
}

fn path(attempt: &Value) -> String {
    format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap())
}

fn submit(learner: &Client, attempt: &Value) -> Reply {
    learner.post(&format!("{}/submit", path(attempt)), &json!({}))
}

fn report(learner: &Client, attempt: &Value) -> Reply {
    learner.get(&format!("{}/report", path(attempt)))
}

/// Checks that a response is withheld because of the attempt in progress, and names it.
#[track_caller]
fn held_back(reply: &Reply, by: &Value) {
    let problem = reply.problem(409, "attempt-in-progress");
    assert_eq!(problem["attempt_id"], by["id"], "{problem}");
}

fn a_learner_has_one_attempt_in_progress_at_an_exam(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let first = begin(&ada, &demo()).expect(201);
    held_back(&begin(&ada, &demo()), &first);
    held_back(&begin(&ada, &json!({"exam": "demo", "mode": "exam", "seed": 7})), &first);
    // Other learners and other exams are not affected.
    begin(&eve, &demo()).expect(201);
    begin(&ada, &json!({"exam": "clf-c02", "mode": "exam"})).expect(201);
    // A front end can continue the attempt that the problem names.
    let named = begin(&ada, &demo()).problem(409, "attempt-in-progress")["attempt_id"].as_str().unwrap().to_owned();
    assert_eq!(ada.get(&format!("/api/v1/attempts/{named}")).expect(200)["slots"], first["slots"]);
    submit(&ada, &first).expect(200);
    let second = begin(&ada, &demo()).expect(201);
    app.wait(20 * 60 - 1);
    held_back(&begin(&ada, &demo()), &second);
    app.wait(1);
    begin(&ada, &demo()).expect(201);
    let settled = ada.get(&path(&second)).expect(200);
    assert_eq!((&settled["status"], &settled["submitted_at"]), (&json!("submitted"), &second["deadline_at"]));
}

fn a_second_attempt_gives_no_key_of_the_first(app: TestApp) {
    let ada = app.learner("ada");
    let earlier = begin(&ada, &demo()).expect(201);
    let told = submit(&ada, &earlier).expect(200);
    assert_eq!(report(&ada, &earlier).expect(200), told);
    // Twenty questions and ten slots: the third form has questions of the first two.
    let second = begin(&ada, &demo()).expect(201);
    submit(&ada, &second).expect(200);
    let now = begin(&ada, &demo()).expect(201);
    let tries = || {
        [
            report(&ada, &earlier),
            submit(&ada, &earlier),
            report(&ada, &second),
            submit(&ada, &second),
            report(&ada, &now),
            begin(&ada, &json!({"exam": "demo", "mode": "exam", "seed": told["seed"]})),
        ]
    };
    for reply in tries() {
        held_back(&reply, &now);
    }
    let earlier_form = ada.get(&path(&earlier));
    for word in ["is_correct", "because", "explained", "\"key\"", "\"mark\""] {
        assert!(!earlier_form.text.contains(word), "{word}");
    }
    submit(&ada, &now).expect(200);
    assert_eq!(report(&ada, &earlier).expect(200), told);
    assert_eq!(submit(&ada, &earlier).expect(200), told);
    // The same form again, by the seed of the report; when its time runs out, it no longer counts.
    for ask in [report, submit] {
        let again = begin(&ada, &json!({"exam": "demo", "mode": "exam", "seed": told["seed"]})).expect(201);
        assert_eq!(again["slots"], earlier["slots"]);
        held_back(&ask(&ada, &earlier), &again);
        app.wait(20 * 60);
        assert_eq!(ask(&ada, &earlier).expect(200), told);
        assert_eq!(report(&ada, &again).expect(200)["ended_by"], "deadline");
    }
}

fn an_attempt_can_be_abandoned(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let attempt = begin(&ada, &demo()).expect(201);
    let slot = format!("{}/slots/1", path(&attempt));
    let response = json!({"response": right_response(&attempt["slots"][0]["question"])});
    ada.put(&slot, &response).expect(200);
    eve.delete(&path(&attempt)).problem(404, "not-found");
    for _ in 0..2 {
        let gone = ada.delete(&path(&attempt));
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    }
    let shown = ada.get(&path(&attempt)).expect(200);
    let listed = ada.get("/api/v1/attempts").expect(200)["items"][0].clone();
    for seen in [&shown, &listed] {
        assert_eq!(seen["status"], "abandoned");
        for nothing in ["seed", "submitted_at", "scaled_estimate", "passed"] {
            assert_eq!(seen[nothing], Value::Null, "{nothing}");
        }
    }
    assert_eq!(shown["slots"][0]["response"], response["response"]);
    assert_eq!(shown["slots"][0].get("scored"), None);
    ada.put(&slot, &response).problem(409, "attempt-abandoned");
    submit(&ada, &attempt).problem(409, "attempt-abandoned");
    report(&ada, &attempt).problem(409, "attempt-abandoned");
    // It stays abandoned when its time is over.
    app.wait(3600);
    assert_eq!(ada.get(&path(&attempt)).expect(200), shown);
    assert_eq!(ada.delete(&path(&attempt)).status, 204);
    report(&ada, &attempt).problem(409, "attempt-abandoned");
}

fn a_result_cannot_be_abandoned(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin(&ada, &demo()).expect(201);
    let told = submit(&ada, &attempt).expect(200);
    ada.delete(&path(&attempt)).problem(409, "attempt-submitted");
    assert_eq!(report(&ada, &attempt).expect(200), told);
    let overdue = begin(&ada, &demo()).expect(201);
    app.wait(20 * 60);
    ada.delete(&path(&overdue)).problem(409, "attempt-submitted");
    assert_eq!(app.database.count("attempts WHERE status = 'submitted'"), 2, "it was graded, not only refused");
    assert_eq!(report(&ada, &overdue).expect(200)["ended_by"], "deadline");
}

fn a_seed_chosen_by_the_server_is_shown_with_the_report(app: TestApp) {
    let ada = app.learner("ada");
    let key = [("idempotency-key", "k")];
    let created = ada.post_with("/api/v1/attempts", &key, &demo());
    let attempt = created.expect(201);
    let seeds = |path: &str| {
        let listed = ada.get("/api/v1/attempts").expect(200)["items"][0]["seed"].clone();
        assert_eq!(ada.get(path).expect(200)["seed"], listed);
        listed
    };
    assert_eq!((&attempt["seed"], &seeds(&path(&attempt))), (&Value::Null, &Value::Null));
    let told = submit(&ada, &attempt).expect(200);
    assert!(told["seed"].is_i64());
    assert_eq!(seeds(&path(&attempt)), told["seed"]);
    assert_eq!(ada.post_with("/api/v1/attempts", &key, &demo()).text, created.text);
    // The learner who chose the seed knows it.
    let chosen = begin(&ada, &json!({"exam": "demo", "mode": "exam", "seed": 42})).expect(201);
    assert_eq!((&chosen["seed"], &seeds(&path(&chosen))), (&json!(42), &json!(42)));
    assert_eq!(submit(&ada, &chosen).expect(200)["seed"], 42);
}

fn one_of_several_concurrent_starts_succeeds(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    let ada = one.learner("ada");
    let barrier = Barrier::new(8);
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let starts: Vec<_> = [&one, &two]
            .into_iter()
            .cycle()
            .take(8)
            .map(|app| {
                let (client, barrier) = (app.with_authorization(ada.authorization.clone()), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    begin(&client, &demo())
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let (begun, refused): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!(begun.len(), 1);
    for reply in refused {
        held_back(reply, &begun[0].json());
    }
    assert_eq!(one.database.count("attempts"), 1);
}

/// Holds the locks of a statement in PostgreSQL until it is dropped, on its own connection.
fn hold(app: &TestApp, sql: &str) -> tripos::db::DbConnection {
    let mut conn = app.database.connect();
    diesel::connection::SimpleConnection::batch_execute(&mut conn, &format!("BEGIN; {sql}")).unwrap();
    conn
}

#[test]
fn authors_and_learners_do_not_wait_for_each_other() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::with(database, &[("DATABASE_STATEMENT_TIMEOUT_SECONDS", "5")]);
    let (ada, root) = (app.learner("ada"), app.admin("root"));
    let stored = root.get("/api/v1/questions?exam=demo&status=published&limit=1").expect(200)["items"][0].clone();

    // Storing slots refers to every question.
    let slots = hold(&app, "SELECT FROM exams FOR KEY SHARE; SELECT FROM questions FOR KEY SHARE");
    let draft = root.post("/api/v1/questions", &question("Another one?")).expect(201);
    to_status(&root, &draft, "in_review").expect(200);
    to_status(&root, &draft, "published").expect(200);
    let mut body = question("A better one?");
    body["task"] = stored["task"].clone();
    let revision = put(&root, &path_of(&stored), "", &body).expect(201);
    to_status(&root, &revision, "in_review").expect(200);
    // Takes the draw number and the external key of the previous revision.
    to_status(&root, &revision, "published").expect(200);
    let mut exam = bank::demo()["exam"].clone();
    exam["name"] = json!("Renamed");
    put(&root, "/api/v1/exams/demo", "", &exam).expect(200);
    drop(slots);

    // An author is changing the blueprint, and the numbers and keys of all questions.
    let author = hold(
        &app,
        "SELECT FROM exams FOR NO KEY UPDATE; SELECT FROM questions FOR NO KEY UPDATE;
         UPDATE exams SET name = 'Another';
         UPDATE domains SET published_count = published_count + 1000;
         UPDATE questions SET draw_number = draw_number + 1000, external_key = 'moved-' || external_key",
    );
    begin(&ada, &demo()).expect(201);
    drop(author);
}

fn results_of_earlier_attempts_are_withheld_during_an_exam(app: TestApp) {
    let ada = app.learner("ada");
    let practice = begin(&ada, &json!({"exam": "demo", "mode": "practice", "size": 1})).expect(201);
    let body = json!({"response": right_response(&practice["slots"][0]["question"])});
    ada.put(&format!("{}/slots/1", path(&practice)), &body).expect(200);
    submit(&ada, &practice).expect(200);
    let earlier = begin(&ada, &demo()).expect(201);
    submit(&ada, &earlier).expect(200);
    let results = || {
        let of = |attempt: &Value| ["percent", "scaled_estimate", "passed"].map(|field| attempt[field].clone());
        let mut found = vec![of(&ada.get(&path(&practice)).expect(200)), of(&ada.get(&path(&earlier)).expect(200))];
        let listed = ada.get("/api/v1/attempts?status=submitted").expect(200);
        found.extend(listed["items"].as_array().unwrap().iter().rev().take(2).map(of));
        let export = ada.get("/api/v1/me/export").expect(200);
        found.extend(export["attempts"].as_array().unwrap().iter().take(2).map(of));
        found
    };
    let known = results();
    assert_eq!((known.len(), &known[0][0], &known[3][2]), (6, &json!(100.0), &json!(false)));
    let exam = begin(&ada, &demo()).expect(201);
    assert_eq!(results(), vec![[Value::Null, Value::Null, Value::Null]; 6]);
    submit(&ada, &exam).expect(200);
    assert_eq!(results(), known);
}

fn a_practice_whose_time_runs_out_during_an_exam_is_graded_after_it(app: TestApp) {
    let ada = app.learner("ada");
    let wanted = json!({"exam": "demo", "mode": "practice", "timed": true, "feedback": "deferred", "size": 5});
    let practice = begin(&ada, &wanted).expect(201);
    let body = json!({"response": right_response(&practice["slots"][0]["question"])});
    ada.put(&format!("{}/slots/1", path(&practice)), &body).expect(200);
    let exam = begin(&ada, &demo()).expect(201);
    app.wait(601);
    let listed = || {
        let attempts = ada.get("/api/v1/attempts").expect(200);
        let found = attempts["items"].as_array().unwrap().iter().find(|attempt| attempt["id"] == practice["id"]);
        (found.unwrap()["status"].clone(), found.unwrap()["percent"].clone())
    };
    assert_eq!(listed(), (json!("in_progress"), Value::Null));
    let shown = ada.get(&path(&practice)).expect(200);
    assert_eq!((&shown["status"], &shown["seconds_left"]), (&json!("in_progress"), &json!(0)));
    ada.put(&format!("{}/slots/2", path(&practice)), &json!({"flagged": true})).problem(409, "deadline-passed");
    held_back(&submit(&ada, &practice), &exam);
    held_back(&ada.delete(&path(&practice)), &exam);
    submit(&ada, &exam).expect(200);
    assert_eq!(listed(), (json!("submitted"), json!(20.0)));
    assert_eq!(report(&ada, &practice).expect(200)["ended_by"], "deadline");
}
