//! Operations on the questions of the bank.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    authoring::{self, Replaced},
    cache::QuestionCache,
    deletion,
    filed::{Filed, Listed},
    messages::{QuestionBody, QuestionPage, QuestionReply, QuestionStatusChange, UpkeepBody},
    model::{Entry, ImportId, Origin, QuestionId, QuestionKind, QuestionStatus},
    queries::{self, Filter, Sort},
    search,
    upkeep::Upkeep,
};
use crate::{
    auth::model::Identity,
    db::DbConnection,
    error::Error,
    exams::{self, model::ExamCode},
    http::{
        audit::{self, Event},
        caller::Author,
        client::Client,
        etag::{TaggedJson, require_if_match},
        extract::{Body, Query, SortCursor, cut_to_page, next_page, page_limit},
        idempotency::{Created, IdempotentJson},
    },
    jobs::model::JobId,
};

/// The filters and the order of a list of questions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Filter by the code of the exam.
    exam: Option<ExamCode>,
    /// Filter by the number of the domain. Requires `exam`.
    #[param(example = 2)]
    domain: Option<i32>,
    /// Filter by the code of the task. Requires `exam`.
    #[param(example = "2.1")]
    task: Option<String>,
    /// Filter by the kind of question.
    kind: Option<QuestionKind>,
    /// Filter by status.
    status: Option<QuestionStatus>,
    /// Filter by origin.
    origin: Option<Origin>,
    /// Filter by the job that drafted the question.
    job: Option<JobId>,
    /// Filter by the import that created the question.
    import: Option<ImportId>,
    /// Filter by tag. Case is ignored.
    #[param(max_length = 100)]
    tag: Option<String>,
    /// The lowest difficulty.
    #[param(minimum = 1, maximum = 5)]
    difficulty_min: Option<i32>,
    /// The highest difficulty.
    #[param(minimum = 1, maximum = 5)]
    difficulty_max: Option<i32>,
    /// Search for words. A question matches if its stem, answers, explanation, tags and external key contain all of
    /// them. `lamb*` matches every word that begins with `lamb`.
    #[param(example = "shared responsib*", max_length = 1000)]
    q: Option<String>,
    /// The order. Default: oldest first.
    sort: Option<Sort>,
    /// Whether to return the number of all matching questions.
    total: Option<bool>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before, with the same filters and order.
    cursor: Option<SortCursor>,
}

impl QuestionQuery {
    fn filter(&self, conn: &mut DbConnection) -> Result<Filter, Error> {
        let exam = match &self.exam {
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?),
            None => None,
        };
        if [self.difficulty_min, self.difficulty_max].into_iter().flatten().any(|bound| !(1..=5).contains(&bound)) {
            return Err(Error::BadRequest("difficulty_min and difficulty_max must be from 1 to 5".into()));
        }
        let mut filter = Filter {
            exam_id: exam.as_ref().map(|exam| exam.id),
            kind: self.kind,
            status: self.status,
            origin: self.origin,
            job_id: self.job,
            import_id: self.import,
            least_difficulty: self.difficulty_min,
            most_difficulty: self.difficulty_max,
            terms: self.terms()?,
            ..Filter::default()
        };
        if self.domain.is_none() && self.task.is_none() {
            return Ok(filter);
        }
        let exam = exam.ok_or_else(|| Error::BadRequest("domain and task require exam".into()))?;
        let blueprint = exams::queries::blueprint(conn, exam)?;
        if let Some(number) = self.domain {
            let unknown = || Error::NoneOf(blueprint.no_domain(number));
            filter.domain_id = Some(blueprint.domain(number).ok_or_else(unknown)?.id);
        }
        if let Some(code) = &self.task {
            filter.task_id = Some(blueprint.task(code).ok_or(Error::NotFound("task"))?.id);
        }
        Ok(filter)
    }

    fn terms(&self) -> Result<Vec<search::Term>, Error> {
        let text = self.q.as_deref().unwrap_or_default();
        let mut terms = search::terms(text);
        if terms.is_empty() && self.q.is_some() {
            return Err(Error::BadRequest("q must have at least one letter or digit".into()));
        }
        if terms.len() > search::TERM_LIMIT {
            return Err(Error::BadRequest(format!("q must have at most {} words", search::TERM_LIMIT)));
        }
        if self.q.iter().any(|q| q.chars().count() > 1000) || self.tag.iter().any(|tag| tag.chars().count() > 100) {
            return Err(Error::BadRequest("q must have at most 1000 characters, and tag at most 100".into()));
        }
        terms.extend(self.tag.as_deref().map(|tag| search::Term::Word(search::tag_word(tag))));
        Ok(terms)
    }
}

