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

/// What a learner gave in a slot, once it is graded: when the response comes in if the learner gets feedback at once, and
/// otherwise when the attempt is submitted.
#[derive(Debug, Clone)]
pub struct Graded {
    /// The line of the question.
    pub line: QuestionId,
    /// The mark of the first response, from 0 to 1, and when it was stored; none without a response.
    pub response: Option<(f64, Timestamp)>,
    /// What else the learner said of it.
    pub slot: Labels,
}

/// Stores what follows for the learner from slots of an attempt, each with a question of another line. Returns the days on
/// which the questions are due for review.
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
    let schedule = queries::schedule_locked(conn, user_id, attempt.exam_id)?;
    let mut known = queries::lock_standings(conn, user_id, &lines)?;
    if known.values().any(Standing::lacks_card) {
        history::make_cards(conn, user_id, now)?;
        known = queries::lock_standings(conn, user_id, &lines)?;
    }
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for one in graded {
        let before = known.get(&one.line);
        let list = if before.is_some() { &mut changed } else { &mut new };
        list.push(standing(attempt, &schedule, before, one, now));
    }
    queries::put_standings(conn, user_id, &changed, now)?;
    queries::insert_standings(conn, user_id, &new, now)?;
    Ok(changed.iter().chain(&new).filter_map(|standing| Some((standing.line_id, standing.due_on?))).collect())
}

/// Stores other labels of a slot whose response, if there is one, has its mark. Those of an older response than the last
/// one change nothing, and without a response whether the last one was unsure stays as it was.
pub fn record_labels(
    conn: &mut DbConnection,
    attempt: &Attempt,
    line: QuestionId,
    answered_at: Option<Timestamp>,
    labels: Labels,
    now: Timestamp,
) -> Result<(), Error> {
    let Labels { flagged, unsure, .. } = labels;
    let standing = match queries::lock_standings(conn, attempt.user_id, &[line])?.remove(&line) {
        None => {
            let new = Standing::without_response(line, attempt.exam_id, flagged, unsure);
            return queries::insert_standings(conn, attempt.user_id, &[new], now);
        }
        Some(known) if answered_at.is_none() => Standing { flagged, ..known },
        Some(known) if known.answered_at > answered_at => return Ok(()),
        Some(known) => Standing { flagged, unsure, ..known },
    };
    Ok(queries::put_standings(conn, attempt.user_id, &[standing], now)?)
}

/// What is known of a line after an attempt.
fn standing(
    attempt: &Attempt,
    schedule: &Schedule,
    known: Option<&Standing>,
    graded: &Graded,
    now: Timestamp,
) -> Standing {
    let Labels { flagged, unsure, seconds_spent } = graded.slot;
    let new = Standing::without_response(graded.line, attempt.exam_id, flagged, unsure);
    let Some((mark, at)) = graded.response else {
        let ended = attempt.deadline_at.map_or(now, |deadline| deadline.min(now));
        return match known {
            Some(known) if known.answered_at.is_some_and(|last| last > ended) => *known,
            // Whether the last response was unsure stays as it was.
            Some(known) => Standing { exam_id: new.exam_id, flagged, ..*known },
            None => new,
        };
    };
    let begun_at = attempt.started_at;
    let answer = Answer { line: graded.line, mark, unsure, seconds: seconds_spent, at, begun_at };
    let mut standing = match known {
        Some(known) if known.answered_at.is_some_and(|last| last > at) => *known,
        Some(known) => Standing { exam_id: new.exam_id, flagged, unsure, ..*known },
        None => new,
    };
    schedule.take(&mut standing, &answer, attempt.median_seconds, schedule.time_zone.day_of(now));
    standing
}

/// Records the slots of an attempt that is being graded, with their marks: responses that had none before, and questions
/// that are flagged without a response.
pub fn record_attempt(
    conn: &mut DbConnection,
    attempt: &Attempt,
    slots: &[FilledSlot],
    marks: impl IntoIterator<Item = f64>,
    now: Timestamp,
) -> Result<(), Error> {
    let new = slots.iter().zip(marks).filter(|(filled, _)| filled.slot.mark.is_none());
    let graded = new.filter_map(|(filled, mark)| {
        let response = filled.slot.answered_at.map(|at| (mark, at));
        let (line, slot) = (filled.question.line, filled.slot.labels());
        (response.is_some() || slot.flagged).then_some(Graded { line, response, slot })
    });
    let mut graded: Vec<Graded> = graded.collect();
    // Two attempts that end at once wait for each other's rows in this order.
    graded.sort_unstable_by_key(|one| one.line);
    record(conn, attempt, &graded, now).map(drop)
}
