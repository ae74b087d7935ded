//! The probability of passing, its evidence, and how often it was right.

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    authoring::{path_of, put, question, to_status},
    common::{
        bank::{self, right_response, wrong_response},
        on_both,
    },
};

on_both!(
    without_evidence_there_is_no_prediction,
    good_and_bad_responses_lead_to_good_and_bad_predictions,
    only_first_exposures_count,
    partial_marks_count_as_the_policy_of_the_exam_has_it_now,
    a_new_revision_is_the_same_question,
    slots_left_open_are_no_evidence_and_have_been_seen,
    practice_next_is_ordered_by_gain,
    every_week_has_its_own_history,
    predictions_are_stored_before_the_result_is_known,
    a_bank_that_is_too_small_is_reported,
    requests_without_a_visible_exam_are_refused,
    practice_counts_as_soon_as_its_responses_are_graded,
);

fn readiness(learner: &Client, exam: &str) -> Value {
    learner.get(&format!("/api/v1/me/readiness?exam={exam}")).expect(200)
}

fn start(learner: &Client, exam: &str) -> Value {
    learner.post("/api/v1/attempts", &json!({"exam": exam, "mode": "exam"})).expect(201)
}

/// Answers the slots of an attempt and submits it: `respond` gives the response to a slot, by its number, or null.
fn finish(learner: &Client, attempt: &Value, respond: impl Fn(usize, &Value) -> Value) -> Value {
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    for (index, slot) in attempt["slots"].as_array().unwrap().iter().enumerate() {
        let response = respond(index, &slot["question"]);
        if !response.is_null() {
            learner.put(&format!("{path}/slots/{}", index + 1), &json!({"response": response})).expect(200);
        }
    }
    learner.post(&format!("{path}/submit"), &json!({})).expect(200)
}

fn sit(learner: &Client, exam: &str, respond: impl Fn(usize, &Value) -> Value) -> Value {
    finish(learner, &start(learner, exam), respond)
}

fn right(_: usize, question: &Value) -> Value {
    right_response(question)
}

fn wrong(_: usize, question: &Value) -> Value {
    wrong_response(question)
}

/// Any response that is well-formed, to a question of any bank.
fn some(_: usize, question: &Value) -> Value {
    let answers = question["answers"].as_array().unwrap();
    if question["kind"] == "matching" {
        let pair = |answer: &Value| json!({"answer": answer["id"], "match": question["matches"][0]});
        return answers.iter().map(pair).collect();
    }
    // All of them for an ordering question.
    let count = question["choose"].as_u64().map_or(answers.len(), |count| count as usize);
    answers.iter().take(count).map(|answer| answer["id"].clone()).collect()
}

fn sum(readiness: &Value, field: &str) -> i64 {
    readiness["domains"].as_array().unwrap().iter().map(|domain| domain[field].as_i64().unwrap()).sum()
}

fn without_evidence_there_is_no_prediction(app: TestApp) {
    let ada = app.learner("ada");
    let none = readiness(&ada, "demo");
    assert_eq!((&none["pass_probability"], &none["expected_score"]), (&json!(null), &json!(null)));
    assert_eq!(none["reason"], "too_few_first_exposures");
    assert_eq!((&none["practice_next"], &none["history"]), (&json!([]), &json!([])));
    let evidence = &none["evidence"];
    assert_eq!((&evidence["first_exposures"], &evidence["needed"]), (&json!(0), &json!(20)));
    assert_eq!((&evidence["half_life_responses"], &evidence["half_life_days"]), (&json!(150.0), &json!(1000.0)));
    assert_eq!(evidence["newest_at"], json!(null));
    assert_eq!(evidence["notes"].as_array().unwrap().len(), 2);
    assert_eq!(sum(&none, "unseen"), 20);

    // Ten are not enough for a prediction, but enough for an estimate of the domains.
    sit(&ada, "demo", right);
    let ten = readiness(&ada, "demo");
    assert_eq!((&ten["reason"], sum(&ten, "answered")), (&json!("too_few_first_exposures"), 10));
    let mastery = |readiness: &Value| readiness["domains"][0]["mastery"].clone();
    assert!(mastery(&ten)["low"].as_f64() > mastery(&none)["low"].as_f64(), "{ten}");
    assert_eq!(mastery(&ten)["credible"], 0.9);
}

