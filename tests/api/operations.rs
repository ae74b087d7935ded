//! For operators: health, metrics, the API description, overload and outages.

use std::collections::{BTreeSet, HashSet};

use actix_web::{App, introspection::IntrospectionTree, web};
use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::{Value, json};
use tripos::{
    aws::Aws,
    server::{openapi::Api, routes},
};
use utoipa::OpenApi;

use crate::{
    app::{TestApp, no_aws},
    common::{database::TestDatabase, on_both, postgres},
};

on_both!(
    health_reports_each_part,
    credentials_are_really_resolved,
    a_model_without_credentials_is_a_mistake,
    the_script_needs_no_credentials,
    a_server_with_an_outdated_schema_is_not_ready,
    a_server_with_a_newer_schema_is_ready,
    readiness_is_cached_for_a_second,
    metrics_count_requests_and_connections,
    the_documentation_is_served_from_the_program,
);

fn health_reports_each_part(app: TestApp) {
    let health = app.anonymous().get("/health").expect(200);
    let expected = json!({
        "status": "healthy",
        "services": {"database": {"status": "healthy"}, "aws": {"status": "unconfigured"}},
    });
    assert_eq!(health, expected);
    app.anonymous().get("/health/live").expect(200);
    app.anonymous().get("/health/ready").expect(200);
}

fn credentials_are_really_resolved(database: TestDatabase) {
    let credentials = Credentials::new("AKID", "secret", None, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    let config = SdkConfig::builder().credentials_provider(provider).build();
    let app = TestApp::spawn(database, &[], Aws::with_config(config));
    assert_eq!(app.anonymous().get("/health").expect(200)["services"]["aws"], json!({"status": "healthy"}));
}

fn a_model_without_credentials_is_a_mistake(database: TestDatabase) {
    let app = TestApp::spawn(database, &[("BEDROCK_MODEL_ID", "amazon.nova-lite-v1:0")], no_aws());
    let health = app.anonymous().get("/health").expect(200);
    let expected = json!({
        "status": "degraded",
        "services": {"database": {"status": "healthy"}, "aws": {"status": "unhealthy", "failure": "credentials"}},
    });
    assert_eq!(health, expected);
    app.anonymous().get("/health/ready").expect(200);
    app.anonymous().get("/health/live").expect(200);
}

fn the_script_needs_no_credentials(database: TestDatabase) {
    let app = TestApp::spawn(database, &[("BEDROCK_MODEL_ID", "scripted")], no_aws());
    assert_eq!(app.anonymous().get("/health").expect(200)["services"]["aws"], json!({"status": "unconfigured"}));
}

fn a_server_with_an_outdated_schema_is_not_ready(app: TestApp) {
    app.database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '20261104000000'");
    app.anonymous().get("/health/ready").problem(503, "unavailable");
    app.anonymous().get("/health/live").expect(200);
}

fn a_server_with_a_newer_schema_is_ready(app: TestApp) {
    app.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    app.anonymous().get("/health/ready").expect(200);
}

fn readiness_is_cached_for_a_second(app: TestApp) {
    let ready = || app.anonymous().get("/health/ready");
    ready().expect(200);
    app.database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '20261104000000'");
    ready().expect(200);
    app.wait(1);
    ready().problem(503, "unavailable");
    app.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261104000000')");
    ready().problem(503, "unavailable");
    app.wait(1);
    ready().expect(200);
}

fn metrics_count_requests_and_connections(app: TestApp) {
    app.anonymous().get("/api/v1/exams/demo").expect(200);
    app.anonymous().get("/somewhere/else").problem(404, "not-found");
    let text = app.anonymous().get("/metrics").text;
    for line in [
        r#"tripos_http_request_duration_seconds_count{method="GET",route="/api/v1/exams/{code}",status="200"} 1"#,
        r#"tripos_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1"#,
        "tripos_db_connections_opened_total",
        "tripos_db_connections_open ",
        "tripos_db_checkout_wait_seconds_count",
        "tripos_db_checkout_timeouts_total 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

fn the_documentation_is_served_from_the_program(app: TestApp) {
    let anyone = app.anonymous();
    let redirect = anyone.get("/docs");
    assert_eq!((redirect.status, redirect.header("location")), (308, Some("docs/")));
    let page = anyone.get("/docs/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(!page.text.contains("//cdn"), "{}", page.text);
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(page.text.contains(asset), "{}", page.text);
        assert_eq!(anyone.get(&format!("/docs/{asset}")).status, 200);
    }
    assert!(anyone.get("/docs/swagger-initializer.js").text.contains("/openapi.json"));
}

#[test]
fn every_route_is_documented_and_every_documented_operation_is_routed() {
    let documented: BTreeSet<(String, String)> =
        operations().into_iter().map(|(method, path, _)| (method, path)).collect();
    let routed = routed();
    assert!(routed.len() > 10, "{routed:?}");
    assert_eq!(documented, routed);
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    fn follow(value: &Value, document: &Value, followed: &mut usize) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').expect("a reference into the document");
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                    *followed += 1;
                }
                fields.values().for_each(|value| follow(value, document, followed));
            }
            Value::Array(items) => items.iter().for_each(|value| follow(value, document, followed)),
            _ => {}
        }
    }
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut followed = 0;
    follow(&document, &document, &mut followed);
    assert!(followed > 50, "{followed}");
}

