//! Reading exams.

use serde_json::json;

use crate::{app::TestApp, common::on_both};

on_both!(
    exams_are_listed_with_their_number_of_questions,
    an_exam_shows_its_blueprint,
    an_unknown_exam_is_not_found,
    unchanged_exams_are_not_sent_again,
);

fn exams_are_listed_with_their_number_of_questions(app: TestApp) {
    let list = app.anonymous().get("/api/v1/exams").expect(200);
    let codes: Vec<_> = list["items"].as_array().unwrap().iter().map(|exam| exam["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["clf-c02", "demo"]);
    assert_eq!(list["items"][1]["published_questions"], 20);
}

fn an_exam_shows_its_blueprint(app: TestApp) {
    let exam = app.anonymous().get("/api/v1/exams/clf-c02").expect(200);
    assert_eq!(exam["name"], "AWS Certified Cloud Practitioner");
    assert_eq!(
        (&exam["question_count"], &exam["scored_count"], &exam["duration_minutes"]),
        (&json!(65), &json!(50), &json!(90))
    );
    assert_eq!(exam["scale"], json!({"min": 100, "max": 1000, "pass_mark": 700}));
    assert_eq!(exam["blueprint"]["effective_date"], "2023-09-19");
    let domains = exam["domains"].as_array().unwrap();
    let numbers = |field: &str| domains.iter().map(|domain| domain[field].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers("weight"), [24, 30, 34, 12]);
    assert_eq!(numbers("slots"), [16, 19, 22, 8]);
    let tasks: Vec<_> = domains.iter().map(|domain| domain["tasks"].as_array().unwrap().len()).collect();
    assert_eq!(tasks, [4, 4, 8, 3]);
    assert_eq!(numbers("published_questions").iter().sum::<i64>(), exam["published_questions"].as_i64().unwrap());
    assert!(numbers("published_questions").iter().zip(numbers("slots")).all(|(published, slots)| *published >= slots));
}

fn an_unknown_exam_is_not_found(app: TestApp) {
    let problem = app.anonymous().get("/api/v1/exams/nothing").problem(404, "not-found");
    assert_eq!(problem["detail"], "there is no such exam");
}

fn unchanged_exams_are_not_sent_again(app: TestApp) {
    let anyone = app.anonymous();
    for path in ["/api/v1/exams", "/api/v1/exams/demo", "/openapi.json"] {
        let tag = anyone.get(path).header("etag").unwrap().to_owned();
        let again = anyone.request("GET", path, &[("if-none-match", &tag)], b"");
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", Some(tag.as_str())));
    }
    let tag = anyone.get("/api/v1/exams/demo").header("etag").unwrap().to_owned();
    app.database.execute("UPDATE exams SET name = 'Renamed' WHERE code = 'demo'");
    let changed = anyone.request("GET", "/api/v1/exams/demo", &[("if-none-match", &tag)], b"");
    assert_eq!(changed.expect(200)["name"], "Renamed");
}
