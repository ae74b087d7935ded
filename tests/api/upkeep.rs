//! Upkeep of a bank: the subjects of questions, their status, and review dates.

use serde_json::{Value, json};
use tripos::{
    db,
    seed::{self, bundled_subjects, parse_subjects},
};

use crate::{
    app::{Client, Reply, TestApp},
    authoring::{path_of, put, question, to_status},
    common::{bank, database::TestDatabase, on_both},
};

on_both!(
    upkeep_changes_without_a_new_revision,
    upkeep_is_copied_to_new_revisions,
    errors_in_upkeep_are_located,
    subjects_are_listed_and_edited,
    questions_with_aged_subjects_are_found,
    an_accepted_warning_says_why,
    files_carry_upkeep,
    seeding_updates_upkeep_unless_it_was_changed_here,
    seeding_keeps_subjects_that_were_changed_here,
    an_exam_has_a_description,
);

/// A valid subject.
pub fn subject(id: &str) -> Value {
    json!({"id": id, "name": "The Wrong Service", "status": "current", "as_of": "2026-11-23",
        "source": "https://example.org/news"})
}

fn put_subject(client: &Client, subject: &Value) -> Reply {
    let path = format!("/api/v1/subjects/{}", subject["id"].as_str().unwrap());
    client.send("PUT", &path, subject)
}

fn published(app: &TestApp, body: &Value) -> Value {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let draft = grace.post("/api/v1/questions", body).expect(201);
    to_status(&grace, &draft, "in_review").expect(200);
    to_status(&root, &draft, "published").expect(200)
}

