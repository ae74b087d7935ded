//! What is asked about exams.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    model::{ExamCode, ExamList, ExamReply, ExamSummary},
    queries,
};
use crate::{app::App, conditional::Entity, error::Error};

/// All exams that can be sat.
#[utoipa::path(
    get, path = "/api/v1/exams", tag = "exams", operation_id = "list_exams",
    responses(
        (status = 200, description = "The exams, by code", body = ExamList, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
    )
)]
pub async fn list(app: web::Data<App>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let exams = app.db.read(|conn| Ok(queries::list_published(conn)?)).await?;
    let items = exams
        .into_iter()
        .map(|(exam, published_questions)| ExamSummary {
            code: exam.code,
            name: exam.name,
            provider: exam.provider,
            question_count: exam.question_count,
            duration_minutes: exam.duration_minutes,
            published_questions,
        })
        .collect();
    Ok(Entity::of(&ExamList { items })?.public().answer(&req))
}

/// One exam with its blueprint: domains, tasks, and how many questions there are for each.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}", tag = "exams", operation_id = "get_exam",
    params(("code" = ExamCode, Path, description = "The exam's code")),
    responses(
        (status = 200, description = "The exam", body = ExamReply, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
        (status = 400, description = "No exam has such a code"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn get(app: web::Data<App>, code: web::Path<ExamCode>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = move |conn: &mut _| {
        let exam = queries::find_published(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let domains = queries::domains(conn, exam.id)?;
        let tasks = queries::tasks(conn, exam.id)?;
        Ok(Entity::of(&ExamReply::new(exam, domains, tasks))?.public())
    };
    Ok(app.db.read(read).await?.answer(&req))
}
