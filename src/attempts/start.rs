//! The beginning of an attempt, inside a transaction: its form is assembled and its clock starts.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    assembly::{self, Draw, Plan},
    messages::{AttemptClock, AttemptReply, StartAttempt},
    model::{Attempt, AttemptId, AttemptStatus, Feedback, FilledSlot, NewAttempt, NewPrediction, NewSlot, Slot},
    queries, unanswered, under_way,
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection,
        types::{Json, Timestamp},
    },
    error::{Error, Slug},
    exams::{
        self,
        apportionment::Share,
        model::{Domain, DomainId, Exam},
    },
    questions::{self, cache::QuestionCache, model::QuestionId},
    readiness::predictions,
};

/// A slot of a form before it is stored.
struct Planned {
    question_id: QuestionId,
    scored: bool,
    /// Known when the form is one that was sat before.
    answer_order: Option<Vec<i32>>,
}

/// Begins an attempt: assembles its form and starts its clock.
///
/// In one snapshot: the blueprint, the counts of the domains and the draw numbers that they are counts of belong together.
pub fn start(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    wanted: &StartAttempt,
    max_unanswered: u32,
    now: Timestamp,
) -> Result<AttemptReply, Error> {
    if wanted.seed.is_some_and(|seed| !(0..assembly::SEED_LIMIT).contains(&seed)) {
        return Err(Error::invalid("/seed", "must be from 0 to 9007199254740991"));
    }
    let (exam, domains) = exams::queries::find_published(conn, &wanted.exam)?
        .ok_or_else(|| Error::invalid("/exam", "is not the code of an exam: GET /api/v1/exams lists them"))?;
    under_way::settle(
        conn,
        cache,
        user_id,
        exam.id,
        "you have an attempt at this exam under way: resume, submit or abandon it before you begin another",
        now,
    )?;
    unanswered::require_responses(conn, user_id, max_unanswered, now)?;
    let seed = wanted.seed.unwrap_or_else(Draw::random_seed);
    let plan = plan(&exam, &domains)?;

    let again = match wanted.seed {
        Some(seed) => form_of_before(conn, user_id, &exam, &domains, &plan, wanted, seed)?,
        None => None,
    };
    let is_new = again.is_none();
    let mut form = match again {
        Some(form) => form,
        None => new_form(conn, user_id, &domains, &plan, wanted, &mut Draw::from_seed(seed))?,
    };

    let ids: Vec<QuestionId> = form.iter().map(|slot| slot.question_id).collect();
    let by_id = cache.get_all(conn, ids.iter().copied())?;
    if is_new {
        let contents = ids.iter().filter_map(|id| by_id.get(id));
        assembly::mix(seed, &mut form, contents.map(|question| (&*question.explanation, &*question.answers)));
    }

    let limit = exam.duration_minutes * 60;
    let attempt = NewAttempt {
        user_id,
        id: AttemptId::new(),
        exam_id: exam.id,
        mode: wanted.mode,
        status: AttemptStatus::InProgress,
        seed,
        seed_chosen: wanted.seed.is_some(),
        feedback: Feedback::AtEnd,
        time_limit_seconds: Some(limit),
        notes: Json(plan.notes),
        started_at: now,
        deadline_at: Some(now.plus_seconds(i64::from(limit))),
    };
    let mut rows = Vec::with_capacity(form.len());
    let mut filled = Vec::with_capacity(form.len());
    for (position, slot) in (1..).zip(form) {
        let question = by_id.get(&slot.question_id);
        let question = question.ok_or_else(|| Error::Internal("a drawn question is gone".into()))?.clone();
        let order = slot
            .answer_order
            .unwrap_or_else(|| assembly::answer_order(seed, question.kind, &question.explanation, &question.answers));
        let row = NewSlot {
            user_id,
            attempt_id: attempt.id,
            position,
            question_id: question.id,
            answer_order: Json(order),
            scored: slot.scored,
        };
        filled.push(FilledSlot { slot: row.clone().into(), question });
        rows.push(row);
    }
    queries::insert(conn, &attempt, &rows)?;
    if is_new {
        predict(conn, &attempt, &exam, &domains, &ids)?;
    }
    let attempt = attempt.into();
    Ok(AttemptReply {
        clock: AttemptClock::of(&attempt, now),
        ..AttemptReply::new(&attempt, &exam.code, &domains, &filled)
    })
}

/// Stores how likely the learner passes this form, before anybody knows.
fn predict(
    conn: &mut DbConnection,
    attempt: &NewAttempt,
    exam: &Exam,
    domains: &[Domain],
    form: &[QuestionId],
) -> Result<(), Error> {
    let predicted = predictions::predict(conn, attempt.user_id, exam, domains, form, attempt.started_at)?;
    if let Some((pass_probability, first_exposures)) = predicted {
        let (user_id, attempt_id) = (attempt.user_id, attempt.id);
        queries::insert_prediction(conn, &NewPrediction { user_id, attempt_id, pass_probability, first_exposures })?;
    }
    Ok(())
}

fn plan(exam: &Exam, domains: &[Domain]) -> Result<Plan, Error> {
    let plan = assembly::plan(domains, exam.question_count.unsigned_abs(), exam.scored_count.unsigned_abs());
    plan.ok_or_else(|| {
        let published: i32 = domains.iter().map(|domain| domain.published_count).sum();
        let detail = format!(
            "an exam of {} has {} slots, and the bank has {published} published questions for it",
            exam.code, exam.question_count
        );
        Error::Conflict(Slug::NotEnoughQuestions, detail)
    })
}