fn warnings(client: &Client, question: &Value) -> Vec<(String, String, Value)> {
    let lint = client.get(&format!("{}/lint", path_of(question))).expect(200);
    let told = lint["warnings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.map(|w| (text(&w["rule"]), text(&w["pointer"]), w["accepted"].clone())).collect()
}

fn upkeep_changes_without_a_new_revision(app: TestApp) {
    let mut body = question("Which one is kept?");
    body["subjects"] = json!(["aws:s3", "aws:ec2", "aws:s3"]);
    let stored = published(&app, &body);
    let ada = app.author("ada");
    assert_eq!(stored["subjects"], json!(["aws:ec2", "aws:s3"]));
    assert_eq!((&stored["review_by"], &stored["accepted_warnings"]), (&json!(null), &json!({})));

    let path = path_of(&stored);
    let tag = ada.get(&path).header("etag").unwrap().to_owned();
    let upkeep = json!({"subjects": ["aws:s3"], "review_by": "2027-06-30", "accepted_warnings": {"few-answers": "so"}});
    let headers = [("content-type", "application/json")];
    ada.request("PUT", &format!("{path}/upkeep"), &headers, upkeep.to_string().as_bytes())
        .problem(428, "precondition-required");
    let kept = put(&ada, &path, "/upkeep", &upkeep).expect(200);
    for field in ["subjects", "review_by", "accepted_warnings"] {
        assert_eq!(kept[field], upkeep[field], "{field}");
    }
    assert_eq!(
        (&kept["id"], &kept["status"], &kept["superseded_by"]),
        (&stored["id"], &json!("published"), &json!(null))
    );
    assert_ne!(ada.get(&path).header("etag").unwrap(), tag);

    // A PUT of the whole question that changes nothing else creates no revision either, and absent fields stay.
    body.as_object_mut().unwrap().remove("subjects");
    body["review_by"] = json!(null);
    let same = put(&ada, &path, "", &body).expect(200);
    assert_eq!((&same["id"], &same["frozen"]), (&stored["id"], &json!(true)));
    assert_eq!((&same["review_by"], &same["subjects"]), (&json!(null), &json!(["aws:s3"])));
    assert_eq!(same["accepted_warnings"], upkeep["accepted_warnings"]);
    let history = ada.get(&format!("{path}/history")).expect(200);
    assert_eq!(history["revisions"].as_array().unwrap().len(), 1);
}

fn upkeep_is_copied_to_new_revisions(app: TestApp) {
    let mut body = question("Which one is carried?");
    body["subjects"] = json!(["aws:s3"]);
    let stored = published(&app, &body);
    let ada = app.author("ada");
    body = question("Which one is carried on?");
    body["review_by"] = json!("2027-01-31");
    let revision = put(&ada, &path_of(&stored), "", &body).expect(201);
    assert_eq!((&revision["subjects"], &revision["review_by"]), (&json!(["aws:s3"]), &json!("2027-01-31")));
    // The upkeep of the published revision can change while the next one is being written.
    let kept = put(&ada, &path_of(&stored), "/upkeep", &json!({"subjects": ["aws:ebs"]})).expect(200);
    assert_eq!((&kept["subjects"], &kept["review_by"]), (&json!(["aws:ebs"]), &json!(null)));
    put(&ada, &path_of(&stored), "", &question("Which one is carried?")).problem(409, "superseded");
    assert_eq!(ada.get(&path_of(&revision)).expect(200)["subjects"], json!(["aws:s3"]));
}

fn errors_in_upkeep_are_located(app: TestApp) {
    let stored = published(&app, &question("Which one is wrong?"));
    let ada = app.author("ada");
    let many: Vec<String> = (0..21).map(|index| format!("aws:{index}")).collect();
    for (upkeep, pointer) in [
        (json!({"subjects": ["S3"]}), "/subjects/0"),
        (json!({"subjects": many}), "/subjects"),
        (json!({"review_by": "2027-02-30"}), "/review_by"),
        (json!({"accepted_warnings": {"few-answers": " "}}), "/accepted_warnings"),
    ] {
        let told = put(&ada, &path_of(&stored), "/upkeep", &upkeep).problem(422, "invalid");
        assert_eq!(told["errors"][0]["pointer"], pointer);
        let mut body = question("Which one is wrong, too?");
        body.as_object_mut().unwrap().extend(upkeep.as_object().unwrap().clone());
        let told = ada.post("/api/v1/questions", &body).problem(422, "invalid");
        assert_eq!(told["errors"][0]["pointer"], pointer);
    }
}

fn subjects_are_listed_and_edited(app: TestApp) {
    let ada = app.author("ada");
    for id in ["aws:b", "aws:a", "k8s:1.34"] {
        let reply = put_subject(&ada, &subject(id));
        let stored = reply.expect(201);
        assert_eq!(reply.header("location").unwrap(), format!("/api/v1/subjects/{id}"));
        assert_eq!(stored, ada.get(&format!("/api/v1/subjects/{id}")).expect(200));
    }
    let page = ada.get("/api/v1/subjects?limit=2").expect(200);
    let ids = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|subject| subject["id"].clone()).collect()
    };
    assert_eq!(ids(&page), ["aws:a", "aws:b"]);
    let next = format!("/api/v1/subjects?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(ids(&ada.get(&next).expect(200)), ["k8s:1.34"]);
    ada.get("/api/v1/subjects?cursor=none").problem(400, "bad-request");

    let mut renamed = subject("aws:a");
    renamed["status"] = json!("renamed");
    put_subject(&ada, &renamed).problem(428, "precondition-required");
    let path = "/api/v1/subjects/aws:a";
    assert_eq!(put(&ada, path, "", &renamed).problem(422, "invalid")["errors"][0]["pointer"], "/renamed_to");
    renamed["renamed_to"] = json!("The Right Service");
    let stored = put(&ada, path, "", &renamed).expect(200);
    assert_eq!((&stored["status"], &stored["renamed_to"]), (&json!("renamed"), &json!("The Right Service")));
    assert_eq!(ids(&ada.get("/api/v1/subjects?status=renamed").expect(200)), ["aws:a"]);
    // Back again: the new name is removed.
    assert_eq!(put(&ada, path, "", &subject("aws:a")).expect(200)["renamed_to"], json!(null));
    assert_eq!(put(&ada, path, "", &subject("aws:b")).problem(422, "invalid")["errors"][0]["pointer"], "/id");
    let headers = [("content-type", "application/json"), ("if-match", "\"x\"")];
    for id in ["aws:a", "aws:new"] {
        let body = subject(id).to_string();
        ada.request("PUT", &format!("/api/v1/subjects/{id}"), &headers, body.as_bytes())
            .problem(412, "precondition-failed");
    }
    ada.get("/api/v1/subjects/aws:new").problem(404, "not-found");
    ada.get("/api/v1/subjects/new").problem(400, "bad-request");
}

