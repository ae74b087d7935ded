//! Authors see each other's names, never their addresses.

use serde_json::{Value, json};
use tripos::auth::model::Role;

use crate::{
    app::TestApp,
    authoring::{path_of, question, to_status},
    common::{database::TestDatabase, on_both},
    interchange::{GIFT, import},
};

on_both!(
    authors_see_who_wrote_a_question_and_changed_its_status,
    authors_see_who_imported,
    authors_see_who_requested_drafts,
    a_deleted_account_has_no_name,
);

fn authors_see_who_wrote_a_question_and_changed_its_status(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let draft = grace.post("/api/v1/questions", &question("Which is named?")).expect(201);
    assert_eq!(draft["written_by_name"], "grace");
    to_status(&grace, &draft, "in_review").expect(200);
    let published = to_status(&alan, &draft, "published").expect(200);
    // A draft is read, and a published question is cached: both have the same names, alone and in a list.
    let one = alan.get(&path_of(&draft));
    assert_eq!(one.expect(200), published);
    assert_eq!(alan.items("/api/v1/questions?exam=demo&sort=-updated")[0], published);
    let history = alan.get(&format!("{}/history", path_of(&draft)));
    let revision = &history.expect(200)["revisions"][0];
    assert_eq!(revision["written_by_name"], "grace");
    let moved: Vec<&Value> =
        revision["status_changes"].as_array().unwrap().iter().map(|change| &change["by_name"]).collect();
    assert_eq!(moved, [&json!("grace"), &json!("alan")]);
    assert!([one, history].iter().all(|reply| !reply.text.contains("example.org\"")));
    let bundled = &alan.items("/api/v1/questions?exam=demo&limit=1&sort=created")[0];
    assert_eq!((&bundled["written_by"], &bundled["written_by_name"]), (&Value::Null, &Value::Null));
}

fn authors_see_who_imported(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let id = import(&grace, "format=gift", GIFT.as_bytes()).expect(201)["id"].as_str().unwrap().to_owned();
    let one = alan.get(&format!("/api/v1/imports/{id}"));
    assert_eq!(one.expect(200)["imported_by_name"], "grace");
    assert_eq!(alan.items("/api/v1/imports"), [one.json()]);
}

fn authors_see_who_requested_drafts(database: TestDatabase) {
    let app = TestApp::with(database, &[("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "1")]);
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let order = json!({"exam": "clf-c02", "domain": 2, "kind": "single_choice", "count": 3});
    let reply = grace.post("/api/v1/generation-jobs", &order);
    assert_eq!(reply.expect(202)["requested_by_name"], "grace");
    let job = reply.header("location").unwrap();
    for event in alan.events(&format!("{job}/events"), None).filter(|event| event.kind == "status") {
        assert_eq!(event.data["requested_by_name"], "grace");
    }
    assert_eq!(alan.items("/api/v1/generation-jobs")[0]["requested_by_name"], "grace");
    let drafts = alan.items(&format!("/api/v1/questions?job={}", job.rsplit('/').next().unwrap()));
    assert!(!drafts.is_empty());
    for draft in drafts {
        assert_eq!(draft["generated"]["requested_by_name"], "grace");
        assert_eq!(alan.get(&path_of(&draft)).expect(200), draft);
    }
}

fn a_deleted_account_has_no_name(app: TestApp) {
    let (grace, alan) = (app.signed_in_as("grace", Role::Author), app.author("alan"));
    let draft = grace.post("/api/v1/questions", &question("Whose is it?")).expect(201);
    let id = import(&grace, "format=gift", GIFT.as_bytes()).expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(grace.delete("/api/v1/me").status, 204);
    let left = alan.get(&path_of(&draft)).expect(200);
    assert_eq!((&left["written_by"], &left["written_by_name"]), (&draft["written_by"], &Value::Null));
    assert_eq!(alan.get(&format!("/api/v1/imports/{id}")).expect(200)["imported_by_name"], Value::Null);
}
