//! Authors review drafts of a language model: who may publish them, rejection reasons, and their origin.

use serde_json::{Value, json};
use tripos::{
    auth::model::UserId,
    db::{self, DbConnection, types::Json},
    exams,
    jobs::model::JobId,
    questions::{
        self,
        drafts::{ColdAnswer, QuestionDraft},
        messages::QuestionBody,
        model::{Origin, QuestionId, QuestionStatus},
        queries::NewPlacement,
        upkeep::Upkeep,
    },
};

use crate::{
    app::{Client, TestApp},
    authoring::{path_of, put, question, to_status},
    common::{database::TestDatabase, on_both},
};

on_both!(
    a_draft_shows_its_origin_and_its_unverified_fields,
    the_requester_of_a_draft_cannot_publish_it,
    a_scripted_draft_is_never_published,
    a_disagreement_of_the_model_needs_a_comment,
    a_draft_is_rejected_with_a_reason,
    imports_cannot_bypass_the_rules_for_drafts,
    a_file_of_drafts_keeps_their_origin,
    a_file_that_was_imported_without_its_origin_gets_it_later,
    a_revision_of_a_published_draft_is_an_ordinary_question,
    drafts_of_a_job_can_be_reviewed,
);

/// The id of a client's user.
pub fn id_of(client: &Client) -> UserId {
    UserId(client.get("/api/v1/me").expect(200)["id"].as_str().unwrap().parse().unwrap())
}

/// A drafting job of a user.
pub fn job(app: &TestApp, requested_by: UserId, task: Option<&str>, model: &str) -> JobId {
    let id = JobId::new();
    let task = task.map_or("NULL".to_owned(), |task| format!("'{task}'"));
    app.database.execute(&format!(
        "INSERT INTO jobs (id, kind, requested_by, run_after)
             VALUES ('{id}', 'generation', '{requested_by}', '2026-11-23T10:00:00.000000Z');
         INSERT INTO generation_jobs (job_id, exam_id, domain, task, question_kind, asked, language, notes, verify, model)
             SELECT '{id}', id, 1, {task}, 'single_choice', 10, 'en', '', true, '{model}' FROM exams WHERE code = 'demo'"
    ));
    id
}

/// A draft of a job, as a worker stores it; `with` changes its origin.
pub fn draft(
    app: &TestApp,
    job: JobId,
    requested_by: UserId,
    stem: &str,
    with: impl Fn(&mut QuestionDraft),
) -> QuestionId {
    let body: QuestionBody = serde_json::from_value(question(stem)).unwrap();
    let content = body.content();
    let store = |conn: &mut DbConnection| {
        let exam = exams::queries::find(conn, &body.exam)?.unwrap();
        let blueprint = exams::queries::blueprint(conn, exam)?;
        let (domain_id, task_id) = questions::authoring::filed_under(&blueprint, &body)?;
        let place = NewPlacement {
            exam_id: blueprint.exam.id,
            domain_id,
            task_id,
            status: QuestionStatus::Draft,
            origin: Origin::Generated,
            external_key: None,
            supersedes_id: None,
            written_by: Some(requested_by),
            upkeep: Upkeep::default(),
            upkeep_changed: false,
        };
        let question_id = questions::queries::insert(conn, &[(place, &content)])?[0];
        let mut draft = QuestionDraft {
            question_id,
            job_id: Some(job),
            requested_by: Some(requested_by),
            model: "model-1".into(),
            template: "draft-1".into(),
            language: "en".into(),
            input_tokens: 900,
            output_tokens: 300,
            content: Json(content.clone()),
            cold_answer: Some(Json(ColdAnswer { answers: vec!["the right one".into()], comment: String::new() })),
            disagreed: false,
            scripted: false,
            accepted_at: None,
            changed: None,
        };
        with(&mut draft);
        questions::queries::insert_draft(conn, &draft)?;
        Ok(question_id)
    };
    db::transaction(&mut app.database.connect(), store).unwrap()
}

