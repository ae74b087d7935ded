//! The blueprint of an exam, and lookups by domain number and task code.

use std::fmt::Display;

use super::model::{Domain, DomainId, Exam, Task};
use crate::error::FieldError;

/// The most domains that a message lists.
const LISTED: usize = 20;

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
    /// From each domain with each of its tasks, in order.
    pub(super) fn from_rows(exam: Exam, rows: impl IntoIterator<Item = (Domain, Option<Task>)>) -> Self {
        let (mut domains, tasks): (Vec<Domain>, Vec<Option<Task>>) = rows.into_iter().unzip();
        domains.dedup_by_key(|domain| domain.id);
        Self { exam, domains, tasks: tasks.into_iter().flatten().collect() }
    }

    /// The domain with a number.
    pub fn domain(&self, number: impl Into<i64>) -> Option<&Domain> {
        let number = number.into();
        self.domains.iter().find(|domain| i64::from(domain.number) == number)
    }

    /// The message about a number that no domain has.
    pub fn no_domain(&self, number: impl Display) -> String {
        let known = domain_list(self.domains.iter().map(|domain| domain.number));
        format!("the exam has no domain {number}: its domains are {known}")
    }

    /// The task with a code, which is unique within the exam.
    pub fn task(&self, code: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.code == code)
    }

    /// The domain that a number, a task's code or both name, and the task if there is a code; or an error.
    pub fn place(&self, domain: Option<i64>, task: Option<&str>) -> Result<(&Domain, Option<&Task>), FieldError> {
        let fault = |pointer: &str, detail: String| FieldError { pointer: pointer.to_owned(), detail };
        let no_domain = |number| fault("/domain", self.no_domain(number));
        let named = domain.map(|number| self.domain(number).ok_or_else(|| no_domain(number))).transpose()?;
        let Some(code) = task else {
            let domain = named.ok_or_else(|| fault("/domain", "a domain or a task is required".to_owned()))?;
            return Ok((domain, None));
        };
        let no_task = || fault("/task", format!("the exam has no task {code:?}"));
        let task = self.task(code).ok_or_else(no_task)?;
        let domain = self.domains.iter().find(|domain| domain.id == task.domain_id).ok_or_else(no_task)?;
        if named.is_some_and(|named| named.id != domain.id) {
            return Err(fault("/task", format!("the task {code:?} belongs to another domain")));
        }
        Ok((domain, Some(task)))
    }

    /// The tasks of a domain.
    pub fn tasks_of(&self, domain: &Domain) -> impl Iterator<Item = &Task> + use<'_> {
        let id: DomainId = domain.id;
        self.tasks.iter().filter(move |task| task.domain_id == id)
    }
}

/// The numbers of an exam's domains, for a message: the first of many.
pub fn domain_list(mut numbers: impl Iterator<Item = i32>) -> String {
    let mut listed: Vec<String> = numbers.by_ref().take(LISTED).map(|number| number.to_string()).collect();
    listed.extend(numbers.next().map(|_| "…".to_owned()));
    listed.join(", ")
}

#[cfg(test)]
impl Blueprint {
    /// A blueprint with these domains and tasks, of some exam.
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
        let place = |domain, task| {
            let found = blueprint.place(domain, task);
            found
                .map(|(domain, task)| (domain.number, task.map(|task| task.code.clone())))
                .map_err(|fault| fault.pointer)
        };
        assert_eq!(place(Some(7), None), Ok((7, None)));
        assert_eq!(place(None, Some("7.1")), Ok((7, Some("7.1".to_owned()))));
        assert_eq!(place(Some(7), Some("7.1")), place(None, Some("7.1")));
        for (domain, task, pointer) in [
            (None, None, "/domain"),
            (Some(9), Some("7.1"), "/domain"),
            (Some(1), Some("7.1"), "/task"),
            (None, Some("9"), "/task"),
        ] {
            assert_eq!(place(domain, task), Err(pointer.to_owned()));
        }
        assert_eq!(blueprint.tasks_of(&domains[0]).count() + blueprint.tasks_of(&domains[1]).count(), 2);
    }
}