fn good_and_bad_responses_lead_to_good_and_bad_predictions(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    for _ in 0..2 {
        sit(&ada, "demo", right);
        sit(&eve, "demo", wrong);
    }
    let (good, bad) = (readiness(&ada, "demo"), readiness(&eve, "demo"));
    assert_eq!((&good["exam"], &good["reason"]), (&json!("demo"), &json!(null)));
    let probability = |readiness: &Value| readiness["pass_probability"].as_f64().unwrap();
    assert!(probability(&good) > 0.9, "{good}");
    assert!(probability(&bad) < 0.1, "{bad}");
    let score = &good["expected_score"];
    assert!(score["low"].as_i64() <= score["mean"].as_i64() && score["mean"].as_i64() <= score["high"].as_i64());
    assert!(score["mean"].as_i64() > bad["expected_score"]["mean"].as_i64());
    assert_eq!(score["pass_mark"], 70);
    assert_eq!((sum(&good, "answered"), sum(&good, "right"), sum(&bad, "right")), (20, 20, 0));
    for domain in good["domains"].as_array().unwrap() {
        let task = &domain["tasks"][0];
        assert_eq!((&task["answered"], &task["right"]), (&domain["answered"], &domain["right"]));
        assert!(task["mastery"]["mean"].as_f64().unwrap() > 0.7, "{task}");
    }
    // Another request gets the same response.
    let reply = ada.get("/api/v1/me/readiness?exam=demo");
    let tag = reply.header("etag").unwrap().to_owned();
    let again = ada.request("GET", "/api/v1/me/readiness?exam=demo", &[("if-none-match", tag.as_str())], b"");
    assert_eq!(again.status, 304);
}

fn only_first_exposures_count(app: TestApp) {
    let ada = app.learner("ada");
    for _ in 0..2 {
        sit(&ada, "demo", right);
    }
    let before = readiness(&ada, "demo");
    // The bank has twenty questions, all of which were seen, and a note says so.
    assert_eq!((sum(&before, "unseen"), &before["practice_next"]), (0, &json!([])));
    let notes = before["evidence"]["notes"].as_array().unwrap();
    assert!(notes[0].as_str().unwrap().contains("seen all published questions of domain 1"), "{notes:?}");
    assert!(notes[0].as_str().unwrap().contains("2026-11-23"), "{notes:?}");
    sit(&ada, "demo", wrong);
    assert_eq!(readiness(&ada, "demo"), before);
    // An attempt without a result is no evidence.
    let attempt = start(&ada, "demo");
    assert_eq!(ada.delete(&format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap())).status, 204);
    assert_eq!(readiness(&ada, "demo"), before);
}

fn partial_marks_count_as_the_policy_of_the_exam_has_it_now(app: TestApp) {
    let (ada, root) = (app.learner("ada"), app.admin("root"));
    // One part of each matching question is wrong.
    let respond = |_: usize, question: &Value| match question["kind"].as_str() {
        Some("matching") => {
            let pair = |answer: &Value| json!({"answer": answer["id"], "match": "end 1"});
            question["answers"].as_array().unwrap().iter().map(pair).collect()
        }
        _ => right_response(question),
    };
    for _ in 0..2 {
        sit(&ada, "demo", respond);
    }
    let before = readiness(&ada, "demo");
    let mut exam = bank::demo()["exam"].clone();
    exam["scoring_policy"] = "all_or_nothing".into();
    put(&root, "/api/v1/exams/demo", "", &exam).expect(200);
    let after = readiness(&ada, "demo");
    let mean = |readiness: &Value| readiness["expected_score"]["mean"].as_i64().unwrap();
    assert!(mean(&after) < mean(&before), "{before} {after}");
    assert_eq!(sum(&after, "right"), sum(&before, "right"));
}