/// The model gave another answer than the key.
pub fn disagreed(draft: &mut QuestionDraft) {
    draft.disagreed = true;
    let answers = vec!["the other one".into()];
    draft.cold_answer = Some(Json(ColdAnswer { answers, comment: "both could be meant".into() }));
}

pub fn named(id: QuestionId) -> Value {
    json!({"id": id})
}

pub fn publish(client: &Client, question: &Value) {
    to_status(client, question, "in_review").expect(200);
    to_status(client, question, "published").expect(200);
}

pub fn reject(client: &Client, question: &Value, reason: &str) {
    put(client, &path_of(question), "/status", &json!({"status": "retired", "reason": reason})).expect(200);
}

fn a_draft_shows_its_origin_and_its_unverified_fields(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let requested_by = id_of(&grace);
    let (job, other_job) = (job(&app, requested_by, None, "model-1"), job(&app, requested_by, None, "model-1"));
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", |_| {}));
    let second = named(draft(&app, job, requested_by, "Which one stores blocks?", disagreed));
    draft(&app, other_job, requested_by, "Which one stores files?", |draft| draft.cold_answer = None);

    let told = alan.get(&path_of(&first)).expect(200);
    assert_eq!((&told["origin"], &told["status"]), (&json!("generated"), &json!("draft")));
    assert_eq!(
        told["generated"],
        json!({
            "job": job, "requested_by": requested_by, "requested_by_name": "grace", "model": "model-1", "template": "draft-1", "language": "en",
            "usage": {"input_tokens": 900, "output_tokens": 300}, "unverified": ["references", "difficulty"],
            "cold_answer": {"answers": ["the right one"], "comment": ""}, "disagreed": false, "scripted": false,
        })
    );
    let list = alan.get(&format!("/api/v1/questions?job={job}&status=draft&total=true")).expect(200);
    assert_eq!(list["total"], 2);
    assert_eq!((&list["items"][0], &list["items"][1]["id"]), (&told, &second["id"]));
    assert_eq!(list["items"][1]["generated"]["disagreed"], true);
    let one = |query: &str| alan.get(&format!("/api/v1/questions?job={job}&{query}")).expect(200);
    assert_eq!(one("q=blocks&exam=demo")["items"][0]["id"], second["id"]);
    assert_eq!(one("status=published")["items"], json!([]));
    assert_eq!(one("limit=1")["items"].as_array().unwrap().len(), 1);
    let unknown = alan.get(&format!("/api/v1/questions?job={}&total=true", JobId::new())).expect(200);
    assert_eq!(unknown["total"], 0);
    assert_eq!(
        alan.get(&format!("/api/v1/questions?job={other_job}")).expect(200)["items"][0]["generated"]["cold_answer"],
        json!(null)
    );
    alan.get("/api/v1/questions?job=7").problem(400, "bad-request");
    let published = alan.get("/api/v1/questions?exam=demo&status=published&limit=1").expect(200);
    assert_eq!(published["items"][0]["generated"], json!(null));

    // A user who edits a field has checked it.
    let mut body = question("Which one stores objects?");
    body["difficulty"] = json!(1);
    let edited = put(&alan, &path_of(&first), "", &body).expect(200);
    assert_eq!(edited["generated"]["unverified"], json!(["references"]));
    assert_eq!((&edited["origin"], &edited["written_by"]), (&json!("generated"), &json!(id_of(&alan))));
    let history = alan.get(&format!("{}/history", path_of(&first))).expect(200);
    assert_eq!(
        history["revisions"][0]["changed_since_drafted"],
        json!([{"pointer": "/difficulty", "before": 4, "after": 1}])
    );
    body["references"] = json!([]);
    assert_eq!(put(&alan, &path_of(&first), "", &body).expect(200)["generated"]["unverified"], json!([]));
}

