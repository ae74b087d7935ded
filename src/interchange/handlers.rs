//! Imports and exports over HTTP.

use std::{fs::File, io::Read};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::header,
    web::{self, Bytes},
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    export,
    filing::Filing,
    import::{self, Target},
    messages::{ExportFormat, ExportReport, ImportReport, ImportStatus},
    source::{Format, Source},
};
use crate::{
    app::App,
    caller::Author,
    db::DbConnection,
    error::Error,
    exams::{self, model::ExamCode},
    idempotency::{Created, Once},
    questions::model::QuestionStatus,
    users::model::{Identity, Role},
};

/// The most bytes of a file that are handed over at once.
const PIECE: usize = 256 * 1024;

/// What is imported, and where to.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The format of the file.
    format: Format,
    /// The code of the exam.
    exam: ExamCode,
    /// The number of the domain for questions whose category and tags name none.
    domain: Option<i32>,
    /// What new and changed questions become: `draft` if not said; `published`, which takes an admin, if they are to be
    /// served at once.
    status: Option<ImportStatus>,
    /// Whether to store nothing, and only tell what would come of it.
    dry_run: Option<bool>,
}

impl ImportQuery {
    fn target(&self, conn: &mut DbConnection, user: Identity, app: &App) -> Result<Target, Error> {
        let status = self.status.unwrap_or(ImportStatus::Draft).into();
        if status == QuestionStatus::Published && user.role < Role::Admin {
            let detail = "a question is published by someone else than its writer, or by an admin: import drafts";
            return Err(Error::Denied("own-question", "Your own question", detail));
        }
        let exam = exams::queries::find(conn, &self.exam)?.ok_or(Error::NotFound("exam"))?;
        let domains = exams::queries::domains(conn, exam.id)?;
        let tasks = exams::queries::tasks(conn, exam.id)?;
        let fallback = match self.domain {
            Some(number) => {
                let found = domains.iter().find(|domain| domain.number == number);
                Some(found.ok_or(Error::NotFound("domain"))?.id)
            }
            None => None,
        };
        Ok(Target {
            filing: Filing::new(domains, tasks, fallback),
            exam,
            status,
            user_id: Some(user.user_id),
            dry_run: self.dry_run == Some(true),
            now: app.clock.now(),
        })
    }
}

/// Bring the questions of a file into the bank: all that it can hold, or none if the file cannot be read to its end.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "interchange", operation_id = "import_questions",
    security(("bearer" = [])),
    params(ImportQuery),
    request_body(
        content = String, content_type = "application/octet-stream",
        description = "The file, whatever Content-Type says, of at most IMPORT_LIMIT_BYTES",
    ),
    responses(
        (status = 200, description = "What would come of it", body = ImportReport),
        (status = 201, description = "What came of it", body = ImportReport, headers(
            ("Location" = String, description = "The questions of the exam that were imported"),
        )),
        (status = 403, description = "Not an author; or not an admin, to publish at once"),
        (status = 404, description = "No such exam or domain"),
        (status = 409, description = "A request with this key is under way"),
        (status = 422, description = "The file cannot be read: where and why"),
    )
)]
pub async fn import(
    author: Author,
    query: web::Query<ImportQuery>,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let (query, app) = (query.into_inner(), author.shared());
    // Whether the caller may, before much is read.
    let (asked, shared) = (query.clone(), app.clone());
    author.read(move |conn, user| asked.target(conn, user, &shared).map(drop)).await?;
    let turn = author.app().large.turn().await?;
    let bytes = read(payload, &app).await?;
    let once = Once::of(&req, &bytes)?;
    if query.dry_run == Some(true) {
        let plan = move |conn: &mut _, user| {
            let _turn = &turn;
            let target = query.target(conn, user, &app)?;
            import::run(conn, &Source::new(query.format, &bytes)?, &target)
        };
        return Ok(HttpResponse::Ok().json(author.read(plan).await?));
    }
    let work = move |conn: &mut _, user| {
        let _turn = &turn;
        let target = query.target(conn, user, &app)?;
        let report: ImportReport = import::run(conn, &Source::new(query.format, &bytes)?, &target)?;
        Created::at(format!("/api/v1/questions?exam={}&origin=imported", query.exam), &report)
    };
    Ok(author.create(once, work).await?.answer())
}

