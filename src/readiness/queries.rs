//! What readiness rests on, in the database. Every query about a learner names that learner: on a cluster it goes to one
//! shard.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::lines::SeenQuestion;
use crate::{
    auth::model::UserId,
    db::{DbConnection, on_backend},
    exams::model::{DomainId, Exam, ExamId},
    questions::model::{QuestionId, QuestionStatus},
    schema::{attempt_slots, attempts, predictions, questions},
};

/// The revision before each.
type Before = HashMap<QuestionId, QuestionId>;
/// Published questions with their domains.
type Published = Vec<(QuestionId, DomainId)>;

/// The questions of the learner's graded attempts at an exam, and those of others that were graded by themselves, as a
/// practice with immediate feedback does it.
pub fn seen(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<SeenQuestion>> {
    on_backend!(conn, c => attempts::table
        .inner_join(attempt_slots::table.on(
            attempt_slots::user_id.eq(attempts::user_id).and(attempt_slots::attempt_id.eq(attempts::id))
        ))
        .inner_join(questions::table.on(questions::id.eq(attempt_slots::question_id)))
        .filter(attempts::user_id.eq(user_id))
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .filter(attempts::submitted_at.is_not_null().or(attempt_slots::mark.is_not_null()))
        .select((
            questions::id,
            questions::supersedes_id,
            questions::status,
            questions::domain_id,
            questions::task_id,
            attempt_slots::answered_at,
            attempts::submitted_at,
            attempt_slots::mark,
        ))
        .load(c))
}

/// The revision before each of these, before that one, and so on; and those of them that are published.
pub fn revisions_before(conn: &mut DbConnection, seen: &[SeenQuestion]) -> QueryResult<(Before, Published)> {
    let mut before: Before = seen.iter().filter_map(|question| Some((question.id, question.supersedes_id?))).collect();
    let (mut known, mut published) = (seen.iter().map(|question| question.id).collect::<HashSet<_>>(), Vec::new());
    let mut open: Vec<QuestionId> = before.values().copied().filter(|id| !known.contains(id)).collect();
    while !open.is_empty() {
        let found: Vec<(QuestionId, DomainId, QuestionStatus, Option<QuestionId>)> = on_backend!(conn, c => {
            questions::table
                .filter(questions::id.eq_any(&open))
                .select((questions::id, questions::domain_id, questions::status, questions::supersedes_id))
                .load(c)
        })?;
        known.extend(open.drain(..));
        for (id, domain_id, status, earlier) in found {
            if status == QuestionStatus::Published {
                published.push((id, domain_id));
            }
            if let Some(earlier) = earlier {
                before.insert(id, earlier);
                if !known.contains(&earlier) {
                    open.push(earlier);
                }
            }
        }
    }
    Ok((before, published))
}

/// The published revisions that took the place of these, which were published before, with their domains.
pub fn published_after(conn: &mut DbConnection, ids: Vec<QuestionId>) -> QueryResult<Published> {
    let (mut open, mut published) = (ids, Vec::new());
    while !open.is_empty() {
        let after: Vec<(QuestionId, DomainId, QuestionStatus)> = on_backend!(conn, c => questions::table
            .filter(questions::supersedes_id.eq_any(&open))
            .select((questions::id, questions::domain_id, questions::status))
            .load(c))?;
        open.clear();
        for (id, domain_id, status) in after {
            // Behind a published revision there are drafts at most.
            if status == QuestionStatus::Published { published.push((id, domain_id)) } else { open.push(id) }
        }
    }
    Ok(published)
}

/// The predictions for graded attempts at an exam, of all learners, and whether they passed. Attempts in which nothing was
/// right are left out: most of them were never answered.
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