fn questions_with_aged_subjects_are_found(app: TestApp) {
    let mut body = question("Which one has aged?");
    body["answers"][1]["body"] = json!("The Wrong Service");
    body["subjects"] = json!(["aws:right", "aws:unknown"]);
    body["review_by"] = json!("2026-11-24");
    let stored = published(&app, &body);
    let ada = app.author("ada");
    assert_eq!(warnings(&ada, &stored), []);

    let mut right = subject("aws:right");
    right["name"] = json!("The Right Service");
    for (id, status) in [("aws:right", "closed"), ("aws:wrong", "ended")] {
        let mut aged = if id == "aws:right" { right.clone() } else { subject(id) };
        aged["status"] = json!(status);
        put_subject(&ada, &aged).expect(201);
    }
    let aged = |pointer: &str| ("aged-subject".to_owned(), pointer.to_owned(), json!(null));
    assert_eq!(warnings(&ada, &stored), [aged("/answers/1/body"), aged("/subjects/0")]);
    let lint = ada.post("/api/v1/lint", &body).expect(200);
    let reason = "The Wrong Service has ended (2026-11-23, https://example.org/news): ask about something else";
    assert_eq!(lint["warnings"][0]["reason"], reason);

    // The review date itself is still in time.
    app.wait(24 * 60 * 60);
    assert_eq!(warnings(&ada, &stored).len(), 2);
    app.wait(24 * 60 * 60);
    assert_eq!(warnings(&ada, &stored)[2].0, "past-review-date");
    let survey = ada.get("/api/v1/exams/demo/lint").expect(200);
    for rule in ["aged-subject", "past-review-date"] {
        let count = survey["rules"].as_array().unwrap().iter().find(|count| count["rule"] == rule).unwrap();
        let expected = json!({"rule": rule, "questions": 1, "accepted": 0, "examples": [stored["id"]]});
        assert_eq!(*count, expected);
    }
}

fn an_accepted_warning_says_why(app: TestApp) {
    let mut body = question("Which one is accepted?");
    body["answers"].as_array_mut().unwrap().pop();
    let stored = published(&app, &body);
    let ada = app.author("ada");
    let few = |accepted: Value| ("few-answers".to_owned(), "/answers".to_owned(), accepted);
    assert_eq!(warnings(&ada, &stored), [few(json!(null))]);
    let accepted = json!({"accepted_warnings": {"few-answers": "there are but two", "key-longest": "it was once"}});
    put(&ada, &path_of(&stored), "/upkeep", &accepted).expect(200);
    let stale = ("stale-acceptance".to_owned(), "/accepted_warnings/key-longest".to_owned(), json!(null));
    assert_eq!(warnings(&ada, &stored), [few(json!("there are but two")), stale]);
    let survey = ada.get("/api/v1/exams/demo/lint").expect(200);
    let count = survey["rules"].as_array().unwrap().iter().find(|count| count["rule"] == "few-answers").unwrap();
    assert_eq!((&count["accepted"], &count["examples"]), (&json!(1), &json!([])));
}