/// The file, as long as the limit allows, within the time limit.
async fn read(mut payload: web::Payload, app: &App) -> Result<Bytes, Error> {
    let (limit, time) = (app.http.import_limit, app.http.import_timeout);
    let whole = async {
        let mut bytes = web::BytesMut::new();
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|_| Error::BadRequest("the body could not be read to its end".into()))?;
            if bytes.len() + piece.len() > limit {
                return Err(Error::PayloadTooLarge(limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    tokio::time::timeout(time, whole).await.map_err(|_| Error::BodyTooSlow(time.as_secs()))?
}

/// What is exported.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The format of the file.
    format: ExportFormat,
    /// The status of the questions: `published` if not said.
    status: Option<QuestionStatus>,
}

/// The questions of an exam as a file.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/export", tag = "interchange", operation_id = "export_questions",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code"), ExportQuery),
    responses(
        (status = 200, description = "The file", content(
            (Object = "application/json"),
            (String = "application/xml"), (String = "application/zip"), (String = "application/octet-stream"),
            (String = "text/plain"), (String = "text/csv"),
        ), headers(
            ("Content-Disposition" = String),
            ("Tripos-Left-Out" = i32, description = "How many questions the format cannot hold"),
        )),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn export(
    author: Author,
    code: web::Path<ExamCode>,
    query: web::Query<ExportQuery>,
) -> Result<HttpResponse, Error> {
    let format = query.format;
    let name = format!("{code}.{}", format.extension());
    let (report, file) = written(&author, code.into_inner(), query.into_inner()).await?;
    let (length, file) = web::block(move || rewound(file)).await.map_err(|_| lost())?.map_err(|_| lost())?;
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header(("Tripos-Left-Out", report.left_out.len()))
        .body(SizedStream::new(length, stream::unfold(file, piece).boxed_local())))
}

/// What an export would hold, and what it would not.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/export/report", tag = "interchange", operation_id = "export_report",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code"), ExportQuery),
    responses(
        (status = 200, description = "The questions that the format cannot hold, with the reasons", body = ExportReport),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn export_report(
    author: Author,
    code: web::Path<ExamCode>,
    query: web::Query<ExportQuery>,
) -> Result<web::Json<ExportReport>, Error> {
    let (report, _) = written(&author, code.into_inner(), query.into_inner()).await?;
    Ok(web::Json(report))
}

/// A nameless file with the questions of an exam, and what it holds.
async fn written(author: &Author, code: ExamCode, query: ExportQuery) -> Result<(ExportReport, File), Error> {
    // A learner takes no turn from those who may.
    author.read(|_, _| Ok(())).await?;
    let turn = author.app().large.turn().await?;
    let now = author.now();
    let write = move |conn: &mut DbConnection, _| {
        let _turn = &turn;
        let exam = exams::queries::find(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let mut file = tempfile::tempfile().map_err(|error| Error::Internal(format!("export: {error}")))?;
        let status = query.status.unwrap_or(QuestionStatus::Published);
        let report = export::run(conn, &exam, status, query.format, &mut file, now)?;
        Ok((report, file))
    };
    author.read(write).await
}

fn rewound(mut file: File) -> std::io::Result<(u64, File)> {
    use std::io::Seek;
    file.rewind()?;
    Ok((file.metadata()?.len(), file))
}

/// The next piece of a file, read on a blocking thread.
async fn piece(mut file: File) -> Option<(Result<Bytes, Error>, File)> {
    let read = move || {
        let mut buffer = vec![0; PIECE];
        let length = file.read(&mut buffer)?;
        buffer.truncate(length);
        Ok::<_, std::io::Error>((buffer, file))
    };
    match web::block(read).await {
        Ok(Ok((buffer, file))) if !buffer.is_empty() => Some((Ok(buffer.into()), file)),
        _ => None,
    }
}

fn lost() -> Error {
    Error::Internal("the file of an export was lost".into())
}
