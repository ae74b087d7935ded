//! The life of an attempt inside a transaction: begun, responded to, finished.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    assembly::{self, Draw, Plan, Share},
    grading::{self, Choice},
    messages::{AttemptReply, SlotState, SlotUpdate, StartAttempt},
    model::{Attempt, AttemptId, AttemptStatus, Feedback, FilledSlot, NewAttempt, NewSlot},
    queries::{self, SlotChange},
    report::{self, EndedBy, Report},
    under_way,
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection,
        types::{Json, Timestamp},
    },
    error::{Error, FieldError},
    exams::{
        self,
        model::{Domain, DomainId, Exam},
    },
    questions::{self, model::QuestionId},
};

/// Attempts that are settled in one transaction.
const BATCH: i64 = 50;
/// The most seconds that a front end can report for a slot: a day.
const SECONDS_LIMIT: i32 = 86_400;

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
    user_id: UserId,
    wanted: &StartAttempt,
    now: Timestamp,
) -> Result<AttemptReply, Error> {
    if wanted.seed.is_some_and(|seed| !(0..assembly::SEED_LIMIT).contains(&seed)) {
        return Err(Error::invalid("/seed", "must be from 0 to 9007199254740991"));
    }
    let exam = exams::queries::find_published(conn, &wanted.exam)?
        .ok_or_else(|| Error::invalid("/exam", "is not the code of an exam: GET /api/v1/exams lists them"))?;
    under_way::settle(
        conn,
        user_id,
        exam.id,
        "you have an attempt at this exam under way: resume, submit or abandon it before you begin another",
        now,
    )?;
    let domains = exams::queries::domains(conn, exam.id)?;
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
    let found = questions::queries::find_all(conn, &ids)?;
    let mut by_id: HashMap<QuestionId, _> = found.into_iter().map(|pair| (pair.0.id, pair)).collect();
    if is_new {
        let contents = ids.iter().filter_map(|id| by_id.get(id));
        assembly::mix(seed, &mut form, contents.map(|(question, answers)| (&*question.explanation, &**answers)));
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
        let (question, answers) =
            by_id.remove(&slot.question_id).ok_or_else(|| Error::Internal("a drawn question is gone".into()))?;
        let order = slot
            .answer_order
            .unwrap_or_else(|| assembly::answer_order(seed, question.kind, &question.explanation, &answers));
        let row = NewSlot {
            user_id,
            attempt_id: attempt.id,
            position,
            question_id: question.id,
            answer_order: Json(order),
            scored: slot.scored,
        };
        filled.push(FilledSlot { slot: row.clone().into(), question, answers });
        rows.push(row);
    }
    queries::insert(conn, &attempt, &rows)?;
    Ok(AttemptReply::new(&attempt.into(), &exam.code, &domains, &filled))
}

fn plan(exam: &Exam, domains: &[Domain]) -> Result<Plan, Error> {
    let plan = assembly::plan(domains, exam.question_count.unsigned_abs(), exam.scored_count.unsigned_abs());
    plan.ok_or_else(|| {
        let published: i32 = domains.iter().map(|domain| domain.published_count).sum();
        let detail = format!(
            "an exam of {} has {} slots, and the bank has {published} published questions for it",
            exam.code, exam.question_count
        );
        Error::Conflict("not-enough-questions", "Not enough questions", detail)
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
    let mut candidates = Vec::with_capacity(domains.len());
    for (domain, share) in domains.iter().zip(&plan.shares) {
        // Twice as many as needed: unless the learner was served about half of the domain, enough of them are new.
        let count = (2 * share.slots).min(domain.published_count.unsigned_abs());
        candidates.push(draw_questions(conn, domain, &BTreeMap::new(), count, draw)?);
    }
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
            drawn = draw_questions(conn, domain, &served, share.slots, draw)?;
        }
        slots.extend((0..).zip(drawn).map(|(index, question_id)| Planned {
            question_id,
            scored: index < share.scored,
            answer_order: None,
        }));
    }
    Ok(slots)
}

/// `count` published questions of a domain, in the order in which they were drawn.
fn draw_questions(
    conn: &mut DbConnection,
    domain: &Domain,
    served: &BTreeMap<u32, u32>,
    count: u32,
    draw: &mut Draw,
) -> Result<Vec<QuestionId>, Error> {
    let numbers = draw.numbers(domain.published_count.unsigned_abs(), served, count);
    let numbers: Vec<i32> = numbers.into_iter().map(u32::cast_signed).collect();
    let found = questions::queries::ids_by_draw_number(conn, domain.id, &numbers)?;
    let ids: HashMap<i32, QuestionId> = found.into_iter().collect();
    let missing = |number| Error::Internal(format!("domain {} has no question with number {number}", domain.number));
    numbers.iter().map(|number| ids.get(number).copied().ok_or_else(|| missing(number))).collect()
}

