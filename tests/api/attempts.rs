//! Taking an exam.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    common::{
        bank::{self, right_response, wrong_response},
        on_both,
    },
};

on_both!(
    nothing_happens_before_the_start_when_the_clock_is_set_back,
    a_learner_sits_an_exam_from_form_to_report,
    the_cloud_practitioner_form_is_exact_to_the_blueprint,
    the_key_stays_on_the_server_until_submission,
    a_response_replaces_the_one_before_and_can_be_taken_back,
    after_the_deadline_responses_are_rejected_and_the_stored_ones_are_graded,
    an_overdue_attempt_is_graded_by_every_operation_that_reads_it,
    a_submitted_attempt_takes_no_more_responses,
    a_seed_gives_the_same_form_again,
    an_earlier_seed_gives_a_form_that_follows_the_current_blueprint,
    questions_not_served_yet_come_first,
    nobody_sees_the_attempts_of_others,
    attempts_are_listed_newest_first_in_pages,
    reports_and_attempts_outlive_changes_of_the_bank,
    a_small_bank_causes_a_note_and_an_empty_one_an_error,
);

pub fn start(learner: &Client, exam: &str) -> Value {
    learner.post("/api/v1/attempts", &json!({"exam": exam, "mode": "exam"})).expect(201)
}

pub fn path(attempt: &Value) -> String {
    format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap())
}

pub fn submit(learner: &Client, attempt: &Value) -> Value {
    learner.post(&format!("{}/submit", path(attempt)), &json!({})).expect(200)
}

pub fn abandon(learner: &Client, attempt: &Value) {
    assert_eq!(learner.delete(&path(attempt)).status, 204);
}

/// A finished attempt, so that its questions count as served.
pub fn sat(learner: &Client, exam: &str) -> Value {
    let attempt = start(learner, exam);
    abandon(learner, &attempt);
    attempt
}

pub fn slots(attempt: &Value) -> &Vec<Value> {
    attempt["slots"].as_array().unwrap()
}

pub fn respond(learner: &Client, attempt: &Value, position: usize, response: &Value) -> Value {
    learner.put(&format!("{}/slots/{position}", path(attempt)), &json!({"response": response})).expect(200)
}

/// The questions of a form in order, each with its answers in their order.
pub fn form(attempt: &Value) -> Vec<&Value> {
    slots(attempt).iter().map(|slot| &slot["question"]).collect()
}

pub fn question_ids(attempt: &Value) -> HashSet<String> {
    form(attempt).iter().map(|question| question["id"].as_str().unwrap().to_owned()).collect()
}

fn nothing_happens_before_the_start_when_the_clock_is_set_back(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    app.wait(60);
    app.set_clock_back(3600);
    let state = respond(&ada, &attempt, 1, &right_response(form(&attempt)[0]));
    assert_eq!(state["answered_at"], attempt["started_at"]);
    let report = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);
    assert_eq!((&report["seconds_used"], &report["submitted_at"]), (&json!(0), &attempt["started_at"]));
}

