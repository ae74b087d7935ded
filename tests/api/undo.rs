//! Imports are listed and undone, and drafts are deleted.

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    authoring::{path_of, put, question, to_status},
    common::on_both,
    drafts,
    interchange::{GIFT, count, import},
};

on_both!(
    an_import_is_listed_with_its_questions,
    an_import_that_stores_nothing_is_not_recorded,
    undoing_an_import_keeps_changed_questions,
    a_large_import_is_undone_completely,
    undo_deletes_only_what_the_import_created,
    revisions_of_an_import_no_longer_block_their_originals,
    an_import_is_undone_by_its_importer,
    a_draft_is_deleted_by_its_writer,
    served_and_rejected_questions_are_not_deleted,
    a_generated_draft_can_be_deleted_by_its_requester,
    deleted_questions_are_no_longer_near_duplicates,
    the_largest_question_is_stored,
    an_import_publishes_the_drafts_of_its_user,
);

fn delete(client: &Client, question: &Value) -> Reply {
    let tag = client.get(&path_of(question)).header("etag").unwrap_or("*").to_owned();
    client.request("DELETE", &path_of(question), &[("if-match", &tag)], b"")
}

fn undo(client: &Client, report: &Value) -> Reply {
    client.delete(&format!("/api/v1/imports/{}/questions", report["id"].as_str().unwrap()))
}

/// The questions of a report in their current state.
fn stored(client: &Client, report: &Value) -> Vec<Value> {
    let of = |question: &Value| client.get(&path_of(question)).expect(200);
    report["questions"].as_array().unwrap().iter().filter(|told| told.get("id").is_some()).map(of).collect()
}

fn an_import_is_listed_with_its_questions(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let reply = import(&grace, "format=gift", GIFT.as_bytes());
    let report = reply.expect(201);
    let path = format!("/api/v1/imports/{}", report["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let told = grace.get(&path).expect(200);
    for (field, value) in [
        ("id", report["id"].clone()),
        ("exam", json!("demo")),
        ("format", json!("gift")),
        ("imported_by", json!(drafts::id_of(&grace))),
        ("created", json!(3)),
        ("skipped", json!(1)),
        ("unchanged", json!(0)),
    ] {
        assert_eq!(told[field], value, "{field}");
    }
    let id = report["id"].as_str().unwrap();
    assert_eq!(count(&grace, &format!("import={id}")), 3);
    assert_eq!(count(&grace, &format!("import={id}&kind=matching")), 1);
    assert_eq!(count(&grace, "import=00000000-0000-7000-8000-000000000000"), 0);

    let other = import(&root, "format=gift&domain=1", b"Which? {=a ~b}").expect(201);
    let ids = |query: &str| -> Vec<Value> {
        grace.items(&format!("/api/v1/imports?{query}")).iter().map(|told| told["id"].clone()).collect()
    };
    assert_eq!(ids("limit=1"), [other["id"].clone(), report["id"].clone()]);
    assert_eq!(ids("exam=demo").len(), 2);
    assert_eq!(ids("exam=clf-c02").len(), 0);
    grace.get("/api/v1/imports?exam=nothing").problem(404, "not-found");
    grace.get("/api/v1/imports/00000000-0000-7000-8000-000000000000").problem(404, "not-found");
}

fn an_import_that_stores_nothing_is_not_recorded(app: TestApp) {
    let grace = app.author("grace");
    let plan = import(&grace, "format=gift&dry_run=true", GIFT.as_bytes()).expect(200);
    assert_eq!((plan["created"].as_i64(), plan.get("id")), (Some(3), None));
    let report = import(&grace, "format=gift", GIFT.as_bytes()).expect(201);
    let send = || {
        let headers = [("content-type", "text/plain"), ("idempotency-key", "again")];
        grace.request("POST", "/api/v1/imports?exam=demo&format=gift", &headers, GIFT.as_bytes())
    };
    // The same key gets the same response, and no resource is created.
    for _ in 0..2 {
        let reply = send();
        let again = reply.expect(200);
        assert_eq!((again["unchanged"].as_i64(), again.get("id"), reply.header("location")), (Some(3), None, None));
    }
    assert_eq!(send().header("idempotent-replayed"), Some("true"));
    let listed = grace.items("/api/v1/imports");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], report["id"]);
}

