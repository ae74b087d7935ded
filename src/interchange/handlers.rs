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
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::{
    export,
    import::{self, Finished, Plan, Step, Target},
    messages::{ExportFormat, ExportReport, FileBytes, ImportReport, ImportStatus},
    source::Format,
    upload::{Upload, Uploads},
};
use crate::{
    concurrency::LargeWork,
    db::DbConnection,
    error::Error,
    exams::{self, model::ExamCode},
    http::{
        caller::Author,
        etag::TaggedJson,
        extract::Query,
        idempotency::{Created, IdempotencyKey, lease::Lease},
    },
    questions::model::QuestionStatus,
};

/// The size of the pieces in which a file is sent, in bytes.
const PIECE: usize = 256 * 1024;

/// The settings of an import.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The format of the file.
    format: Format,
    /// The code of the exam.
    exam: ExamCode,
    /// The number of the domain for questions whose category and tags do not name one.
    domain: Option<i32>,
    /// The status of new and changed questions. Default: `draft`. `published` requires the admin role.
    status: Option<ImportStatus>,
    /// Whether to store nothing and only report what the import would do.
    dry_run: Option<bool>,
}

impl ImportQuery {
    fn target(self) -> Target {
        Target {
            exam: self.exam,
            domain: self.domain,
            status: self.status.unwrap_or(ImportStatus::Draft).into(),
            dry_run: self.dry_run == Some(true),
        }
    }
}

/// Import questions from a file. The server stores every question that the bank can represent. If the file cannot be
/// read to its end, nothing is stored.
///
/// The server first checks the whole file, then stores the questions in several transactions. If an error occurs after
/// some questions were stored, the error says how many. The stored questions stay; send the same file again to store
/// the rest. Drafts of other authors and questions in review keep their texts, and are `skipped` if the file's differ.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "interchange", operation_id = "import_questions",
    security(("bearer" = [])),
    params(ImportQuery),
    request_body(
        content = FileBytes, content_type = "application/octet-stream",
        description = "The file itself, at most IMPORT_LIMIT_BYTES long. Content-Type is ignored, but a multipart form is rejected",
    ),
    responses(
        (status = 200, description = "The result of a dry run, or of an import that stored nothing", body = ImportReport),
        (status = 201, description = "The result of the import", body = ImportReport),
        (status = 403, description = "Requires the author role, or the admin role to publish"),
        (status = 404, description = "No such exam or domain"),
        (status = 409, description = "The first request with this Idempotency-Key is still in progress. Or the exam's domains or tasks changed during the import: send the file again"),
        (status = 422, description = "The file cannot be read: the error says where and why. Or the Idempotency-Key was used for another request"),
    )
)]
pub async fn import(
    author: Author,
    large: web::Data<LargeWork>,
    uploads: web::Data<Uploads>,
    query: Query<ImportQuery>,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let query = query.into_inner();
    let (format, target) = (query.format, query.target());
    // Check the permission before reading the whole file.
    let asked = target.clone();
    author.read(move |conn, user| asked.find(conn, Some(user)).map(drop)).await?;
    let file = uploads.read(&req, payload, &author.app().http).await?;
    // Hashing a large file keeps a thread busy, so use a blocking thread.
    let hashed = web::block(move || (Sha256::digest(&file.bytes), file)).await;
    let (hash, file) = hashed.map_err(|_| panicked())?;
    let once = IdempotencyKey::of(&req, &hash)?.filter(|_| !target.dry_run);
    // The import continues even if the client disconnects.
    let done = actix_web::rt::spawn(imported(author, large, target, format, file, once)).await;
    done.map_err(|_| panicked())?
}

/// Imports a file, once for each `Idempotency-Key`.
async fn imported(
    author: Author,
    large: web::Data<LargeWork>,
    target: Target,
    format: Format,
    file: Upload,
    once: Option<IdempotencyKey>,
) -> Result<HttpResponse, Error> {
    if let Some(once) = &once
        && let Some(answer) = Lease::answer(&author, once).await?
    {
        return Ok(answer.answer());
    }
    let _turn = large.0.permit().await?;
    let asked = target.clone();
    let exam = author.read(move |conn, user| asked.find(conn, Some(user))).await?;
    let dry_run = target.dry_run;
    let plan = web::block(move || Plan::read(format, &file.bytes, target, exam)).await;
    let plan = plan.map_err(|_| panicked())??;
    if dry_run {
        let look = async |step: Step| {
            let now = author.now();
            author.read(move |conn, user| step.run(conn, Some(user), now)).await
        };
        return Ok(created(import::run(plan, look).await?).await?.answer());
    }
    let mut lease = match &once {
        Some(once) => match Lease::take(&author, once).await? {
            Ok(lease) => Some(lease),
            Err(answer) => return Ok(answer.answer()),
        },
        None => None,
    };
    let done = stored(&author, plan, &mut lease).await;
    if let (Err(_), Some(lease)) = (&done, lease) {
        lease.release(&author).await;
    }
    Ok(done?.answer())
}

