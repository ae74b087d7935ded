//! A learner's results in the graded attempts at an exam.

use std::collections::HashMap;

use diesel::QueryResult;

use super::{
    estimate::Form,
    evidence::Exposure,
    lines::{self, SeenQuestion},
    queries,
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    exams::{
        apportionment,
        model::{Domain, DomainId, Exam, ScoringPolicy, TaskId},
    },
    questions::model::{QuestionId, QuestionStatus},
};

/// Microseconds in a day.
const DAY: f64 = 86_400_000_000.0;

/// A time in days since 1970-01-01.
pub fn days(at: Timestamp) -> f64 {
    at.as_microseconds() as f64 / DAY
}

/// The time this many days after 1970-01-01.
pub fn moment(days: f64) -> Timestamp {
    Timestamp::from_microseconds((days * DAY).round() as i64).unwrap_or(Timestamp::EPOCH)
}

/// A learner's first exposures to the questions of an exam.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The first graded responses, in chronological order.
    pub exposures: Vec<Exposure>,
    /// When the last of them in each domain was stored.
    pub newest: Vec<Option<Timestamp>>,
    /// The published lines of which the learner has seen a revision, each with the domain of its published revision.
    pub seen: HashMap<QuestionId, DomainId>,
}

impl Record {
    /// Reads it. Domains and tasks are given by their indices in these lists; questions in none of them are left out.
    pub fn read(
        conn: &mut DbConnection,
        user_id: UserId,
        exam: &Exam,
        domains: &[Domain],
        tasks: &[TaskId],
    ) -> QueryResult<Self> {
        let all = queries::seen(conn, user_id, exam.id)?;
        let is_published = |question: &&SeenQuestion| question.status == QuestionStatus::Published;
        let gone: Vec<QuestionId> =
            all.iter().filter(|question| !is_published(question)).map(|question| question.line).collect();
        let after = queries::published(conn, &gone)?;
        let published = all.iter().filter(is_published).map(|question| (question.line, question.domain_id));
        let seen = published.chain(after).collect();
        let mut record = Self { seen, newest: vec![None; domains.len()], exposures: Vec::new() };
        for question in lines::first_seen(all) {
            record.take(&question, exam.scoring_policy, domains, tasks);
        }
        Ok(record)
    }

    fn take(&mut self, question: &SeenQuestion, policy: ScoringPolicy, domains: &[Domain], tasks: &[TaskId]) {
        let domain = domains.iter().position(|domain| domain.id == question.domain_id);
        let (Some(domain), Some(mark), Some(at)) = (domain, question.mark, question.answered_at) else { return };
        let task = question.task_id.and_then(|id| tasks.iter().position(|task| *task == id));
        // The policy may have changed since the response was graded.
        let mark = if mark < 1.0 && policy == ScoringPolicy::AllOrNothing { 0.0 } else { mark };
        self.newest[domain] = Some(at);
        self.exposures.push(Exposure { domain, task, mark, at: days(at) });
    }

    /// How many published questions of a domain the learner has not seen.
    pub fn unseen(&self, domain: &Domain) -> i32 {
        let seen = self.seen.values().filter(|id| **id == domain.id).count();
        (domain.published_count - i32::try_from(seen).unwrap_or(i32::MAX)).max(0)
    }
}

/// The form of an exam that a learner would get; `None` if the bank has too few questions.
pub fn form(exam: &Exam, domains: &[Domain]) -> Option<Form> {
    let shares = apportionment::shares(domains, exam.question_count.unsigned_abs(), exam.scored_count.unsigned_abs())?;
    Some(Form { slots: shares.iter().map(|share| share.scored as usize).collect(), scale: exam.scale() })
}