fn the_requester_of_a_draft_cannot_publish_it(app: TestApp) {
    let (grace, alan, ada) = (app.author("grace"), app.author("alan"), app.author("ada"));
    let requested_by = id_of(&grace);
    let job = job(&app, requested_by, None, "model-1");
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", |_| {}));
    to_status(&grace, &first, "in_review").expect(200);
    to_status(&grace, &first, "published").problem(403, "own-question");
    // An edit by somebody else does not allow the requester to publish it.
    let mut body = question("Which of them stores objects?");
    put(&alan, &path_of(&first), "", &body).expect(200);
    to_status(&alan, &first, "in_review").expect(200);
    to_status(&grace, &first, "published").problem(403, "own-question");
    to_status(&alan, &first, "published").problem(403, "own-question");
    assert_eq!(app.database.count("question_drafts WHERE accepted_at IS NOT NULL"), 0);
    to_status(&ada, &first, "published").expect(200);
    assert_eq!(
        app.database.count("question_drafts WHERE accepted_at IS NOT NULL AND changed > 0 AND changed < 0.3"),
        1
    );

    // Answers in another order are no edit, and an admin may publish what an admin requested.
    let root = app.admin("root");
    let requested_by = id_of(&root);
    let second = named(draft(&app, job, requested_by, "Which one stores blocks?", |_| {}));
    body = question("Which one stores blocks?");
    body["answers"].as_array_mut().unwrap().reverse();
    put(&root, &path_of(&second), "", &body).expect(200);
    publish(&root, &second);
    assert_eq!(app.database.count("question_drafts WHERE changed = 0"), 1);
    // Retired and published again: the requester of a draft is still one of its writers.
    to_status(&ada, &first, "retired").expect(200);
    to_status(&grace, &first, "published").problem(403, "own-question");
    to_status(&ada, &first, "published").expect(200);
}

fn a_scripted_draft_is_never_published(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let requested_by = id_of(&grace);
    let job = job(&app, requested_by, None, "scripted");
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", |draft| draft.scripted = true));
    assert_eq!(root.get(&path_of(&first)).expect(200)["generated"]["scripted"], true);
    put(&root, &path_of(&first), "", &question("Which of them stores objects?")).expect(200);
    to_status(&root, &first, "in_review").expect(200);
    to_status(&root, &first, "published").problem(409, "scripted-draft");
    let with_comment = json!({"status": "published", "comment": "it is right"});
    put(&root, &path_of(&first), "/status", &with_comment).problem(409, "scripted-draft");
    assert_eq!(root.get(&path_of(&first)).expect(200)["status"], "in_review");
    // A file would not show its origin.
    let file = root.get("/api/v1/exams/demo/export?format=json&status=in_review");
    assert_eq!(file.header("tripos-left-out"), Some("1"));
    assert_eq!(file.expect(200)["questions"], json!([]));
}

fn a_disagreement_of_the_model_needs_a_comment(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let requested_by = id_of(&grace);
    let job = job(&app, requested_by, None, "model-1");
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", disagreed));
    to_status(&grace, &first, "in_review").expect(200);
    let problem = to_status(&alan, &first, "published").problem(409, "model-disagreed");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("\"the other one\"") && detail.contains("both could be meant"), "{detail}");
    let change =
        |comment: &str| put(&alan, &path_of(&first), "/status", &json!({"status": "published", "comment": comment}));
    change(" ").problem(409, "model-disagreed");
    for bad in ["two\nlines", &"x".repeat(2001), "a\u{7}bell", "\u{200b}", "The guide\u{202e} says so.", ".", "– !?"]
    {
        assert_eq!(change(bad).problem(422, "invalid")["errors"][0]["pointer"], "/comment");
    }
    assert_eq!(change(" The guide says so. ").expect(200)["status"], "published");
    let history = grace.get(&format!("{}/history", path_of(&first))).expect(200);
    let changes = history["revisions"][0]["status_changes"].as_array().unwrap();
    assert_eq!((&changes[0]["comment"], &changes[0]["reason"]), (&json!(null), &json!(null)));
    assert_eq!(changes[1]["comment"], "The guide says so.");

    let mute = |draft: &mut QuestionDraft| {
        draft.disagreed = true;
        draft.cold_answer = None;
    };
    let second = named(draft(&app, job, requested_by, "Which one stores blocks?", mute));
    to_status(&grace, &second, "in_review").expect(200);
    let problem = to_status(&alan, &second, "published").problem(409, "model-disagreed");
    assert!(problem["detail"].as_str().unwrap().contains("gave no answer"), "{problem}");
}