/// Method, path and description of every documented operation.
pub fn operations() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    operations
}

/// The routes that are registered with Actix.
fn routed() -> BTreeSet<(String, String)> {
    actix_web::rt::System::new().block_on(async {
        let app = App::new().configure(routes::configure).service(
            web::resource("/__routes").get(|tree: web::Data<IntrospectionTree>| async move { tree.report_as_json() }),
        );
        let app = actix_web::test::init_service(app).await;
        let request = actix_web::test::TestRequest::get().uri("/__routes").to_request();
        let report: Value = actix_web::test::call_and_read_body_json(&app, request).await;
        let mut routed = BTreeSet::new();
        for item in report.as_array().unwrap() {
            let path = item["full_path"].as_str().unwrap().replace("{file:.*}", "{file}");
            for method in item["methods"].as_array().unwrap() {
                if path != "/__routes" {
                    routed.insert((method.as_str().unwrap().to_owned(), path.clone()));
                }
            }
        }
        routed
    })
}

#[test]
fn the_description_of_the_api_is_the_one_that_was_read() {
    insta::assert_json_snapshot!(Api::openapi());
}

#[test]
fn a_server_whose_connections_are_all_at_work_stays_ready() {
    let Some(database) = TestDatabase::postgres() else { return };
    let settings =
        [("DATABASE_POOL_SIZE", "1"), ("DATABASE_MAX_OVERFLOW", "0"), ("DATABASE_POOL_TIMEOUT_SECONDS", "60")];
    let app = TestApp::with(database, &settings);
    let ada = app.learner("ada");
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    run("BEGIN; LOCK TABLE attempts IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let waiting = [scope.spawn(|| ada.get("/api/v1/attempts")), scope.spawn(|| ada.get("/api/v1/attempts"))];
        while !app.database.waits_for_a_lock() {
            assert!(!waiting.iter().any(|reply| reply.is_finished()), "answered in spite of the lock");
            std::thread::yield_now();
        }
        app.anonymous().get("/health/ready").expect(200);
        let health = app.anonymous().get("/health").expect(200);
        assert_eq!(health["services"]["database"]["status"], "healthy");
        run("COMMIT");
        for reply in waiting {
            reply.join().unwrap().expect(200);
        }
    });
}

#[test]
fn a_flood_of_checks_takes_one_connection() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    run("BEGIN; LOCK TABLE __diesel_schema_migrations IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let asks: Vec<_> = (0..30).map(|_| scope.spawn(|| app.anonymous().get("/health/ready").status)).collect();
        let answers: HashSet<u16> = asks.into_iter().map(|ask| ask.join().unwrap()).collect();
        assert_eq!(answers.len(), 1, "one answer for all of them: {answers:?}");
    });
    // The only check is still waiting.
    let waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    assert_eq!(app.database.count(waiting), 1);
    run("COMMIT");
}

#[test]
fn a_restart_of_postgresql_costs_no_read() {
    let Some(binaries) = postgres::SHARED.as_ref().and_then(|_| postgres::find_binaries()) else { return };
    let cluster = postgres::Cluster::start(binaries);
    let database = TestDatabase::in_cluster(&cluster);
    let app = TestApp::spawn(database, &[("DATABASE_POOL_SIZE", "5")], no_aws());
    let anyone = app.anonymous();
    for _ in 0..10 {
        anyone.get("/api/v1/exams/demo").expect(200);
    }
    cluster.stop();
    let down = anyone.get("/api/v1/exams/demo");
    let problem = down.problem(503, "unavailable");
    assert!(!problem.to_string().contains("socket"), "{problem}");
    assert!(down.header("retry-after").is_some());
    anyone.get("/health/ready").problem(503, "unavailable");
    anyone.get("/health/live").expect(200);
    let health = anyone.get("/health").expect(200);
    assert_eq!(
        (&health["status"], &health["services"]["database"]["status"]),
        (&json!("degraded"), &json!("unhealthy"))
    );
    cluster.start_again();
    for _ in 0..20 {
        anyone.get("/api/v1/exams/demo").expect(200);
    }
    cluster.stop();
    cluster.start_again();
    // Nobody noticed the restart, but the first read must not fail because of it.
    for _ in 0..20 {
        anyone.get("/api/v1/exams/demo").expect(200);
    }
}