fn files_carry_upkeep(app: TestApp) {
    let mut body = question("Which one is filed?");
    body["external_key"] = json!("filed");
    body["subjects"] = json!(["aws:s3"]);
    body["accepted_warnings"] = json!({"few-answers": "so"});
    let stored = published(&app, &body);
    let ada = app.author("ada");
    let export = || ada.get("/api/v1/exams/demo/export?format=json").expect(200);
    let mut file = export();
    let filed = file["questions"].as_array_mut().unwrap().pop().unwrap();
    assert_eq!((&filed["external_key"], &filed["subjects"]), (&json!("filed"), &json!(["aws:s3"])));
    assert_eq!((&filed["accepted_warnings"], &filed.get("review_by")), (&json!({"few-answers": "so"}), &None));

    let import = |question: &Value, dry_run: bool| {
        let file = json!({"questions": [question]}).to_string();
        let path = format!("/api/v1/imports?format=json&exam=demo&dry_run={dry_run}");
        ada.request("POST", &path, &[("content-type", "text/plain")], file.as_bytes())
    };
    assert_eq!(import(&filed, false).expect(200)["unchanged"], 1);
    let mut changed = filed.clone();
    changed["review_by"] = json!("2027-06-30");
    assert_eq!(import(&changed, true).expect(200)["changed"], 1);
    assert_eq!(ada.get(&path_of(&stored)).expect(200)["review_by"], json!(null));
    let report = import(&changed, false).expect(201);
    assert_eq!((&report["changed"], &report["questions"][0]["id"]), (&json!(1), &stored["id"]));
    assert_eq!(ada.get(&path_of(&stored)).expect(200)["review_by"], "2027-06-30");
    // A file without upkeep, such as one of an earlier release, changes nothing.
    for field in ["subjects", "review_by", "accepted_warnings"] {
        changed.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(import(&changed, false).expect(200)["unchanged"], 1);
    // A new revision takes the upkeep of the file.
    changed["stem"] = json!("Which one is filed now?");
    changed["subjects"] = json!(["aws:ebs"]);
    let revision = import(&changed, false).expect(201);
    assert_eq!(revision["superseded"], 1);
    let revision = ada.get(&path_of(&revision["questions"][0])).expect(200);
    assert_eq!((&revision["subjects"], &revision["review_by"]), (&json!(["aws:ebs"]), &json!(null)));
    let many: Vec<String> = (0..21).map(|index| format!("aws:{index}")).collect();
    changed["subjects"] = json!(many);
    assert_eq!(import(&changed, false).expect(200)["questions"][0]["reason"], "/subjects must be at most 20");
}

fn seeding_updates_upkeep_unless_it_was_changed_here(app: TestApp) {
    let mut file = bank::demo();
    for index in 0..3 {
        file["questions"][index]["subjects"] = json!(["aws:s3"]);
    }
    let summary = app.database.seed(&file);
    assert_eq!((summary.updated, summary.unchanged, summary.superseded), (3, 17, 0));
    assert_eq!(app.database.seed(&file).unchanged, 20);
    let ada = app.author("ada");
    let one = |key: &str| {
        let page = ada.get("/api/v1/questions?exam=demo&status=published&limit=100").expect(200);
        let found = page["items"].as_array().unwrap().iter().find(|question| question["external_key"] == key);
        found.unwrap().clone()
    };
    assert_eq!(one("demo-1.1-000")["subjects"], json!(["aws:s3"]));
    put(&ada, &path_of(&one("demo-1.1-001")), "/upkeep", &json!({"subjects": ["aws:ebs"]})).expect(200);
    // The content of the file is still applied; the upkeep stays.
    for index in 0..3 {
        file["questions"][index]["review_by"] = json!("2027-06-30");
    }
    file["questions"][1]["stem"] = json!("Changed?");
    file["questions"][2]["stem"] = json!("Changed, too?");
    let summary = app.database.seed(&file);
    assert_eq!((summary.updated, summary.unchanged, summary.superseded), (1, 17, 2));
    let upkeep = |key: &str| (one(key)["subjects"][0].clone(), one(key)["review_by"].clone());
    assert_eq!(upkeep("demo-1.1-000"), (json!("aws:s3"), json!("2027-06-30")));
    assert_eq!(upkeep("demo-1.1-001"), (json!("aws:ebs"), json!(null)));
    assert_eq!(upkeep("demo-1.1-002"), (json!("aws:s3"), json!("2027-06-30")));
    assert_eq!(app.database.seed(&file).unchanged, 20);
}

fn seeding_keeps_subjects_that_were_changed_here(app: TestApp) {
    let seed = |file: &Value| {
        let subjects = parse_subjects("file", file.to_string().as_bytes()).unwrap();
        db::transaction(&mut app.database.connect(), |conn| seed::apply_subjects(conn, &subjects)).unwrap()
    };
    let mut file = json!({"subjects": [subject("aws:a"), subject("aws:b")]});
    assert_eq!((seed(&file), seed(&file)), (2, 0));
    let ada = app.author("ada");
    let mut mine = subject("aws:a");
    mine["name"] = json!("Mine");
    put(&ada, "/api/v1/subjects/aws:a", "", &mine).expect(200);
    for row in [0, 1] {
        file["subjects"][row]["status"] = json!("ended");
    }
    assert_eq!(seed(&file), 1);
    assert_eq!(ada.get("/api/v1/subjects/aws:a").expect(200)["name"], "Mine");
    assert_eq!(ada.get("/api/v1/subjects/aws:b").expect(200)["status"], "ended");

    let bundled = bundled_subjects().unwrap();
    let seed = || db::transaction(&mut app.database.connect(), |conn| seed::apply_subjects(conn, &bundled)).unwrap();
    assert_eq!((seed(), seed()), (bundled.len(), 0));
}

fn an_exam_has_a_description(database: TestDatabase) {
    let mut file = bank::demo();
    file["exam"]["description"] = json!("Not affiliated with anyone.");
    database.seed(&file);
    let app = TestApp::from(database);
    let exam = app.anonymous().get("/api/v1/exams/demo").expect(200);
    assert_eq!(exam["description"], "Not affiliated with anyone.");
    let ada = app.author("ada");
    assert_eq!(ada.get("/api/v1/exams/demo/export?format=json").expect(200)["exam"], file["exam"]);
    let mut body = file["exam"].clone();
    body["description"] = json!("x".repeat(2001));
    let told = put(&ada, "/api/v1/exams/demo", "", &body).problem(422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/description");
}
