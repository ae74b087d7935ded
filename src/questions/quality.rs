//! Operations for reviewers: history, lint, similar questions.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    authoring, diff, lint,
    messages::{ExamLintReply, HistoryReply, LintReply, QuestionBody, RevisionReply, SimilarList, StatusChangeReply},
    model::QuestionId,
    queries,
    similarity::live::Sketches,
    survey,
    upkeep::Upkeep,
};
use crate::{
    auth,
    concurrency::LargeWork,
    db::day::Day,
    error::Error,
    exams::{self, model::ExamCode},
    http::{caller::Author, etag::TaggedJson, extract::Body},
    subjects,
};

/// List the revisions of a question. Newest first. Each revision lists its writers, its changes and its status changes.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}/history", tag = "questions", operation_id = "question_history",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "Any revision of the question")),
    responses(
        (status = 200, description = "The revisions", body = HistoryReply),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
    )
)]
pub async fn history(author: Author, id: web::Path<QuestionId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let read = move |conn: &mut _, _| {
        authoring::find(conn, id)?;
        let line = queries::revisions(conn, id)?;
        let mut changes = queries::status_changes(conn, &line)?;
        let mut writers = queries::writers(conn, &line)?;
        let names = auth::queries::names(conn, changes.iter().map(|change| change.user_id))?;
        let mut revisions = Vec::with_capacity(line.len());
        let mut before = None;
        for id in line {
            let filed = authoring::find(conn, id)?;
            let after = diff::compared(&filed)?;
            let differences = before.map(|before| diff::differences(&before, &after)).unwrap_or_default();
            before = Some(after);
            let drafted = filed.draft.as_ref().map(|draft| diff::of_content(&draft.content.0)).transpose()?;
            let content = diff::of_content(&filed.content())?;
            let changed_since_drafted = drafted.map(|drafted| diff::differences(&drafted, &content));
            let changes = changes.extract_if(.., |change| change.question_id == id);
            let status_changes = changes.map(|change| StatusChangeReply::new(change, &names)).collect();
            let question = filed.question;
            revisions.push(RevisionReply {
                id,
                status: question.status,
                origin: question.origin,
                written_by: question.written_by,
                writers: writers.remove(&id).unwrap_or_default(),
                written_by_name: filed.names.of(question.written_by).map(str::to_owned),
                created_at: question.created_at,
                status_changes,
                differences,
                changed_since_drafted,
            });
        }
        revisions.reverse();
        TaggedJson::of(&HistoryReply { revisions })
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Check a question of the bank. Returns warnings and similar questions.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}/lint", tag = "questions", operation_id = "lint_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 200, description = "Warnings and similar questions", body = LintReply),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
    )
)]
pub async fn lint_one(
    author: Author,
    sketches: web::Data<Sketches>,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, today) = (id.into_inner(), Day::of(author.now()));
    let turn = sketches.turn().await?;
    let read = move |conn: &mut _, _| {
        let _turn = &turn;
        let filed = authoring::find(conn, id)?;
        let content = filed.content();
        let similar = sketches.similar(conn, filed.question.exam_id, &content, Some(id))?;
        let subjects = lint::Subjects::new(subjects::queries::all(conn)?);
        let warnings = lint::maintained(&content, &filed.question.upkeep, &subjects, today);
        TaggedJson::of(&LintReply { warnings, similar })
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Check a question without storing it. Returns warnings and similar questions.
#[utoipa::path(
    post, path = "/api/v1/lint", tag = "questions", operation_id = "lint",
    security(("bearer" = [])),
    request_body = QuestionBody,
    responses(
        (status = 200, description = "Warnings and similar questions. The question is valid", body = LintReply),
        (status = 403, description = "Requires the author role"),
    )
)]
pub async fn lint_body(
    author: Author,
    sketches: web::Data<Sketches>,
    body: Body<QuestionBody>,
) -> Result<web::Json<LintReply>, Error> {
    let today = Day::of(author.now());
    let turn = sketches.turn().await?;
    let read = move |conn: &mut _, _| {
        let _turn = &turn;
        let exam = exams::queries::find(conn, &body.0.exam)?;
        let exam = exam.ok_or_else(|| Error::invalid("/exam", format!("there is no exam {}", body.0.exam)))?;
        let content = authoring::checked(&body.0)?;
        let blueprint = exams::queries::blueprint(conn, exam)?;
        authoring::filed_under(&blueprint, &body.0)?;
        let similar = sketches.similar(conn, blueprint.exam.id, &content, None)?;
        let subjects = lint::Subjects::new(subjects::queries::all(conn)?);
        let warnings = lint::maintained(&content, &body.0.upkeep(&Upkeep::default()), &subjects, today);
        Ok(LintReply { warnings, similar })
    };
    Ok(web::Json(author.read(read).await?))
}

/// Find similar questions. Returns questions of the same exam with a similar stem and key. Retired questions are left
/// out.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}/similar", tag = "questions", operation_id = "similar_questions",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 200, description = "The 20 most similar questions", body = SimilarList),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
    )
)]
pub async fn similar(
    author: Author,
    sketches: web::Data<Sketches>,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let turn = sketches.turn().await?;
    let read = move |conn: &mut _, _| {
        let _turn = &turn;
        let filed = authoring::find(conn, id)?;
        let items = sketches.similar(conn, filed.question.exam_id, &filed.content(), Some(id))?;
        TaggedJson::of(&SimilarList { items })
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Check a whole bank. The response reports the positions and lengths of keys, domains with few questions, duplicates,
/// and how many published questions break each rule of item writing or are outdated.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/lint", tag = "questions", operation_id = "lint_exam",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    responses(
        (status = 200, description = "Warnings about the bank", body = ExamLintReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn lint_exam(
    author: Author,
    large: web::Data<LargeWork>,
    code: web::Path<ExamCode>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    author.read(|_, _| Ok(())).await?;
    let (turn, today) = (large.0.permit().await?, Day::of(author.now()));
    let begin = move |conn: &mut _, _| {
        let exam = exams::queries::find(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let domains = exams::queries::domains(conn, exam.id)?;
        let subjects = lint::Subjects::new(subjects::queries::all(conn)?);
        Ok((exam.id, survey::Survey::new(&exam, &domains, subjects, today)))
    };
    let (exam_id, mut survey) = author.read(begin).await?;
    let panicked = || Error::Internal("a survey panicked".into());
    let mut after = None;
    loop {
        let page = author.read(move |conn, _| survey::page(conn, exam_id, after)).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.question.id);
        let look = move || {
            survey.add(&page);
            survey
        };
        survey = web::block(look).await.map_err(|_| panicked())?;
    }
    let report = web::block(move || {
        let report = survey.report();
        drop(turn);
        report
    })
    .await;
    Ok(TaggedJson::of(&report.map_err(|_| panicked())?)?.answer(&req))
}
