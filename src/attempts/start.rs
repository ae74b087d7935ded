//! The beginning of an attempt, inside a transaction: its form is assembled and its clock starts.

use super::{
    assembly::{self, Draw},
    in_progress,
    messages::{AttemptClock, AttemptReply, StartAttempt},
    model::{Attempt, AttemptId, AttemptStatus, FilledSlot, Mode, NewAttempt, NewPrediction, NewSlot, Slot},
    modes::{self, StartContext},
    queries, unanswered,
};
use crate::{
    auth::model::Identity,
    db::{
        DbConnection,
        types::{Json, Timestamp},
    },
    error::Error,
    exams::{
        self,
        model::{Domain, Exam},
    },
    questions::{cache::QuestionCache, model::QuestionId},
    readiness::predictions,
    reviews,
};

/// Begins an attempt: assembles its form and starts its clock.
///
/// In one snapshot, because the blueprint, the counts of the domains and the draw numbers must match each other.
pub fn start(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user: Identity,
    wanted: &StartAttempt,
    max_unanswered: u32,
    now: Timestamp,
) -> Result<AttemptReply, Error> {
    let user_id = user.user_id;
    if wanted.seed.is_some_and(|seed| !(0..assembly::SEED_LIMIT).contains(&seed)) {
        return Err(Error::invalid("/seed", "must be from 0 to 9007199254740991"));
    }
    let (exam, domains) = exams::queries::find_published(conn, &wanted.exam)?
        .ok_or_else(|| Error::invalid("/exam", "is not the code of a published exam: see GET /api/v1/exams"))?;
    let other = in_progress::find(conn, cache, user_id, exam.id, now)?;
    let seed = wanted.seed.unwrap_or_else(Draw::random_seed);
    let begin = StartContext { user_id, exam: &exam, domains: &domains, wanted, seed };
    let mut form = match (wanted.mode, other) {
        (Mode::Exam, Some(other)) => {
            let why =
                "you have an attempt at this exam in progress: resume, submit or abandon it before you begin another";
            return Err(Error::AttemptInProgress(other.id.0, why));
        }
        (Mode::Exam, None) => modes::exam::form(conn, &begin)?,
        (Mode::Practice, other) => modes::practice::form(conn, &begin, other.as_ref())?,
        (Mode::Review, _) => modes::review::form(conn, &begin, now)?,
    };
    unanswered::require_responses(conn, user_id, max_unanswered, now)?;

    let ids: Vec<QuestionId> = form.slots.iter().map(|slot| slot.question_id).collect();
    let by_id = cache.get_all(conn, ids.iter().copied())?;
    // The slots of a review are ordered by urgency.
    if !form.again && wanted.mode != Mode::Review {
        let contents = ids.iter().filter_map(|id| by_id.get(id));
        assembly::mix(seed, &mut form.slots, contents.map(|question| (&*question.explanation, &*question.answers)));
    }

    let extra_time_percent = form.seconds.map_or(0, |_| user.extra_time_percent);
    let limit = form.seconds.map(|seconds| with_extra(seconds, extra_time_percent));
    let attempt = NewAttempt {
        user_id,
        id: AttemptId::new(),
        exam_id: exam.id,
        mode: wanted.mode,
        status: AttemptStatus::InProgress,
        seed,
        seed_chosen: wanted.seed.is_some(),
        feedback: form.feedback,
        time_limit_seconds: limit,
        notes: Json(form.notes),
        started_at: now,
        deadline_at: limit.map(|limit| now.plus_seconds(i64::from(limit))),
        extra_time_percent,
        selection: form.selection.map(Json),
        median_seconds: reviews::queries::median_seconds(conn, user_id)?,
    };
    let mut rows = Vec::with_capacity(form.slots.len());
    let mut filled = Vec::with_capacity(form.slots.len());
    for (position, slot) in (1..).zip(form.slots) {
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
    if wanted.mode == Mode::Exam && !form.again {
        let lines: Vec<QuestionId> = filled.iter().map(|filled| filled.question.line).collect();
        predict(conn, &attempt, &exam, &domains, &lines)?;
    }
    let attempt = attempt.into();
    let mut reply = AttemptReply::new(&attempt, &exam.code, &domains, &filled);
    reply.clock = AttemptClock::of(&attempt, now);
    Ok(reply)
}

/// Stores the predicted probability that the learner passes this form, before there are any responses.
fn predict(
    conn: &mut DbConnection,
    attempt: &NewAttempt,
    exam: &Exam,
    domains: &[Domain],
    lines: &[QuestionId],
) -> Result<(), Error> {
    let predicted = predictions::predict(conn, attempt.user_id, exam, domains, lines, attempt.started_at)?;
    if let Some((pass_probability, first_exposures)) = predicted {
        let (user_id, attempt_id) = (attempt.user_id, attempt.id);
        queries::insert_prediction(conn, &NewPrediction { user_id, attempt_id, pass_probability, first_exposures })?;
    }
    Ok(())
}

/// Adds a percentage to a number of seconds, rounded up.
fn with_extra(seconds: i32, percent: i32) -> i32 {
    let more = (i64::from(seconds) * i64::from(percent) + 99) / 100;
    i32::try_from(i64::from(seconds) + more).unwrap_or(i32::MAX)
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
            feedback: new.feedback,
            percent: None,
            extra_time_percent: new.extra_time_percent,
            selection: new.selection,
            median_seconds: new.median_seconds,
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
            mark: None,
            flagged: false,
            unsure: false,
            struck_out: Json(Vec::new()),
            answered_at: None,
            seconds_spent: 0,
            revision: 0,
        }
    }
}
