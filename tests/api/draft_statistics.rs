//! The outcomes of drafts, counted by model, template and task.

use serde_json::{Value, json};
use tripos::{jobs::model::JobId, questions::drafts::QuestionDraft};

use crate::{
    app::{Client, TestApp},
    authoring::{path_of, put, question, to_status},
    common::on_both,
    drafts::{disagreed, draft, id_of, job, named, publish, reject},
};

on_both!(outcomes_of_drafts_are_counted, statistics_can_be_filtered_by_exam_and_time);

const PATH: &str = "/api/v1/generation-jobs/statistics";

fn totals(client: &Client, query: &str) -> Value {
    client.get(&format!("{PATH}{query}")).expect(200)["totals"].clone()
}

/// Outcomes of a job other than drafts.
fn refuse(app: &TestApp, job: JobId, outcomes: &[(i32, &str, &str)]) {
    for (number, outcome, rule) in outcomes {
        app.database.execute(&format!(
            "INSERT INTO generation_outcomes (job_id, number, outcome, rule, reason, template)
             VALUES ('{job}', {number}, '{outcome}', '{rule}', 'so it is', 'draft-1')"
        ));
    }
}

fn outcomes_of_drafts_are_counted(app: TestApp) {
    let (grace, alan) = (app.author("grace"), app.author("alan"));
    let nothing = totals(&grace, "");
    assert_eq!((&nothing["asked"], &nothing["unmodified_rate"]["rate"]), (&json!(0), &json!(null)));
    let requested_by = id_of(&grace);
    let ours = job(&app, requested_by, Some("1.1"), "model-1");
    let new = |stem: &str, with: &dyn Fn(&mut QuestionDraft)| named(draft(&app, ours, requested_by, stem, with));

    publish(&alan, &new("Which one stores objects?", &|_| {}));
    let edited = new("Which one stores blocks?", &|_| {});
    put(&alan, &path_of(&edited), "", &question("Which of them stores blocks?")).expect(200);
    let ada = app.author("ada");
    publish(&ada, &edited);
    let wrong = new("Which one stores files?", &disagreed);
    reject(&alan, &wrong, "incorrect_key");
    let undone = new("Which one stores rows?", &|_| {});
    reject(&alan, &undone, "style");
    new("Which one stores graphs?", &|_| {});
    let template_2 = |draft: &mut QuestionDraft| draft.template = "draft-2".into();
    publish(&alan, &new("Which one stores logs?", &template_2));
    refuse(&app, ours, &[(7, "refused", "schema"), (8, "refused", "lint/stem-negative"), (9, "refused", "schema")]);
    refuse(&app, ours, &[(10, "duplicate", "near-duplicate")]);
    // Drafts from the script are not counted.
    let played = job(&app, requested_by, None, "scripted");
    refuse(&app, played, &[(1, "refused", "schema")]);
    draft(&app, played, requested_by, "Which one stores time series?", |draft| draft.scripted = true);

    let statistics = alan.get(PATH).expect(200);
    let groups = statistics["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{statistics}");
    let first = &groups[0];
    for (field, value) in [
        ("model", json!("model-1")),
        ("template", json!("draft-1")),
        ("exam", json!("demo")),
        ("domain", json!(1)),
        ("task", json!("1.1")),
        ("asked", json!(9)),
        ("drafted", json!(5)),
        ("pending", json!(1)),
        ("accepted_unmodified", json!(1)),
        ("accepted_edited", json!(1)),
        ("rejected", json!(2)),
        ("rejected_by_reason", json!({"incorrect_key": 1, "style": 1})),
        ("disagreed", json!(1)),
        ("refused", json!(3)),
        ("refused_by_rule", json!({"schema": 2, "lint/stem-negative": 1})),
        ("duplicate", json!(1)),
        ("unmodified_rate", json!({"count": 1, "of": 4, "rate": 0.25})),
        ("accepted_rate", json!({"count": 2, "of": 4, "rate": 0.5})),
    ] {
        assert_eq!(first[field], value, "{field}: {first}");
    }
    let changed = first["mean_changed"].as_f64().unwrap();
    assert!(0.0 < changed && changed < 0.2, "{changed}");
    assert_eq!((&groups[1]["template"], &groups[1]["accepted_unmodified"]), (&json!("draft-2"), &json!(1)));
    assert_eq!(groups[1]["mean_changed"], json!(null));
    assert_eq!((&statistics["totals"]["asked"], &statistics["totals"]["drafted"]), (&json!(10), &json!(6)));

    // A rejection that was undone no longer counts, and the last reason counts.
    to_status(&alan, &undone, "draft").expect(200);
    let now = totals(&alan, "");
    assert_eq!((&now["pending"], &now["rejected_by_reason"]), (&json!(2), &json!({"incorrect_key": 1})));
    reject(&alan, &undone, "too_easy");
    assert_eq!(totals(&alan, "")["rejected_by_reason"], json!({"incorrect_key": 1, "too_easy": 1}));
    // It stays accepted even if it is retired.
    to_status(&ada, &edited, "retired").expect(200);
    assert_eq!((&totals(&alan, "")["accepted_edited"], &totals(&alan, "")["rejected"]), (&json!(1), &json!(2)));
}

fn statistics_can_be_filtered_by_exam_and_time(app: TestApp) {
    let grace = app.author("grace");
    let requested_by = id_of(&grace);
    let whole_domain = job(&app, requested_by, None, "model-1");
    draft(&app, whole_domain, requested_by, "Which one stores objects?", |_| {});
    refuse(&app, whole_domain, &[(2, "refused", "schema")]);
    // Drafts are counted where they are filed, refusals where they were requested.
    let statistics = grace.get(PATH).expect(200);
    let tasks: Vec<&Value> = statistics["groups"].as_array().unwrap().iter().map(|group| &group["task"]).collect();
    assert_eq!(tasks, [&json!(null), &json!("1.1")]);
    // The model was not asked for these.
    refuse(&app, whole_domain, &[(3, "refused", "job-budget")]);
    assert_eq!(totals(&grace, "")["refused_by_rule"], json!({"schema": 1}));
    let asked = |query: &str| totals(&grace, query)["asked"].clone();
    assert_eq!((asked("?exam=demo"), asked("?exam=clf-c02")), (json!(2), json!(0)));
    assert_eq!((asked("?since=2020-01-01T00:00:00Z"), asked("?since=2100-01-01T00:00:00Z")), (json!(2), json!(0)));
    grace.get(&format!("{PATH}?exam=nothing")).problem(404, "not-found");
    assert_eq!((asked("?since=2020-01-01"), asked("?since=2100-01-01")), (json!(2), json!(0)));
    let problem = grace.get(&format!("{PATH}?since=yesterday")).problem(400, "bad-request");
    assert!(problem["detail"].as_str().unwrap().contains("since must be a date or a time, such as"), "{problem}");
    grace.get(&format!("{PATH}?unknown=1")).problem(400, "bad-request");
    app.learner("ada").get(PATH).problem(403, "forbidden");
}