/// The form that the learner sat with this seed last, if all of it can still be served and it is what the blueprint asks
/// for today.
fn form_of_before(
    conn: &mut DbConnection,
    user_id: UserId,
    exam: &Exam,
    domains: &[Domain],
    plan: &Plan,
    wanted: &StartAttempt,
    seed: i64,
) -> Result<Option<Vec<Planned>>, Error> {
    let Some(before) = queries::find_by_seed(conn, user_id, exam.id, wanted.mode, seed)? else { return Ok(None) };
    let slots = queries::slots(conn, user_id, before.id)?;
    let ids: Vec<QuestionId> = slots.iter().map(|slot| slot.question_id).collect();
    let published: HashMap<QuestionId, DomainId> = queries::published(conn, &ids)?.into_iter().collect();
    let share = |domain: &Domain| {
        let of_domain = || slots.iter().filter(|slot| published.get(&slot.question_id) == Some(&domain.id));
        Share { slots: of_domain().count() as u32, scored: of_domain().filter(|slot| slot.scored).count() as u32 }
    };
    if published.len() != ids.len() || !domains.iter().map(share).eq(plan.shares.iter().copied()) {
        return Ok(None);
    }
    let again = slots.into_iter().map(|slot| Planned {
        question_id: slot.question_id,
        scored: slot.scored,
        answer_order: Some(slot.answer_order.0),
    });
    Ok(Some(again.collect()))
}

/// A form by the plan, domain by domain. With a seed of the learner's choice it depends on that seed and the bank alone;
/// otherwise what the learner was served least often comes first.
fn new_form(
    conn: &mut DbConnection,
    user_id: UserId,
    domains: &[Domain],
    plan: &Plan,
    wanted: &StartAttempt,
    draw: &mut Draw,
) -> Result<Vec<Planned>, Error> {
    // Twice as many as needed: unless the learner was served about half of the domain, enough of them are new.
    let numbers = domains.iter().zip(&plan.shares).map(|(domain, share)| {
        let published = domain.published_count.unsigned_abs();
        (domain, draw.numbers(published, &BTreeMap::new(), (2 * share.slots).min(published)))
    });
    let numbers: Vec<(&Domain, Vec<u32>)> = numbers.collect();
    let candidates = questions_by_number(conn, &numbers)?;
    let served = match wanted.seed {
        Some(_) => HashSet::new(),
        None => queries::served_among(conn, user_id, &candidates.concat())?,
    };
    let mut slots = Vec::new();
    for ((domain, share), mut drawn) in domains.iter().zip(&plan.shares).zip(candidates) {
        let count = share.slots as usize;
        drawn.retain(|id| !served.contains(id));
        drawn.truncate(count);
        if drawn.len() < count {
            let served = queries::served(conn, user_id, domain.id)?;
            let numbers = draw.numbers(domain.published_count.unsigned_abs(), &served, share.slots);
            drawn = questions_by_number(conn, &[(domain, numbers)])?.concat();
        }
        slots.extend((0..).zip(drawn).map(|(index, question_id)| Planned {
            question_id,
            scored: index < share.scored,
            answer_order: None,
        }));
    }
    Ok(slots)
}

/// The published questions of these domains with these draw numbers, in the order of both.
fn questions_by_number(conn: &mut DbConnection, drawn: &[(&Domain, Vec<u32>)]) -> Result<Vec<Vec<QuestionId>>, Error> {
    let drawn: Vec<(&Domain, Vec<i32>)> = drawn
        .iter()
        .map(|(domain, numbers)| (*domain, numbers.iter().copied().map(u32::cast_signed).collect()))
        .collect();
    let wanted: Vec<(DomainId, &[i32])> = drawn.iter().map(|(domain, numbers)| (domain.id, &**numbers)).collect();
    let ids = questions::queries::ids_by_draw_number(conn, &wanted)?;
    let id = |domain: &Domain, number: i32| {
        let missing = || Error::Internal(format!("domain {} has no question with number {number}", domain.number));
        ids.get(&(domain.id, number)).copied().ok_or_else(missing)
    };
    drawn.iter().map(|(domain, numbers)| numbers.iter().map(|number| id(domain, *number)).collect()).collect()
}

impl From<NewAttempt> for Attempt {
    fn from(new: NewAttempt) -> Self {
        Self {
            user_id: new.user_id,
            id: new.id,
            exam_id: new.exam_id,
            mode: new.mode,
            status: new.status,
            seed: new.seed,
            seed_chosen: new.seed_chosen,
            notes: new.notes,
            started_at: new.started_at,
            deadline_at: new.deadline_at,
            submitted_at: None,
            scaled_score: None,
            passed: None,
        }
    }
}

impl From<NewSlot> for Slot {
    fn from(new: NewSlot) -> Self {
        Self {
            position: new.position,
            question_id: new.question_id,
            answer_order: new.answer_order,
            scored: new.scored,
            response: None,
            flagged: false,
            unsure: false,
            answered_at: None,
            seconds_spent: 0,
            revision: 0,
        }
    }
}