/// Puts a response into a slot, in place of what was there.
pub fn respond(
    conn: &mut DbConnection,
    user_id: UserId,
    attempt_id: AttemptId,
    position: i32,
    update: &SlotUpdate,
    now: Timestamp,
) -> Result<SlotState, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id, now)?.ok_or(Error::NotFound("attempt"))?;
    match attempt.status {
        AttemptStatus::InProgress => {}
        AttemptStatus::Submitted => return Err(under_way::submitted()),
        AttemptStatus::Abandoned => return Err(under_way::abandoned()),
    }
    if attempt.is_overdue(now) {
        let deadline = attempt.deadline_at.map(|deadline| deadline.to_string()).unwrap_or_default();
        let detail = format!("the time ran out at {deadline}: the attempt is graded as it stood then");
        return Err(Error::Conflict("deadline-passed", "Deadline passed", detail));
    }
    let slot = queries::slot(conn, user_id, attempt_id, position)?.ok_or(Error::NotFound("slot"))?;
    let (question, answers) =
        questions::queries::find(conn, slot.question_id)?.ok_or(Error::Internal("a slot has no question".into()))?;
    let response = update.response.as_deref().unwrap_or_default();
    let mut faults = grading::faults(question.kind, &answers, response);
    if !(0..=SECONDS_LIMIT).contains(&update.seconds_spent) {
        let detail = format!("must be from 0 to {SECONDS_LIMIT}");
        faults.push(FieldError { pointer: "/seconds_spent".into(), detail });
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let given =
        (!response.is_empty()).then(|| response.iter().cloned().map(Choice::with_normal_text).collect::<Vec<_>>());
    let change = SlotChange {
        // The clock may have been set back since the start; here and at the end, nothing happens before it.
        answered_at: given.is_some().then_some(now.max(attempt.started_at)),
        response: given.clone().map(Json),
        flagged: update.flagged,
        unsure: update.unsure,
        seconds_spent: update.seconds_spent,
        updated_at: now,
    };
    queries::update_slot(conn, user_id, attempt_id, position, &change)?;
    Ok(SlotState {
        position,
        response: given,
        flagged: change.flagged,
        unsure: change.unsure,
        seconds_spent: change.seconds_spent,
        answered_at: change.answered_at,
    })
}

/// Why a report is not given out while another attempt is under way.
const HELD_BACK: &str = "you have an attempt at this exam under way, whose questions may be in this report: submit or \
                         abandon it first";

/// Grades an attempt because its learner says so, or gives the report of one that was graded before.
pub fn submit(
    conn: &mut DbConnection,
    user_id: UserId,
    attempt_id: AttemptId,
    now: Timestamp,
) -> Result<Report, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id, now)?.ok_or(Error::NotFound("attempt"))?;
    if attempt.status == AttemptStatus::Submitted {
        under_way::settle(conn, user_id, attempt.exam_id, HELD_BACK, now)?;
    }
    let report = finish(conn, user_id, attempt_id, Finish::Now, now)?;
    report.ok_or_else(|| Error::Internal("a submitted attempt has no report".into()))
}

/// The report of an attempt, unless its learner may not have it now. Writes nothing: attempts whose time ran out were
/// graded before.
pub fn report(conn: &mut DbConnection, attempt: &Attempt) -> Result<Report, Error> {
    match attempt.status {
        AttemptStatus::Abandoned => return Err(under_way::abandoned()),
        AttemptStatus::InProgress => {
            return Err(Error::AttemptInProgress(attempt.id.0, "the attempt is in progress: submit it first"));
        }
        AttemptStatus::Submitted => {}
    }
    if let Some(other) = queries::under_way(conn, attempt.user_id, attempt.exam_id)? {
        return Err(Error::AttemptInProgress(other.id.0, HELD_BACK));
    }
    let report = queries::report(conn, attempt.user_id, attempt.id)?;
    report.ok_or_else(|| Error::Internal("a submitted attempt has no report".into()))
}

/// When an attempt is to be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Now, because the learner says so.
    Now,
    /// Only if its time has run out.
    IfOverdue,
}

/// Grades an attempt once and stores its report; afterwards gives back what is stored. `None` when it goes on.
///
/// No snapshot: who submits waits for a response that is on its way, and in a snapshot would lose to it instead. What the
/// report takes from the blueprint is read by one statement; what else it takes never changes.
pub fn finish(
    conn: &mut DbConnection,
    user_id: UserId,
    attempt_id: AttemptId,
    when: Finish,
    now: Timestamp,
) -> Result<Option<Report>, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id, now)?.ok_or(Error::NotFound("attempt"))?;
    match attempt.status {
        AttemptStatus::InProgress => {}
        AttemptStatus::Submitted => return Ok(queries::report(conn, user_id, attempt_id)?),
        AttemptStatus::Abandoned if when == Finish::IfOverdue => return Ok(None),
        AttemptStatus::Abandoned => return Err(under_way::abandoned()),
    }
    let overdue = attempt.is_overdue(now);
    if when == Finish::IfOverdue && !overdue {
        return Ok(None);
    }
    let (ended_by, submitted_at) = match attempt.deadline_at {
        Some(deadline) if overdue => (EndedBy::Deadline, deadline),
        _ => (EndedBy::Learner, now.max(attempt.started_at)),
    };
    grade(conn, &attempt, ended_by, submitted_at, now).map(Some)
}

/// Grades an attempt as it stands and stores its report.
fn grade(
    conn: &mut DbConnection,
    attempt: &Attempt,
    ended_by: EndedBy,
    submitted_at: Timestamp,
    now: Timestamp,
) -> Result<Report, Error> {
    let (exam, domains) = exams::queries::with_domains(conn, attempt.exam_id)?;
    let slots = queries::filled_slots(conn, attempt.user_id, attempt.id)?;
    let report = report::grade(attempt, &exam, &domains, &slots, submitted_at, ended_by);
    queries::store_result(conn, attempt.user_id, &report, now)?;
    Ok(report)
}

/// Grades some attempts that a migration abandoned although their time had run out before, and gives how many.
pub fn settle_abandoned(conn: &mut DbConnection, now: Timestamp) -> Result<usize, Error> {
    let found = queries::abandoned_after_deadline(conn, BATCH)?;
    for attempt in &found {
        let deadline = attempt.deadline_at.unwrap_or(now);
        grade(conn, attempt, EndedBy::Deadline, deadline, now)?;
    }
    Ok(found.len())
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

impl From<NewSlot> for super::model::Slot {
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
        }
    }
}
