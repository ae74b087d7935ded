//! Permissions: every documented operation with every role, compared with the table below.

use serde_json::{Value, json};

use crate::{
    app::{Client, TestApp},
    authoring::question,
    common::{bank, on_both},
    operations::operations,
    upkeep::subject,
};

on_both!(every_operation_answers_every_role_as_the_table_says);

/// The status for nobody, a learner, an author and an admin, requested for resources that do not exist.
const TABLE: [(&str, [u16; 4]); 71] = [
    ("health", [200, 200, 200, 200]),
    ("health_live", [200, 200, 200, 200]),
    ("health_ready", [200, 200, 200, 200]),
    // From this machine; `limits::metrics_are_for_this_machine_and_for_admins` tests requests from elsewhere.
    ("metrics", [200, 200, 200, 200]),
    ("openapi", [200, 200, 200, 200]),
    ("root", [302, 302, 302, 302]),
    ("docs_redirect", [308, 308, 308, 308]),
    ("docs", [404, 404, 404, 404]),
    ("asset", [404, 404, 404, 404]),
    ("get_server", [200, 200, 200, 200]),
    ("list_exams", [200, 200, 200, 200]),
    ("get_exam", [404, 404, 404, 404]),
    ("create_exam", [401, 403, 201, 409]),
    ("replace_exam", [401, 403, 404, 404]),
    ("change_exam_status", [401, 403, 404, 404]),
    ("sign_up", [201, 409, 409, 409]),
    ("sign_in", [401, 401, 401, 401]),
    ("sign_out", [401, 404, 404, 404]),
    ("get_me", [401, 200, 200, 200]),
    ("change_me", [401, 200, 200, 200]),
    // Not with a token for a program, as in all of these: see `reauthentication`. The same for passwords and tokens.
    ("delete_me", [401, 403, 403, 403]),
    ("change_password", [401, 403, 403, 403]),
    ("list_tokens", [401, 200, 200, 200]),
    ("create_token", [401, 403, 403, 403]),
    ("get_token", [401, 404, 404, 404]),
    ("revoke_token", [401, 404, 404, 404]),
    ("start_attempt", [401, 201, 201, 201]),
    ("list_attempts", [401, 200, 200, 200]),
    ("get_attempt", [401, 404, 404, 404]),
    ("abandon_attempt", [401, 404, 404, 404]),
    ("put_slot", [401, 404, 404, 404]),
    ("submit_attempt", [401, 404, 404, 404]),
    ("get_report", [401, 404, 404, 404]),
    ("get_activity", [401, 200, 200, 200]),
    ("export_me", [401, 200, 200, 200]),
    ("list_questions", [401, 403, 200, 200]),
    ("get_question", [401, 403, 404, 404]),
    ("create_question", [401, 403, 201, 201]),
    ("replace_question", [401, 403, 404, 404]),
    ("change_question_status", [401, 403, 404, 404]),
    ("change_question_upkeep", [401, 403, 404, 404]),
    ("delete_question", [401, 403, 404, 404]),
    ("question_history", [401, 403, 404, 404]),
    ("similar_questions", [401, 403, 404, 404]),
    ("lint_question", [401, 403, 404, 404]),
    ("lint_exam", [401, 403, 404, 404]),
    ("exam_calibration", [401, 403, 404, 404]),
    ("get_readiness", [401, 404, 404, 404]),
    ("get_reviews", [401, 404, 404, 404]),
    ("get_plan", [401, 404, 404, 404]),
    ("put_plan", [401, 404, 404, 404]),
    ("delete_plan", [401, 404, 404, 404]),
    ("generation_statistics", [401, 403, 200, 200]),
    ("import_questions", [401, 403, 404, 404]),
    ("list_imports", [401, 403, 200, 200]),
    ("get_import", [401, 403, 404, 404]),
    ("delete_imported_questions", [401, 403, 404, 404]),
    ("export_questions", [401, 403, 404, 404]),
    ("export_report", [401, 403, 404, 404]),
    ("lint", [401, 403, 200, 200]),
    ("list_subjects", [401, 403, 200, 200]),
    ("get_subject", [401, 403, 404, 404]),
    // It does not exist before.
    ("put_subject", [401, 403, 201, 428]),
    ("list_generation_jobs", [401, 403, 200, 200]),
    // Without a model.
    ("create_generation_job", [401, 403, 503, 503]),
    ("get_generation_job", [401, 403, 404, 404]),
    ("cancel_generation_job", [401, 403, 404, 404]),
    ("generation_job_events", [401, 403, 404, 404]),
    ("list_users", [401, 403, 403, 200]),
    ("get_user", [401, 403, 403, 404]),
    ("change_user", [401, 403, 403, 404]),
];