fn a_new_revision_is_the_same_question(app: TestApp) {
    let (ada, root) = (app.learner("ada"), app.admin("root"));
    for _ in 0..2 {
        sit(&ada, "demo", right);
    }
    let before = readiness(&ada, "demo");
    let page = root.get("/api/v1/questions?exam=demo&status=published&limit=100").expect(200);
    let items = page["items"].as_array().unwrap();
    let old = items.iter().find(|q| q["task"] == "1.1" && q["kind"] == "single_choice").unwrap();
    let mut newest = old.clone();
    for stem in ["Which one is right now?", "Which one is right today?"] {
        newest = put(&root, &path_of(&newest), "", &question(stem)).expect(201);
        to_status(&root, &newest, "in_review").expect(200);
        to_status(&root, &newest, "published").expect(200);
    }
    // It was not served before, so it comes first; but the question was seen.
    assert_eq!(readiness(&ada, "demo"), before);
    let attempt = start(&ada, "demo");
    let stems: Vec<&Value> = attempt["slots"].as_array().unwrap().iter().map(|s| &s["question"]["stem"]).collect();
    assert!(stems.contains(&&json!("Which one is right today?")), "{stems:?}");
    finish(&ada, &attempt, some);
    assert_eq!(readiness(&ada, "demo"), before);

    // Conversely: a learner who saw the newest revision has seen the old one, which is published again.
    let eve = app.learner("eve");
    for _ in 0..2 {
        sit(&eve, "demo", some);
    }
    assert_eq!(sum(&readiness(&eve, "demo"), "unseen"), 0);
    to_status(&root, &newest, "retired").expect(200);
    let previous = root.get(&path_of(&newest)).expect(200)["supersedes_id"].clone();
    to_status(&root, &json!({"id": previous}), "published").expect(200);
    let after = readiness(&eve, "demo");
    assert_eq!((sum(&after, "unseen"), sum(&after, "answered")), (0, 20));
}

fn slots_left_open_are_no_evidence_and_have_been_seen(app: TestApp) {
    let ada = app.learner("ada");
    let open = |index: usize, question: &Value| if index < 4 { right_response(question) } else { json!(null) };
    for _ in 0..2 {
        sit(&ada, "demo", open);
    }
    let after = readiness(&ada, "demo");
    assert_eq!((sum(&after, "answered"), sum(&after, "right"), sum(&after, "unseen")), (8, 8, 0));
    sit(&ada, "demo", right);
    assert_eq!(sum(&readiness(&ada, "demo"), "answered"), 8);
}

fn practice_next_is_ordered_by_gain(app: TestApp) {
    let ada = app.learner("ada");
    sit(&ada, "clf-c02", some);
    let after = readiness(&ada, "clf-c02");
    assert_eq!((&after["reason"], sum(&after, "answered")), (&json!(null), 65));
    let next = after["practice_next"].as_array().unwrap();
    assert_eq!(next.len(), 4);
    let gains: Vec<f64> = next.iter().map(|domain| domain["gain"].as_f64().unwrap()).collect();
    assert!(gains.windows(2).all(|pair| pair[0] >= pair[1]) && gains.iter().all(|gain| *gain >= 0.0), "{gains:?}");
    assert!(next.iter().all(|domain| domain["questions"] == 10));
    // A trend requires twenty responses.
    let domains = after["domains"].as_array().unwrap();
    let trend_of = |number: usize| domains[number - 1]["trend"].clone();
    assert_eq!(trend_of(4), json!(null));
    assert!(trend_of(3)["low"].as_f64() <= trend_of(3)["change"].as_f64(), "{after}");
}

fn every_week_has_its_own_history(app: TestApp) {
    let ada = app.learner("ada");
    sit(&ada, "clf-c02", some);
    let first = readiness(&ada, "clf-c02");
    assert_eq!(first["history"][0]["date"], "2026-11-23");
    assert_eq!(first["history"][0]["pass_probability"], first["pass_probability"]);
    app.wait(14 * 86_400);
    sit(&ada, "clf-c02", some);
    let history = readiness(&ada, "clf-c02")["history"].clone();
    let dates: Vec<&Value> = history.as_array().unwrap().iter().map(|week| &week["date"]).collect();
    assert_eq!(dates, ["2026-11-23", "2026-12-07"]);
    // A week has its state at its end, when its responses weigh a little less than on their day.
    let change = history[0]["expected_score"].as_i64().unwrap() - first["expected_score"]["mean"].as_i64().unwrap();
    assert!(change.abs() <= 2, "{history} {first}");
}

