//! Creating, changing and publishing questions. Everything here runs inside a transaction.
//!
//! A revision that learners may have been served never changes: changing it creates a new revision, a draft that
//! replaces it when it is published. Revisions form a line, of which only the newest can be changed.
//!
//! Functions that change a question take a `check` of the stored question: whether it is still what the client saw.

use super::{
    acceptance,
    drafts::QuestionDraft,
    filed::Filed,
    messages::QuestionBody,
    model::{Content, Origin, Question, QuestionId, QuestionStatus, RejectionReason, Remark},
    queries::{self, NewPlacement},
    search,
    upkeep::Upkeep,
    validation,
};
use crate::{
    auth::model::{Identity, Role, UserId},
    characters::find_hidden,
    db::{DbConnection, types::Timestamp},
    error::{Error, FieldError, Slug},
    exams::{
        self, Blueprint,
        model::{DomainId, TaskId},
    },
};

/// Stores a new question, as a draft.
pub fn create(conn: &mut DbConnection, user_id: UserId, body: &QuestionBody) -> Result<Filed, Error> {
    let exam = exams::queries::find(conn, &body.exam)?;
    let exam = exam.ok_or_else(|| Error::invalid("/exam", format!("there is no exam {}", body.exam)))?;
    let content = checked(body)?;
    let blueprint = exams::queries::blueprint(conn, exam)?;
    let (domain_id, task_id) = filed_under(&blueprint, body)?;
    if let Some(key) = &body.external_key
        && !queries::find_by_external_keys(conn, &[key])?.is_empty()
    {
        let detail = format!(
            "a question with the external key {key:?} already exists: change that question, or use another key"
        );
        return Err(Error::Conflict(Slug::ExternalKeyTaken, detail));
    }
    let place = NewPlacement {
        exam_id: blueprint.exam.id,
        domain_id,
        task_id,
        status: QuestionStatus::Draft,
        origin: Origin::Authored,
        external_key: body.external_key.clone(),
        supersedes_id: None,
        written_by: Some(user_id),
        upkeep: body.upkeep(&Upkeep::default()),
        upkeep_changed: true,
    };
    let ids = queries::insert(conn, &[(place, &content)])?;
    let id = *ids.first().ok_or_else(|| Error::Internal("a question that was stored has no id".into()))?;
    find(conn, id)
}

/// The result of a change.
pub enum Replaced {
    /// The revision was changed.
    InPlace(Filed),
    /// A new revision was created, which is to replace it.
    Superseded(Filed),
}

/// Replaces the content of a question. If the content is equal and only the upkeep differs, the upkeep is changed in
/// place.
pub fn replace(
    conn: &mut DbConnection,
    user_id: UserId,
    id: QuestionId,
    body: &QuestionBody,
    check: impl Fn(&Filed) -> Result<(), Error>,
    now: Timestamp,
) -> Result<Replaced, Error> {
    let filed = locked(conn, id, check)?;
    let content = checked(body)?;
    if *body.exam != *filed.exam {
        return Err(Error::invalid(
            "/exam",
            format!("must be {}: the exam of a question cannot be changed", filed.exam),
        ));
    }
    if body.external_key.is_some() && body.external_key != filed.question.external_key {
        return Err(Error::invalid("/external_key", "the external key of a question cannot be changed"));
    }
    let exam = exams::queries::get(conn, filed.question.exam_id)?;
    let place = filed_under(&exams::queries::blueprint(conn, exam)?, body)?;
    let question = &filed.question;
    let is_same = content == filed.content() && place == (question.domain_id, question.task_id);
    // A user who changes no word does not become a writer.
    let changed_id = if is_same {
        require_newest(conn, &[id])?;
        id
    } else {
        let change = Change { question, place, content: &content, origin: Origin::Authored };
        revise(conn, &[change], Some(user_id), now)?.first().copied().unwrap_or(id)
    };
    let upkeep = body.upkeep(&question.upkeep);
    if upkeep != question.upkeep {
        queries::set_upkeep(conn, changed_id, &upkeep)?;
    }
    let changed = find(conn, changed_id)?;
    Ok(if changed_id == id { Replaced::InPlace(changed) } else { Replaced::Superseded(changed) })
}

/// Replaces the upkeep of a question, in any revision.
pub fn change_upkeep(
    conn: &mut DbConnection,
    id: QuestionId,
    upkeep: &Upkeep,
    check: impl Fn(&Filed) -> Result<(), Error>,
) -> Result<Filed, Error> {
    let filed = locked(conn, id, check)?;
    let faults = upkeep.faults();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if filed.question.upkeep == *upkeep {
        return Ok(filed);
    }
    queries::set_upkeep(conn, id, upkeep)?;
    find(conn, id)
}