/// A valid body for an operation.
pub fn body(operation: &str) -> Value {
    match operation {
        "start_attempt" => json!({"exam": "demo", "mode": "exam"}),
        "sign_up" => json!({"email": "new@example.org", "password": "long enough"}),
        "sign_in" => json!({"email": "nobody@example.org", "password": "long enough"}),
        "change_password" => json!({"current_password": "is not it", "new_password": "long enough"}),
        "create_exam" | "replace_exam" => bank::demo()["exam"].clone(),
        "change_exam_status" | "change_question_status" => json!({"status": "retired"}),
        "create_question" | "replace_question" | "lint" => question("Which?"),
        "create_generation_job" => json!({"exam": "demo", "domain": 1, "kind": "single_choice", "count": 1}),
        "put_subject" => subject("aws:nothing"),
        "create_token" => json!({"name": "for a test"}),
        "put_plan" => json!({"exam_date": "2026-12-24"}),
        "put_slot" => json!({"flagged": true}),
        _ => json!({}),
    }
}

fn every_operation_answers_every_role_as_the_table_says(app: TestApp) {
    app.admin("first");
    let mut new_exam = bank::demo()["exam"].clone();
    new_exam["code"] = json!("new-1");
    let unknown = app.with_token(&tripos::auth::secret::generate().unwrap().0);
    for (index, (method, path, operation)) in operations().into_iter().enumerate() {
        let id = operation["operationId"].as_str().unwrap();
        let path = path
            .replace("/subjects/{id}", "/subjects/aws:nothing")
            .replace("{id}", "00000000-0000-7000-8000-000000000000")
            .replace(
                "/imports",
                if id == "import_questions" { "/imports?format=gift&exam=nothing" } else { "/imports" },
            )
            .replace("/me/readiness", "/me/readiness?exam=nothing")
            .replace("/me/reviews", "/me/reviews?exam=nothing")
            .replace("{exam}", "nothing")
            .replace("{position}", "1")
            .replace("/export/report", "/export/report?format=gift")
            .replace("/export", if path.ends_with("{code}/export") { "/export?format=gift" } else { "/export" })
            .replace("{code}", "nothing")
            .replace("{build}", "nothing")
            .replace("{file}", "nothing");
        let body = match id {
            "create_exam" | "replace_exam" => new_exam.clone(),
            _ => body(id),
        };
        let status = |client: &Client| client.send(&method, &path, &body).status;
        // Each operation has its own users.
        let callers = [
            app.anonymous(),
            app.learner(&format!("learner{index}")),
            app.author(&format!("author{index}")),
            app.admin(&format!("admin{index}")),
        ];
        let row = TABLE.iter().find(|(name, _)| *name == id);
        let (_, expected) = row.unwrap_or_else(|| panic!("{id} has no row in the table"));
        assert_eq!(callers.each_ref().map(status), *expected, "{id}");
        if expected[0] == 401 && id != "sign_in" {
            assert_eq!(status(&unknown), 401, "{id} with an unknown token");
        }
        let security = operation["security"].as_array().expect("what it takes, or that it takes nothing");
        let is_open = security.is_empty() || security.contains(&json!({}));
        assert_eq!(is_open, expected[0] != 401 || id == "sign_in", "{id}: {security:?}");
    }
    assert_eq!(TABLE.len(), operations().len(), "a row of the table names no operation");
}

#[test]
fn the_documentation_lists_every_operation_with_its_role() {
    let page = include_str!("../../docs/api.md");
    let is_of_operation = |row: &&str| row.starts_with("| `") && row.split('`').nth(1).unwrap().contains(" /");
    assert_eq!(page.lines().filter(is_of_operation).count(), operations().len(), "one row for each");
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        let (_, statuses) = TABLE.iter().find(|(known, _)| *known == id).unwrap();
        let role = match statuses {
            // Programs on this machine need no token.
            _ if id == "metrics" => "admin",
            [401, 403, 403, status] if *status != 403 => "admin",
            [401, 403, status, _] if *status != 403 => "author",
            [401, status, ..] if *status != 401 => "learner",
            _ => "anyone",
        };
        let row = format!("\n| `{method} {path}` | {role} |");
        assert!(page.contains(&row), "{row}");
    }
}
