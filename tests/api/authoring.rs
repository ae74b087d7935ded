//! Authors create, change and publish exams and questions.

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    common::{bank, database::TestDatabase, on_both},
};

on_both!(
    a_question_goes_from_draft_to_published_by_two_people,
    a_writer_of_any_part_of_a_revision_cannot_publish_it,
    drafts_change_in_place_and_served_questions_are_superseded,
    attempts_keep_what_they_showed,
    a_change_requires_the_state_that_it_is_based_on,
    one_of_two_concurrent_changes_is_rejected,
    exams_are_written_and_opened,
    invalid_content_is_located,
);

/// A valid question.
pub fn question(stem: &str) -> Value {
    json!({
        "exam": "demo", "task": "1.1", "kind": "single_choice", "stem": stem,
        "answers": [
            {"body": "the right one", "is_correct": true, "rationale": "it is"},
            {"body": "the wrong one", "is_correct": false, "rationale": "it is not"},
            {"body": "the other one", "is_correct": false, "rationale": "neither"},
        ],
        "explanation": "That is how it is.", "tags": ["Storage"], "difficulty": 4,
        "references": [{"title": "Guide", "url": "https://example.org/guide"}],
    })
}

pub fn path_of(question: &Value) -> String {
    format!("/api/v1/questions/{}", question["id"].as_str().unwrap())
}

/// Replaces a resource that was read just before.
pub fn put(client: &Client, path: &str, suffix: &str, body: &Value) -> Reply {
    let tag = client.get(path).header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    client.request("PUT", &format!("{path}{suffix}"), &headers, body.to_string().as_bytes())
}

pub fn to_status(client: &Client, question: &Value, status: &str) -> Reply {
    put(client, &path_of(question), "/status", &json!({"status": status}))
}

fn a_question_goes_from_draft_to_published_by_two_people(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let reply = grace.post("/api/v1/questions", &question("Which one is right?"));
    let draft = reply.expect(201);
    assert_eq!(reply.header("location").unwrap(), path_of(&draft));
    for (field, value) in [
        ("status", json!("draft")),
        ("origin", json!("authored")),
        ("domain", json!(1)),
        ("task", json!("1.1")),
        ("exam", json!("demo")),
        ("frozen", json!(false)),
        ("difficulty", json!(4)),
    ] {
        assert_eq!(draft[field], value, "{field}");
    }
    to_status(&grace, &draft, "published").problem(409, "status");
    to_status(&grace, &draft, "retired").expect(200);
    to_status(&alan, &draft, "published").problem(409, "status");
    to_status(&grace, &draft, "draft").expect(200);
    to_status(&grace, &draft, "in_review").expect(200);
    to_status(&grace, &draft, "published").problem(403, "own-question");
    let before = grace.get("/api/v1/exams/demo").expect(200)["published_questions"].as_i64().unwrap();
    let published = to_status(&alan, &draft, "published").expect(200);
    assert_eq!((&published["status"], &published["frozen"]), (&json!("published"), &json!(true)));
    assert_eq!(grace.get("/api/v1/exams/demo").expect(200)["published_questions"], before + 1);

    let history = grace.get(&format!("{}/history", path_of(&draft))).expect(200);
    let changes = history["revisions"][0]["status_changes"].as_array().unwrap();
    let steps: Vec<(&str, &str)> =
        changes.iter().map(|c| (c["from"].as_str().unwrap(), c["to"].as_str().unwrap())).collect();
    assert_eq!(steps, [("draft", "retired"), ("retired", "draft"), ("draft", "in_review"), ("in_review", "published")]);
    assert_eq!(changes[0]["by"], draft["written_by"]);
    assert_ne!(changes[3]["by"], draft["written_by"]);

    // An admin may publish what an admin wrote.
    let root = app.admin("root");
    let own = root.post("/api/v1/questions", &question("Which one did root write?")).expect(201);
    to_status(&root, &own, "in_review").expect(200);
    to_status(&root, &own, "published").expect(200);
}

