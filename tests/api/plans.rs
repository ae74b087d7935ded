//! Plans for the day of an exam.

use std::thread::ScopedJoinHandle;

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    attempts::{form, path},
    common::{
        bank::{right_response, wrong_response},
        database::TestDatabase,
        on_both,
    },
    reviews::{begin_practice, review, reviews},
};

on_both!(
    a_plan_spreads_the_work_over_the_days,
    work_that_does_not_fit_is_left_out_and_reported,
    well_known_questions_wait_until_after_the_exam,
    after_the_exam_everything_is_as_without_a_plan,
    the_pace_is_the_learners_own,
    errors_in_a_plan_are_located,
    plans_are_exported_and_go_with_the_account,
    a_plan_that_was_changed_elsewhere_is_not_overwritten,
    new_questions_of_an_exam_in_progress_are_not_planned,
);

const DAY: i64 = 24 * 3600;

fn put(learner: &Client, plan: &Value) -> Value {
    learner.put("/api/v1/me/plans/demo", plan).expect(200)
}

fn get(learner: &Client) -> Value {
    learner.get("/api/v1/me/plans/demo").expect(200)
}

fn answer(learner: &Client, attempt: &Value, position: usize, right: bool) -> Value {
    let question = form(attempt)[position - 1];
    let response = if right { right_response(question) } else { wrong_response(question) };
    let body = json!({"response": response, "seconds_spent": 90});
    learner.put(&format!("{}/slots/{position}", path(attempt)), &body).expect(200)
}

fn sum(reviews: &Value, field: &str) -> u64 {
    reviews["forecast"].as_array().unwrap().iter().map(|day| day[field].as_u64().unwrap()).sum()
}

fn a_plan_spreads_the_work_over_the_days(app: TestApp) {
    let ada = app.learner("ada");
    ada.get("/api/v1/me/plans/demo").problem(404, "not-found");
    let plan = put(&ada, &json!({"exam_date": "2026-12-10"}));
    assert_eq!(
        plan,
        json!({
            "exam": "demo", "exam_date": "2026-12-10", "desired_retention": 0.9, "exam_day_retention": 0.95,
            "reviews_per_day": 60, "time_zone": "UTC", "today": "2026-11-23", "days_left": 17, "fits": true,
            "planned": {"reviews": 0, "new": 20}, "left_out": {"reviews": 0, "new": 0}, "needed_per_day": 2,
            "seconds_per_question": null, "minutes_per_day": null,
        })
    );
    assert_eq!(get(&ada), plan);
    let told = reviews(&ada);
    assert_eq!(told["plan"], json!({"exam_date": "2026-12-10", "reviews_per_day": 60}));
    let days = told["forecast"].as_array().unwrap();
    assert_eq!((days.len(), &days[16]["date"]), (17, &json!("2026-12-09")));
    assert_eq!((sum(&told, "new"), sum(&told, "count"), &told["new_count"]), (20, 20, &json!(2)));
    // The last week is for reviews.
    assert!(days[10..].iter().all(|day| day["new"] == 0));

    // Answered questions are no longer new, and come back before the exam.
    let attempt = begin_practice(&ada, 2);
    let first = answer(&ada, &attempt, 1, true);
    answer(&ada, &attempt, 2, false);
    assert_eq!(first["feedback"]["due_on"], "2026-11-25");
    let told = reviews(&ada);
    assert_eq!((sum(&told, "new"), sum(&told, "reviews")), (18, 2));
    assert_eq!(told["next_due_at"], "2026-11-24T00:00:00.000Z");
    app.wait(DAY);
    assert_eq!(reviews(&ada)["due_count"], 1);
    let asked = review(&ada);
    let due_on = answer(&ada, &asked, 1, true)["feedback"]["due_on"].clone();
    assert!(due_on.as_str().unwrap() < "2026-12-10");
    // A changed plan changes the days at once.
    let later = put(&ada, &json!({"exam_date": "2027-03-01", "reviews_per_day": 5}));
    assert_eq!((&later["days_left"], &later["reviews_per_day"]), (&json!(97), &json!(5)));
    assert_eq!(ada.delete("/api/v1/me/plans/demo").status, 204);
    ada.delete("/api/v1/me/plans/demo").problem(404, "not-found");
    let without = reviews(&ada);
    assert_eq!((without["forecast"].as_array().unwrap().len(), &without["plan"]), (30, &Value::Null));
    assert_eq!((sum(&without, "new"), &without["new_count"]), (0, &json!(0)));
}