fn undoing_an_import_keeps_changed_questions(app: TestApp) {
    let (grace, alan, root) = (app.author("grace"), app.author("alan"), app.admin("root"));
    let file: String = ["Ariel", "Beatrice", "Cordelia", "Duncan", "Emilia", "Fortinbras"]
        .map(|name| format!("Who is {name}? {{=x ~y}}\n\n"))
        .concat();
    let report = import(&grace, "format=gift&domain=1", file.as_bytes()).expect(201);
    let questions = stored(&grace, &report);
    let mut body = question("Who is Beatrice, then?");
    body["external_key"] = questions[1]["external_key"].clone();
    put(&alan, &path_of(&questions[1]), "", &body).expect(200);
    to_status(&grace, &questions[2], "retired").expect(200);
    to_status(&grace, &questions[3], "in_review").expect(200);
    to_status(&alan, &questions[3], "published").expect(200);
    to_status(&grace, &questions[4], "in_review").expect(200);
    to_status(&grace, &questions[4], "draft").expect(200);
    to_status(&grace, &questions[5], "in_review").expect(200);
    assert_eq!(count(&grace, "q=ariel"), 1);

    let undone = undo(&grace, &report).expect(200);
    let kept = |at: usize, reason: &str| json!({"id": questions[at]["id"], "reason": reason});
    let all = [kept(1, "changed"), kept(2, "rejected"), kept(3, "published"), kept(4, "changed"), kept(5, "in_review")];
    assert_eq!((&undone["deleted"], &undone["kept"]), (&json!(1), &json!(all)), "{undone}");
    grace.get(&path_of(&questions[0])).problem(404, "not-found");
    assert_eq!(count(&grace, "q=ariel"), 0);
    assert_eq!(count(&grace, &format!("import={}", report["id"].as_str().unwrap())), 5);
    for table in ["answers", "question_search", "question_changes", "question_imports"] {
        assert_eq!(app.database.count(&format!("{table} WHERE question_id NOT IN (SELECT id FROM questions)")), 0);
    }
    // Nothing is left to delete, and importing the file again restores the questions.
    assert_eq!(undo(&root, &report).expect(200)["deleted"], 0);
    let again = import(&grace, "format=gift&domain=1", file.as_bytes()).expect(201);
    assert_eq!(again["created"], 1, "{again}");
}

fn a_large_import_is_undone_completely(app: TestApp) {
    let grace = app.author("grace");
    let file: String = (0..250).map(|n| format!("Which is {n}? {{=a ~b}}\n\n")).collect();
    let report = import(&grace, "format=gift&domain=1&status=in_review", file.as_bytes()).expect(201);
    assert_eq!(count(&grace, "status=in_review"), 250);
    let undone = undo(&grace, &report).expect(200);
    assert_eq!((&undone["deleted"], &undone["kept"]), (&json!(250), &json!([])));
    assert_eq!(count(&grace, "origin=imported"), 0);
    let counted = grace.get(&format!("/api/v1/imports/{}", report["id"].as_str().unwrap())).expect(200);
    assert_eq!((&counted["created"], &counted["deleted"]), (&json!(250), &json!(250)));
}

fn undo_deletes_only_what_the_import_created(app: TestApp) {
    let grace = app.author("grace");
    let own = grace.post("/api/v1/questions", &question("Which one is new?")).expect(201);
    let first = import(&grace, "format=gift", GIFT.as_bytes()).expect(201);
    let second = import(&grace, "format=gift", GIFT.replace("6,650 km", "6,700 km").as_bytes()).expect(201);
    assert_eq!((&second["changed"], &second["unchanged"], &second["superseded"]), (&json!(1), &json!(2), &json!(0)));
    let file = grace.get("/api/v1/exams/demo/export?format=csv&status=draft").text;
    let line = |line: &&str| line.starts_with("key,") || line.contains(own["id"].as_str().unwrap());
    let file = file.lines().filter(line).collect::<Vec<_>>().join("\n").replace("is new", "is newer");
    let third = import(&grace, "format=csv", file.as_bytes()).expect(201);
    assert_eq!(third["changed"], 1, "{third}");
    // Questions that were written here, or that another import created, stay as the import left them, and are reported.
    let kept = json!([{"id": own["id"], "reason": "not_created"}]);
    assert_eq!(undo(&grace, &third).expect(200), json!({"deleted": 0, "kept": kept}));
    assert_eq!(grace.get(&path_of(&own)).expect(200)["stem"], "Which one is newer?");
    let changed = &first["questions"][0];
    let kept = json!([{"id": changed["id"], "reason": "not_created", "import": first["id"]}]);
    assert_eq!(undo(&grace, &second).expect(200), json!({"deleted": 0, "kept": kept}));
    assert_eq!(grace.get(&path_of(changed)).expect(200)["answers"][0]["rationale"], "It has 6,700 km.");
    // Only imports of its author have written it, so that it is deleted with the import that created it.
    assert_eq!(undo(&grace, &first).expect(200), json!({"deleted": 3, "kept": []}));
    assert_eq!(undo(&grace, &second).expect(200), json!({"deleted": 0, "kept": []}));
    let deleted = |report: &Value| {
        grace.get(&format!("/api/v1/imports/{}", report["id"].as_str().unwrap())).expect(200)["deleted"].clone()
    };
    assert_eq!((deleted(&first), deleted(&second)), (json!(3), json!(0)));
    assert_eq!(count(&grace, "status=draft"), 1);
}

