//! Under which domain and task of an exam a question of a file belongs.

use crate::exams::model::{Domain, DomainId, Task, TaskId};

/// The domains and tasks of an exam, and where what names none of them goes.
pub struct Filing {
    domains: Vec<Domain>,
    tasks: Vec<Task>,
    fallback: Option<DomainId>,
}

impl Filing {
    /// For an exam with these domains and tasks; what names none of them goes to the fallback.
    pub fn new(domains: Vec<Domain>, tasks: Vec<Task>, fallback: Option<DomainId>) -> Self {
        Self { domains, tasks, fallback }
    }

    /// The place of a question, by a tag `domain:…` or `task:…`, which is taken out since it says nothing else; else by its
    /// category from the innermost part outwards; else by its other tags.
    pub fn place(&self, category: &[String], tags: &mut Vec<String>) -> Option<(DomainId, Option<TaskId>)> {
        let place = tags.iter().find_map(|tag| self.said(tag));
        tags.retain(|tag| self.said(tag).is_none());
        place
            .or_else(|| category.iter().rev().find_map(|name| self.said(name)))
            .or_else(|| self.named(category.iter().rev().map(String::as_str)))
            .or_else(|| self.named(tags.iter().map(String::as_str)))
            .or_else(|| self.fallback.map(|domain_id| (domain_id, None)))
    }

    /// What `domain:…` or `task:…` says.
    fn said(&self, text: &str) -> Option<(DomainId, Option<TaskId>)> {
        let (what, name) = text.split_once(':')?;
        match what {
            "domain" => self.domain(name.trim()),
            "task" => self.task(name.trim()),
            _ => None,
        }
    }

    /// The first task that one of these names, or else the first domain. What exports call a domain is one, even where a
    /// task has its number for a code.
    fn named<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> Option<(DomainId, Option<TaskId>)> {
        let names: Vec<&str> = names.map(str::trim).collect();
        let is_label =
            |name: &&str| self.domains.iter().any(|domain| **name == format!("{} {}", domain.number, domain.name));
        // The outermost, which is told last: a task within may have the same.
        let label = names.iter().rposition(is_label);
        let others = names.iter().enumerate().filter(|(index, _)| Some(*index) != label);
        let task = others.map(|(_, name)| name).find_map(|name| self.task(name));
        task.or_else(|| names.iter().find_map(|name| self.domain(name)))
    }

    fn task(&self, name: &str) -> Option<(DomainId, Option<TaskId>)> {
        let task = self.tasks.iter().find(|task| begins_with_word(name, &task.code))?;
        Some((task.domain_id, Some(task.id)))
    }

    fn domain(&self, name: &str) -> Option<(DomainId, Option<TaskId>)> {
        self.domains.iter().find(|domain| names_domain(name, domain)).map(|domain| (domain.id, None))
    }
}

/// `2`, `2 Security`, `Domain 2: Security`, or `Security`.
fn names_domain(name: &str, domain: &Domain) -> bool {
    let lower = name.to_lowercase();
    let numbered = lower.strip_prefix("domain").map_or(lower.as_str(), str::trim_start);
    lower == domain.name.trim().to_lowercase() || begins_with_word(numbered, &domain.number.to_string())
}

/// Whether a name is this code, or begins with it and goes on with another word.
fn begins_with_word(name: &str, code: &str) -> bool {
    let rest = name.strip_prefix(code);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':', ')']) || rest.starts_with(". "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filing(fallback: bool) -> Filing {
        let domain = |number, name: &str| Domain {
            id: DomainId::new(),
            number,
            name: name.into(),
            weight: 50,
            published_count: 0,
        };
        let domains = vec![domain(1, "Cloud Concepts"), domain(2, "Security"), domain(20, "Rest")];
        let task = |at: usize, code: &str| Task {
            id: TaskId::new(),
            domain_id: domains[at].id,
            code: code.into(),
            name: "Task".into(),
        };
        let tasks = vec![task(0, "1.1"), task(1, "2.1"), task(1, "2.10"), task(2, "1")];
        let fallback = fallback.then(|| domains[0].id);
        Filing::new(domains, tasks, fallback)
    }

    #[test]
    fn categories_and_tags_name_domains_and_tasks() {
        let filing = filing(false);
        let place = |category: &[&str], tags: &[&str]| {
            let category: Vec<String> = category.iter().map(|name| (*name).into()).collect();
            let mut tags = tags.iter().map(|name| (*name).into()).collect();
            let (domain, task) = filing.place(&category, &mut tags)?;
            let number = filing.domains.iter().find(|known| known.id == domain)?.number;
            let code = task.and_then(|task| filing.tasks.iter().find(|known| known.id == task)).map(|t| t.code.clone());
            Some((number, code))
        };
        let task = |code: &str| Some(code.to_owned());
        assert_eq!(place(&["clf", "2 Security", "2.1 Access"], &[]), Some((2, task("2.1"))));
        assert_eq!(place(&["2.10"], &[]), Some((2, task("2.10"))));
        assert_eq!(place(&["clf", "2 Security"], &[]), Some((2, None)));
        assert_eq!(place(&["Domain 20: Rest"], &[]), Some((20, None)));
        assert_eq!(place(&["security", "Week 3"], &[]), Some((2, None)));
        assert_eq!(place(&[], &["s3", "task:1.1"]), Some((1, task("1.1"))));
        assert_eq!(place(&["2 Security"], &["domain:1"]), Some((1, None)));
        assert_eq!(place(&[], &["Cloud Concepts"]), Some((1, None)));
        assert_eq!(place(&["2 Security"], &["1.1 begins so", "Rest"]), Some((2, None)));
        // A task whose code is the number of another domain.
        assert_eq!(place(&["clf", "1 Cloud Concepts"], &[]), Some((1, None)));
        assert_eq!(place(&["clf", "1 Cloud Concepts", "1 Cloud Concepts"], &[]), Some((20, task("1"))));
        assert_eq!(place(&["1"], &[]), Some((20, task("1"))));
        assert_eq!(place(&["domain:1"], &[]), Some((1, None)));
        assert_eq!(place(&["domain:2", "task:1"], &[]), Some((20, task("1"))));
        assert_eq!(place(&["Chapter 2", "21"], &["200", "domain:driven design"]), None);
    }

    #[test]
    fn tags_that_only_say_the_place_are_taken_out() {
        let mut tags = vec!["s3".to_owned(), "domain:2".to_owned(), "domain:driven".to_owned()];
        assert!(filing(true).place(&[], &mut tags).is_some());
        assert_eq!(tags, ["s3", "domain:driven"]);
        assert!(filing(true).place(&["elsewhere".into()], &mut tags).is_some());
    }
}
