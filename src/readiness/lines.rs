//! Questions and their revisions: whoever answered one of them has seen all.

use std::collections::{HashMap, HashSet};

use crate::{
    db::types::Timestamp,
    exams::model::{DomainId, TaskId},
    questions::model::{QuestionId, QuestionStatus},
};

/// A question whose key the learner was shown, with what became of its slot.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct SeenQuestion {
    /// The revision that was shown.
    pub id: QuestionId,
    /// The revision before it.
    pub supersedes_id: Option<QuestionId>,
    /// Whether it can still be served.
    pub status: QuestionStatus,
    /// The domain.
    pub domain_id: DomainId,
    /// Its task.
    pub task_id: Option<TaskId>,
    /// When the response came in; none for a slot that was left open.
    pub answered_at: Option<Timestamp>,
    /// When the attempt was graded; none where the response was graded before.
    pub submitted_at: Option<Timestamp>,
    /// What the response earned.
    pub mark: Option<f64>,
}

impl SeenQuestion {
    fn at(&self) -> Option<Timestamp> {
        self.answered_at.or(self.submitted_at)
    }
}

/// The first time that each question was seen, in the order of time. `before` has the revision before each revision, as far
/// back as they go.
///
/// Those that were left open then are among them: their key was shown, and so a later response is no evidence.
pub fn first_seen(mut seen: Vec<SeenQuestion>, before: &HashMap<QuestionId, QuestionId>) -> Vec<SeenQuestion> {
    seen.sort_by_key(SeenQuestion::at);
    let mut lines = HashSet::new();
    seen.retain(|question| {
        let mut first = question.id;
        while let Some(earlier) = before.get(&first) {
            first = *earlier;
        }
        lines.insert(first)
    });
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: QuestionId, seconds: i64, mark: Option<f64>) -> SeenQuestion {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        SeenQuestion {
            id,
            supersedes_id: None,
            status: QuestionStatus::Published,
            domain_id: DomainId::new(),
            task_id: None,
            answered_at: mark.map(|_| at(seconds)),
            submitted_at: Some(at(seconds + 60)),
            mark,
        }
    }

    #[test]
    fn the_first_response_to_any_revision_counts() {
        let [first, second, third, other] = [(); 4].map(|()| QuestionId::new());
        // The learner never saw the second revision.
        let before = HashMap::from([(second, first), (third, second)]);
        let all = vec![seen(third, 900, Some(1.0)), seen(other, 500, Some(0.5)), seen(first, 100, Some(0.0))];
        let firsts = first_seen(all, &before);
        let told: Vec<_> = firsts.iter().map(|question| (question.id, question.mark)).collect();
        assert_eq!(told, [(first, Some(0.0)), (other, Some(0.5))]);
    }

    #[test]
    fn what_was_left_open_was_seen() {
        let id = QuestionId::new();
        let firsts = first_seen(vec![seen(id, 1000, Some(1.0)), seen(id, 10, None)], &HashMap::new());
        assert_eq!(firsts.iter().map(|question| question.mark).collect::<Vec<_>>(), [None]);
    }
}