fn a_draft_is_rejected_with_a_reason(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let requested_by = id_of(&grace);
    let job = job(&app, requested_by, None, "model-1");
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", |_| {}));
    let status = |question: &Value, body: Value| put(&alan, &path_of(question), "/status", &body);
    let problem = status(&first, json!({"status": "retired"})).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/reason");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("incorrect_key, ambiguous"), "{problem}");
    let problem = status(&first, json!({"status": "retired", "reason": "boring"})).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/reason");
    let misplaced = status(&first, json!({"status": "in_review", "reason": "style"})).problem(422, "invalid");
    assert_eq!(misplaced["errors"][0]["pointer"], "/reason");
    let mute = status(&first, json!({"status": "retired", "reason": "ambiguous", "comment": "…"}));
    assert_eq!(mute.problem(422, "invalid")["errors"][0]["pointer"], "/comment");
    let rejection = json!({"status": "retired", "reason": "ambiguous", "comment": "Two are right."});
    status(&first, rejection).expect(200);
    let history = grace.get(&format!("{}/history", path_of(&first))).expect(200);
    let change = &history["revisions"][0]["status_changes"][0];
    assert_eq!((&change["reason"], &change["comment"]), (&json!("ambiguous"), &json!("Two are right.")));
    status(&first, json!({"status": "published"})).problem(409, "status");
    status(&first, json!({"status": "draft", "comment": "Only one is."})).expect(200);

    // For other questions the reason is optional, and retiring a published one is no rejection.
    for (stem, body) in
        [("Who?", json!({"status": "retired"})), ("When?", json!({"status": "retired", "reason": "outdated"}))]
    {
        let own = grace.post("/api/v1/questions", &question(stem)).expect(201);
        status(&own, body).expect(200);
    }
    let published = alan.get("/api/v1/questions?exam=demo&status=published&limit=1").expect(200)["items"][0].clone();
    status(&published, json!({"status": "retired", "reason": "outdated"})).problem(422, "invalid");
    status(&published, json!({"status": "retired", "comment": "The service ended."})).expect(200);
}

fn imports_cannot_bypass_the_rules_for_drafts(app: TestApp) {
    let root = app.admin("root");
    let requested_by = id_of(&root);
    let job = job(&app, requested_by, None, "model-1");
    let mut ids = Vec::new();
    for (stem, with) in [
        ("Which one stores objects?", disagreed as fn(&mut QuestionDraft)),
        ("Which one stores blocks?", |_| {}),
        ("Which one stores files?", |_| {}),
    ] {
        ids.push(draft(&app, job, requested_by, stem, with));
    }
    let export = |status: &str| root.get(&format!("/api/v1/exams/demo/export?format=json&status={status}")).json();
    let mut file = export("draft");
    assert_eq!(file["questions"].as_array().unwrap().len(), 3);
    assert!(file["questions"].as_array().unwrap().iter().all(|question| question["status"] == "draft"));
    // Exports leave out drafts of the script, but a file can be written by hand.
    app.database.execute(
        "UPDATE question_drafts SET scripted = true WHERE question_id IN \
         (SELECT id FROM questions WHERE stem = 'Which one stores blocks?')",
    );
    let import = |file: &Value, query: &str| {
        let path = format!("/api/v1/imports?format=json&exam=demo&status=published{query}");
        root.request("POST", &path, &[("content-type", "application/octet-stream")], file.to_string().as_bytes()).json()
    };
    let outcomes = |report: &Value| -> Vec<String> {
        report["questions"].as_array().unwrap().iter().map(|q| q["outcome"].as_str().unwrap().to_owned()).collect()
    };
    // The same text is subject to the rules, like one that an author publishes.
    assert_eq!(outcomes(&import(&file, "&dry_run=true")), ["skipped", "skipped", "changed"]);
    let drafts =
        |status: &str| app.database.count(&format!("questions WHERE origin = 'generated' AND status = '{status}'"));
    assert_eq!(drafts("draft"), 3);
    // Another text as well, as a dry run reports.
    for question in file["questions"].as_array_mut().unwrap() {
        question["explanation"] = json!("That is how it was.");
    }
    for query in ["&dry_run=true", ""] {
        let report = import(&file, query);
        assert_eq!(outcomes(&report), ["skipped", "skipped", "changed"], "{report}");
        assert!(report["questions"][0]["reason"].as_str().unwrap().contains("the other one"), "{report}");
        assert!(report["questions"][1]["reason"].as_str().unwrap().contains("script"), "{report}");
    }
    assert_eq!((drafts("draft"), drafts("published")), (2, 1));
    assert_eq!(app.database.count("question_drafts WHERE changed > 0 AND accepted_at IS NOT NULL"), 1);
    // It does not bring back rejected drafts, either.
    for id in &ids[..2] {
        reject(&root, &named(*id), "incorrect_key");
    }
    assert_eq!(outcomes(&import(&file, "")), ["skipped", "skipped", "unchanged"]);

    // Seeding leaves drafts alone, whatever a file with their keys says.
    app.database.execute("UPDATE questions SET external_key = 'gen-1' WHERE stem = 'Which one stores objects?'");
    let mut seed = crate::common::bank::demo();
    let mut question = file["questions"][0].clone();
    question["external_key"] = json!("gen-1");
    question["status"] = json!("published");
    seed["questions"].as_array_mut().unwrap().push(question);
    assert_eq!(app.database.seed(&seed).kept, 1);
    assert_eq!(drafts("published"), 1);
}

