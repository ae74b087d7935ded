//! A response that counts and has its mark: one event, in the transaction that stores the mark. What follows from it for the
//! learner is called here.

use std::collections::HashMap;

use super::model::{Attempt, FilledSlot, Labels};
use crate::{
    db::{DbConnection, day::Day, types::Timestamp},
    error::Error,
    questions::model::QuestionId,
    reviews::{
        history,
        model::Standing,
        queries,
        schedule::{Answer, Schedule},
    },
};

/// The first response of a learner in a slot, with its mark. There is one for each slot that was answered: where the learner
/// is told at once, when the response comes in, and otherwise when the attempt is submitted.
#[derive(Debug, Clone)]
pub struct Graded {
    /// The line of the question.
    pub line: QuestionId,
    /// What the response earned, from 0 to 1.
    pub mark: f64,
    /// When it was stored.
    pub at: Timestamp,
    /// What else the learner said of it.
    pub slot: Labels,
}

/// Takes note of responses of an attempt, each to a question of another line, and gives the days on which the questions come
/// back.
pub fn record(
    conn: &mut DbConnection,
    attempt: &Attempt,
    graded: &[Graded],
    now: Timestamp,
) -> Result<HashMap<QuestionId, Day>, Error> {
    if graded.is_empty() {
        return Ok(HashMap::new());
    }
    let user_id = attempt.user_id;
    let lines: Vec<QuestionId> = graded.iter().map(|one| one.line).collect();
    let schedule = queries::schedule(conn, user_id, attempt.exam_id)?;
    let mut known = queries::lock_standings(conn, user_id, &lines)?;
    if known.values().any(Standing::lacks_card) {
        history::make_cards(conn, user_id, now)?;
        known = queries::lock_standings(conn, user_id, &lines)?;
    }
    let standings: Vec<Standing> =
        graded.iter().map(|one| standing(attempt, &schedule, known.get(&one.line), one, now)).collect();
    queries::put_standings(conn, user_id, &standings, now)?;
    Ok(standings.iter().filter_map(|standing| Some((standing.line_id, standing.due_on?))).collect())
}

/// What is known of a line after a response to it.
fn standing(
    attempt: &Attempt,
    schedule: &Schedule,
    known: Option<&Standing>,
    graded: &Graded,
    now: Timestamp,
) -> Standing {
    let Labels { flagged, unsure, seconds_spent } = graded.slot;
    let new = Standing::without_response(graded.line, attempt.exam_id, flagged, unsure);
    let answer = Answer {
        line: graded.line,
        mark: graded.mark,
        unsure,
        seconds: seconds_spent,
        at: graded.at,
        begun_at: attempt.started_at,
    };
    let mut standing = match known {
        Some(known) if known.answered_at.is_some_and(|last| last > graded.at) => *known,
        Some(known) => Standing { exam_id: new.exam_id, flagged, unsure, ..*known },
        None => new,
    };
    schedule.take(&mut standing, &answer, attempt.median_seconds, schedule.time_zone.day_of(now));
    standing
}

/// Takes note of the slots of an attempt that is being graded, with their marks: responses that had none before, and
/// questions that are flagged and have no response.
pub fn record_attempt(
    conn: &mut DbConnection,
    attempt: &Attempt,
    slots: &[FilledSlot],
    marks: impl IntoIterator<Item = f64>,
    now: Timestamp,
) -> Result<(), Error> {
    let new = || slots.iter().filter(|filled| filled.slot.mark.is_none());
    let flagged = new()
        .filter(|filled| filled.slot.flagged && !filled.is_answered())
        .map(|filled| Standing::without_response(filled.question.line, attempt.exam_id, true, filled.slot.unsure));
    let flagged: Vec<Standing> = flagged.collect();
    let graded =
        slots.iter().zip(marks).filter(|(filled, _)| filled.slot.mark.is_none()).filter_map(|(filled, mark)| {
            Some(Graded { line: filled.question.line, mark, at: filled.slot.answered_at?, slot: filled.slot.labels() })
        });
    let mut graded: Vec<Graded> = graded.collect();
    // Two attempts that end at once wait for each other's rows in this order.
    graded.sort_unstable_by_key(|one| one.line);
    record(conn, attempt, &graded, now)?;
    Ok(queries::put_standings(conn, attempt.user_id, &flagged, now)?)
}
