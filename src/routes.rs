//! Every URL.

use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put, resource, scope};

use crate::{
    attempts,
    error::Error,
    exams, health, metrics, openapi, questions,
    users::{admin, me, sessions, tokens},
};

/// Puts every URL into an Actix application.
pub fn configure(app: &mut ServiceConfig) {
    app.service(resource("/health").get(health::health))
        .service(resource("/health/live").get(health::live))
        .service(resource("/health/ready").get(health::ready))
        .service(resource("/metrics").get(metrics::metrics))
        .service(resource("/openapi.json").get(openapi::document))
        .service(resource("/docs").get(openapi::to_docs))
        .service(resource("/docs/{file:.*}").get(openapi::docs))
        .service(
            scope("/api/v1")
                .service(resource("/exams").get(exams::handlers::list))
                .service(resource("/exams/{code}").get(exams::handlers::get))
                .service(resource("/questions").get(questions::handlers::list))
                .service(resource("/questions/{id}").get(questions::handlers::get))
                .service(
                    resource("/attempts")
                        .route(get().to(attempts::handlers::list))
                        .route(post().to(attempts::handlers::start)),
                )
                .service(resource("/attempts/{id}").get(attempts::handlers::get))
                .service(resource("/attempts/{id}/slots/{position}").route(put().to(attempts::handlers::put_slot)))
                .service(resource("/attempts/{id}/submit").post(attempts::handlers::submit))
                .service(resource("/attempts/{id}/report").get(attempts::handlers::report))
                .service(resource("/sessions").post(sessions::sign_in))
                .service(resource("/sessions/current").delete(sessions::sign_out))
                .service(
                    resource("/me")
                        .route(get().to(me::get))
                        .route(patch().to(me::change))
                        .route(delete().to(me::delete)),
                )
                .service(resource("/me/password").put(me::change_password))
                .service(resource("/me/tokens").route(get().to(tokens::list)).route(post().to(tokens::create)))
                .service(resource("/me/tokens/{id}").route(get().to(tokens::get)).route(delete().to(tokens::revoke)))
                .service(resource("/users").route(get().to(admin::list)).route(post().to(me::sign_up)))
                .service(resource("/users/{id}").route(get().to(admin::get)).route(patch().to(admin::change))),
        )
        .default_service(web::to(|| async { Err::<&str, _>(Error::NotFound("URL")) }));
}