/// A file of `tripos generate` with these questions. For the second one, the model gave another answer.
fn generated_file(model: &str) -> Value {
    let question = |key: &str, stem: &str| {
        let mut question = question(stem);
        let fields = question.as_object_mut().unwrap();
        fields.remove("exam");
        fields.insert("external_key".into(), json!(key));
        fields.insert("status".into(), json!("draft"));
        for answer in question["answers"].as_array_mut().unwrap() {
            let fields = answer.as_object_mut().unwrap();
            let is_correct = fields.remove("is_correct").unwrap();
            fields.insert("correct".into(), is_correct);
        }
        question
    };
    let outcome = |number: i32, key: &str, disagreed: bool| {
        json!({"number": number, "outcome": "drafted", "key": key, "disagreed": disagreed, "template": "draft-1",
            "cold_answer": {"answers": ["the other one"], "comment": ""}, "input_tokens": 900, "output_tokens": 300})
    };
    json!({
        "exam": crate::common::bank::demo()["exam"],
        "generation": {
            "parameters": {"exam": "demo", "domain": 1, "count": 2, "language": "en", "model": model},
            "outcomes": [outcome(1, "gen-1", false), outcome(2, "gen-2", true)],
        },
        "questions": [question("gen-1", "Which one stores objects?"), question("gen-2", "Which one stores blocks?")],
    })
}

fn import(client: &Client, file: &Value, query: &str) -> crate::app::Reply {
    let path = format!("/api/v1/imports?format=json&exam=demo{query}");
    client.request("POST", &path, &[("content-type", "application/octet-stream")], file.to_string().as_bytes())
}

fn outcomes(report: &Value) -> Vec<&str> {
    report["questions"].as_array().unwrap().iter().map(|question| question["outcome"].as_str().unwrap()).collect()
}