fn work_that_does_not_fit_is_left_out_and_reported(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 8);
    for position in 1..=8 {
        answer(&ada, &attempt, position, position > 4);
    }
    app.wait(2 * DAY);
    let plan = put(&ada, &json!({"exam_date": "2026-11-27", "reviews_per_day": 3}));
    assert_eq!((&plan["days_left"], &plan["fits"]), (&json!(2), &json!(false)));
    let count = |part: &str| plan[part]["reviews"].as_u64().unwrap() + plan[part]["new"].as_u64().unwrap();
    // Twelve new questions and eight reviews, three a day.
    assert_eq!((count("planned"), count("left_out")), (6, 14));
    let told = reviews(&ada);
    assert_eq!((sum(&told, "count"), &told["forecast"][0]["over_limit"]), (6, &json!(17)));
    assert!(told["forecast"].as_array().unwrap().iter().all(|day| day["count"].as_u64().unwrap() <= 3));
    let enough = plan["needed_per_day"].as_u64().unwrap();
    let roomy = put(&ada, &json!({"exam_date": "2026-11-27", "reviews_per_day": enough}));
    assert_eq!((&roomy["fits"], &roomy["needed_per_day"]), (&json!(true), &json!(enough)));
    let tight = put(&ada, &json!({"exam_date": "2026-11-27", "reviews_per_day": enough - 1}));
    assert_eq!(tight["fits"], false);
    // Work that is done today counts toward today's limit.
    put(&ada, &json!({"exam_date": "2026-11-27", "reviews_per_day": 3}));
    let before = reviews(&ada);
    let unseen = json!({"exam": "demo", "mode": "practice", "size": 3, "pool": "unanswered"});
    let asked = ada.post("/api/v1/attempts", &unseen).expect(201);
    answer(&ada, &asked, 1, true);
    let after = reviews(&ada);
    let today = |told: &Value| told["forecast"][0]["count"].as_u64().unwrap();
    assert_eq!((today(&before), today(&after)), (3, 2));
}

fn well_known_questions_wait_until_after_the_exam(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 1);
    answer(&ada, &attempt, 1, true);
    // After two reviews on time, recall stays above 95 % for longer than a week.
    for _ in 0..2 {
        while reviews(&ada)["due_count"] == 0 {
            app.wait(DAY);
        }
        let asked = review(&ada);
        answer(&ada, &asked, 1, true);
    }
    let today = reviews(&ada)["today"].as_str().unwrap().to_owned();
    let date = reviews(&ada)["forecast"][5]["date"].as_str().unwrap().to_owned();
    let plan = put(&ada, &json!({"exam_date": date}));
    assert_eq!((&plan["planned"]["reviews"], &plan["today"]), (&json!(0), &json!(today)));
    let due = ada.get(&path(&attempt)).expect(200)["slots"][0]["feedback"]["due_on"].clone();
    assert!(due.as_str().unwrap() > date.as_str(), "{due}");
    // A learner who wants a higher retention has a review before it.
    let plan = put(&ada, &json!({"exam_date": date, "exam_day_retention": 0.99}));
    assert_eq!(plan["planned"]["reviews"], 1);
}