fn a_writer_of_any_part_of_a_revision_cannot_publish_it(app: TestApp) {
    let (grace, alan, ada) = (app.author("grace"), app.author("alan"), app.author("ada"));
    let id = |client: &Client| client.get("/api/v1/me").expect(200)["id"].clone();
    let writers = |question: &Value| {
        let history = grace.get(&format!("{}/history", path_of(question))).expect(200);
        history["revisions"][0]["writers"].clone()
    };
    let mut body = question("Which one is right?");
    let draft = grace.post("/api/v1/questions", &body).expect(201);
    assert_eq!(writers(&draft), json!([id(&grace)]));
    body["answers"][1]["rationale"] = json!("alan knows why not");
    assert_eq!(put(&alan, &path_of(&draft), "", &body).expect(200)["written_by"], id(&alan));
    // A user who changes the upkeep, or sends the same content, wrote no part of it.
    let upkeep = json!({"subjects": ["aws:s3"], "review_by": "2027-06-30"});
    put(&ada, &path_of(&draft), "/upkeep", &upkeep).expect(200);
    body["review_by"] = json!("2028-06-30");
    assert_eq!(put(&ada, &path_of(&draft), "", &body).expect(200)["written_by"], id(&alan));
    assert_eq!(writers(&draft), json!([id(&grace), id(&alan)]), "ids grow with time");
    to_status(&alan, &draft, "in_review").expect(200);
    to_status(&grace, &draft, "published").problem(403, "own-question");
    to_status(&alan, &draft, "published").problem(403, "own-question");
    to_status(&ada, &draft, "published").expect(200);
    // They cannot publish it again, either.
    to_status(&ada, &draft, "retired").expect(200);
    to_status(&grace, &draft, "published").problem(403, "own-question");
    to_status(&ada, &draft, "published").expect(200);

    // Parts that somebody else reviewed do not make the user a writer of a new revision.
    body["stem"] = json!("Which one of them is right?");
    let revision = put(&grace, &path_of(&draft), "", &body).expect(201);
    assert_eq!(writers(&revision), json!([id(&grace)]));
    to_status(&grace, &revision, "in_review").expect(200);
    to_status(&grace, &revision, "published").problem(403, "own-question");
    to_status(&alan, &revision, "published").expect(200);

    // An importer is a writer, too; and an admin publishes whatever an admin wrote.
    let import = |client: &Client, file: &str| {
        let path = "/api/v1/imports?format=gift&exam=demo&domain=1";
        client.request("POST", path, &[], file.as_bytes()).expect(201)["questions"][0]["id"].clone()
    };
    let (first, second) = ("// [id:river]\nWhich? {=Nile ~Rhine}", "// [id:river]\nWhich river? {=Nile ~Rhine}");
    let root = app.admin("root");
    let imported = json!({"id": import(&root, first)});
    assert_eq!(writers(&imported), json!([id(&root)]));
    to_status(&root, &imported, "in_review").expect(200);
    to_status(&root, &imported, "published").expect(200);
    let changed = json!({"id": import(&grace, second)});
    assert_eq!(writers(&changed), json!([id(&grace)]));
    to_status(&alan, &changed, "in_review").expect(200);
    to_status(&grace, &changed, "published").problem(403, "own-question");
    to_status(&root, &changed, "published").expect(200);
}