fn a_file_of_drafts_keeps_their_origin(app: TestApp) {
    let (grace, alan, root) = (app.author("grace"), app.author("alan"), app.admin("root"));
    let file = generated_file("model-1");
    let report = import(&grace, &file, "").json();
    assert_eq!(outcomes(&report), ["created"; 2], "{report}");
    let ids: Vec<Value> = report["questions"].as_array().unwrap().iter().map(|q| json!({"id": q["id"]})).collect();
    let told = alan.get(&path_of(&ids[1])).expect(200);
    assert_eq!((&told["origin"], &told["status"]), (&json!("generated"), &json!("draft")));
    assert_eq!(
        told["generated"],
        json!({
            "job": null, "requested_by": id_of(&grace), "requested_by_name": "grace", "model": "model-1", "template": "draft-1", "language": "en",
            "usage": {"input_tokens": 900, "output_tokens": 300}, "unverified": told["generated"]["unverified"],
            "cold_answer": {"answers": ["the other one"], "comment": ""}, "disagreed": true, "scripted": false,
        })
    );
    // The same rules as for the drafts of a job.
    to_status(&alan, &ids[1], "in_review").expect(200);
    to_status(&grace, &ids[1], "published").problem(403, "own-question");
    to_status(&alan, &ids[1], "published").problem(409, "model-disagreed");
    let because = json!({"status": "published", "comment": "The guide says so."});
    put(&alan, &path_of(&ids[1]), "/status", &because).expect(200);
    let totals = alan.get("/api/v1/generation-jobs/statistics").expect(200)["totals"].clone();
    assert_eq!(
        (&totals["drafted"], &totals["accepted_unmodified"], &totals["pending"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(outcomes(&import(&grace, &file, "").json()), ["unchanged"; 2]);

    // Published at once: the draft that the model disagreed with is skipped, with the reason.
    let mut other = generated_file("model-1");
    for (index, stem) in ["Which one stores files?", "Which one stores tables?"].into_iter().enumerate() {
        other["questions"][index]["stem"] = json!(stem);
        other["questions"][index]["external_key"] = json!(format!("gen-{}", index + 3));
        other["generation"]["outcomes"][index]["key"] = json!(format!("gen-{}", index + 3));
    }
    for query in ["&status=published&dry_run=true", "&status=published"] {
        let report = import(&root, &other, query).json();
        assert_eq!(outcomes(&report), ["created", "skipped"], "{report}");
        assert!(report["questions"][1]["reason"].as_str().unwrap().contains("the other one"), "{report}");
    }
    assert_eq!(app.database.count("question_drafts WHERE accepted_at IS NOT NULL AND changed = 0"), 2);
    let report = import(&grace, &other, "&status=in_review").json();
    assert_eq!(outcomes(&report), ["unchanged", "created"], "{report}");
    assert_eq!(app.database.count("questions WHERE status = 'in_review' AND origin = 'generated'"), 1);

    // An edit in the file counts as a change of the draft.
    let mut edited = generated_file("model-1");
    edited["generation"]["outcomes"][0]["content"] = json!({
        "kind": "single_choice", "stem": "Which one stores items?", "explanation": "", "references": [], "tags": [],
        "difficulty": 2, "answers": edited["questions"][0]["answers"].as_array().unwrap().iter().map(|answer| json!({
            "body": answer["body"], "is_correct": answer["correct"], "rationale": answer["rationale"],
            "match_body": null,
        })).collect::<Vec<_>>(),
    });
    edited["questions"][0]["stem"] = json!("Which one stores queues?");
    edited["questions"][0]["external_key"] = json!("gen-5");
    edited["generation"]["outcomes"][0]["key"] = json!("gen-5");
    edited["questions"].as_array_mut().unwrap().truncate(1);
    assert_eq!(outcomes(&import(&root, &edited, "&status=published").json()), ["created"]);
    assert_eq!(app.database.count("question_drafts WHERE accepted_at IS NOT NULL AND changed > 0"), 1);

    // Questions from the script stay drafts.
    let mut scripted = generated_file("scripted");
    for status in ["&status=published", "&status=in_review"] {
        let problem = import(&root, &scripted, status).problem(422, "invalid");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("script"), "{problem}");
    }
    scripted["generation"]["outcomes"] = json!(1);
    import(&root, &scripted, "").problem(422, "invalid");
}

fn a_file_that_was_imported_without_its_origin_gets_it_later(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let mut file = generated_file("model-1");
    let generation = file.as_object_mut().unwrap().remove("generation").unwrap();
    let report = import(&grace, &file, "").json();
    assert_eq!(outcomes(&report), ["created"; 2]);
    let first = json!({"id": report["questions"][0]["id"]});
    file["generation"] = generation;
    // A file of somebody else cannot turn a draft into a model's.
    assert_eq!(outcomes(&import(&alan, &file, "").json()), ["unchanged"; 2]);
    assert_eq!(alan.get(&path_of(&first)).expect(200)["generated"], Value::Null);
    assert_eq!(outcomes(&import(&grace, &file, "").json()), ["unchanged"; 2]);
    let told = alan.get(&path_of(&first)).expect(200);
    assert_eq!((&told["origin"], &told["generated"]["model"]), (&json!("generated"), &json!("model-1")));

    // Under another key, a question is recognized by its texts, and the report says so.
    file["questions"][0]["external_key"] = json!("renamed");
    file["questions"][1]["external_key"] = json!("renamed-too");
    let report = import(&grace, &file, "").json();
    assert_eq!(outcomes(&report), ["unchanged"; 2], "{report}");
    assert_eq!(
        (&report["questions"][0]["reason"], &report["questions"][0]["id"]),
        (&json!("the bank has it as gen-1"), &first["id"])
    );
    reject(&grace, &first, "duplicate");
    let report = import(&grace, &file, "").json();
    assert_eq!(outcomes(&report), ["skipped", "unchanged"], "{report}");
    let twice = file["questions"][1].clone();
    file["questions"].as_array_mut().unwrap().push(twice);
    file["questions"][2]["external_key"] = json!("renamed-again");
    let report = import(&grace, &file, "").json();
    assert_eq!(outcomes(&report), ["skipped", "unchanged", "skipped"], "{report}");
    assert_eq!(app.database.count("questions WHERE external_key LIKE 'renamed%'"), 0);
}

fn a_revision_of_a_published_draft_is_an_ordinary_question(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let requested_by = id_of(&grace);
    let job = job(&app, requested_by, None, "model-1");
    let first = named(draft(&app, job, requested_by, "Which one stores objects?", |_| {}));
    publish(&alan, &first);
    let revision = put(&alan, &path_of(&first), "", &question("Which of them stores objects?")).expect(201);
    assert_eq!((&revision["origin"], &revision["generated"]), (&json!("authored"), &json!(null)));
    to_status(&alan, &revision, "retired").expect(200);
    to_status(&alan, &revision, "draft").expect(200);
    publish(&grace, &revision);
    assert_eq!(grace.get(&path_of(&first)).expect(200)["generated"]["job"], json!(job));
}

fn drafts_of_a_job_can_be_reviewed(database: TestDatabase) {
    let app = TestApp::with(database, &[("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "1")]);
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let order = json!({"exam": "clf-c02", "domain": 2, "kind": "single_choice", "count": 8});
    let reply = grace.post("/api/v1/generation-jobs", &order);
    let job = reply.expect(202)["id"].as_str().unwrap().to_owned();
    let url = reply.header("location").unwrap().to_owned();
    // The stream ends when the job does.
    grace.events(&format!("{url}/events"), None).for_each(drop);
    let done = grace.get(&url).expect(200);
    assert_eq!(done["status"], "succeeded", "{done}");
    let list = grace.get(&format!("/api/v1/questions?job={job}&status=draft&total=true")).expect(200);
    assert_eq!(list["total"], done["progress"]["drafted"]);
    let drafts = list["items"].as_array().unwrap();
    assert!(!drafts.is_empty());
    for draft in drafts {
        let generated = &draft["generated"];
        assert_eq!((&generated["job"], &generated["scripted"]), (&json!(job), &json!(true)));
        assert_eq!((&generated["requested_by"], &draft["written_by"]), (&json!(id_of(&grace)), &json!(id_of(&grace))));
        assert!(generated["unverified"].as_array().unwrap().contains(&json!("difficulty")));
    }
    let disagreed = drafts.iter().filter(|draft| draft["generated"]["disagreed"] == true).count();
    assert_eq!(json!(disagreed), done["progress"]["disagreed"]);
    to_status(&grace, &drafts[0], "in_review").expect(200);
    to_status(&root, &drafts[0], "published").problem(409, "scripted-draft");
    reject(&root, &drafts[0], "other");
    assert_eq!(grace.get("/api/v1/generation-jobs/statistics").expect(200)["totals"]["asked"], 0);
}