fn a_learner_sits_an_exam_from_form_to_report(app: TestApp) {
    let ada = app.learner("ada");
    let created = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"}));
    let attempt = created.expect(201);
    assert_eq!(created.header("location"), Some(path(&attempt).as_str()));
    assert_eq!(attempt["status"], "in_progress");
    assert_eq!(attempt["started_at"], "2026-11-23T10:00:00.000Z");
    assert_eq!(attempt["deadline_at"], "2026-11-23T10:20:00.000Z");
    assert_eq!(slots(&attempt).len(), 10);

    for (index, question) in form(&attempt).into_iter().enumerate() {
        let response = if index % 2 == 0 { right_response(question) } else { wrong_response(question) };
        let state = respond(&ada, &attempt, index + 1, &response);
        assert_eq!(state["response"], response);
    }
    app.wait(300);
    let report = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);

    assert_eq!(report["seconds_used"], 300);
    assert_eq!(report["ended_by"], "learner");
    let results = report["slots"].as_array().unwrap();
    let mut right = 0.0;
    for (result, question) in results.iter().zip(form(&attempt)) {
        let odd = result["position"].as_i64().unwrap() % 2 == 1;
        assert_eq!(result["mark"], if odd { 1.0 } else { 0.0 }, "{result}");
        let sorted = |list: &Value| {
            let mut list: Vec<String> = list.as_array().unwrap().iter().map(Value::to_string).collect();
            list.sort();
            list
        };
        assert_eq!(sorted(&result["key"]), sorted(&right_response(question)));
        if result["kind"] == "ordering" {
            assert_eq!(result["key"], right_response(question));
        }
        assert!(result["explanation"].as_str().unwrap().starts_with("explained"));
        assert_eq!(result["references"][0]["url"], "https://example.org/guide");
        let answers = result["answers"].as_array().unwrap();
        assert!(answers.iter().all(|answer| answer["rationale"].as_str().unwrap().starts_with("because")));
        if result["scored"] == true {
            right += result["mark"].as_f64().unwrap();
        }
    }
    let score = &report["score"];
    assert_eq!((score["raw"].as_f64().unwrap(), score["possible"].as_i64().unwrap()), (right, 8));
    assert_eq!(score["scaled_estimate"].as_f64().unwrap(), (100.0 * right / 8.0 + 0.5).floor());
    assert_eq!(score["passed"], score["scaled_estimate"].as_i64().unwrap() >= 70);
    assert!(score["note"].as_str().unwrap().contains("estimate"));
    for (domain, (number, weight, total)) in report["domains"].as_array().unwrap().iter().zip([(1, 60, 5), (2, 40, 3)])
    {
        assert_eq!(
            (&domain["number"], &domain["weight"], &domain["total"]),
            (&json!(number), &json!(weight), &json!(total))
        );
        let mastery = &domain["mastery"];
        let value = |field: &str| mastery[field].as_f64().unwrap();
        assert!(value("low") < value("mean") && value("mean") < value("high"), "{mastery}");
        assert_eq!(mastery["credible"], 0.9);
    }

    let stored = ada.get(&format!("{}/report", path(&attempt)));
    assert_eq!(stored.expect(200), report);
    let again = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);
    assert_eq!(again, report);
    let after = ada.get(&path(&attempt)).expect(200);
    assert_eq!(after["status"], "submitted");
    assert_eq!(slots(&after).iter().filter(|slot| slot["scored"] == true).count(), 8);
}

fn the_cloud_practitioner_form_is_exact_to_the_blueprint(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "clf-c02");
    let mut by_domain = BTreeMap::new();
    for question in form(&attempt) {
        *by_domain.entry(question["domain"]["number"].as_i64().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(by_domain.into_values().collect::<Vec<_>>(), [16, 19, 22, 8]);
    assert_eq!(question_ids(&attempt).len(), 65);
    assert_eq!(attempt["notes"], json!([]));
    let report = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);
    let totals: Vec<_> =
        report["domains"].as_array().unwrap().iter().map(|domain| domain["total"].as_i64().unwrap()).collect();
    assert_eq!(totals, [12, 15, 17, 6]);
    assert_eq!(report["score"]["scaled_estimate"], 100);
    assert_eq!(report["score"]["passed"], false);
}

fn the_key_stays_on_the_server_until_submission(app: TestApp) {
    let ada = app.learner("ada");
    let created = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"}));
    let attempt = created.expect(201);
    let put = ada.put(&format!("{}/slots/1", path(&attempt)), &json!({"response": right_response(form(&attempt)[0])}));
    for reply in [created, put, ada.get(&path(&attempt)), ada.get("/api/v1/attempts")] {
        for word in [
            "correct",
            "rationale",
            "because",
            "explanation",
            "explained",
            "\"key\"",
            "\"mark\"",
            "scored\"",
            "references",
        ] {
            assert!(!reply.text.contains(word), "{word} in {}", reply.text);
        }
    }
    let held_back = ada.get(&format!("{}/report", path(&attempt))).problem(409, "attempt-in-progress");
    assert_eq!(held_back["attempt_id"], attempt["id"]);
    let id = form(&attempt)[0]["id"].as_str().unwrap();
    ada.get(&format!("/api/v1/questions/{id}")).problem(403, "forbidden");
}

fn a_response_replaces_the_one_before_and_can_be_taken_back(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    let question = form(&attempt)[0];
    let slot = format!("{}/slots/1", path(&attempt));
    let full = json!({"response": right_response(question), "flagged": true, "unsure": true, "seconds_spent": 40});
    let first = ada.put(&slot, &full).expect(200);
    assert_eq!(first["answered_at"], "2026-11-23T10:00:00.000Z");
    app.wait(5);
    ada.put(&slot, &full).expect(200);
    ada.put(&slot, &json!({"response": wrong_response(question)})).expect(200);
    let now = &ada.get(&path(&attempt)).expect(200)["slots"][0];
    assert_eq!(now["response"], wrong_response(question));
    assert_eq!((&now["flagged"], &now["unsure"], &now["seconds_spent"]), (&json!(false), &json!(false), &json!(0)));
    for taken_back in [json!({"response": []}), json!({"response": null}), json!({})] {
        let state = ada.put(&slot, &taken_back).expect(200);
        assert_eq!((&state["response"], &state["answered_at"]), (&Value::Null, &Value::Null));
    }
}