/// Get a question. Returns the question with its key, rationales and references.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "get_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 200, description = "The question", body = QuestionReply),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
    )
)]
pub async fn get(
    author: Author,
    cache: web::Data<QuestionCache>,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let find = move |conn: &mut _, token: &_| queries::entry_with_token(conn, token, id);
    let read = move |conn: &mut _, found: Option<_>| {
        let (entry, superseded_by, names): (Entry, _, _) = found.ok_or(Error::NotFound("question"))?;
        // The origin of a draft is not in the cache.
        let may_be_kept = entry.frozen && entry.origin != Origin::Generated;
        let served = if may_be_kept { cache.get(conn, id)? } else { None };
        match served {
            Some(served) => {
                let listed = Listed { entry, served, superseded_by, draft: None, names };
                TaggedJson::of(&QuestionReply::from(&listed))
            }
            None => TaggedJson::of(&QuestionReply::from(&authoring::find(conn, id)?)),
        }
    };
    Ok(author.read_found(find, read).await?.answer(&req))
}

/// List questions. Filters, searches and sorts the questions of the bank.
#[utoipa::path(
    get, path = "/api/v1/questions", tag = "questions", operation_id = "list_questions",
    security(("bearer" = [])),
    params(QuestionQuery),
    responses(
        (status = 200, description = "A page of the list", body = QuestionPage),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam, domain or task"),
    )
)]
pub async fn list(
    author: Author,
    cache: web::Data<QuestionCache>,
    query: Query<QuestionQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (query, text) = (query.into_inner(), req.query_string().to_owned());
    let limit = page_limit(query.limit)?;
    let read = move |conn: &mut _, _| {
        let filter = query.filter(conn)?;
        let sort = query.sort.unwrap_or(Sort::Created);
        let after = query.cursor.map(|place| (place.value, QuestionId(place.id)));
        let (mut found, total) = if query.total == Some(true) {
            let (found, total) = queries::page_and_total(conn, &cache, &filter, sort, after, limit + 1)?;
            (found, Some(total))
        } else {
            (queries::page(conn, &cache, &filter, sort, after, limit + 1)?, None)
        };
        let next_cursor = cut_to_page(&mut found, limit, |last| place_of(last, sort));
        let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/questions?{}", next_page(&text, cursor)));
        let items = found.iter().map(QuestionReply::from).collect();
        Ok(TaggedJson::of(&QuestionPage { items, total, next_cursor })?.with_next(url))
    };
    Ok(author.read(read).await?.answer(&req))
}

fn place_of(listed: &Listed, sort: Sort) -> SortCursor {
    let value = match sort {
        Sort::Created | Sort::CreatedDown => 0,
        Sort::Difficulty | Sort::DifficultyDown => i64::from(listed.served.difficulty),
        Sort::Updated | Sort::UpdatedDown => listed.entry.updated_at.as_microseconds(),
    };
    SortCursor { value, id: listed.entry.id.0 }
}