fn after_the_exam_everything_is_as_without_a_plan(app: TestApp) {
    // Questions that nobody answered since are due as FSRS computes it, too.
    let [grace, eve] = ["grace", "eve"].map(|name| app.learner(name));
    for learner in [&grace, &eve] {
        let attempt = begin_practice(learner, 3);
        for position in 1..=3 {
            answer(learner, &attempt, position, position < 3);
        }
    }
    put(&grace, &json!({"exam_date": "2026-11-30", "exam_day_retention": 0.99}));
    app.wait(8 * DAY);
    let [with, without] = [&grace, &eve].map(|learner| reviews(learner)["forecast"].clone());
    assert_eq!(with, without);

    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 2);
    answer(&ada, &attempt, 1, true);
    put(&ada, &json!({"exam_date": "2026-12-02", "reviews_per_day": 1}));
    app.wait(DAY);
    let plan = get(&ada);
    assert_eq!((&plan["days_left"], &plan["fits"], &plan["needed_per_day"]), (&json!(0), &json!(true), &json!(0)));
    let told = reviews(&ada);
    assert_eq!((&told["plan"], told["forecast"].as_array().unwrap().len()), (&Value::Null, 30));
    assert_eq!(answer(&ada, &attempt, 2, true)["feedback"]["due_on"], "2026-12-04");
}

fn the_pace_is_the_learners_own(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = begin_practice(&ada, 10);
    for position in 1..=10 {
        answer(&ada, &attempt, position, true);
    }
    let plan = put(&ada, &json!({"exam_date": "2026-12-03", "reviews_per_day": 4}));
    let planned = plan["planned"]["reviews"].as_u64().unwrap() + plan["planned"]["new"].as_u64().unwrap();
    assert_eq!(plan["seconds_per_question"], 90);
    assert_eq!(plan["minutes_per_day"], (planned * 90).div_ceil(10 * 60));
}

fn errors_in_a_plan_are_located(app: TestApp) {
    let ada = app.learner("ada");
    for (plan, pointer) in [
        (json!({}), "/exam_date"),
        (json!({"exam_date": "2026-11-22"}), "/exam_date"),
        (json!({"exam_date": "2026-11-23"}), "/exam_date"),
        (json!({"exam_date": "2999-01-01"}), "/exam_date"),
        (json!({"exam_date": "2027-11-25"}), "/exam_date"),
        (json!({"exam_date": "2026-02-30"}), "/exam_date"),
        (json!({"exam_date": "tomorrow"}), "/exam_date"),
        (json!({"exam_date": "2026-12-24", "desired_retention": 0.69}), "/desired_retention"),
        (json!({"exam_date": "2026-12-24", "desired_retention": 1}), "/desired_retention"),
        (json!({"exam_date": "2026-12-24", "exam_day_retention": 1.5}), "/exam_day_retention"),
        (json!({"exam_date": "2026-12-24", "exam_day_retention": "high"}), "/exam_day_retention"),
        (json!({"exam_date": "2026-12-24", "reviews_per_day": 0}), "/reviews_per_day"),
        (json!({"exam_date": "2026-12-24", "reviews_per_day": 10_000}), "/reviews_per_day"),
        (json!({"exam_date": "2026-12-24", "reviews": 10}), "/reviews"),
    ] {
        let problem = ada.put("/api/v1/me/plans/demo", &plan).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{plan} {problem}");
    }
    ada.get("/api/v1/me/plans/demo").problem(404, "not-found");
    let plan = json!({"exam_date": "2027-11-24"});
    ada.put("/api/v1/me/plans/nothing", &plan).problem(404, "not-found");
    // A year and a day from now is the last valid day; in the time zone of the account, today may be another day.
    ada.put("/api/v1/me/plans/demo", &plan).expect(200);
    app.wait(14 * 3600);
    ada.patch("/api/v1/me", &json!({"time_zone": "Asia/Tokyo"})).expect(200);
    let problem = ada.put("/api/v1/me/plans/demo", &json!({"exam_date": "2026-11-24"})).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["detail"], "must be from 2026-11-25 to 2027-11-25");
}

