//! The blueprint of an exam, and what the numbers of its domains and the codes of its tasks stand for.

use super::model::{Domain, DomainId, Exam, Task};

/// An exam with its domains, by number, and its tasks, by domain and code.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// The exam.
    pub exam: Exam,
    /// Its domains.
    pub domains: Vec<Domain>,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

impl Blueprint {
    /// The domain with a number.
    pub fn domain(&self, number: impl Into<i64>) -> Option<&Domain> {
        let number = number.into();
        self.domains.iter().find(|domain| i64::from(domain.number) == number)
    }

    /// The task with a code, of which there is one in an exam.
    pub fn task(&self, code: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.code == code)
    }

    /// The tasks of a domain.
    pub fn tasks_of(&self, domain: &Domain) -> impl Iterator<Item = &Task> + use<'_> {
        let id: DomainId = domain.id;
        self.tasks.iter().filter(move |task| task.domain_id == id)
    }
}

#[cfg(test)]
impl Blueprint {
    /// A blueprint with these domains and tasks, of an exam that does not matter.
    pub fn of(domains: Vec<Domain>, tasks: Vec<Task>) -> Self {
        use super::model::{ExamId, ExamStatus, ScoringPolicy};
        use crate::db::types::Timestamp;

        let exam = Exam {
            id: ExamId::new(),
            code: "clf".into(),
            name: "Exam".into(),
            provider: "AWS".into(),
            blueprint_version: "1".into(),
            blueprint_date: "2023-09-19".into(),
            blueprint_source: "https://example.org".into(),
            question_count: 65,
            scored_count: 50,
            duration_minutes: 90,
            scale_min: 100,
            scale_max: 1000,
            pass_mark: 700,
            scoring_policy: ScoringPolicy::AllOrNothing,
            status: ExamStatus::Published,
            updated_at: Timestamp::EPOCH,
            written_by: None,
            description: String::new(),
        };
        Self { exam, domains, tasks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exams::model::TaskId;

    #[test]
    fn numbers_and_codes_are_looked_up() {
        let domain =
            |number| Domain { id: DomainId::new(), number, name: String::new(), weight: 50, published_count: 0 };
        let domains = vec![domain(1), domain(7)];
        let task =
            |code: &str| Task { id: TaskId::new(), domain_id: domains[1].id, code: code.into(), name: String::new() };
        let blueprint = Blueprint::of(domains.clone(), vec![task("7.1"), task("7.2")]);
        assert_eq!(blueprint.domain(7).map(|domain| domain.id), Some(domains[1].id));
        assert!(blueprint.domain(i64::MAX).is_none() && blueprint.domain(2).is_none());
        assert_eq!(blueprint.task("7.2").map(|task| task.domain_id), Some(domains[1].id));
        assert!(blueprint.task("7").is_none());
        assert_eq!(blueprint.tasks_of(&domains[0]).count() + blueprint.tasks_of(&domains[1]).count(), 2);
    }
}