fn after_the_deadline_responses_are_rejected_and_the_stored_ones_are_graded(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    for (index, question) in form(&attempt).into_iter().enumerate() {
        respond(&ada, &attempt, index + 1, &right_response(question));
    }
    app.wait(20 * 60 - 1);
    respond(&ada, &attempt, 1, &right_response(form(&attempt)[0]));
    app.wait(1);
    let late = ada.put(&format!("{}/slots/1", path(&attempt)), &json!({"response": []}));
    late.problem(409, "deadline-passed");
    app.wait(3600);
    let report = ada.get(&format!("{}/report", path(&attempt))).expect(200);
    assert_eq!(report["ended_by"], "deadline");
    assert_eq!(report["submitted_at"], attempt["deadline_at"]);
    assert_eq!(report["score"]["scaled_estimate"], 100);
    let again = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);
    assert_eq!(again, report);
}

fn an_overdue_attempt_is_graded_by_every_operation_that_reads_it(app: TestApp) {
    let ada = app.learner("ada");
    let overdue = || {
        let attempt = start(&ada, "demo");
        app.wait(24 * 3600);
        attempt
    };
    let opened = overdue();
    assert_eq!(ada.get(&path(&opened)).expect(200)["status"], "submitted");
    assert_eq!(submit(&ada, &overdue())["ended_by"], "deadline");
    let listed = overdue();
    let list = ada.get("/api/v1/attempts").expect(200);
    let first = &list["items"][0];
    assert_eq!(
        (&first["id"], &first["status"], &first["scaled_estimate"]),
        (&listed["id"], &json!("submitted"), &json!(0))
    );
    let followed = overdue();
    start(&ada, "demo");
    assert_eq!(ada.get(&path(&followed)).expect(200)["submitted_at"], followed["deadline_at"]);
}

fn a_submitted_attempt_takes_no_more_responses(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    let report = ada.post(&format!("{}/submit", path(&attempt)), &json!({})).expect(200);
    let late = ada.put(&format!("{}/slots/1", path(&attempt)), &json!({"response": right_response(form(&attempt)[0])}));
    late.problem(409, "attempt-submitted");
    assert_eq!(ada.get(&format!("{}/report", path(&attempt))).expect(200), report);
    assert_eq!(ada.get(&path(&attempt)).expect(200)["slots"][0]["response"], Value::Null);
}

fn a_seed_gives_the_same_form_again(app: TestApp) {
    let (ada, bob) = (app.learner("ada"), app.learner("bob"));
    let scored = |report: &Value| {
        report["slots"].as_array().unwrap().iter().map(|slot| slot["scored"].clone()).collect::<Vec<_>>()
    };
    sat(&ada, "demo");
    // Drawn after another one, so that questions that Ada was served before matter.
    let second = start(&ada, "demo");
    let report = submit(&ada, &second);
    let again =
        ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam", "seed": report["seed"]})).expect(201);
    assert_eq!(form(&again), form(&second));
    assert_ne!(again["id"], second["id"]);
    // Both are graded in the same way: the same slots are scored.
    assert_eq!(scored(&submit(&ada, &again)), scored(&report));
    // For a user who never took it, a seed gives the same form as for all such users.
    let chosen = json!({"exam": "demo", "mode": "exam", "seed": 42});
    let by_bob = bob.post("/api/v1/attempts", &chosen).expect(201);
    let by_ada = ada.post("/api/v1/attempts", &chosen).expect(201);
    assert_eq!(form(&by_bob), form(&by_ada));
}

fn an_earlier_seed_gives_a_form_that_follows_the_current_blueprint(app: TestApp) {
    let ada = app.learner("ada");
    let begin = || {
        let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam", "seed": 7})).expect(201);
        abandon(&ada, &attempt);
        attempt
    };
    assert_eq!(slots(&begin()).len(), 10);
    let mut changed = bank::demo();
    changed["exam"]["question_count"] = json!(5);
    changed["exam"]["scored_count"] = json!(5);
    app.database.seed(&changed);
    let now = begin();
    assert_eq!(slots(&now).len(), 5);
    // And from now on, this form is reused.
    assert_eq!(form(&begin()), form(&now));
}

