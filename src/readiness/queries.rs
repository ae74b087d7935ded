//! The evidence for readiness, in the database. Every query about a learner names the learner, so that on a cluster it
//! goes to one shard.

use diesel::prelude::*;

use super::lines::SeenQuestion;
use crate::{
    auth::model::UserId,
    db::{DbConnection, on_backend, prepared},
    exams::model::{DomainId, Exam, ExamId},
    questions::{model::QuestionId, queries::line},
    schema::{attempt_slots, attempts, predictions, questions},
};

/// The questions of the learner's graded attempts at an exam, and those of other attempts that were graded one by one,
/// as in a practice with immediate feedback.
pub fn seen(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<SeenQuestion>> {
    let seen = attempts::table
        .inner_join(
            attempt_slots::table
                .on(attempt_slots::user_id.eq(attempts::user_id).and(attempt_slots::attempt_id.eq(attempts::id))),
        )
        .inner_join(questions::table.on(questions::id.eq(attempt_slots::question_id)))
        .filter(attempts::user_id.eq(user_id))
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .filter(attempts::submitted_at.is_not_null().or(attempt_slots::mark.is_not_null()))
        .select((
            line(),
            questions::status,
            questions::domain_id,
            questions::task_id,
            attempt_slots::answered_at,
            attempts::submitted_at,
            attempt_slots::mark,
        ));
    on_backend!(conn, c => prepared!(seen).load(c))
}

/// Those of these lines that can be served, each with the domain of its published revision.
pub fn published(conn: &mut DbConnection, lines: &[QuestionId]) -> QueryResult<Vec<(QuestionId, DomainId)>> {
    let published = questions::table
        .filter(questions::draw_number.is_not_null())
        .filter(line().eq_any(lines))
        .select((line(), questions::domain_id));
    match conn {
        DbConnection::Postgres(c) => prepared!(published).load(c),
        DbConnection::Sqlite(c) => published.load(c),
    }
}

/// The predictions for graded attempts at an exam, of all learners, and whether they passed. Attempts with the lowest
/// possible score are left out: most of them were never answered.
pub fn predictions(conn: &mut DbConnection, exam: &Exam) -> QueryResult<Vec<(f64, bool)>> {
    let told: Vec<(f64, Option<bool>)> = on_backend!(conn, c => predictions::table
        .inner_join(attempts::table.on(
            attempts::user_id.eq(predictions::user_id).and(attempts::id.eq(predictions::attempt_id))
        ))
        .filter(attempts::exam_id.eq(exam.id))
        .filter(attempts::scaled_score.gt(exam.scale_min))
        .select((predictions::pass_probability, attempts::passed))
        .load(c))?;
    Ok(told.into_iter().filter_map(|(predicted, passed)| Some((predicted, passed?))).collect())
}