fn revisions_of_an_import_no_longer_block_their_originals(app: TestApp) {
    let (grace, alan, root) = (app.author("grace"), app.author("alan"), app.admin("root"));
    let published = import(&root, "format=gift&status=published", GIFT.as_bytes()).expect(201);
    let original = &stored(&grace, &published)[0];
    let report = import(&grace, "format=gift", GIFT.replace("6,650 km", "6,700 km").as_bytes()).expect(201);
    assert_eq!(report["superseded"], 1, "{report}");
    let mut body = question("Which river is the longest?");
    body["domain"] = json!(1);
    put(&alan, &path_of(original), "", &body).problem(409, "superseded");
    assert_eq!(undo(&grace, &report).expect(200)["deleted"], 1);
    assert_eq!(alan.get(&path_of(original)).expect(200)["superseded_by"], json!(null));
    let revision = put(&alan, &path_of(original), "", &body).expect(201);
    // The same for a single draft.
    assert_eq!(delete(&alan, &revision).status, 204);
    put(&alan, &path_of(original), "", &body).expect(201);
    let undone = undo(&root, &published).expect(200);
    assert_eq!((&undone["deleted"], undone["kept"].as_array().unwrap().len()), (&json!(0), 3));
    assert_eq!(count(&grace, "status=published&origin=imported"), 3);
}

fn an_import_is_undone_by_its_importer(app: TestApp) {
    let (grace, alan, root) = (app.author("grace"), app.author("alan"), app.admin("root"));
    let report = import(&grace, "format=gift", GIFT.as_bytes()).expect(201);
    undo(&alan, &report).problem(403, "forbidden");
    assert_eq!(count(&grace, "origin=imported"), 3);
    assert_eq!(undo(&root, &report).expect(200)["deleted"], 3);
}

fn a_draft_is_deleted_by_its_writer(app: TestApp) {
    let (grace, alan, root) = (app.author("grace"), app.author("alan"), app.admin("root"));
    let write = |stem: &str| grace.post("/api/v1/questions", &question(stem)).expect(201);
    let draft = write("Which aardvark is right?");
    grace.delete(&path_of(&draft)).problem(428, "precondition-required");
    let old = grace.get(&path_of(&draft)).header("etag").unwrap().to_owned();
    let mut body = question("Which aardvark is righter?");
    body["external_key"] = json!(null);
    put(&grace, &path_of(&draft), "", &body).expect(200);
    grace.request("DELETE", &path_of(&draft), &[("if-match", &old)], b"").problem(412, "precondition-failed");
    let told = delete(&alan, &draft).problem(403, "forbidden");
    assert!(told["detail"].as_str().unwrap().contains("its last writer"), "{told}");
    assert_eq!(count(&grace, "q=aardvark"), 1);
    let reply = delete(&grace, &draft);
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert_eq!(count(&grace, "q=aardvark"), 0);
    delete(&grace, &draft).problem(404, "not-found");
    // A question in review, by an admin. Its key can be used again.
    let mut keyed = question("Which one has a key?");
    keyed["external_key"] = json!("key-1");
    let second = grace.post("/api/v1/questions", &keyed).expect(201);
    to_status(&grace, &second, "in_review").expect(200);
    assert_eq!(delete(&root, &second).status, 204);
    grace.post("/api/v1/questions", &keyed).expect(201);
}