fn questions_not_served_yet_come_first(app: TestApp) {
    let ada = app.learner("ada");
    // Abandoned attempts count, so that nobody can browse the bank for a convenient form.
    let [first, second] = [(); 2].map(|()| sat(&ada, "demo"));
    // Twelve and eight questions: two forms of six and four use each of them once.
    assert!(question_ids(&first).is_disjoint(&question_ids(&second)));
    assert_eq!(question_ids(&start(&ada, "demo")).len(), 10);
}

fn nobody_sees_the_attempts_of_others(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let attempt = start(&ada, "demo");
    eve.get(&path(&attempt)).problem(404, "not-found");
    eve.get(&format!("{}/report", path(&attempt))).problem(404, "not-found");
    eve.post(&format!("{}/submit", path(&attempt)), &json!({})).problem(404, "not-found");
    eve.put(&format!("{}/slots/1", path(&attempt)), &json!({"flagged": true})).problem(404, "not-found");
    eve.delete(&path(&attempt)).problem(404, "not-found");
    assert_eq!(eve.get("/api/v1/attempts").expect(200)["items"], json!([]));
    let unchanged = ada.get(&path(&attempt)).expect(200);
    assert_eq!((&unchanged["status"], &unchanged["slots"][0]["flagged"]), (&json!("in_progress"), &json!(false)));
}

fn attempts_are_listed_newest_first_in_pages(app: TestApp) {
    let ada = app.learner("ada");
    let mut ids: Vec<Value> = (0..5).map(|_| sat(&ada, "demo")["id"].clone()).collect();
    ids.reverse();
    let listed = ada.items("/api/v1/attempts?limit=2");
    assert_eq!(listed.iter().map(|attempt| attempt["id"].clone()).collect::<Vec<_>>(), ids);
}

fn reports_and_attempts_outlive_changes_of_the_bank(app: TestApp) {
    let ada = app.learner("ada");
    let done = start(&ada, "demo");
    let report = submit(&ada, &done);
    let open = start(&ada, "demo");

    let mut changed = bank::demo();
    changed["exam"]["domains"][0]["weight"] = json!(50);
    changed["exam"]["domains"][1]["weight"] = json!(50);
    changed["exam"]["scale"]["pass_mark"] = json!(1);
    for question in changed["questions"].as_array_mut().unwrap() {
        question["explanation"] = json!("changed");
    }
    let summary = app.database.seed(&changed);
    assert_eq!((summary.created, summary.superseded, summary.unchanged), (0, 20, 0));

    assert_eq!(form(&ada.get(&path(&open)).expect(200)), form(&open));
    let late = submit(&ada, &open);
    assert_eq!(ada.get(&format!("{}/report", path(&done))).expect(200), report);
    assert!(late["slots"][0]["explanation"].as_str().unwrap().starts_with("explained"));
    let fresh = start(&ada, "demo");
    assert!(question_ids(&fresh).is_disjoint(&question_ids(&done)));
    let exam = ada.get("/api/v1/exams/demo").expect(200);
    assert_eq!(exam["published_questions"], 20);
}

fn a_small_bank_causes_a_note_and_an_empty_one_an_error(app: TestApp) {
    let ada = app.learner("ada");
    let mut thin = bank::demo();
    for question in thin["questions"].as_array_mut().unwrap().iter_mut().filter(|q| q["task"] == "2.1").skip(1) {
        question["status"] = json!("retired");
    }
    assert_eq!(app.database.seed(&thin).moved, 7);
    let attempt = sat(&ada, "demo");
    assert_eq!(slots(&attempt).len(), 10);
    assert!(attempt["notes"][0].as_str().unwrap().starts_with("Domain 2 has only 1 published questions for 4 slots"));
    for question in thin["questions"].as_array_mut().unwrap().iter_mut().skip(3) {
        question["status"] = json!("retired");
    }
    app.database.seed(&thin);
    let refused = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"}));
    assert!(refused.problem(409, "not-enough-questions")["detail"].as_str().unwrap().contains("3 published"));
    app.database.seed(&bank::demo());
    assert_eq!(slots(&start(&ada, "demo")).len(), 10);
}