fn drafts_change_in_place_and_served_questions_are_superseded(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let mut body = question("Which one is rihgt?");
    body["external_key"] = json!("demo-new");
    let draft = grace.post("/api/v1/questions", &body).expect(201);
    body["stem"] = json!("Which one is right?");
    let changed = put(&grace, &path_of(&draft), "", &body).expect(200);
    assert_eq!((&changed["id"], &changed["stem"]), (&draft["id"], &body["stem"]));
    to_status(&grace, &draft, "in_review").expect(200);
    // A change during the review requires a new review. Equal content is no change.
    assert_eq!(put(&grace, &path_of(&draft), "", &body).expect(200)["status"], "in_review");
    body["explanation"] = json!("That is how it is, and why.");
    assert_eq!(put(&grace, &path_of(&draft), "", &body).expect(200)["status"], "draft");
    to_status(&grace, &draft, "in_review").expect(200);
    to_status(&root, &draft, "published").expect(200);

    body["answers"][0]["body"] = json!("the best one");
    body["answers"].as_array_mut().unwrap().pop();
    let reply = put(&grace, &path_of(&draft), "", &body);
    let revision = reply.expect(201);
    assert_eq!(reply.header("location").unwrap(), path_of(&revision));
    assert_ne!(revision["id"], draft["id"]);
    assert_eq!((&revision["supersedes_id"], &revision["status"]), (&draft["id"], &json!("draft")));
    let old = grace.get(&path_of(&draft)).expect(200);
    assert_eq!((&old["status"], &old["superseded_by"]), (&json!("published"), &revision["id"]));
    assert_eq!(old["answers"].as_array().unwrap().len(), 3);
    put(&grace, &path_of(&draft), "", &body).problem(409, "superseded");

    let published = |code: &str| grace.get(&format!("/api/v1/exams/{code}")).expect(200)["published_questions"].clone();
    let before = published("demo");
    to_status(&grace, &revision, "in_review").expect(200);
    let new = to_status(&root, &revision, "published").expect(200);
    let old = grace.get(&path_of(&draft)).expect(200);
    assert_eq!((&old["status"], &old["external_key"]), (&json!("retired"), &json!(null)));
    assert_eq!(new["external_key"], "demo-new");
    let found = grace.get("/api/v1/questions?q=demo-new&exam=demo&status=published").expect(200);
    assert_eq!(found["items"][0]["id"], revision["id"]);
    assert_eq!(published("demo"), before);
    to_status(&root, &draft, "published").problem(409, "superseded");

    let history = grace.get(&format!("{}/history", path_of(&draft))).expect(200);
    let revisions = history["revisions"].as_array().unwrap();
    assert_eq!((&revisions[0]["id"], &revisions[1]["id"]), (&revision["id"], &draft["id"]));
    assert_eq!(revisions[1]["differences"], json!([]));
    let differences = revisions[0]["differences"].as_array().unwrap();
    assert_eq!(
        differences[0],
        json!({"pointer": "/answers/0/body", "before": "the right one", "after": "the best one"})
    );
    assert_eq!((&differences[1]["pointer"], &differences[1]["after"]), (&json!("/answers/2"), &json!(null)));
    assert_eq!(differences.len(), 2);

    // Back to the old one: the new one is retired first, and the key moves with it.
    to_status(&root, &revision, "retired").expect(200);
    assert_eq!(to_status(&root, &draft, "published").expect(200)["external_key"], "demo-new");
    assert_eq!(published("demo"), before);
}

fn attempts_keep_what_they_showed(app: TestApp) {
    let (ada, root) = (app.learner("ada"), app.admin("root"));
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam", "seed": 3})).expect(201);
    let report = |path: &str| ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    let shown = attempt["slots"].as_array().unwrap().iter().find(|s| s["question"]["kind"] == "single_choice").unwrap();
    let page = root.get("/api/v1/questions?exam=demo&limit=100").expect(200);
    let stored = page["items"].as_array().unwrap().iter().find(|q| q["stem"] == shown["question"]["stem"]).unwrap();
    let mut body = question("Something else entirely?");
    body["task"] = stored["task"].clone();
    let revision = put(&root, &path_of(stored), "", &body).expect(201);
    to_status(&root, &revision, "in_review").expect(200);
    to_status(&root, &revision, "published").expect(200);
    assert_eq!(ada.get(&path).expect(200)["slots"], attempt["slots"]);
    let before = report(&path);

    // A changed blueprint changes no report.
    let mut exam = bank::demo()["exam"].clone();
    exam["domains"][0]["weight"] = json!(20);
    exam["domains"][1]["weight"] = json!(80);
    exam["domains"][0]["name"] = json!("Renamed");
    exam["scale"]["pass_mark"] = json!(10);
    let changed = put(&root, "/api/v1/exams/demo", "", &exam).expect(200);
    assert_eq!(changed["domains"][1]["slots"], 8);
    assert_eq!(ada.get(&format!("{path}/report")).expect(200), before);
    assert_eq!(report(&path), before);
}

