//! Texts are Markdown in a normal form that is safe in every reader.

use serde_json::{Value, json};
use tripos::{db, questions::normalization};

use crate::{
    app::{Client, TestApp},
    authoring::question,
    common::{bank, database::TestDatabase, on_both},
};

on_both!(
    texts_are_stored_in_normal_form,
    texts_that_another_reader_could_run_are_refused_with_their_line,
    texts_from_before_the_normal_form_are_rewritten_in_place,
    questions_imported_before_the_normal_form_are_recognized,
    reports_from_before_the_normal_form_show_safe_texts,
    a_match_that_was_chosen_before_its_text_was_rewritten_still_counts,
);

const GIFT: &str = "\
$CATEGORY: top/2 Second

Which shell prints it
in two lines? {
    =the first `one` \\= 1
    ~[markdown]the *second*
}
";

fn import(client: &Client) -> Value {
    let headers = [("content-type", "text/plain")];
    client.request("POST", "/api/v1/imports?exam=demo&format=gift", &headers, GIFT.as_bytes()).json()
}

fn path_of(question: &Value) -> String {
    format!("/api/v1/questions/{}", question["id"].as_str().unwrap())
}

/// Changes the database to the state of a release before the normal form.
fn age(database: &TestDatabase, changes: &str) {
    database.execute(&format!("{changes}; UPDATE question_search SET is_normalized = false"));
}

fn normalize(database: &TestDatabase) {
    while db::transaction(&mut database.connect(), normalization::run).unwrap() > 0 {}
}

fn texts_are_stored_in_normal_form(app: TestApp) {
    let grace = app.author("grace");
    for (sent, stored) in [
        ("* a\r\n* b", "- a\n- b"),
        ("Which of `<b>` and <https://a.b>?", "Which of `<b>` and [https://a.b](https://a.b)?"),
        ("| a |\n|-|\n| <img\nsrc=x> |", "| a |\n| --- |\n| &lt;img |\n| src=x> |"),
        ("Why is 1 < 2?\n\n    <script>", "Why is 1 &lt; 2?\n\n```\n<script>\n```"),
    ] {
        let mut body = question(sent);
        body["explanation"] = json!(sent);
        body["answers"][0]["rationale"] = json!(sent);
        let created = grace.post("/api/v1/questions", &body).expect(201);
        for pointer in ["/stem", "/explanation", "/answers/0/rationale"] {
            assert_eq!(created.pointer(pointer), Some(&json!(stored)), "{sent:?}");
        }
        // What was read can be sent again.
        body["stem"] = created["stem"].clone();
        let again = grace.post("/api/v1/questions", &body).expect(201);
        assert_eq!(again["stem"], created["stem"]);
    }
}

fn texts_that_another_reader_could_run_are_refused_with_their_line(app: TestApp) {
    let grace = app.author("grace");
    for (text, line) in [
        ("    code\r<script>alert(1)</script>", "line 2 "),
        ("```\ncode\n```\r<img src=x onerror=alert(1)>", "line 4 "),
        ("a\n\u{c}    <img src=x onerror=alert(1)>", "line 2 "),
        ("a\n\n<x\u{2028}onfocus=alert(1)>", "line 3 "),
        ("a\n\n<x\u{85}onfocus=alert(1)>", "line 3 "),
        ("a https://a.b`<img src=x onerror=alert(1)>`", "line 1 "),
        ("a [b](javascript:alert(1))", "line 1 "),
    ] {
        for field in ["/stem", "/explanation", "/answers/1/body", "/answers/1/rationale", "/references/0/title"] {
            let mut body = question("Which?");
            *body.pointer_mut(field).unwrap() = json!(text);
            let problem = grace.post("/api/v1/questions", &body).problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], field, "{problem}");
            assert!(problem["errors"][0]["detail"].as_str().unwrap().starts_with(line), "{text:?}: {problem}");
        }
    }
    let problem = grace.post("/api/v1/questions", &question("Open https://<bucket-name>.a.b")).problem(422, "invalid");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("<bucket-name>") && detail.contains("\\<"), "{detail}");
    // Characters that some readers take as white space are text after `<`.
    let odd = grace.post("/api/v1/questions", &question("<x\u{a0}onfocus=alert(1) autofocus tabindex=1>")).expect(201);
    assert_eq!(odd["stem"], "&lt;x\u{a0}onfocus=alert(1) autofocus tabindex=1>");
}