/// Create a question. The question is a draft.
#[utoipa::path(
    post, path = "/api/v1/questions", tag = "questions", operation_id = "create_question",
    security(("bearer" = [])),
    request_body = QuestionBody,
    responses(
        (status = 201, description = "The question", body = QuestionReply),
        (status = 403, description = "Requires the author role"),
        (status = 409, description = "A question with this external key already exists, or the first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn create(author: Author, creating: IdempotentJson<QuestionBody>) -> Result<HttpResponse, Error> {
    let IdempotentJson { body, once } = creating;
    let work = move |conn: &mut _, user: Identity| {
        let filed = authoring::create(conn, user.user_id, &body)?;
        let reply = QuestionReply::from(&filed);
        Created::at(format!("/api/v1/questions/{}", reply.id), &reply)
    };
    Ok(author.create(once, work).await?.answer())
}

/// Replace the content of a question. If learners may have seen the question, it stays as it is, and the server creates
/// a new revision: a draft that replaces the question when published. Otherwise, the question becomes a draft. If only
/// subjects, review date or accepted warnings differ, the question is changed in place and keeps its status.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "replace_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = QuestionBody,
    responses(
        (status = 200, description = "The changed question", body = QuestionReply),
        (status = 201, description = "The new revision", body = QuestionReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
        (status = 409, description = "The question has a newer revision. Change that one"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn replace(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<QuestionBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, now, expected) = (id.into_inner(), author.now(), require_if_match(&req)?);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        let (filed, location) = match authoring::replace(conn, user.user_id, id, &body.0, check, now)? {
            Replaced::InPlace(filed) => (filed, None),
            Replaced::Superseded(filed) => {
                let location = format!("/api/v1/questions/{}", filed.question.id);
                (filed, Some(location))
            }
        };
        Ok((TaggedJson::of(&QuestionReply::from(&filed))?, location))
    };
    let (entity, location) = author.write(write).await?;
    let mut response = entity.answer(&req);
    if let Some(location) = location.and_then(|location| header::HeaderValue::from_str(&location).ok()) {
        *response.status_mut() = StatusCode::CREATED;
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Delete a question. You can delete a draft that learners have not seen, or a question in review. If it was a new
/// revision of a published question, that question can then be changed again.
#[utoipa::path(
    delete, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "delete_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Only the last writer of the question, the user who requested the draft, or an admin can delete it"),
        (status = 404, description = "No such question"),
        (status = 409, description = "Learners may have seen the question, it was rejected, or it has a newer revision"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn delete(
    author: Author,
    client: Client,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, expected) = (id.into_inner(), require_if_match(&req)?);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        Ok((user.user_id, deletion::delete(conn, user, id, check)?))
    };
    let (actor, writer) = author.write(write).await?;
    audit::log(Event::QuestionDeleted(id.0), writer, Some(actor), &client);
    Ok(HttpResponse::NoContent().finish())
}

/// Change the status of a question. This sends a draft to review, publishes or rejects a question, or takes it out of
/// service.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}/status", tag = "questions", operation_id = "change_question_status",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = QuestionStatusChange,
    responses(
        (status = 200, description = "The changed question", body = QuestionReply),
        (status = 403, description = "Requires the author role. A writer of the question can publish it only as an admin"),
        (status = 404, description = "No such question"),
        (status = 409, description = "The status cannot change in this way, a newer revision is published, or the draft needs a comment or cannot be published"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_status(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<QuestionStatusChange>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, now, expected) = (id.into_inner(), author.now(), require_if_match(&req)?);
    let (to, remark) = (body.0.status, body.0.remark()?);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        TaggedJson::of(&QuestionReply::from(&authoring::change_status(conn, user, id, (to, &remark), check, now)?))
    };
    Ok(author.write(write).await?.answer(&req))
}

/// Change the upkeep of a question. This sets the subjects, the review date and the accepted warnings. It also works
/// for a published question, and does not create a new revision. Seed files no longer change these fields afterwards.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}/upkeep", tag = "questions", operation_id = "change_question_upkeep",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = UpkeepBody,
    responses(
        (status = 200, description = "The changed question", body = QuestionReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such question"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_upkeep(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<UpkeepBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, expected, upkeep) = (id.into_inner(), require_if_match(&req)?, Upkeep::from(body.0));
    let write = move |conn: &mut _, _| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        TaggedJson::of(&QuestionReply::from(&authoring::change_upkeep(conn, id, &upkeep, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}
