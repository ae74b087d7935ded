//! Practice: questions that the learner chooses, and the feedback on each response.

use std::{collections::HashSet, sync::Barrier};

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    attempts::{form, path, question_ids, respond, slots, start, submit},
    common::{
        bank::{self, right_response, wrong_response},
        database::TestDatabase,
        on_both,
    },
};

on_both!(
    a_practice_shows_the_key_with_each_response,
    a_practice_with_deferred_feedback_shows_the_key_in_the_report,
    questions_are_chosen_by_their_properties,
    pools_depend_on_earlier_responses,
    labels_of_older_responses_change_no_pool,
    a_new_revision_is_the_same_question,
    a_practice_can_consist_of_the_wrong_slots_of_a_report,
    a_seed_gives_the_same_practice_again,
    a_practice_is_shorter_if_few_questions_match,
    errors_in_a_practice_are_located,
    questions_of_an_exam_in_progress_are_not_practiced,
    time_is_given_by_the_exam_and_more_by_an_admin,
    attempts_that_run_out_together_are_graded_together,
    answers_are_struck_out,
    the_same_response_from_many_devices_counts_once,
    a_response_that_races_with_the_end_is_in_the_report_or_refused,
);

fn begin(learner: &Client, more: &Value) -> Reply {
    let mut body = json!({"exam": "demo", "mode": "practice"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    learner.post("/api/v1/attempts", &body)
}

fn begin_practice(learner: &Client, more: &Value) -> Value {
    begin(learner, more).expect(201)
}

fn put(learner: &Client, attempt: &Value, position: usize, body: &Value) -> Reply {
    learner.put(&format!("{}/slots/{position}", path(attempt)), body)
}

fn stems(attempt: &Value) -> HashSet<String> {
    form(attempt).into_iter().map(|question| question["stem"].as_str().unwrap().to_owned()).collect()
}

fn sorted(list: &Value) -> Vec<String> {
    let mut list: Vec<String> = list.as_array().unwrap().iter().map(Value::to_string).collect();
    list.sort();
    list
}

const KEYS: [&str; 5] = ["is_correct", "because", "explained", "\"key\"", "\"mark\""];

fn a_practice_shows_the_key_with_each_response(app: TestApp) {
    let ada = app.learner("ada");
    let begun = begin(&ada, &json!({"domains": [2], "size": 3}));
    let attempt = begun.expect(201);
    assert!(KEYS.iter().all(|word| !begun.text.contains(word)));
    assert_eq!((slots(&attempt).len(), &attempt["deadline_at"]), (3, &Value::Null));
    assert_eq!((attempt.get("seconds_left"), &attempt["server_time"]), (None, &attempt["started_at"]));
    assert_eq!(attempt["practice"]["domains"], json!([2]));
    assert!(form(&attempt).iter().all(|question| question["domain"]["number"] == 2));
    let question = form(&attempt)[0];
    let (right, wrong) = (right_response(question), wrong_response(question));

    let first = put(&ada, &attempt, 1, &json!({"response": wrong, "seconds_spent": 20}));
    let told = first.expect(200);
    assert_eq!(first.header("etag"), Some("\"1\""));
    assert_eq!((&told["response"], &told["tries"]), (&wrong, &json!([])));
    let feedback = &told["feedback"];
    assert_eq!(feedback["mark"], 0.0);
    assert_eq!(sorted(&feedback["key"]), sorted(&right));
    assert!(feedback["explanation"].as_str().unwrap().starts_with("explained"));
    assert_eq!(feedback["references"][0]["url"], "https://example.org/guide");
    let answers = feedback["answers"].as_array().unwrap();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).filter(|id| !id.is_null()).collect();
    let shown: Vec<&Value> = question["answers"].as_array().unwrap().iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, shown);
    assert!(answers.iter().all(|answer| answer["rationale"].as_str().unwrap().starts_with("because")));

    app.wait(30);
    let again = put(&ada, &attempt, 1, &json!({"response": wrong, "seconds_spent": 20}));
    assert_eq!((again.text, again.status), (first.text, 200));
    // Another response is a try; the first one counts.
    let tried = put(&ada, &attempt, 1, &json!({"response": right, "seconds_spent": 25})).expect(200);
    assert_eq!((&tried["response"], &tried["feedback"]), (&wrong, feedback));
    assert_eq!(tried["tries"], json!([{"response": right, "mark": 1.0, "tried_at": "2026-11-23T10:00:30.000Z"}]));
    assert_eq!(put(&ada, &attempt, 1, &json!({"response": right, "seconds_spent": 25})).expect(200), tried);
    for nothing in [json!({}), json!({"response": []}), json!({"response": null, "flagged": true})] {
        put(&ada, &attempt, 1, &nothing).problem(409, "response-final");
    }
    let flagged = put(&ada, &attempt, 1, &json!({"response": wrong, "flagged": true})).expect(200);
    assert_eq!(
        (&flagged["flagged"], &flagged["tries"], &flagged["revision"]),
        (&json!(true), &tried["tries"], &json!(3))
    );

    let open = put(&ada, &attempt, 2, &json!({"flagged": true})).expect(200);
    assert_eq!((open.get("feedback"), open.get("tries")), (None, None));
    let read = ada.get(&path(&attempt)).expect(200);
    assert_eq!((&read["slots"][0]["feedback"], &read["slots"][0]["tries"]), (feedback, &tried["tries"]));
    assert!(slots(&read)[1..].iter().all(|slot| slot.get("feedback").is_none()));
    assert_eq!(read["answered"], 1);

    respond(&ada, &attempt, 2, &right_response(form(&attempt)[1]));
    let report = submit(&ada, &attempt);
    let marks: Vec<&Value> = report["slots"].as_array().unwrap().iter().map(|slot| &slot["mark"]).collect();
    assert_eq!(marks, [&json!(0.0), &json!(1.0), &json!(0.0)]);
    assert_eq!((&report["mode"], &report["practice"]), (&json!("practice"), &attempt["practice"]));
    assert!(report["score"]["note"].as_str().unwrap().contains("no scaled score"));
    assert_eq!(report["domains"].as_array().unwrap().len(), 1);
    let listed = &ada.items("/api/v1/attempts?mode=practice")[0];
    assert_eq!((&listed["percent"], &listed["scaled_estimate"]), (&report["score"]["percent"], &Value::Null));
    assert_eq!((&report["score"]["scaled_estimate"], &report["score"]["passed"]), (&Value::Null, &Value::Null));
    put(&ada, &attempt, 3, &json!({"response": []})).problem(409, "attempt-submitted");
    // Any number of practices may be in progress.
    begin_practice(&ada, &json!({}));
    begin_practice(&ada, &json!({}));
}