fn texts_from_before_the_normal_form_are_rewritten_in_place(app: TestApp) {
    let grace = app.author("grace");
    let old = grace.post("/api/v1/questions", &question("Which old one?")).expect(201);
    let other = grace.post("/api/v1/questions", &question("Which other one?")).expect(201);
    age(
        &app.database,
        "UPDATE questions SET stem = '<x\u{a0}onfocus=y>  * a' WHERE stem = 'Which old one?'; \
                        UPDATE answers SET rationale = 'it is ``here``' WHERE rationale = 'it is'",
    );
    normalize(&app.database);
    let new = grace.get(&path_of(&old)).expect(200);
    assert_eq!(new["stem"], "&lt;x\u{a0}onfocus=y> * a");
    assert_eq!(new["answers"][0]["rationale"], "it is `here`");
    assert_eq!((&new["status"], &new["answers"][0]["id"]), (&json!("draft"), &old["answers"][0]["id"]));
    let history = grace.get(&format!("{}/history", path_of(&old))).expect(200);
    assert_eq!(history["revisions"].as_array().unwrap().len(), 1);
    assert_eq!(grace.get("/api/v1/questions?q=onfocus&total=true").expect(200)["total"], 1);
    let untouched = "UPDATE answers SET rationale = 'it is' WHERE rationale = 'it is `here`'";
    app.database.execute(untouched);

    // Those that are in normal form stay as they are, the time of their last change included.
    let before = grace.get(&path_of(&other)).expect(200);
    age(&app.database, "SELECT 1");
    normalize(&app.database);
    assert_eq!(grace.get(&path_of(&other)).expect(200), before);
    assert_eq!(app.database.count("question_search WHERE NOT is_normalized"), 0);
}

fn questions_imported_before_the_normal_form_are_recognized(app: TestApp) {
    let grace = app.author("grace");
    let first = import(&grace);
    let id = first["questions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(first["created"], 1);
    age(
        &app.database,
        "UPDATE questions SET external_key = 'demo#0123456789abcdef01234567', \
                        stem = 'Which shell prints it  \nin two lines?' WHERE origin = 'imported'; \
                        UPDATE answers SET body = 'the _second_' WHERE body = 'the *second*'",
    );
    normalize(&app.database);
    let again = import(&grace);
    assert_eq!((&again["unchanged"], &again["questions"][0]["id"]), (&json!(1), &json!(id)), "{again}");
}

fn reports_from_before_the_normal_form_show_safe_texts(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    let (from, to) = match &app.database.url {
        url if url.starts_with("sqlite") => ("report", ""),
        _ => ("report::text", "::jsonb"),
    };
    let replaced = format!("replace(replace({from}, 'explained:', '<x\u{a0}onfocus=y>'), 'end 1', 'end <x\u{a0}y>')");
    app.database.execute(&format!("UPDATE attempts SET report = {replaced}{to}"));
    let report = ada.get(&format!("{path}/report"));
    report.expect(200);
    assert!(report.text.contains("&lt;x\u{a0}onfocus=y>") && !report.text.contains('<'), "{}", report.text);
}

fn a_match_that_was_chosen_before_its_text_was_rewritten_still_counts(app: TestApp) {
    let old = "UPDATE answers SET match_body = 'end *' || substr(match_body, 5) WHERE match_body IS NOT NULL";
    age(&app.database, old);
    let ada = app.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam", "seed": 3})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    let pairs = |question: &Value, old: bool| {
        let mut right = bank::right_response(question);
        for pair in right.as_array_mut().unwrap() {
            let text = pair["match"].as_str().unwrap().replace("end ", if old { "end *" } else { "end \\*" });
            pair["match"] = json!(text);
        }
        right
    };
    let slots: Vec<&Value> = attempt["slots"].as_array().unwrap().iter().collect();
    let matching: Vec<&&Value> = slots.iter().filter(|slot| slot["question"]["kind"] == "matching").collect();
    assert!(matching.len() >= 2, "{attempt}");
    for (index, slot) in matching.iter().enumerate() {
        if index == 1 {
            normalize(&app.database);
        }
        // The page of the second one was loaded before, too.
        let response = json!({"response": pairs(&slot["question"], true)});
        ada.put(&format!("{path}/slots/{}", slot["position"]), &response).expect(200);
    }
    let now = ada.get(&path).expect(200);
    let shown = &now["slots"][matching[0]["position"].as_u64().unwrap() as usize - 1];
    assert_eq!(shown["response"], pairs(&shown["question"], false));
    let report = ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    for slot in matching {
        assert_eq!(report["slots"][slot["position"].as_u64().unwrap() as usize - 1]["mark"], 1.0);
    }
}
