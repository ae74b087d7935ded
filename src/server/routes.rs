//! Every URL.

use actix_web::{
    middleware::from_fn,
    web::{self, ServiceConfig, delete, get, patch, post, put, resource, scope},
};

use crate::{
    attempts,
    error::Error,
    exams, generation,
    http::{extract, rate_limit, security_headers},
    interchange, questions, readiness, reviews,
    server::{health, metrics, openapi},
    subjects,
    users::{access, admin, me, sessions, tokens},
    web::handlers as pages,
};

/// Adds every URL to an Actix application.
pub fn configure(app: &mut ServiceConfig) {
    let known = || from_fn(extract::known);
    app.service(resource("/health").wrap(known()).get(health::health))
        .service(resource("/health/live").wrap(known()).get(health::live))
        .service(resource("/health/ready").wrap(known()).get(health::ready))
        .service(
            resource("/metrics")
                .wrap(known())
                .wrap(from_fn(rate_limit::enforce))
                .wrap(from_fn(security_headers::no_store))
                .get(metrics::metrics),
        )
        .service(resource("/openapi.json").wrap(known()).get(openapi::document))
        .service(resource("/").wrap(from_fn(security_headers::pages)).get(pages::document))
        .service(resource("/assets/{build}/{file:.*}").wrap(from_fn(security_headers::pages)).get(pages::asset))
        .service(resource("/docs").get(openapi::to_docs))
        .service(resource("/docs/{file:.*}").wrap(from_fn(security_headers::docs_page)).get(openapi::docs))
        .service(
            scope("/api")
                .wrap(known())
                .wrap(from_fn(rate_limit::enforce))
                .wrap(from_fn(security_headers::no_store))
                .configure(v1),
        )
        .default_service(web::to(not_found));
}

/// Every URL of the API.
fn v1(api: &mut ServiceConfig) {
    api.service(
        scope("/v1")
            // URLs are matched in this order, so the most frequent ones come first.
            .service(
                resource("/attempts")
                    .route(get().to(attempts::handlers::list))
                    .route(post().to(attempts::handlers::start)),
            )
            .service(
                resource("/attempts/{id}")
                    .route(get().to(attempts::handlers::get))
                    .route(delete().to(attempts::handlers::abandon)),
            )
            .service(resource("/attempts/{id}/slots/{position}").route(put().to(attempts::handlers::put_slot)))
            .service(resource("/attempts/{id}/submit").post(attempts::handlers::submit))
            .service(resource("/attempts/{id}/report").get(attempts::handlers::report))
            .service(
                resource("/questions")
                    .route(get().to(questions::handlers::list))
                    .route(post().to(questions::handlers::create)),
            )
            .service(
                resource("/questions/{id}")
                    .route(get().to(questions::handlers::get))
                    .route(put().to(questions::handlers::replace))
                    .route(delete().to(questions::handlers::delete)),
            )
            .service(resource("/questions/{id}/status").put(questions::handlers::change_status))
            .service(resource("/questions/{id}/upkeep").put(questions::handlers::change_upkeep))
            .service(resource("/questions/{id}/history").get(questions::quality::history))
            .service(resource("/questions/{id}/similar").get(questions::quality::similar))
            .service(resource("/questions/{id}/lint").get(questions::quality::lint_one))
            .service(
                resource("/exams").route(get().to(exams::handlers::list)).route(post().to(exams::handlers::create)),
            )
            .service(
                resource("/exams/{code}")
                    .route(get().to(exams::handlers::get))
                    .route(put().to(exams::handlers::replace)),
            )
            .service(resource("/exams/{code}/status").put(exams::handlers::change_status))
            .service(resource("/exams/{code}/export").get(interchange::handlers::export))
            .service(resource("/exams/{code}/export/report").get(interchange::handlers::export_report))
            .service(resource("/exams/{code}/calibration").get(readiness::handlers::calibration))
            .service(resource("/exams/{code}/lint").get(questions::quality::lint_exam))
            .service(
                resource("/generation-jobs")
                    .route(get().to(generation::handlers::list))
                    .route(post().to(generation::handlers::create)),
            )
            // This must come before a job by its id.
            .service(resource("/generation-jobs/statistics").get(generation::statistics::handlers::statistics))
            .service(resource("/generation-jobs/{id}").get(generation::handlers::get))
            .service(resource("/generation-jobs/{id}/cancel").post(generation::handlers::cancel))
            .service(resource("/generation-jobs/{id}/events").get(generation::handlers::events))
            .service(resource("/subjects").get(subjects::handlers::list))
            .service(
                resource("/subjects/{id}")
                    .route(get().to(subjects::handlers::get))
                    .route(put().to(subjects::handlers::put)),
            )
            .service(
                resource("/imports")
                    .route(get().to(interchange::import::handlers::list))
                    .route(post().to(interchange::handlers::import)),
            )
            .service(resource("/imports/{id}").get(interchange::import::handlers::get))
            .service(resource("/imports/{id}/questions").delete(interchange::import::handlers::undo))
            .service(resource("/lint").post(questions::quality::lint_body))
            .service(resource("/server").get(access::server))
            .service(resource("/sessions").post(sessions::sign_in))
            .service(resource("/sessions/current").delete(sessions::sign_out))
            .service(
                resource("/me").route(get().to(me::get)).route(patch().to(me::change)).route(delete().to(me::delete)),
            )
            .service(resource("/me/readiness").get(readiness::handlers::readiness))
            .service(resource("/me/reviews").get(reviews::handlers::reviews))
            .service(
                resource("/me/plans/{exam}")
                    .route(get().to(reviews::handlers::get_plan))
                    .route(put().to(reviews::handlers::put_plan))
                    .route(delete().to(reviews::handlers::delete_plan)),
            )
            .service(resource("/me/activity").get(attempts::history::activity))
            .service(resource("/me/export").get(attempts::history::export))
            .service(resource("/me/password").put(me::change_password))
            .service(resource("/me/tokens").route(get().to(tokens::list)).route(post().to(tokens::create)))
            .service(resource("/me/tokens/{id}").route(get().to(tokens::get)).route(delete().to(tokens::revoke)))
            .service(resource("/users").route(get().to(admin::list)).route(post().to(me::sign_up)))
            .service(resource("/users/{id}").route(get().to(admin::get)).route(patch().to(admin::change))),
    )
    .default_service(web::to(not_found));
}

async fn not_found() -> Result<&'static str, Error> {
    Err(Error::NotFound("URL"))
}