fn served_and_rejected_questions_are_not_deleted(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let draft = grace.post("/api/v1/questions", &question("Which one is right?")).expect(201);
    to_status(&grace, &draft, "retired").expect(200);
    let told = delete(&grace, &draft).problem(409, "status");
    assert!(told["detail"].as_str().unwrap().contains("make it a draft"), "{told}");
    to_status(&grace, &draft, "draft").expect(200);
    to_status(&grace, &draft, "in_review").expect(200);
    to_status(&root, &draft, "published").expect(200);
    for status in ["published", "retired"] {
        if status == "retired" {
            to_status(&root, &draft, status).expect(200);
        }
        let told = delete(&root, &draft).problem(409, "status");
        assert!(told["detail"].as_str().unwrap().contains("may have seen the question"), "{told}");
    }
}

fn a_generated_draft_can_be_deleted_by_its_requester(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let requested_by = drafts::id_of(&grace);
    let job = drafts::job(&app, requested_by, None, "model");
    let id = drafts::draft(&app, job, requested_by, "Which one did the model write?", |_| {});
    let draft = grace.get(&format!("/api/v1/questions/{id}")).expect(200);
    // A user who edits it becomes its writer, and the requester stays the requester.
    put(&alan, &path_of(&draft), "", &question("Which one did a model write?")).expect(200);
    assert_eq!(delete(&grace, &draft).status, 204);
    assert_eq!(app.database.count("question_drafts"), 0);
    grace.get(&format!("/api/v1/generation-jobs/{job}")).expect(200);
}

fn deleted_questions_are_no_longer_near_duplicates(app: TestApp) {
    let grace = app.author("grace");
    let asked = question("Which zebra of the savannah wears the broadest stripes?");
    let similar = || grace.post("/api/v1/lint", &asked).expect(200)["similar"].as_array().unwrap().len();
    assert_eq!(similar(), 0);
    let draft = grace.post("/api/v1/questions", &asked).expect(201);
    assert_eq!(similar(), 1);
    assert_eq!(delete(&grace, &draft).status, 204);
    assert_eq!(similar(), 0);
    assert_eq!(similar(), 0);
}

fn the_largest_question_is_stored(app: TestApp) {
    let grace = app.author("grace");
    let mut number = 0;
    let mut text = || {
        let words = std::iter::repeat_with(|| {
            number += 1;
            format!("{number:06}{}", "𠀀".repeat(53))
        });
        words.take(10_000 / 60).collect::<Vec<_>>().join(" ")
    };
    let answers: Vec<Value> =
        (0..20).map(|_| json!({"body": text(), "correct": true, "rationale": text(), "match": text()})).collect();
    let file = json!({"questions": [{
        "external_key": "largest", "kind": "matching", "difficulty": 5, "domain": 1, "stem": text(), "explanation": text(),
        "answers": answers, "tags": ["s3"],
    }]});
    let report = import(&grace, "format=json", file.to_string().as_bytes()).expect(201);
    assert_eq!(report["created"], 1, "{report}");
    assert_eq!(count(&grace, "q=largest&tag=S3"), 1);
    assert_eq!(count(&grace, &format!("q=000121{}", "%F0%A0%80%80".repeat(53))), 1);
}

fn an_import_publishes_the_drafts_of_its_user(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    import(&root, "format=gift", GIFT.as_bytes()).expect(201);
    let other = b"What is another's? {=a ~b}";
    import(&grace, "format=gift&domain=1", other).expect(201);
    let plan = import(&root, "format=gift&status=published&dry_run=true", GIFT.as_bytes()).expect(200);
    assert_eq!((&plan["changed"], &plan["unchanged"]), (&json!(3), &json!(0)), "{plan}");
    let report = import(&root, "format=gift&status=in_review", GIFT.as_bytes()).expect(201);
    assert_eq!(report["changed"], 3, "{report}");
    // Questions that are in review or in a draft of somebody else are not changed, and the report says so.
    let told = import(&root, "format=gift&status=published", GIFT.as_bytes()).expect(200);
    assert_eq!(told["unchanged"], 3, "{told}");
    assert!(told["questions"][0]["reason"].as_str().unwrap().contains("in review"), "{told}");
    let told = import(&root, "format=gift&domain=1&status=published", other).expect(200);
    let reason = told["questions"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("a draft that grace wrote or edited last"), "{told}");
    for question in stored(&root, &report) {
        to_status(&root, &question, "draft").expect(200);
    }
    let report = import(&root, "format=gift&status=published", GIFT.as_bytes()).expect(201);
    assert_eq!(report["changed"], 3, "{report}");
    assert_eq!(count(&root, "status=published&origin=imported"), 3);
}