fn plans_are_exported_and_go_with_the_account(app: TestApp) {
    let ada = app.signed_in("ada");
    let attempt = begin_practice(&ada, 1);
    answer(&ada, &attempt, 1, true);
    put(&ada, &json!({"exam_date": "2026-12-24", "reviews_per_day": 7}));
    let export = ada.get("/api/v1/me/export").expect(200);
    assert_eq!(
        export["plans"],
        json!([{
            "exam": "demo", "exam_date": "2026-12-24", "desired_retention": 0.9, "exam_day_retention": 0.95,
            "reviews_per_day": 7
        }])
    );
    assert_eq!(export["questions"][0]["memory"]["due_on"], "2026-11-25");
    assert!(export["questions"][0]["memory"]["stability"].as_f64().unwrap() > 2.0);
    // During an exam, memories are left out because they would reveal earlier marks.
    crate::attempts::start(&ada, "demo");
    assert_eq!(ada.get("/api/v1/me/export").expect(200)["questions"][0]["memory"], Value::Null);
    assert_eq!((app.database.count("plans"), app.database.count("learner_questions")), (1, 1));
    assert_eq!(ada.delete("/api/v1/me").status, 204);
    assert_eq!((app.database.count("plans"), app.database.count("learner_questions")), (0, 0));
}

fn a_plan_that_was_changed_elsewhere_is_not_overwritten(app: TestApp) {
    let ada = app.learner("ada");
    let url = "/api/v1/me/plans/demo";
    let send = |method: &str, tag: &str, day: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        ada.request(method, url, &headers, json!({"exam_date": day}).to_string().as_bytes())
    };
    send("PUT", "*", "2026-12-10").problem(412, "precondition-failed");
    let seen = ada.put(url, &json!({"exam_date": "2026-12-10"}));
    let tag = seen.header("etag").unwrap().to_owned();
    send("PUT", &tag, "2026-12-11").expect(200);
    send("PUT", &tag, "2026-12-12").problem(412, "precondition-failed");
    send("DELETE", &tag, "").problem(412, "precondition-failed");
    assert_eq!(get(&ada)["exam_date"], "2026-12-11");
    let tag = ada.get(url).header("etag").unwrap().to_owned();
    assert_eq!(send("DELETE", &tag, "").status, 204);
}

fn new_questions_of_an_exam_in_progress_are_not_planned(app: TestApp) {
    let ada = app.learner("ada");
    put(&ada, &json!({"exam_date": "2026-11-24"}));
    assert_eq!(reviews(&ada)["new_count"], 20);
    let exam = crate::attempts::start(&ada, "demo");
    assert_eq!(reviews(&ada)["new_count"], 20 - form(&exam).len());
}

#[test]
fn a_plan_and_a_response_at_the_same_time_do_not_miss_each_other() {
    use diesel::connection::SimpleConnection;
    use tripos::{auth::model::UserId, reviews};
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let ada = app.learner("ada");
    let user_id = UserId(ada.get("/api/v1/me").expect(200)["id"].as_str().unwrap().parse().unwrap());
    let attempt = begin_practice(&ada, 2);
    let without_plan = answer(&ada, &attempt, 1, true)["feedback"]["due_on"].clone();
    let mut rival = app.database.connect();
    let exam_id = tripos::exams::queries::find(&mut rival, "demo").unwrap().unwrap().id;
    let waits = |late: &ScopedJoinHandle<'_, Value>| {
        while !app.database.waits_for_a_lock() {
            assert!(!late.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
    };
    // As a response does it: the plan waits.
    rival.batch_execute("BEGIN; SELECT id FROM attempts FOR NO KEY UPDATE").unwrap();
    std::thread::scope(|scope| {
        let late = scope.spawn(|| put(&ada, &json!({"exam_date": "2026-11-24"})));
        waits(&late);
        rival.batch_execute("ROLLBACK").unwrap();
        assert_eq!(late.join().unwrap()["days_left"], 1);
    });
    // As a plan does it: the response waits, and its question is scheduled by the new plan.
    rival.batch_execute("BEGIN").unwrap();
    reviews::queries::lock_attempts(&mut rival, user_id, exam_id).unwrap();
    std::thread::scope(|scope| {
        let late = scope.spawn(|| answer(&ada, &attempt, 2, true));
        waits(&late);
        reviews::queries::delete_plan(&mut rival, user_id, exam_id).unwrap();
        rival.batch_execute("COMMIT").unwrap();
        assert_eq!(late.join().unwrap()["feedback"]["due_on"], without_plan);
    });
}