fn a_practice_with_deferred_feedback_shows_the_key_in_the_report(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, &json!({"feedback": "deferred", "size": 4}));
    let question = form(&attempt)[0];
    let stored = put(&ada, &attempt, 1, &json!({"response": wrong_response(question)}));
    put(&ada, &attempt, 1, &json!({"response": right_response(question)})).expect(200);
    let read = ada.get(&path(&attempt));
    for word in KEYS {
        assert!(!stored.text.contains(word) && !read.text.contains(word), "{word}");
    }
    let report = submit(&ada, &attempt);
    assert_eq!((&report["slots"][0]["mark"], &report["score"]["percent"]), (&json!(1.0), &json!(25.0)));
}

fn questions_are_chosen_by_their_properties(app: TestApp) {
    let ada = app.learner("ada");
    for (wanted, count) in [
        (json!({"kinds": ["ordering"]}), 5),
        (json!({"kinds": ["ordering", "matching"], "domains": [1]}), 6),
        (json!({"tasks": ["2.1"]}), 8),
        (json!({"tasks": ["2.1"], "domains": [1, 2], "kinds": ["single_choice"]}), 2),
        (json!({"tags": ["DEMO"]}), 20),
        (json!({"tags": ["nothing", " demo "], "difficulty_min": 2, "difficulty_max": 2}), 20),
        (json!({"domains": [1], "size": 5}), 5),
        (json!({}), 10),
    ] {
        let mut asked = wanted.clone();
        if wanted.get("size").is_none() && wanted != json!({}) {
            asked["size"] = json!(200);
        }
        let attempt = begin_practice(&ada, &asked);
        assert_eq!(question_ids(&attempt).len(), count, "{wanted}");
        for question in form(&attempt) {
            let kinds = wanted["kinds"].as_array();
            assert!(kinds.is_none_or(|kinds| kinds.contains(&question["kind"])), "{wanted}");
            let domains = wanted["domains"].as_array();
            assert!(domains.is_none_or(|domains| domains.contains(&question["domain"]["number"])), "{wanted}");
        }
    }
    // Domains get their share by weight: 60 and 40 %.
    let attempt = begin_practice(&ada, &json!({"size": 10}));
    assert_eq!(form(&attempt).iter().filter(|question| question["domain"]["number"] == 1).count(), 6);
    for wanted in
        [json!({"tags": ["nothing"]}), json!({"difficulty_min": 3}), json!({"domains": [2], "tasks": ["1.1"]})]
    {
        let problem = begin(&ada, &wanted).problem(409, "not-enough-questions");
        assert!(problem["detail"].as_str().unwrap().contains("change or remove filters"), "{problem}");
    }
}

