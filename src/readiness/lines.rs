//! Questions and their revisions: a learner who has seen one revision has seen all.

use std::collections::HashSet;

use crate::{
    db::types::Timestamp,
    exams::model::{DomainId, TaskId},
    questions::model::{QuestionId, QuestionStatus},
};

/// A question whose key the learner was shown, with the result of its slot.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct SeenQuestion {
    /// The line of the revision that was shown.
    pub line: QuestionId,
    /// Whether this revision can still be served.
    pub status: QuestionStatus,
    /// The domain.
    pub domain_id: DomainId,
    /// Its task.
    pub task_id: Option<TaskId>,
    /// When the response was stored; none for a slot without a response.
    pub answered_at: Option<Timestamp>,
    /// When the attempt was graded; none if the response was graded before.
    pub submitted_at: Option<Timestamp>,
    /// The mark of the response.
    pub mark: Option<f64>,
}

impl SeenQuestion {
    fn at(&self) -> Option<Timestamp> {
        self.answered_at.or(self.submitted_at)
    }
}

/// The first time that each line was seen, in chronological order.
///
/// This includes slots without a response: their key was shown, so a later response is not evidence.
pub fn first_seen(mut seen: Vec<SeenQuestion>) -> Vec<SeenQuestion> {
    seen.sort_by_key(SeenQuestion::at);
    let mut lines = HashSet::new();
    seen.retain(|question| lines.insert(question.line));
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: QuestionId, seconds: i64, mark: Option<f64>) -> SeenQuestion {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        SeenQuestion {
            line,
            status: QuestionStatus::Published,
            domain_id: DomainId::new(),
            task_id: None,
            answered_at: mark.map(|_| at(seconds)),
            submitted_at: Some(at(seconds + 60)),
            mark,
        }
    }

    #[test]
    fn the_first_response_to_a_line_counts() {
        let [line, other] = [(); 2].map(|()| QuestionId::new());
        let all = vec![seen(line, 900, Some(1.0)), seen(other, 500, Some(0.5)), seen(line, 100, Some(0.0))];
        let firsts = first_seen(all);
        let told: Vec<_> = firsts.iter().map(|question| (question.line, question.mark)).collect();
        assert_eq!(told, [(line, Some(0.0)), (other, Some(0.5))]);
    }

    #[test]
    fn a_slot_without_a_response_counts_as_seen() {
        let line = QuestionId::new();
        let firsts = first_seen(vec![seen(line, 1000, Some(1.0)), seen(line, 10, None)]);
        assert_eq!(firsts.iter().map(|question| question.mark).collect::<Vec<_>>(), [None]);
    }
}