fn predictions_are_stored_before_the_result_is_known(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    let calibration = || grace.get("/api/v1/exams/clf-c02/calibration").expect(200);
    let none = calibration();
    assert_eq!((&none["count"], &none["log_loss"], &none["brier_score"]), (&json!(0), &json!(null), &json!(null)));
    assert_eq!(none["deciles"].as_array().unwrap().len(), 10);

    sit(&ada, "clf-c02", some);
    let predicted = readiness(&ada, "clf-c02")["pass_probability"].as_f64().unwrap();
    assert_eq!(calibration(), none, "nothing was predicted for the first one");
    let attempt = start(&ada, "clf-c02");
    assert_eq!(calibration(), none, "the result is not known yet");
    let report = finish(&ada, &attempt, some);
    let table = calibration();
    assert_eq!((&table["exam"], &table["count"]), (&json!("clf-c02"), &json!(1)));
    let row = table["deciles"].as_array().unwrap().iter().find(|row| row["count"] == 1).unwrap();
    assert!((row["predicted"].as_f64().unwrap() - predicted).abs() < 0.0006, "{row} and {predicted}");
    let passed = report["score"]["passed"].as_bool().unwrap();
    assert_eq!(row["passed"], if passed { 1.0 } else { 0.0 });
    let export = ada.get("/api/v1/me/export").expect(200);
    let exported = |attempt: usize| export["attempts"][attempt]["predicted_pass_probability"].as_f64();
    assert_eq!(exported(0), None);
    assert!((exported(1).unwrap() - predicted).abs() < 0.0006, "{:?} and {predicted}", exported(1));

    // A form without any response does not count for the calibration.
    sit(&ada, "clf-c02", |_, _| json!(null));
    assert_eq!(calibration(), table);
    // After all questions were seen, a form no longer consists of unseen questions.
    let seen = readiness(&ada, "clf-c02");
    assert!(sum(&seen, "unseen") < 65, "{seen}");
    sit(&ada, "clf-c02", some);
    assert_eq!(calibration(), table);
}

fn a_bank_that_is_too_small_is_reported(app: TestApp) {
    let (ada, root) = (app.learner("ada"), app.admin("root"));
    for _ in 0..2 {
        sit(&ada, "demo", right);
    }
    for question in root.items("/api/v1/questions?exam=demo&status=published&limit=100").iter().take(11) {
        to_status(&root, question, "retired").expect(200);
    }
    let after = readiness(&ada, "demo");
    assert_eq!((&after["reason"], &after["pass_probability"]), (&json!("bank_too_small"), &json!(null)));
    assert_eq!((sum(&after, "answered"), &after["history"]), (20, &json!([])));
}

fn requests_without_a_visible_exam_are_refused(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    ada.get("/api/v1/me/readiness").problem(400, "bad-request");
    ada.get("/api/v1/me/readiness?exam=Not%20a%20code").problem(400, "bad-request");
    ada.get("/api/v1/me/readiness?exam=nothing").problem(404, "not-found");
    ada.get("/api/v1/me/readiness?exam=demo&user=eve").problem(400, "bad-request");
    grace.get("/api/v1/exams/nothing/calibration").problem(404, "not-found");
    // An exam that is not visible to learners.
    let root = app.admin("root");
    let hidden = put(&root, "/api/v1/exams/demo", "/status", &json!({"status": "retired"}));
    hidden.expect(200);
    ada.get("/api/v1/me/readiness?exam=demo").problem(404, "not-found");
}

fn practice_counts_as_soon_as_its_responses_are_graded(app: TestApp) {
    let ada = app.learner("ada");
    let counted = |ada: &Client| (sum(&readiness(ada, "demo"), "answered"), sum(&readiness(ada, "demo"), "right"));
    for (feedback, after_response) in [("immediate", (1, 1)), ("deferred", (1, 1))] {
        let wanted = json!({"exam": "demo", "mode": "practice", "pool": "unseen", "size": 2, "feedback": feedback});
        let attempt = ada.post("/api/v1/attempts", &wanted).expect(201);
        let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
        let response = right_response(&attempt["slots"][0]["question"]);
        ada.put(&format!("{path}/slots/1"), &json!({"response": response})).expect(200);
        assert_eq!(counted(&ada), after_response, "{feedback}");
        ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    }
    assert_eq!(counted(&ada), (2, 2));
}
