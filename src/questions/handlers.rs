//! What authors ask of the bank.

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
        etag::{TaggedJson, demand_match},
        extract::{Body, Query, SortCursor, cut_to_page, next_page, page_limit},
        idempotency::{Created, IdempotentJson},
    },
    jobs::model::JobId,
};

/// Which questions are asked for, in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Those of one exam, by its code.
    exam: Option<ExamCode>,
    /// Those of the domain with this number; needs `exam`.
    #[param(example = 1)]
    domain: Option<i32>,
    /// Those of the task with this code; needs `exam`.
    #[param(example = "1.1")]
    task: Option<String>,
    /// Those of this kind.
    kind: Option<QuestionKind>,
    /// Those in this status.
    status: Option<QuestionStatus>,
    /// Those from there.
    origin: Option<Origin>,
    /// Those that this job drafted.
    job: Option<JobId>,
    /// Those that this import stored.
    import: Option<ImportId>,
    /// Those with this tag, whatever its case.
    #[param(max_length = 100)]
    tag: Option<String>,
    /// At least so difficult.
    #[param(minimum = 1, maximum = 5)]
    difficulty_min: Option<i32>,
    /// At most so difficult.
    #[param(minimum = 1, maximum = 5)]
    difficulty_max: Option<i32>,
    /// Those with all of these words in stem, answers, explanation, tags or key; `lamb*` is any word that begins so.
    #[param(example = "shared responsib*", max_length = 1000)]
    q: Option<String>,
    /// The order: by age, oldest first, if not said.
    sort: Option<Sort>,
    /// Whether to count all of them, too.
    total: Option<bool>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// Where the page begins: `next_cursor` of the page before, with the same filters and order.
    cursor: Option<SortCursor>,
}

impl QuestionQuery {
    fn filter(&self, conn: &mut DbConnection) -> Result<Filter, Error> {
        let exam = match &self.exam {
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?),
            None => None,
        };
        if [self.difficulty_min, self.difficulty_max].into_iter().flatten().any(|bound| !(1..=5).contains(&bound)) {
            return Err(Error::BadRequest("difficulty_min and difficulty_max are from 1 to 5".into()));
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
        let exam = exam.ok_or_else(|| Error::BadRequest("domain and task need exam".into()))?;
        let blueprint = exams::queries::blueprint(conn, exam)?;
        if let Some(number) = self.domain {
            filter.domain_id = Some(blueprint.domain(number).ok_or(Error::NotFound("domain"))?.id);
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
            return Err(Error::BadRequest("q has at most 1000 characters, and tag 100".into()));
        }
        terms.extend(self.tag.as_deref().map(|tag| search::Term::Word(search::tag_word(tag))));
        Ok(terms)
    }
}

/// Get a question with its key, rationales and references.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "get_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 200, description = "The question", body = QuestionReply),
        (status = 400, description = "The id is no UUID"),
        (status = 403, description = "Not an author"),
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
        // What is known of a draft's origin is not in the cache.
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

/// List the questions of the bank, filtered, searched and sorted.
#[utoipa::path(
    get, path = "/api/v1/questions", tag = "questions", operation_id = "list_questions",
    security(("bearer" = [])),
    params(QuestionQuery),
    responses(
        (status = 200, description = "A page", body = QuestionPage),
        (status = 403, description = "Not an author"),
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

/// Add a question, a draft.
#[utoipa::path(
    post, path = "/api/v1/questions", tag = "questions", operation_id = "create_question",
    security(("bearer" = [])),
    request_body = QuestionBody,
    responses(
        (status = 201, description = "The question", body = QuestionReply),
        (status = 403, description = "Not an author"),
        (status = 409, description = "There is a question with this external key"),
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

/// Replace the content of a question. One that learners may have been served stays as it is: a new revision is made, a
/// draft that takes its place when it is published. If subjects, review date or accepted warnings alone differ, they
/// are changed without one.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "replace_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = QuestionBody,
    responses(
        (status = 200, description = "The question as it is now", body = QuestionReply),
        (status = 201, description = "The new revision", body = QuestionReply),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such question"),
        (status = 409, description = "It has a newer revision: change that"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn replace(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<QuestionBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, now, expected) = (id.into_inner(), author.now(), demand_match(&req)?);
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

/// Delete a draft that nobody was served, or a question in review. A draft that was to change a published question no longer
/// keeps others from changing that.
#[utoipa::path(
    delete, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "delete_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "Not its writer, nor who asked a language model for it, nor an admin"),
        (status = 404, description = "No such question"),
        (status = 409, description = "Learners may have been served it, or it was rejected, or it has a newer revision"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn delete(
    author: Author,
    client: Client,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, expected) = (id.into_inner(), demand_match(&req)?);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        Ok((user.user_id, deletion::delete(conn, user, id, check)?))
    };
    let (actor, writer) = author.write(write).await?;
    audit::log(Event::QuestionDeleted(id.0), writer, Some(actor), &client);
    Ok(HttpResponse::NoContent().finish())
}

/// Take a question to another status.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}/status", tag = "questions", operation_id = "change_question_status",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = QuestionStatusChange,
    responses(
        (status = 200, description = "The question as it is now", body = QuestionReply),
        (status = 403, description = "Not an author, or a writer of the question"),
        (status = 404, description = "No such question"),
        (status = 409, description = "Not from this status, or a newer revision is published, or a draft that needs a \
            comment or is never published"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_status(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<QuestionStatusChange>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, now, expected) = (id.into_inner(), author.now(), demand_match(&req)?);
    let (to, remark) = (body.0.status, body.0.remark()?);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        TaggedJson::of(&QuestionReply::from(&authoring::change_status(conn, user, id, (to, &remark), check, now)?))
    };
    Ok(author.write(write).await?.answer(&req))
}

/// Say what a question rests on, when to review it, and which warnings are accepted: on a published one, too, and without a
/// new revision. Seeding leaves that alone from then on.
#[utoipa::path(
    put, path = "/api/v1/questions/{id}/upkeep", tag = "questions", operation_id = "change_question_upkeep",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    request_body = UpkeepBody,
    responses(
        (status = 200, description = "The question as it is now", body = QuestionReply),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such question"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_upkeep(
    author: Author,
    id: web::Path<QuestionId>,
    body: Body<UpkeepBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, expected, upkeep) = (id.into_inner(), demand_match(&req)?, Upkeep::from(body.0));
    let write = move |conn: &mut _, _| {
        let check = |stored: &Filed| expected.check(&QuestionReply::from(stored));
        TaggedJson::of(&QuestionReply::from(&authoring::change_upkeep(conn, id, &upkeep, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}
