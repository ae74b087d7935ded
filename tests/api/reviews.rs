//! Reviews of questions that are due.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    attempts::{abandon, form, path, question_ids, respond, slots, start, submit},
    common::{
        bank::{self, right_response, wrong_response},
        database::TestDatabase,
        on_both,
    },
};

on_both!(
    a_question_comes_back_on_its_due_date,
    days_are_those_of_the_account,
    slow_answers_come_back_sooner,
    an_exam_counts_once_it_is_graded,
    questions_of_an_exam_in_progress_are_not_reviewed,
    one_review_on_two_devices_counts_once,
    a_new_revision_is_the_same_card,
    retired_questions_do_not_come_back,
    responses_from_before_cards_existed_get_cards,
    reviews_are_of_one_learner_and_one_exam,
    errors_in_a_review_are_located,
    concurrent_first_answers_do_not_overwrite_each_other,
);

const DAY: i64 = 24 * 3600;

pub fn begin_practice(learner: &Client, size: usize) -> Value {
    let body = json!({"exam": "demo", "mode": "practice", "size": size});
    learner.post("/api/v1/attempts", &body).expect(201)
}

pub fn reviews(learner: &Client) -> Value {
    learner.get("/api/v1/me/reviews?exam=demo").expect(200)
}

fn begin(learner: &Client, more: &Value) -> Reply {
    let mut body = json!({"exam": "demo", "mode": "review"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    learner.post("/api/v1/attempts", &body)
}

pub fn review(learner: &Client) -> Value {
    begin(learner, &json!({})).expect(201)
}

fn put(learner: &Client, attempt: &Value, position: usize, body: &Value) -> Value {
    learner.put(&format!("{}/slots/{position}", path(attempt)), body).expect(200)
}

/// The day on which a question is due, from the reply to a response.
fn due_on(told: &Value) -> &str {
    told["feedback"]["due_on"].as_str().unwrap()
}

fn right(attempt: &Value, position: usize) -> Value {
    right_response(form(attempt)[position - 1])
}

fn wrong(attempt: &Value, position: usize) -> Value {
    wrong_response(form(attempt)[position - 1])
}

fn due_ids(reviews: &Value) -> Vec<&str> {
    reviews["due"].as_array().unwrap().iter().map(|due| due["question_id"].as_str().unwrap()).collect()
}

fn id(question: &Value) -> &str {
    question["id"].as_str().unwrap()
}

fn a_question_comes_back_on_its_due_date(app: TestApp) {
    let ada = app.learner("ada");
    let none = reviews(&ada);
    assert_eq!((&none["due_count"], &none["due"], &none["next_due_at"]), (&json!(0), &json!([]), &Value::Null));
    assert_eq!(
        (&none["today"], &none["plan"], &none["time_zone"]),
        (&json!("2026-11-23"), &Value::Null, &json!("UTC"))
    );
    let nothing = begin(&ada, &json!({})).problem(409, "nothing-due");
    assert_eq!(nothing.get("next_due_at"), None);
    assert!(nothing["detail"].as_str().unwrap().contains("after you have answered"));

    let attempt = begin_practice(&ada, 4);
    let answers = [
        (json!({"response": right(&attempt, 1)}), "2026-11-25"),
        (json!({"response": wrong(&attempt, 2)}), "2026-11-24"),
        (json!({"response": right(&attempt, 3), "unsure": true}), "2026-11-24"),
    ];
    for (position, (body, day)) in (1..).zip(&answers) {
        assert_eq!(due_on(&put(&ada, &attempt, position, body)), *day);
        assert_eq!(due_on(&put(&ada, &attempt, position, body)), *day);
    }
    let read = ada.get(&path(&attempt)).expect(200);
    let days: Vec<&Value> = slots(&read).iter().map(|slot| &slot["feedback"]["due_on"]).collect();
    assert_eq!(days, [&json!("2026-11-25"), &json!("2026-11-24"), &json!("2026-11-24"), &Value::Null]);
    // Only the first response counts.
    let tried = put(&ada, &attempt, 2, &json!({"response": right(&attempt, 2)}));
    assert_eq!(due_on(&tried), "2026-11-24");

    let told = reviews(&ada);
    assert_eq!((&told["due_count"], &told["next_due_at"]), (&json!(0), &json!("2026-11-24T00:00:00.000Z")));
    let counts: Vec<i64> =
        told["forecast"].as_array().unwrap().iter().map(|day| day["count"].as_i64().unwrap()).collect();
    assert_eq!((counts.len(), &counts[..4]), (30, &[0, 2, 1, 0][..]));
    assert_eq!(told["forecast"][1], json!({"date": "2026-11-24", "count": 2, "reviews": 2, "new": 0, "over_limit": 0}));
    let nothing = begin(&ada, &json!({})).problem(409, "nothing-due");
    assert_eq!(nothing["next_due_at"], "2026-11-24T00:00:00.000Z");

    app.wait(DAY);
    let told = reviews(&ada);
    // The question with the lowest recall comes first.
    assert_eq!(due_ids(&told), [id(form(&attempt)[1]), id(form(&attempt)[2])]);
    let due = &told["due"][0];
    let question = form(&attempt)[1];
    assert_eq!((&due["due_on"], &due["domain"]), (&json!("2026-11-24"), &question["domain"]["number"]));
    let task = if due["domain"] == 1 { "1.1" } else { "2.1" };
    assert_eq!(due["task"], task);
    assert!((0.0..0.9).contains(&due["retrievability"].as_f64().unwrap()), "{due}");
    assert_eq!((&told["due_count"], &told["next_due_at"]), (&json!(2), &json!("2026-11-25T00:00:00.000Z")));

    let asked = begin(&ada, &json!({"size": 20})).expect(201);
    assert_eq!((&asked["mode"], asked.get("practice")), (&json!("review"), None));
    assert_eq!(asked["notes"], json!(["Only 2 of the 20 requested questions are due."]));
    let order: Vec<&str> = form(&asked).into_iter().map(id).collect();
    assert_eq!(order, due_ids(&told));
    assert_eq!(question_ids(&begin(&ada, &json!({"size": 1})).expect(201)).len(), 1);
    let first = put(&ada, &asked, 1, &json!({"response": right(&asked, 1)}));
    assert!(due_on(&first) > "2026-11-24");
    assert_eq!(reviews(&ada)["due_count"], 1);
    let report = submit(&ada, &asked);
    assert_eq!((&report["mode"], &report["score"]["percent"]), (&json!("review"), &json!(50.0)));
    assert_eq!(ada.items("/api/v1/attempts?mode=review").len(), 2);
}

fn days_are_those_of_the_account(app: TestApp) {
    let ada = app.learner("ada");
    ada.patch("/api/v1/me", &json!({"time_zone": "Europe/Vienna"})).expect(200);
    let attempt = begin_practice(&ada, 2);
    // It is 11:00 there on Monday. 22:30 in UTC is after midnight there, on Tuesday.
    app.wait(12 * 3600 + 1800);
    assert_eq!(due_on(&put(&ada, &attempt, 1, &json!({"response": wrong(&attempt, 1)}))), "2026-11-24");
    app.wait(3600);
    assert_eq!(due_on(&put(&ada, &attempt, 2, &json!({"response": wrong(&attempt, 2)}))), "2026-11-25");
    let told = reviews(&ada);
    assert_eq!((&told["today"], &told["due_count"]), (&json!("2026-11-24"), &json!(1)));
    assert_eq!(told["next_due_at"], "2026-11-24T23:00:00.000Z");
    // In New York it is still Monday.
    ada.patch("/api/v1/me", &json!({"time_zone": "America/New_York"})).expect(200);
    let told = reviews(&ada);
    assert_eq!((&told["today"], &told["due_count"]), (&json!("2026-11-23"), &json!(0)));
    assert_eq!(told["next_due_at"], "2026-11-24T05:00:00.000Z");
}

fn slow_answers_come_back_sooner(app: TestApp) {
    let ada = app.learner("ada");
    let first = begin_practice(&ada, 10);
    for position in 1..=10 {
        let told = put(&ada, &first, position, &json!({"response": right(&first, position), "seconds_spent": 30}));
        assert_eq!(due_on(&told), "2026-11-25");
    }
    // From now on, the median time is known.
    let second = begin_practice(&ada, 3);
    for (position, seconds, day) in [(1, 60, "2026-11-25"), (2, 61, "2026-11-24"), (3, 0, "2026-11-25")] {
        let body = json!({"response": right(&second, position), "seconds_spent": seconds});
        assert_eq!(due_on(&put(&ada, &second, position, &body)), day, "{seconds} s");
    }
}

fn an_exam_counts_once_it_is_graded(app: TestApp) {
    let ada = app.learner("ada");
    let exam = start(&ada, "demo");
    respond(&ada, &exam, 1, &right(&exam, 1));
    respond(&ada, &exam, 2, &wrong(&exam, 2));
    assert_eq!(reviews(&ada)["next_due_at"], Value::Null);
    submit(&ada, &exam);
    let told = reviews(&ada);
    assert_eq!((&told["next_due_at"], &told["due_count"]), (&json!("2026-11-24T00:00:00.000Z"), &json!(0)));
    app.wait(2 * DAY);
    assert_eq!(due_ids(&reviews(&ada)), [id(form(&exam)[1]), id(form(&exam)[0])]);
    // If the learner only reads after the deadline, the exam is graded with the responses until then.
    let other = app.learner("bob");
    let exam = start(&other, "demo");
    respond(&other, &exam, 1, &wrong(&exam, 1));
    app.wait(3 * DAY);
    other.get(&path(&exam)).expect(200);
    assert_eq!(reviews(&other)["due"][0]["due_on"], "2026-11-26");
}

fn questions_of_an_exam_in_progress_are_not_reviewed(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 20);
    for position in 1..=20 {
        put(&ada, &attempt, position, &json!({"response": wrong(&attempt, position)}));
    }
    app.wait(DAY);
    assert_eq!(reviews(&ada)["due_count"], 20);
    let before = review(&ada);
    let exam = start(&ada, "demo");
    let told = reviews(&ada);
    let shown: HashSet<String> = due_ids(&told).into_iter().map(str::to_owned).collect();
    assert_eq!((told["due_count"].as_u64(), shown.len()), (Some(10), 10));
    assert!(shown.is_disjoint(&question_ids(&exam)));
    assert_eq!(question_ids(&review(&ada)), shown);
    // A question that is in a review already cannot be answered meanwhile.
    let (position, _) =
        (1..).zip(form(&before)).find(|(_, question)| question_ids(&exam).contains(id(question))).unwrap();
    let body = json!({"response": right(&before, position)});
    ada.put(&format!("{}/slots/{position}", path(&before)), &body).problem(409, "attempt-in-progress");
    abandon(&ada, &exam);
    assert_eq!(reviews(&ada)["due_count"], 20);
    put(&ada, &before, position, &body);
    assert_eq!(reviews(&ada)["due_count"], 19);
}

fn one_review_on_two_devices_counts_once(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    let ada = one.learner("ada");
    let attempt = begin_practice(&ada, 1);
    put(&ada, &attempt, 1, &json!({"response": right(&attempt, 1)}));
    for app in [&one, &two] {
        app.wait(3 * DAY);
    }
    let other = two.with_authorization(ada.authorization.clone());
    let (phone, desk) = (review(&ada), review(&other));
    let memory = || {
        let export = ada.get("/api/v1/me/export").expect(200);
        export["questions"][0]["memory"].clone()
    };
    let before = memory();
    one.wait(60);
    let first = put(&ada, &phone, 1, &json!({"response": right(&phone, 1)}));
    let after = memory();
    assert_ne!(before, after);
    two.wait(120);
    let second = put(&other, &desk, 1, &json!({"response": wrong(&desk, 1)}));
    assert_eq!((second["feedback"]["mark"].as_f64(), due_on(&second)), (Some(0.0), due_on(&first)));
    assert_eq!(memory(), after);
    assert_eq!(one.database.count("learner_questions"), 1);
    // Concurrently: whichever is first, the other one changes nothing.
    for app in [&one, &two] {
        app.wait(60 * DAY);
    }
    let (phone, desk) = (review(&ada), review(&other));
    let replies: Vec<Value> = std::thread::scope(|scope| {
        let devices = [(&ada, &phone), (&other, &desk)];
        let asked = devices.map(|(device, attempt)| {
            scope.spawn(move || put(device, attempt, 1, &json!({"response": right(attempt, 1)})))
        });
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(due_on(&replies[0]), due_on(&replies[1]));
    assert_eq!(one.database.count("learner_questions"), 1);
}

fn a_new_revision_is_the_same_card(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 1);
    put(&ada, &attempt, 1, &json!({"response": wrong(&attempt, 1)}));
    let rows = app.database.count("learner_questions WHERE due_on = '2026-11-24'");
    let mut changed = bank::demo();
    for question in changed["questions"].as_array_mut().unwrap() {
        question["explanation"] = json!("changed");
    }
    assert_eq!(app.database.seed(&changed).superseded, 20);
    app.wait(DAY);
    let asked = review(&ada);
    assert_eq!(form(&asked)[0]["stem"], form(&attempt)[0]["stem"]);
    assert_ne!(form(&asked)[0]["id"], form(&attempt)[0]["id"]);
    assert_eq!((rows, app.database.count("learner_questions")), (1, 1));
    put(&ada, &asked, 1, &json!({"response": right(&asked, 1)}));
    assert_eq!((reviews(&ada)["due_count"].as_i64(), app.database.count("learner_questions")), (Some(0), 1));
}

fn retired_questions_do_not_come_back(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 2);
    for position in [1, 2] {
        put(&ada, &attempt, position, &json!({"response": wrong(&attempt, position)}));
    }
    let mut thin = bank::demo();
    for question in thin["questions"].as_array_mut().unwrap() {
        if question["stem"] == form(&attempt)[0]["stem"] {
            question["status"] = json!("retired");
        }
    }
    app.database.seed(&thin);
    app.wait(DAY);
    assert_eq!(due_ids(&reviews(&ada)), [id(form(&attempt)[1])]);
    assert_eq!(question_ids(&review(&ada)).len(), 1);
}

fn responses_from_before_cards_existed_get_cards(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 4);
    put(&ada, &attempt, 1, &json!({"response": right(&attempt, 1), "unsure": true}));
    put(&ada, &attempt, 2, &json!({"response": wrong(&attempt, 2)}));
    app.wait(DAY);
    let again = review(&ada);
    put(&ada, &again, 1, &json!({"response": right(&again, 1)}));
    put(&ada, &again, 2, &json!({"response": right(&again, 2)}));
    let export = || ada.get("/api/v1/me/export").expect(200)["questions"].clone();
    let (told, exported) = (reviews(&ada), export());
    let forget = "UPDATE learner_questions SET exam_id = NULL, stability = NULL, difficulty = NULL, due_on = NULL";
    let memories = |questions: &Value| {
        let memories = questions.as_array().unwrap().iter().map(|question| question["memory"]["due_on"].clone());
        memories.collect::<Vec<_>>()
    };

    app.database.execute(forget);
    assert_eq!(reviews(&ada), told);
    assert_eq!(export(), exported);
    // Whichever comes first: a review, a plan, or the next response.
    app.database.execute(forget);
    let nothing = begin(&ada, &json!({})).problem(409, "nothing-due");
    assert_eq!(nothing["next_due_at"], told["next_due_at"]);
    app.database.execute(forget);
    ada.put("/api/v1/me/plans/demo", &json!({"exam_date": "2027-02-01"})).expect(200);
    ada.delete("/api/v1/me/plans/demo");
    assert_eq!(memories(&export()), memories(&exported));
    app.database.execute(forget);
    app.wait(30 * DAY);
    let all = begin_practice(&ada, 20);
    for position in 1..=20 {
        put(&ada, &all, position, &json!({"response": wrong(&all, position)}));
    }
    let known = "learner_questions WHERE due_on IS NOT NULL AND exam_id IS NOT NULL AND stability > 0";
    assert_eq!((app.database.count(known), app.database.count("learner_questions")), (20, 20));
}

