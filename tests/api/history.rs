//! The history of a learner: days, streaks, and the export.

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    attempts::{form, path, respond, start, submit},
    common::{
        bank::{right_response, wrong_response},
        database::TestDatabase,
        on_both,
    },
};

on_both!(
    days_follow_the_time_zone_of_the_account,
    time_zones_that_do_not_exist_are_refused,
    all_data_of_a_user_is_exported,
    an_export_of_many_attempts_is_complete,
);

fn begin_practice(learner: &Client, size: i32) -> Value {
    let body = json!({"exam": "demo", "mode": "practice", "size": size});
    learner.post("/api/v1/attempts", &body).expect(201)
}

fn days_follow_the_time_zone_of_the_account(app: TestApp) {
    let ada = app.learner("ada");
    let none = ada.get("/api/v1/me/activity").expect(200);
    assert_eq!(none, json!({"time_zone": "UTC", "streak": {"current": 0, "longest": 0}, "days": []}));
    let attempt = begin_practice(&ada, 5);
    let answer = |position: usize, seconds: i32| {
        let body = json!({"response": right_response(form(&attempt)[position - 1]), "seconds_spent": seconds});
        ada.put(&format!("{}/slots/{position}", path(&attempt)), &body).expect(200);
    };
    answer(1, 100);
    answer(2, 100);
    // It is 10:00 on Monday. 23:30 in UTC is 00:30 in Vienna.
    app.wait(13 * 3600 + 1800);
    answer(3, 60);
    let days = |query: &str| ada.get(&format!("/api/v1/me/activity{query}")).expect(200);
    let monday = json!({"date": "2026-11-23", "answers": 3, "minutes": 4});
    assert_eq!((&days("")["days"], &days("")["streak"]["current"]), (&json!([monday]), &json!(1)));
    let changed = ada.patch("/api/v1/me", &json!({"time_zone": "Europe/Vienna"})).expect(200);
    assert_eq!(changed["time_zone"], "Europe/Vienna");
    let tuesday = json!({"date": "2026-11-24", "answers": 1, "minutes": 1});
    let told = days("");
    assert_eq!(told["days"], json!([{"date": "2026-11-23", "answers": 2, "minutes": 3}, tuesday]));
    assert_eq!((&told["time_zone"], &told["streak"]), (&json!("Europe/Vienna"), &json!({"current": 2, "longest": 2})));
    assert_eq!(days("?days=1")["days"], json!([tuesday]));
    // A day without answers does not end a streak before it is over.
    app.wait(24 * 3600);
    assert_eq!(
        days("?days=1"),
        json!({"time_zone": "Europe/Vienna", "streak": {"current": 2, "longest": 2}, "days": []})
    );
    app.wait(24 * 3600);
    assert_eq!(days("")["streak"], json!({"current": 0, "longest": 2}));
    for wrong in ["days=0", "days=367", "days=x", "day=1"] {
        ada.get(&format!("/api/v1/me/activity?{wrong}")).problem(400, "bad-request");
    }
}

fn time_zones_that_do_not_exist_are_refused(app: TestApp) {
    let ada = app.learner("ada");
    for wrong in ["Europe/Atlantis", "", "+01:00", "../UTC"] {
        let problem = ada.patch("/api/v1/me", &json!({"time_zone": wrong})).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/time_zone");
    }
    assert_eq!(ada.get("/api/v1/me").expect(200)["time_zone"], "UTC");
}

fn all_data_of_a_user_is_exported(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let none = eve.get("/api/v1/me/export").expect(200);
    assert_eq!((&none["attempts"], &none["questions"]), (&json!([]), &json!([])));
    let exam = start(&ada, "demo");
    respond(&ada, &exam, 1, &right_response(form(&exam)[0]));
    let report = submit(&ada, &exam);
    let practice = begin_practice(&ada, 2);
    respond(&ada, &practice, 1, &wrong_response(form(&practice)[0]));
    respond(&ada, &practice, 1, &right_response(form(&practice)[0]));
    let reply = ada.get("/api/v1/me/export");
    let export = reply.expect(200);
    assert!(reply.header("content-disposition").unwrap().contains("tripos-export.json"));
    assert_eq!(export["account"], ada.get("/api/v1/me").expect(200));
    assert_eq!((export["tokens"].as_array().unwrap().len(), &export["tokens"][0]["current"]), (1, &json!(true)));
    assert!(!reply.text.contains("tripos_"));
    let attempts = export["attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), &attempts[0]["id"], &attempts[0]["report"]), (2, &exam["id"], &report));
    let slot = &attempts[1]["slots"][0];
    assert_eq!((&slot["mark"], &slot["tries"][0]["mark"]), (&json!(0.0), &json!(1.0)));
    assert_eq!(slot["response"], wrong_response(form(&practice)[0]));
    assert_eq!(attempts[1]["report"], Value::Null);
    let questions = export["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 2);
    assert!(questions.iter().all(|question| question["exam"] == "demo"));
    assert!(!eve.get("/api/v1/me/export").text.contains(exam["id"].as_str().unwrap()));
}

fn an_export_of_many_attempts_is_complete(database: TestDatabase) {
    let app = TestApp::with(database, &[("MAX_UNANSWERED_ATTEMPTS", "0")]);
    let ada = app.learner("ada");
    let mut ids = Vec::new();
    for _ in 0..21 {
        ids.push(begin_practice(&ada, 1)["id"].clone());
        let export = ada.get("/api/v1/me/export").expect(200);
        let exported: Vec<Value> =
            export["attempts"].as_array().unwrap().iter().map(|attempt| attempt["id"].clone()).collect();
        assert_eq!(exported, ids);
    }
}