fn a_change_requires_the_state_that_it_is_based_on(app: TestApp) {
    let grace = app.author("grace");
    let draft = grace.post("/api/v1/questions", &question("Which?")).expect(201);
    let path = path_of(&draft);
    grace.put(&path, &question("Which one?")).problem(428, "precondition-required");
    grace.put(&format!("{path}/status"), &json!({"status": "in_review"})).problem(428, "precondition-required");
    let seen = grace.get(&path).header("etag").unwrap().to_owned();
    put(&grace, &path, "", &question("Which one?")).expect(200);
    let headers = [("content-type", "application/json"), ("if-match", seen.as_str())];
    let late = grace.request("PUT", &path, &headers, question("What?").to_string().as_bytes());
    late.problem(412, "precondition-failed");
    assert_eq!(grace.get(&path).expect(200)["stem"], "Which one?");
    let exam = bank::demo()["exam"].clone();
    grace.put("/api/v1/exams/demo", &exam).problem(428, "precondition-required");
    let headers = [("content-type", "application/json"), ("if-match", "\"other\"")];
    grace
        .request("PUT", "/api/v1/exams/demo", &headers, exam.to_string().as_bytes())
        .problem(412, "precondition-failed");
}

fn one_of_two_concurrent_changes_is_rejected(app: TestApp) {
    let grace = app.author("grace");
    let draft = grace.post("/api/v1/questions", &question("Which?")).expect(201);
    let path = path_of(&draft);
    let tag = grace.get(&path).header("etag").unwrap().to_owned();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let change = |n: usize| {
            let (path, tag, grace) = (&path, &tag, &grace);
            scope.spawn(move || {
                let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
                let body = question(&format!("Which, said {n}?"));
                grace.request("PUT", path, &headers, body.to_string().as_bytes()).status
            })
        };
        let all: Vec<_> = (0..4).map(change).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 3, "{statuses:?}");
}

fn exams_are_written_and_opened(app: TestApp) {
    let (grace, anyone) = (app.author("grace"), app.anonymous());
    let mut exam = bank::demo()["exam"].clone();
    exam["code"] = json!("new-1");
    let reply = grace.post("/api/v1/exams", &exam);
    assert_eq!(reply.expect(201)["status"], "draft");
    assert_eq!(reply.header("location"), Some("/api/v1/exams/new-1"));
    grace.post("/api/v1/exams", &exam).problem(409, "exam-code-taken");
    anyone.get("/api/v1/exams/new-1").problem(404, "not-found");
    app.learner("ada").get("/api/v1/exams/new-1").problem(404, "not-found");
    let codes = |client: &Client| client.get("/api/v1/exams").expect(200)["items"].as_array().unwrap().len();
    assert_eq!(codes(&grace), codes(&anyone) + 1);
    put(&grace, "/api/v1/exams/new-1", "/status", &json!({"status": "published"})).expect(200);
    assert_eq!(anyone.get("/api/v1/exams/new-1").expect(200)["status"], "published");

    exam["domains"].as_array_mut().unwrap().push(json!({"number": 3, "name": "Third", "weight": 10}));
    let problem = put(&grace, "/api/v1/exams/new-1", "", &exam).problem(422, "invalid");
    assert_eq!(
        problem["errors"][0],
        json!({"pointer": "/domains", "detail": "must have weights that add up to 100, not to 110"})
    );
    exam["domains"][0]["weight"] = json!(50);
    assert_eq!(put(&grace, "/api/v1/exams/new-1", "", &exam).expect(200)["domains"].as_array().unwrap().len(), 3);

    // Domains and tasks with questions stay.
    let mut exam = bank::demo()["exam"].clone();
    exam["domains"][0]["tasks"] = json!([]);
    exam["domains"].as_array_mut().unwrap().truncate(1);
    exam["domains"][0]["weight"] = json!(100);
    let problem = put(&grace, "/api/v1/exams/demo", "", &exam).problem(422, "invalid");
    let details: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["detail"].as_str().unwrap()).collect();
    assert!(
        details.iter().any(|detail| detail.contains("the task 1.1 in its domain: questions are filed under it (12)")),
        "{details:?}"
    );
    assert!(
        details.iter().any(|detail| detail.contains("the domain 2: questions are filed under it (8)")),
        "{details:?}"
    );
    exam = bank::demo()["exam"].clone();
    exam["code"] = json!("other");
    assert_eq!(put(&grace, "/api/v1/exams/demo", "", &exam).problem(422, "invalid")["errors"][0]["pointer"], "/code");
}