fn require_newest(conn: &mut DbConnection, ids: &[QuestionId]) -> Result<(), Error> {
    match queries::successors(conn, ids)?.into_values().next() {
        None => Ok(()),
        Some(newer) => {
            let detail = format!("the question has a newer revision: change {newer}");
            Err(Error::Conflict(Slug::Superseded, detail))
        }
    }
}

/// A change of a question.
pub struct Change<'a> {
    /// The question.
    pub question: &'a Question,
    /// The new domain and task.
    pub place: (DomainId, Option<TaskId>),
    /// The new content.
    pub content: &'a Content,
    /// The origin of the content.
    pub origin: Origin,
}

impl<'a> Change<'a> {
    fn replacement(&self) -> queries::Replacement<'a> {
        queries::Replacement { question: self.question, place: self.place, content: self.content }
    }

    /// The placement of a newer revision.
    fn revision(&self, user_id: Option<UserId>) -> NewPlacement {
        NewPlacement {
            exam_id: self.question.exam_id,
            domain_id: self.place.0,
            task_id: self.place.1,
            status: QuestionStatus::Draft,
            origin: self.origin,
            external_key: None,
            supersedes_id: Some(self.question.id),
            written_by: user_id,
            upkeep: self.question.upkeep.clone(),
            upkeep_changed: self.question.upkeep_changed,
        }
    }
}

/// Changes the newest revisions of questions in place, or creates newer ones of those that learners may have been
/// served. The upkeep is copied. Returns the ids of the revisions, in the same order.
pub fn revise(
    conn: &mut DbConnection,
    changes: &[Change],
    user_id: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<QuestionId>, Error> {
    let ids: Vec<QuestionId> = changes.iter().map(|change| change.question.id).collect();
    require_newest(conn, &ids)?;
    let (frozen, open): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.question.frozen);
    let replaced: Vec<_> = open.iter().map(|change| change.replacement()).collect();
    queries::replace(conn, &replaced, user_id)?;
    for Change { question, .. } in open.iter().filter(|change| change.question.status != QuestionStatus::Draft) {
        queries::log_change(conn, question, QuestionStatus::Draft, user_id, Remark::default(), now)?;
    }
    let revisions: Vec<_> = frozen.iter().map(|change| (change.revision(user_id), change.content)).collect();
    let mut new = queries::insert(conn, &revisions)?.into_iter();
    let id = |change: &Change| if change.question.frozen { new.next() } else { Some(change.question.id) };
    let ids: Option<Vec<QuestionId>> = changes.iter().map(id).collect();
    ids.ok_or_else(|| Error::Internal("a question that was stored has no id".into()))
}

/// Changes the status of a question, with a remark.
pub fn change_status(
    conn: &mut DbConnection,
    user: Identity,
    id: QuestionId,
    (to, remark): (QuestionStatus, &Remark),
    check: impl Fn(&Filed) -> Result<(), Error>,
    now: Timestamp,
) -> Result<Filed, Error> {
    use QuestionStatus::{Draft, InReview, Published, Retired};
    // A question never moves to another exam, so that this is still its exam after both are locked.
    let exam_id = queries::exam_of(conn, id)?.ok_or(Error::NotFound("question"))?;
    exams::queries::lock_by_id(conn, exam_id)?;
    let filed = locked(conn, id, check)?;
    let question = &filed.question;
    let is_rejected = to == Retired && matches!(question.status, Draft | InReview);
    if remark.reason.is_some() && !is_rejected {
        return Err(Error::invalid("/reason", "is only for retiring a draft or a question in review"));
    }
    match (question.status, to) {
        (from, to) if from == to => return Ok(filed),
        (Draft | InReview, Retired) if filed.draft.is_some() && remark.reason.is_none() => {
            let reasons = RejectionReason::WORDS.join(", ");
            return Err(Error::invalid("/reason", format!("is required to reject this draft: one of {reasons}")));
        }
        (Draft, InReview) | (InReview, Draft) | (Draft | InReview, Retired) => queries::set_status(conn, id, to)?,
        (Retired, Published) if !question.frozen => {
            let detail = "the question was rejected before it was ever published: make it a draft first".to_owned();
            return Err(Error::Conflict(Slug::Status, detail));
        }
        (InReview | Retired, Published) => {
            if user.role < Role::Admin && is_writer(conn, &filed, user.user_id)? {
                let detail = "only someone who wrote no part of the question, or an admin, can publish it; requesting a draft from a language model counts as writing it";
                return Err(Error::Denied(Slug::OwnQuestion, detail));
            }
            publish(conn, question, Some(user.user_id), remark, now)?;
        }
        (Published, Retired) => queries::retire(conn, question, true)?,
        (Retired, Draft) if !question.frozen => queries::set_status(conn, id, to)?,
        (from, to) => {
            let next = match from {
                Draft | InReview => "send it to review (in_review) first",
                Published => "it can only be retired, and a change is a new revision",
                Retired if question.frozen => "it can only become published again",
                Retired => "make it a draft first",
            };
            let detail = format!("a question that is {from} cannot become {to}: {next}");
            return Err(Error::Conflict(Slug::Status, detail));
        }
    }
    queries::log_change(conn, question, to, Some(user.user_id), remark.clone(), now)?;
    find(conn, id)
}

