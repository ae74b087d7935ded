//! The prediction when an exam begins, before its result is known.

use diesel::QueryResult;

use super::{
    estimate::{Estimate, FEWEST, partial_marks},
    record::{self, Record},
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    exams::model::{Domain, Exam},
    questions::model::QuestionId,
};

/// The probability that a learner passes a form of questions of these lines that begins now, and the number of first
/// exposures behind it. `None` if they are too few, or if the learner has seen a question of the form.
pub fn predict(
    conn: &mut DbConnection,
    user_id: UserId,
    exam: &Exam,
    domains: &[Domain],
    lines: &[QuestionId],
    now: Timestamp,
) -> QueryResult<Option<(f64, i32)>> {
    let record = Record::read(conn, user_id, exam, domains, &[])?;
    let count = record.exposures.len();
    if count < FEWEST || lines.iter().any(|line| record.seen.contains_key(line)) {
        return Ok(None);
    }
    let Some(form) = record::form(exam, domains) else { return Ok(None) };
    let right = Estimate::new(&form, &record.exposures, record::days(now)).right_slots();
    let probability = form.results(&partial_marks(&record.exposures)).pass_probability(&right);
    Ok(Some((probability, i32::try_from(count).unwrap_or(i32::MAX))))
}
