//! The form of an exam, which follows the blueprint as far as the bank allows.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Form, PlannedSlot, StartContext};
use crate::{
    attempts::{
        assembly::{self, Draw, Plan},
        model::{Feedback, Mode},
        queries,
    },
    db::DbConnection,
    error::{Error, Slug},
    exams::{
        apportionment::Share,
        model::{Domain, DomainId, Exam},
    },
    questions::{self, model::QuestionId},
};

/// The form of an exam.
pub fn form(conn: &mut DbConnection, begin: &StartContext<'_>) -> Result<Form, Error> {
    super::selection::refuse_in_exam(begin.wanted)?;
    let plan = plan(begin.exam, begin.domains)?;
    let again = match begin.wanted.seed {
        Some(seed) => form_of_before(conn, begin, &plan, seed)?,
        None => None,
    };
    let is_again = again.is_some();
    let slots = match again {
        Some(slots) => slots,
        None => new_form(conn, begin, &plan, &mut Draw::from_seed(begin.seed))?,
    };
    Ok(Form {
        slots,
        again: is_again,
        notes: plan.notes,
        seconds: Some(begin.exam.duration_minutes * 60),
        feedback: Feedback::AtEnd,
        selection: None,
    })
}

fn plan(exam: &Exam, domains: &[Domain]) -> Result<Plan, Error> {
    let plan = assembly::plan(domains, exam.question_count.unsigned_abs(), exam.scored_count.unsigned_abs());
    plan.ok_or_else(|| {
        let published: i32 = domains.iter().map(|domain| domain.published_count).sum();
        let detail = format!(
            "an exam of {} has {} slots, but only {published} published questions: authors must publish more",
            exam.code, exam.question_count
        );
        Error::Conflict(Slug::NotEnoughQuestions, detail)
    })
}

/// The form of the learner's last attempt with this seed, if all its questions can still be served and it matches the
/// current blueprint.
fn form_of_before(
    conn: &mut DbConnection,
    begin: &StartContext<'_>,
    plan: &Plan,
    seed: i64,
) -> Result<Option<Vec<PlannedSlot>>, Error> {
    let user_id = begin.user_id;
    let before = queries::find_by_seed(conn, user_id, begin.exam.id, Mode::Exam, seed)?;
    let Some(before) = before else { return Ok(None) };
    let slots = queries::slots(conn, user_id, before.id)?;
    let ids: Vec<QuestionId> = slots.iter().map(|slot| slot.question_id).collect();
    let published: HashMap<QuestionId, DomainId> = queries::published(conn, &ids)?.into_iter().collect();
    let share = |domain: &Domain| {
        let of_domain = || slots.iter().filter(|slot| published.get(&slot.question_id) == Some(&domain.id));
        Share { slots: of_domain().count() as u32, scored: of_domain().filter(|slot| slot.scored).count() as u32 }
    };
    if published.len() != ids.len() || !begin.domains.iter().map(share).eq(plan.shares.iter().copied()) {
        return Ok(None);
    }
    let again = slots.into_iter().map(|slot| PlannedSlot {
        question_id: slot.question_id,
        scored: slot.scored,
        answer_order: Some(slot.answer_order.0),
    });
    Ok(Some(again.collect()))
}

/// A form that follows the plan, domain by domain. With a seed that the learner chose, it depends only on the seed and
/// the bank; otherwise the questions that the learner was served least often come first.
fn new_form(
    conn: &mut DbConnection,
    begin: &StartContext<'_>,
    plan: &Plan,
    draw: &mut Draw,
) -> Result<Vec<PlannedSlot>, Error> {
    let (user_id, domains) = (begin.user_id, begin.domains);
    // Twice as many as needed: unless the learner was served about half of the domain, enough of these are new.
    let numbers = domains.iter().zip(&plan.shares).map(|(domain, share)| {
        let published = domain.published_count.unsigned_abs();
        (domain, draw.numbers(published, &BTreeMap::new(), (2 * share.slots).min(published)))
    });
    let numbers: Vec<(&Domain, Vec<u32>)> = numbers.collect();
    let candidates = questions_by_number(conn, &numbers)?;
    let served = match begin.wanted.seed {
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
        slots.extend((0..).zip(drawn).map(|(index, question_id)| PlannedSlot {
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