/// The response to an import.
async fn created(finished: Finished) -> Result<Created, Error> {
    let report = move || match finished.id {
        Some(id) => Ok(Created::at(format!("/api/v1/imports/{id}"), &finished.report())?.untagged()),
        None => Created::nothing(&finished.report()),
    };
    web::block(report).await.map_err(|_| panicked())?
}

fn panicked() -> Error {
    Error::Internal("an import panicked".into())
}

/// Stores the questions of a file, and the response under the claimed key.
async fn stored(author: &Author, plan: Plan, lease: &mut Option<Lease>) -> Result<Created, Error> {
    let store = async |step: Step| {
        let now = author.now();
        let work = move |conn: &mut DbConnection, user| step.run(conn, Some(user), now);
        match lease.as_mut() {
            Some(lease) => lease.write(author, work).await,
            None => author.write(work).await,
        }
    };
    let created = created(import::run(plan, store).await?).await?;
    match lease {
        Some(lease) => lease.complete(author, created).await,
        None => Ok(created),
    }
}

/// The settings of an export.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The format of the file.
    format: ExportFormat,
    /// The status of the questions. Default: `published`.
    status: Option<QuestionStatus>,
}

/// Export the questions of an exam to a file.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/export", tag = "interchange", operation_id = "export_questions",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code"), ExportQuery),
    responses(
        // Generated clients use the first media type that they know: bytes, for every format.
        (status = 200, description = "The file, in the media type of its format", content(
            (FileBytes = "application/octet-stream"), (FileBytes = "application/zip"), (Object = "application/json"),
            (FileBytes = "application/xml"), (FileBytes = "text/plain"), (FileBytes = "text/csv"),
        ), headers(
            ("Content-Disposition" = String, description = "The name of the file, as an attachment"),
            ("Tripos-Left-Out" = i32, description = "The number of questions that are left out"),
        )),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn export(
    author: Author,
    large: web::Data<LargeWork>,
    code: web::Path<ExamCode>,
    query: Query<ExportQuery>,
) -> Result<HttpResponse, Error> {
    let format = query.format;
    let name = format!("{code}.{}", format.extension());
    let (report, file) = written(&author, &large, code.into_inner(), query.into_inner()).await?;
    let (length, file) = web::block(move || rewound(file)).await.map_err(|_| lost())?.map_err(|_| lost())?;
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header(("Tripos-Left-Out", report.left_out.len()))
        .body(SizedStream::new(length, stream::unfold(file, piece).boxed_local())))
}

/// Preview an export. Returns how many questions the file would contain, and which questions are left out because the
/// format cannot represent them, or because they are drafts from the built-in script.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/export/report", tag = "interchange", operation_id = "export_report",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code"), ExportQuery),
    responses(
        (status = 200, description = "The result of the export, with the questions that are left out", body = ExportReport),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn export_report(
    author: Author,
    large: web::Data<LargeWork>,
    code: web::Path<ExamCode>,
    query: Query<ExportQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (report, _) = written(&author, &large, code.into_inner(), query.into_inner()).await?;
    Ok(TaggedJson::of(&report)?.answer(&req))
}

/// Writes the questions of an exam to an unnamed temporary file.
async fn written(
    author: &Author,
    large: &LargeWork,
    code: ExamCode,
    query: ExportQuery,
) -> Result<(ExportReport, File), Error> {
    // Learners are rejected before they can take a permit.
    author.read(|_, _| Ok(())).await?;
    let turn = large.0.permit().await?;
    let now = author.now();
    let begin = move |conn: &mut DbConnection, _| {
        let exam = exams::queries::find(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let file = tempfile::tempfile().map_err(|error| Error::Internal(format!("export: {error}")))?;
        export::Run::begin(conn, exam, query.status.unwrap_or(QuestionStatus::Published), query.format, file, now)
    };
    let mut run = author.read(begin).await?;
    loop {
        let next = run.next();
        let page = author.read(move |conn, _| next.read(conn)).await?;
        let is_last = page.is_empty();
        run = web::block(move || run.write(page)).await.map_err(|_| lost())??;
        if is_last {
            let finish = move || {
                let _turn = turn;
                run.finish()
            };
            return web::block(finish).await.map_err(|_| lost())?;
        }
    }
}

fn rewound(mut file: File) -> std::io::Result<(u64, File)> {
    use std::io::Seek;
    file.rewind()?;
    Ok((file.metadata()?.len(), file))
}

/// Reads the next piece of a file on a blocking thread.
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