fn pools_depend_on_earlier_responses(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let first = begin_practice(&ada, &json!({"domains": [2], "size": 200}));
    assert_eq!(first["notes"], json!(["Only 8 of the 200 requested questions match."]));
    let questions = form(&first);
    put(&ada, &first, 1, &json!({"response": wrong_response(questions[0])})).expect(200);
    put(&ada, &first, 2, &json!({"response": right_response(questions[1]), "unsure": true})).expect(200);
    put(&ada, &first, 3, &json!({"response": right_response(questions[2]), "flagged": true})).expect(200);
    put(&ada, &first, 4, &json!({"flagged": true})).expect(200);
    let of = |pool: &str| {
        let found = begin(&ada, &json!({"pool": pool, "size": 20}));
        if found.status == 201 {
            return question_ids(&found.json());
        }
        let detail = found.problem(409, "not-enough-questions")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("with the pool \"all\", 20 published questions of demo match"), "{detail}");
        HashSet::new()
    };
    let ids = |of: &[usize]| -> HashSet<String> {
        of.iter().map(|index| questions[*index]["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((of("incorrect"), of("unsure"), of("flagged")), (ids(&[0]), ids(&[1]), ids(&[2, 3])));
    // A flag without a response in a later attempt does not change whether the last response was unsure.
    let later = begin_practice(&ada, &json!({"pool": "unsure", "feedback": "deferred"}));
    put(&ada, &later, 1, &json!({"flagged": true})).expect(200);
    submit(&ada, &later);
    assert_eq!((of("unsure"), of("flagged")), (ids(&[1]), ids(&[1, 2, 3])));
    // A served question counts as seen, answered or not.
    let unseen = of("unseen");
    assert!(unseen.len() == 12 && unseen.is_disjoint(&question_ids(&first)));
    // The first three have a response; the practices begun above have none.
    let unanswered = of("unanswered");
    assert!(unanswered.len() == 17 && unanswered.is_disjoint(&ids(&[0, 1, 2])));
    begin(&ada, &json!({"pool": "unseen", "domains": [2]})).problem(409, "not-enough-questions");
    assert_eq!(question_ids(&begin_practice(&eve, &json!({"pool": "unseen", "size": 20}))).len(), 20);
    begin(&eve, &json!({"pool": "incorrect"})).problem(409, "not-enough-questions");

    // The last response counts, including that of an exam once it is graded.
    let again = begin_practice(&ada, &json!({"pool": "incorrect"}));
    respond(&ada, &again, 1, &right_response(form(&again)[0]));
    assert_eq!(of("incorrect"), HashSet::new());
    let exam = start(&ada, "demo");
    for (index, question) in form(&exam).into_iter().enumerate().take(3) {
        respond(&ada, &exam, index + 1, &wrong_response(question));
    }
    submit(&ada, &exam);
    let wrong: HashSet<String> =
        form(&exam)[..3].iter().map(|question| question["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(of("incorrect"), wrong);
}

fn labels_of_older_responses_change_no_pool(app: TestApp) {
    let ada = app.learner("ada");
    let pool = |pool: &str| match begin(&ada, &json!({"pool": pool})) {
        found if found.status == 201 => question_ids(&found.json()).len(),
        none => {
            none.problem(409, "not-enough-questions");
            0
        }
    };
    let first = begin_practice(&ada, &json!({"size": 1}));
    let right = right_response(form(&first)[0]);
    put(&ada, &first, 1, &json!({"response": right, "unsure": true})).expect(200);
    // A label without a response does not change whether the last response was unsure.
    let later = begin_practice(&ada, &json!({"pool": "unsure"}));
    put(&ada, &later, 1, &json!({"flagged": true})).expect(200);
    assert_eq!((pool("unsure"), pool("flagged")), (1, 1));
    app.wait(1);
    put(&ada, &later, 1, &json!({"response": right, "flagged": true})).expect(200);
    put(&ada, &later, 1, &json!({"response": right})).expect(200);
    assert_eq!((pool("unsure"), pool("flagged")), (0, 0));
    // The first response is no longer the last one.
    put(&ada, &first, 1, &json!({"response": right, "unsure": true, "flagged": true})).expect(200);
    assert_eq!((pool("unsure"), pool("flagged")), (0, 0));
    put(&ada, &later, 1, &json!({"response": right, "unsure": true})).expect(200);
    assert_eq!(pool("unsure"), 1);
}

fn a_new_revision_is_the_same_question(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, &json!({"domains": [2], "size": 2}));
    respond(&ada, &attempt, 1, &wrong_response(form(&attempt)[0]));
    let mut changed = bank::demo();
    for again in ["changed", "changed once more"] {
        for question in changed["questions"].as_array_mut().unwrap() {
            question["explanation"] = json!(again);
        }
        assert_eq!(app.database.seed(&changed).superseded, 20);
        let again = begin_practice(&ada, &json!({"pool": "incorrect"}));
        assert_eq!(form(&again)[0]["stem"], form(&attempt)[0]["stem"]);
        assert_ne!(form(&again)[0]["id"], form(&attempt)[0]["id"]);
    }
    let unseen = begin_practice(&ada, &json!({"pool": "unseen", "domains": [2], "size": 200}));
    assert!(stems(&unseen).is_disjoint(&stems(&attempt)) && stems(&unseen).len() == 6);
    assert_eq!(app.database.count("learner_questions"), 1);
}

fn a_practice_can_consist_of_the_wrong_slots_of_a_report(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let exam = start(&ada, "demo");
    for (index, question) in form(&exam).into_iter().enumerate().take(7) {
        respond(&ada, &exam, index + 1, &right_response(question));
    }
    let open = begin(&ada, &json!({"from_report": exam["id"]}));
    assert_eq!(open.problem(422, "invalid")["errors"][0]["pointer"], "/from_report");
    submit(&ada, &exam);
    let wrong: HashSet<String> =
        form(&exam)[7..].iter().map(|question| question["id"].as_str().unwrap().to_owned()).collect();
    let attempt = begin_practice(&ada, &json!({"from_report": exam["id"]}));
    assert_eq!((question_ids(&attempt), &attempt["notes"]), (wrong, &json!([])));
    assert_eq!(attempt["practice"]["from_report"], exam["id"]);
    assert_eq!(question_ids(&begin_practice(&ada, &json!({"from_report": exam["id"], "size": 1}))).len(), 1);
    for other in [&exam["id"], &json!("00000000-0000-7000-8000-000000000000")] {
        let refused = begin(&eve, &json!({"from_report": other}));
        assert_eq!(refused.problem(422, "invalid")["errors"][0]["pointer"], "/from_report");
    }
    for (index, question) in form(&attempt).into_iter().enumerate() {
        respond(&ada, &attempt, index + 1, &right_response(question));
    }
    submit(&ada, &attempt);
    let all_right = begin(&ada, &json!({"from_report": attempt["id"]}));
    assert!(all_right.problem(409, "not-enough-questions")["detail"].as_str().unwrap().contains("from_report"));
}

fn a_seed_gives_the_same_practice_again(app: TestApp) {
    let (ada, bob) = (app.learner("ada"), app.learner("bob"));
    let first = begin_practice(&ada, &json!({"domains": [1], "kinds": ["ordering", "single_choice"], "size": 4}));
    assert_eq!(first["seed"], Value::Null);
    let seed = submit(&ada, &first)["seed"].clone();
    let again = begin_practice(&ada, &json!({"seed": seed}));
    assert_eq!((form(&again), &again["seed"], &again["practice"]), (form(&first), &seed, &first["practice"]));
    // All learners of a class get the same practice, whatever each of them has seen.
    let chosen = json!({"seed": 42, "size": 7, "domains": [1]});
    let (by_ada, by_bob) = (begin_practice(&ada, &chosen), begin_practice(&bob, &chosen));
    assert_eq!(form(&by_ada), form(&by_bob));
    // Retired questions are left out, with a note.
    let mut thin = bank::demo();
    for question in thin["questions"].as_array_mut().unwrap() {
        if question["stem"] == form(&first)[0]["stem"] {
            question["status"] = json!("retired");
        }
    }
    app.database.seed(&thin);
    let now = begin_practice(&ada, &json!({"seed": seed}));
    assert_eq!(form(&now), form(&first)[1..]);
    assert_eq!(now["notes"], json!(["Only 3 of the 4 questions of this form can be practiced now."]));
}

fn a_practice_is_shorter_if_few_questions_match(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, &json!({"size": 200}));
    assert_eq!(
        (question_ids(&attempt).len(), &attempt["notes"][0]),
        (20, &json!("Only 20 of the 200 requested questions match."))
    );
    // Questions that were served least often come first.
    let second = begin_practice(&ada, &json!({"size": 5, "domains": [2]}));
    let third = begin_practice(&ada, &json!({"size": 3, "domains": [2]}));
    assert!(question_ids(&second).is_disjoint(&question_ids(&third)));
}

fn errors_in_a_practice_are_located(app: TestApp) {
    let ada = app.learner("ada");
    for (body, pointer) in [
        (json!({"size": 0}), "/size"),
        (json!({"size": 201}), "/size"),
        (json!({"size": 10_000}), "/size"),
        (json!({"size": -1}), "/size"),
        (json!({"domains": [1, 9]}), "/domains/1"),
        (json!({"domains": vec![1; 51]}), "/domains"),
        (json!({"tasks": ["9.9"]}), "/tasks/0"),
        (json!({"tags": [" "]}), "/tags/0"),
        (json!({"difficulty_min": 0}), "/difficulty_min"),
        (json!({"difficulty_max": 6}), "/difficulty_max"),
        (json!({"difficulty_min": 4, "difficulty_max": 2}), "/difficulty_min"),
        (json!({"kinds": ["essay"]}), "/kinds/0"),
        (json!({"pool": "guessed"}), "/pool"),
        (json!({"feedback": "never"}), "/feedback"),
        (json!({"from_report": "00000000-0000-7000-8000-000000000000", "pool": "unseen"}), "/pool"),
        (json!({"sizes": 10}), "/sizes"),
        (json!({"mode": "exams"}), "/mode"),
        (json!({"mode": "exam", "size": 10}), "/size"),
        (json!({"mode": "exam", "feedback": "deferred"}), "/feedback"),
        (json!({"mode": "exam", "timed": false}), "/timed"),
    ] {
        let problem = begin(&ada, &body).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    assert_eq!(ada.items("/api/v1/attempts"), Vec::<Value>::new());
}

fn questions_of_an_exam_in_progress_are_not_practiced(app: TestApp) {
    let ada = app.learner("ada");
    let before = begin_practice(&ada, &json!({"size": 200}));
    for (index, question) in form(&before).into_iter().enumerate().take(10) {
        respond(&ada, &before, index + 1, &wrong_response(question));
    }
    let exam = start(&ada, "demo");
    let kept = question_ids(&exam);
    let stands = |slot: &Value| kept.contains(slot["question"]["id"].as_str().unwrap());
    let read = ada.get(&path(&before)).expect(200);
    let (mut held, mut told) = (0, 0);
    for (index, slot) in slots(&read).iter().enumerate() {
        let answered = index < 10;
        assert_eq!(slot.get("feedback").is_some(), answered && !stands(slot));
        let body = json!({"response": right_response(&slot["question"])});
        let reply = put(&ada, &before, index + 1, &body);
        if stands(slot) {
            held += 1;
            assert_eq!(reply.problem(409, "attempt-in-progress")["attempt_id"], exam["id"]);
            let flag = put(&ada, &before, index + 1, &json!({"flagged": true}));
            assert_eq!(flag.status, if answered { 409 } else { 200 });
            assert!(KEYS.iter().all(|word| !flag.text.contains(word)));
        } else {
            told += 1;
            assert!(reply.expect(200)["feedback"].is_object());
        }
    }
    assert_eq!((held, told), (10, 10));
    // None of them is drawn in any way, and no error reveals how they were answered before.
    let all = json!({"size": 200});
    let others = begin_practice(&ada, &all);
    assert!(question_ids(&others).is_disjoint(&kept) && question_ids(&others).len() == 10);
    for pool in ["incorrect", "flagged", "unsure"] {
        let found = begin(&ada, &json!({"pool": pool, "size": 200}));
        if found.status == 201 {
            assert!(question_ids(&found.json()).is_disjoint(&kept), "{pool}");
        } else {
            assert_eq!(found.problem(409, "attempt-in-progress")["attempt_id"], exam["id"]);
        }
    }
    // No report reveals them, either.
    let held_back = ada.post(&format!("{}/submit", path(&before)), &json!({}));
    assert_eq!(held_back.problem(409, "attempt-in-progress")["attempt_id"], exam["id"]);
    let export = ada.get("/api/v1/me/export");
    for word in ["is_correct", "because", "explained", "\"key\"", "\"mark\":0", "\"mark\":1"] {
        assert!(!export.text.contains(word), "{word}");
    }
    submit(&ada, &exam);
    let read = ada.get(&path(&before)).expect(200);
    assert!(slots(&read)[..10].iter().all(|slot| slot["feedback"].is_object()));
    submit(&ada, &before);
    // An exam whose time ran out no longer counts.
    let overdue = start(&ada, "demo");
    app.wait(20 * 60);
    assert_eq!(question_ids(&begin_practice(&ada, &all)).len(), 20);
    assert_eq!(ada.get(&path(&overdue)).expect(200)["status"], "submitted");
}

fn time_is_given_by_the_exam_and_more_by_an_admin(app: TestApp) {
    let (ada, eve, root) = (app.learner("ada"), app.learner("eve"), app.admin("root"));
    let id = ada.get("/api/v1/me").expect(200)["id"].as_str().unwrap().to_owned();
    let timed = begin_practice(&ada, &json!({"timed": true, "size": 5}));
    assert_eq!((&timed["deadline_at"], &timed["seconds_left"]), (&json!("2026-11-23T10:10:00.000Z"), &json!(600)));
    let user = format!("/api/v1/users/{id}");
    for wrong in [-1, 301] {
        let refused = root.patch(&user, &json!({"extra_time_percent": wrong}));
        assert_eq!(refused.problem(422, "invalid")["errors"][0]["pointer"], "/extra_time_percent");
    }
    assert_eq!(root.patch(&user, &json!({"extra_time_percent": 25})).expect(200)["extra_time_percent"], 25);
    ada.patch(&user, &json!({"extra_time_percent": 100})).problem(403, "forbidden");
    assert_eq!(ada.get("/api/v1/me").expect(200)["extra_time_percent"], 25);
    let longer = begin_practice(&ada, &json!({"timed": true, "size": 5}));
    assert_eq!(longer["deadline_at"], "2026-11-23T10:12:30.000Z");
    let (hers, usual) = (start(&ada, "demo"), start(&eve, "demo"));
    assert_eq!((&hers["extra_time_percent"], &hers["deadline_at"]), (&json!(25), &json!("2026-11-23T10:25:00.000Z")));
    assert_eq!((&usual["extra_time_percent"], &usual["deadline_at"]), (&json!(0), &json!("2026-11-23T10:20:00.000Z")));
    app.wait(21 * 60);
    respond(&ada, &hers, 1, &right_response(form(&hers)[0]));
    assert_eq!(submit(&ada, &hers)["extra_time_percent"], 25);
    assert_eq!(submit(&eve, &usual)["ended_by"], "deadline");
    // A practice whose time ran out is graded in its current state.
    assert_eq!(ada.get(&path(&timed)).expect(200)["status"], "submitted");
}

fn attempts_that_run_out_together_are_graded_together(app: TestApp) {
    let ada = app.learner("ada");
    let practice = begin_practice(&ada, &json!({"timed": true, "size": 5}));
    let exam = start(&ada, "demo");
    app.wait(24 * 3600);
    let report = ada.get(&format!("{}/report", path(&practice))).expect(200);
    assert_eq!((&report["ended_by"], &report["submitted_at"]), (&json!("deadline"), &practice["deadline_at"]));
    assert_eq!(ada.get(&path(&exam)).expect(200)["submitted_at"], exam["deadline_at"]);
}

fn answers_are_struck_out(app: TestApp) {
    let ada = app.learner("ada");
    let exam = start(&ada, "demo");
    let practice = begin_practice(&ada, &json!({"size": 1}));
    for attempt in [&exam, &practice] {
        let answers: Vec<&Value> =
            form(attempt)[0]["answers"].as_array().unwrap().iter().map(|answer| &answer["id"]).collect();
        let struck = json!([answers[1], answers[0]]);
        assert_eq!(put(&ada, attempt, 1, &json!({"struck_out": struck})).expect(200)["struck_out"], struck);
        assert_eq!(ada.get(&path(attempt)).expect(200)["slots"][0]["struck_out"], struck);
        for (wrong, pointer) in [
            (json!([answers[0], answers[0]]), "/struck_out/1"),
            (json!(["00000000-0000-7000-8000-000000000000"]), "/struck_out/0"),
        ] {
            let problem = put(&ada, attempt, 1, &json!({"struck_out": wrong})).problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
        assert_eq!(put(&ada, attempt, 1, &json!({})).expect(200)["struck_out"], json!([]));
    }
}

/// Runs requests at the same moment, each on its own connection, alternating between the two servers.
fn at_once<T: Sync>(
    apps: [&TestApp; 2],
    learner: &Client,
    bodies: &[T],
    ask: impl Fn(&Client, &T) -> Reply + Sync,
) -> Vec<Reply> {
    let barrier = Barrier::new(bodies.len());
    std::thread::scope(|scope| {
        let asked: Vec<_> = bodies
            .iter()
            .zip(apps.into_iter().cycle())
            .map(|(body, app)| {
                let device = app.with_authorization(learner.authorization.clone());
                let (barrier, ask) = (&barrier, &ask);
                scope.spawn(move || {
                    barrier.wait();
                    ask(&device, body)
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

fn the_same_response_from_many_devices_counts_once(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    let ada = one.learner("ada");
    let attempt = begin_practice(&ada, &json!({"size": 2}));
    let body = json!({"response": wrong_response(form(&attempt)[0])});
    let same = at_once([&one, &two], &ada, &[(); 8], |device, ()| put(device, &attempt, 1, &body));
    for reply in &same {
        assert_eq!((reply.expect(200)["revision"].clone(), &reply.text), (json!(1), &same[0].text));
    }
    // Of different responses, one counts and the others are tries.
    let question = form(&attempt)[1];
    let bodies = [right_response(question), wrong_response(question)].map(|response| json!({"response": response}));
    let replies = at_once([&one, &two], &ada, &bodies, |device, body| put(device, &attempt, 2, body));
    let counted: HashSet<String> = replies.iter().map(|reply| reply.expect(200)["response"].to_string()).collect();
    assert_eq!(counted.len(), 1);
    let tries: usize = replies.iter().map(|reply| reply.json()["tries"].as_array().unwrap().len()).sum();
    assert_eq!((tries, one.database.count("slot_tries")), (1, 1));
    assert_eq!(one.database.count("learner_questions"), 2);
}

fn a_response_that_races_with_the_end_is_in_the_report_or_refused(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    for (index, feedback) in ["immediate", "deferred"].into_iter().enumerate() {
        let ada = one.learner(&format!("ada{index}"));
        let attempt = begin_practice(&ada, &json!({"size": 7, "feedback": feedback}));
        let positions: Vec<usize> = (0..8).collect();
        let replies = at_once([&one, &two], &ada, &positions, |device, position| match position {
            0 => device.post(&format!("{}/submit", path(&attempt)), &json!({})),
            _ => put(device, &attempt, *position, &json!({"response": right_response(form(&attempt)[position - 1])})),
        });
        let report = replies[0].expect(200);
        let mut stored = 0;
        for (position, reply) in replies.iter().enumerate().skip(1) {
            let slot = &report["slots"][position - 1];
            if reply.status == 200 {
                stored += 1;
                assert_eq!((&slot["response"], &slot["mark"]), (&reply.json()["response"], &json!(1.0)));
            } else {
                reply.problem(409, "attempt-submitted");
                assert_eq!((&slot["response"], &slot["mark"]), (&Value::Null, &json!(0.0)));
            }
        }
        let id = ada.get("/api/v1/me").expect(200)["id"].as_str().unwrap().to_owned();
        assert_eq!(one.database.count(&format!("learner_questions WHERE mark = 1 AND user_id = '{id}'")), stored);
    }
}