fn invalid_content_is_located(app: TestApp) {
    let grace = app.author("grace");
    for (field, value, pointer) in [
        ("exam", json!("nothing"), "/exam"),
        ("task", json!("9.9"), "/task"),
        ("domain", json!(7), "/domain"),
        ("domain", json!(2), "/task"),
        ("stem", json!(" "), "/stem"),
        ("stem", json!("<script>alert(1)</script>"), "/stem"),
        ("explanation", json!("[why](javascript:alert(1))"), "/explanation"),
        ("stem", json!("x".repeat(10_001)), "/stem"),
        ("difficulty", json!(6), "/difficulty"),
        ("difficulty", json!(2.5), "/difficulty"),
        ("kind", json!("essay"), "/kind"),
        ("answers", json!([]), "/answers"),
        ("tags", json!(["a\nb"]), "/tags/0"),
        ("references", json!([{"title": "x", "url": "ftp://example.org"}]), "/references/0/url"),
        ("external_key", json!(""), "/external_key"),
        ("surprise", json!(1), "/surprise"),
    ] {
        let mut body = question("Which?");
        body[field] = value;
        let problem = grace.post("/api/v1/questions", &body).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        grace.post("/api/v1/lint", &body).problem(422, "invalid");
    }
    let mut taken = question("Which?");
    taken["external_key"] = json!("demo-1.1-000");
    grace.post("/api/v1/questions", &taken).problem(409, "external-key-taken");
    assert_eq!(grace.get("/api/v1/questions?exam=demo&status=published&total=true").expect(200)["total"], 20);
}

#[test]
fn a_blueprint_waits_for_transactions_that_file_questions_under_removed_tasks() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let grace = app.author("grace");
    let mut exam = bank::demo()["exam"].clone();
    exam["domains"][0]["tasks"].as_array_mut().unwrap().push(json!({"code": "9.9", "name": "Unused"}));
    put(&grace, "/api/v1/exams/demo", "", &exam).expect(200);
    let without = bank::demo()["exam"].clone();
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    run("BEGIN; UPDATE questions SET task_id = (SELECT id FROM tasks WHERE code = '9.9') \
         WHERE external_key = 'demo-1.1-000'");
    std::thread::scope(|scope| {
        let late = scope.spawn(|| put(&grace, "/api/v1/exams/demo", "", &without));
        while !app.database.waits_for_a_lock() {
            assert!(!late.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        run("COMMIT");
        let problem = late.join().unwrap().problem(422, "invalid");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("must keep the task 9.9"), "{problem}");
    });
    assert_eq!(app.database.count("questions WHERE task_id IS NULL"), 0);
}