/// Whether a user wrote a revision or any part of it, or requested it from a language model.
fn is_writer(conn: &mut DbConnection, filed: &Filed, user_id: UserId) -> Result<bool, Error> {
    let id = filed.question.id;
    let mut writers = queries::writers(conn, &[id])?.remove(&id).unwrap_or_default();
    // A server of the previous release, which may run next to this one, records only `written_by`.
    writers.extend(filed.question.written_by);
    writers.extend(filed.draft.as_ref().and_then(|draft| draft.requested_by));
    Ok(writers.contains(&user_id))
}

/// Publishes a revision in place of the published one, and moves the external key to it. The exam is locked.
///
/// Everything that is published after it was stored goes through here, so that the rules for drafts always apply; only
/// seeding publishes its own questions again by itself.
pub fn publish(
    conn: &mut DbConnection,
    question: &Question,
    user_id: Option<UserId>,
    remark: &Remark,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(draft) = unaccepted_draft(conn, question)? {
        acceptance::check(&draft, remark)?;
        if let Some((question, answers)) = queries::find(conn, question.id)? {
            let changed = acceptance::changed(&draft.content.0, &Content::of(&question, &answers));
            queries::accept_draft(conn, question.id, changed, now)?;
        }
    }
    let line = queries::revisions(conn, question.id)?;
    let mut key = question.external_key.clone();
    let mut is_older = true;
    for id in line {
        if id == question.id {
            is_older = false;
            continue;
        }
        let Some(other) = queries::lock(conn, id)? else { continue };
        if other.status == QuestionStatus::Published {
            if !is_older {
                let detail = format!("its newer revision {id} is published: retire that one first");
                return Err(Error::Conflict(Slug::Superseded, detail));
            }
            queries::retire(conn, &other, false)?;
            queries::log_change(conn, &other, QuestionStatus::Retired, user_id, Remark::default(), now)?;
        }
        if let Some(taken) = other.external_key {
            queries::set_key(conn, id, None)?;
            key = key.or(Some(taken));
        }
    }
    if key != question.external_key {
        queries::set_key(conn, question.id, key.as_deref())?;
        if let Some((question, answers)) = queries::find(conn, question.id)? {
            let words = search::words(&Content::of(&question, &answers), key.as_deref());
            queries::put_words(conn, &[(question.id, words)], false)?;
        }
    }
    Ok(queries::publish(conn, question)?)
}

/// The origin of a question that a language model drafted and that was never published.
pub fn unaccepted_draft(conn: &mut DbConnection, question: &Question) -> Result<Option<QuestionDraft>, Error> {
    match (question.origin, question.frozen) {
        (Origin::Generated, false) => Ok(queries::find_draft(conn, question.id)?),
        _ => Ok(None),
    }
}

/// A question, locked, if it is still what the client saw.
pub(super) fn locked(
    conn: &mut DbConnection,
    id: QuestionId,
    check: impl Fn(&Filed) -> Result<(), Error>,
) -> Result<Filed, Error> {
    queries::lock(conn, id)?.ok_or(Error::NotFound("question"))?;
    let filed = find(conn, id)?;
    check(&filed)?;
    Ok(filed)
}

/// A question, or 404.
pub fn find(conn: &mut DbConnection, id: QuestionId) -> Result<Filed, Error> {
    queries::find_filed(conn, id)?.ok_or(Error::NotFound("question"))
}

/// The content of a body, validated.
pub fn checked(body: &QuestionBody) -> Result<Content, Error> {
    let is_key = |key: &&String| !key.is_empty() && key.chars().count() <= 200 && find_hidden(key).is_none();
    let detail = "must have 1 to 200 characters, none of them invisible";
    let key_fault = body.external_key.as_ref().filter(|key| !is_key(key));
    let key_fault = key_fault.map(|_| FieldError { pointer: "/external_key".into(), detail: detail.into() });
    let mut faults = body.upkeep(&Upkeep::default()).faults();
    faults.extend(key_fault);
    match (validation::checked(body.content()), faults) {
        (Ok(content), faults) if faults.is_empty() => Ok(content),
        (checked, faults) => Err(Error::Invalid(checked.err().into_iter().flatten().chain(faults).collect())),
    }
}

/// The domain and the task that a body names.
pub fn filed_under(blueprint: &Blueprint, body: &QuestionBody) -> Result<(DomainId, Option<TaskId>), Error> {
    let place = blueprint.place(body.domain, body.task.as_deref()).map_err(|fault| Error::Invalid(vec![fault]))?;
    Ok((place.0.id, place.1.map(|task| task.id)))
}