fn reviews_are_of_one_learner_and_one_exam(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let attempt = begin_practice(&ada, 1);
    put(&ada, &attempt, 1, &json!({"response": wrong(&attempt, 1)}));
    app.wait(DAY);
    assert_eq!(reviews(&eve)["due_count"], 0);
    assert_eq!(ada.get("/api/v1/me/reviews?exam=clf-c02").expect(200)["due_count"], 0);
    begin(&eve, &json!({})).problem(409, "nothing-due");
    begin(&ada, &json!({"exam": "clf-c02"})).problem(409, "nothing-due");
    let first = ada.get("/api/v1/me/reviews?exam=demo");
    let tag = first.header("etag").unwrap().to_owned();
    let again = ada.request("GET", "/api/v1/me/reviews?exam=demo", &[("if-none-match", tag.as_str())], b"");
    assert_eq!((first.expect(200)["due_count"].as_i64(), again.status), (Some(1), 304));
}

fn errors_in_a_review_are_located(app: TestApp) {
    let ada = app.learner("ada");
    for (body, pointer) in [
        (json!({"size": 0}), "/size"),
        (json!({"size": 10_000}), "/size"),
        (json!({"domains": [1]}), "/domains"),
        (json!({"pool": "unseen"}), "/pool"),
        (json!({"tags": ["demo"]}), "/tags"),
        (json!({"seed": 1}), "/seed"),
        (json!({"from_report": "00000000-0000-7000-8000-000000000000"}), "/from_report"),
        (json!({"exam": "nothing"}), "/exam"),
    ] {
        let problem = begin(&ada, &body).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    ada.get("/api/v1/me/reviews").problem(400, "bad-request");
    ada.get("/api/v1/me/reviews?exam=nothing").problem(404, "not-found");
    ada.get("/api/v1/me/reviews?exam=demo&size=1").problem(400, "bad-request");
    let attempt = begin_practice(&ada, 1);
    put(&ada, &attempt, 1, &json!({"response": wrong(&attempt, 1)}));
    app.wait(DAY);
    let timed = begin(&ada, &json!({"timed": true, "feedback": "deferred"})).expect(201);
    assert_eq!(timed["seconds_left"], 120);
    let stored = put(&ada, &timed, 1, &json!({"response": right(&timed, 1)}));
    assert_eq!(stored.get("feedback"), None);
    submit(&ada, &timed);
    assert_eq!(reviews(&ada)["due_count"], 0);
}

fn concurrent_first_answers_do_not_overwrite_each_other(app: TestApp) {
    use tripos::{
        auth::model::UserId,
        clock::Clock,
        db::DbConnection,
        error::Error,
        questions::model::QuestionId,
        reviews::{model::LineRecord, queries},
    };
    let ada = app.learner("ada");
    let user_id = UserId(ada.get("/api/v1/me").expect(200)["id"].as_str().unwrap().parse().unwrap());
    let now = Clock::system().now();
    let mut conn = app.database.connect();
    let exam_id = tripos::exams::queries::find(&mut conn, "demo").unwrap().unwrap().id;
    // Two transactions that both found no row.
    let [first, second] = [1.0, 0.0].map(|mark| LineRecord {
        mark: Some(mark),
        ..LineRecord::without_response(QuestionId::new(), exam_id, false, false)
    });
    let second = LineRecord { line_id: first.line_id, ..second };
    queries::insert_records(&mut conn, user_id, &[first], now).unwrap();
    let late = queries::insert_records(&mut conn, user_id, &[second], now);
    // SQLite has no two such transactions.
    if matches!(conn, DbConnection::Postgres(_)) {
        assert!(matches!(late, Err(Error::Contended)), "{late:?}");
        let kept = queries::lock_records(&mut conn, user_id, &[first.line_id]).unwrap();
        assert_eq!(kept[&first.line_id].mark, Some(1.0));
    }
}
