//! A response that counts is marked: one event, in the transaction that stores the mark. Its effects for the learner
//! are handled here.

use std::collections::HashMap;

use super::model::{Attempt, FilledSlot, Labels};
use crate::{
    db::{DbConnection, day::Day, types::Timestamp},
    error::Error,
    questions::model::QuestionId,
    reviews::{
        history,
        model::LineRecord,
        queries,
        schedule::{Answer, Schedule},
    },
};

/// A slot of a learner once it is graded: with the response if the learner gets immediate feedback, otherwise at
/// submission.
#[derive(Debug, Clone)]
pub struct Graded {
    /// The line of the question.
    pub line: QuestionId,
    /// The mark of the response that counts, from 0 to 1, and when it was stored. None without a response.
    pub response: Option<(f64, Timestamp)>,
    /// The flag, the unsure mark and the time of the slot.
    pub slot: Labels,
}

/// Updates the learner's records from graded slots of a locked attempt, each with a question of a different line.
/// `known` are those of these lines that may have a record. Returns the days on which the questions are due for review.
///
/// The schedule was read after the attempt was locked: a change of the plan, which reschedules every card, locks the
/// attempts in progress, so it comes before this transaction or waits until the cards of this transaction are stored.
pub fn record(
    conn: &mut DbConnection,
    attempt: &Attempt,
    schedule: &Schedule,
    graded: &[Graded],
    known: impl IntoIterator<Item = QuestionId>,
    now: Timestamp,
) -> Result<HashMap<QuestionId, Day>, Error> {
    let user_id = attempt.user_id;
    let lines: Vec<QuestionId> = known.into_iter().collect();
    let mut known = queries::lock_records(conn, user_id, &lines)?;
    if known.values().any(LineRecord::lacks_card) {
        history::make_cards(conn, user_id, now)?;
        known = queries::lock_records(conn, user_id, &lines)?;
    }
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for one in graded {
        let before = known.get(&one.line);
        let list = if before.is_some() { &mut changed } else { &mut new };
        list.push(line_record(attempt, schedule, before, one, now));
    }
    queries::put_records(conn, user_id, &changed, now)?;
    queries::insert_records(conn, user_id, &new, now)?;
    Ok(changed.iter().chain(&new).filter_map(|record| Some((record.line_id, record.due_on?))).collect())
}

/// Records changed labels of a slot whose response, if any, has been marked. The labels of an older response than the
/// last one are ignored. Without a response, the unsure mark of the last response stays.
pub fn record_labels(
    conn: &mut DbConnection,
    attempt: &Attempt,
    line: QuestionId,
    answered_at: Option<Timestamp>,
    labels: Labels,
    now: Timestamp,
) -> Result<(), Error> {
    let Labels { flagged, unsure, .. } = labels;
    let record = match queries::lock_records(conn, attempt.user_id, &[line])?.remove(&line) {
        None => {
            let new = LineRecord::without_response(line, attempt.exam_id, flagged, unsure);
            return queries::insert_records(conn, attempt.user_id, &[new], now);
        }
        Some(known) if answered_at.is_none() => LineRecord { flagged, ..known },
        Some(known) if known.answered_at > answered_at => return Ok(()),
        Some(known) => LineRecord { flagged, unsure, ..known },
    };
    Ok(queries::put_records(conn, attempt.user_id, &[record], now)?)
}

/// The record of a line after an attempt.
fn line_record(
    attempt: &Attempt,
    schedule: &Schedule,
    known: Option<&LineRecord>,
    graded: &Graded,
    now: Timestamp,
) -> LineRecord {
    let Labels { flagged, unsure, seconds_spent } = graded.slot;
    let new = LineRecord::without_response(graded.line, attempt.exam_id, flagged, unsure);
    let Some((mark, at)) = graded.response else {
        let ended = attempt.deadline_at.map_or(now, |deadline| deadline.min(now));
        return match known {
            Some(known) if known.answered_at.is_some_and(|last| last > ended) => *known,
            // The unsure mark of the last response stays.
            Some(known) => LineRecord { exam_id: new.exam_id, flagged, ..*known },
            None => new,
        };
    };
    let begun_at = attempt.started_at;
    let answer = Answer { line: graded.line, mark, unsure, seconds: seconds_spent, at, begun_at };
    let mut record = match known {
        Some(known) if known.answered_at.is_some_and(|last| last > at) => *known,
        Some(known) => LineRecord { exam_id: new.exam_id, flagged, unsure, ..*known },
        None => new,
    };
    schedule.take(&mut record, &answer, attempt.median_seconds, schedule.time_zone.day_of(now));
    record
}

/// Records the slots of an attempt that is being graded, with their marks: responses that had none, and questions that
/// are flagged without a response.
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
    // All transactions lock rows in this order, so that two attempts that end at the same time cannot deadlock.
    graded.sort_unstable_by_key(|one| one.line);
    if graded.is_empty() {
        return Ok(());
    }
    let schedule = queries::schedule(conn, attempt.user_id, attempt.exam_id)?;
    record(conn, attempt, &schedule, &graded, graded.iter().map(|one| one.line), now).map(drop)
}
