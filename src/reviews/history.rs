//! Cards of responses that were stored before cards existed. They are computed from the slots, for all questions of a
//! learner, at first use. A migration could not do this, because it has no FSRS.

use std::collections::{HashMap, hash_map::Entry};

use diesel::QueryResult;

use super::{
    model::LineRecord,
    queries,
    schedule::{Answer, Schedule},
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    exams::model::ExamId,
    questions::model::QuestionId,
};

/// Gives every response its card.
pub fn make_cards(conn: &mut DbConnection, user_id: UserId, now: Timestamp) -> QueryResult<()> {
    let without = queries::lock_without_cards(conn, user_id)?;
    if without.is_empty() {
        return Ok(());
    }
    let answers = queries::answers(conn, user_id)?;
    let median = queries::median(answers.iter().map(|answer| answer.seconds).filter(|seconds| *seconds > 0).collect());
    let mut by_line: HashMap<QuestionId, Vec<Answer>> = HashMap::new();
    for answer in answers {
        by_line.entry(answer.line).or_default().push(answer);
    }
    let mut schedules: HashMap<ExamId, Schedule> = HashMap::new();
    let mut records = Vec::with_capacity(without.len());
    for (kept, exam_id) in without {
        let schedule = match schedules.entry(exam_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(queries::schedule(conn, user_id, exam_id)?),
        };
        let answers = by_line.remove(&kept.line_id).unwrap_or_else(|| vec![last_answer(&kept, now)]);
        records.push(with_card(schedule, kept, exam_id, &answers, median, now));
    }
    queries::put_records(conn, user_id, &records, now)
}

/// The record of a line, with the card that follows from all answers in order.
fn with_card(
    schedule: &Schedule,
    kept: LineRecord,
    exam_id: ExamId,
    answers: &[Answer],
    median: Option<i32>,
    now: Timestamp,
) -> LineRecord {
    let today = schedule.time_zone.day_of(now);
    let mut replayed = LineRecord { answered_at: None, mark: None, exam_id: Some(exam_id), ..kept };
    for answer in answers {
        schedule.take(&mut replayed, answer, median, today);
    }
    LineRecord { mark: kept.mark, answered_at: replayed.answered_at.max(kept.answered_at), ..replayed }
}

/// The last answer in the record of a line.
fn last_answer(kept: &LineRecord, now: Timestamp) -> Answer {
    let at = kept.answered_at.unwrap_or(now);
    let (line, mark) = (kept.line_id, kept.mark.unwrap_or(0.0));
    Answer { line, mark, unsure: kept.unsure, seconds: 0, at, begun_at: at }
}
