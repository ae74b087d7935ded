//! Finds the domain and the task for a question of a file.

use std::collections::{HashMap, HashSet};

use crate::exams::{
    Blueprint, domain_list,
    model::{DomainId, TaskId},
};

/// The most unknown places that are reported for one question.
const TOLD: usize = 3;

/// The longest name that is looked up, in bytes: longer than any name of a domain.
const NAME_LIMIT: usize = 1000;

/// A domain or task that a question names but the exam does not have.
#[derive(Debug, PartialEq, Eq)]
pub enum Unknown<'a> {
    /// After `domain:` or `task:`.
    Explicit(&'a str, &'a str),
    /// A part of its category.
    Category(&'a str),
}

/// The domains and tasks of an exam, and the fallback for questions that name none of them.
///
/// Names are looked up in maps: there may be 10,000 domains and tasks, and a question may name 100.
pub struct Filing {
    /// By number and by name in lower case, with the index among the domains: the first one wins.
    by_number: HashMap<String, (usize, DomainId)>,
    by_name: HashMap<String, (usize, DomainId)>,
    /// The names of domains in exported files.
    labels: HashSet<String>,
    /// By code, in the same way.
    by_code: HashMap<String, (usize, (DomainId, Option<TaskId>))>,
    longest_code: usize,
    fallback: Option<DomainId>,
    /// The code and the name of the exam, in lower case.
    exam: [String; 2],
    names: Names,
}

/// Domains by number and name, and tasks by domain and code.
#[derive(PartialEq, Eq)]
struct Names(Vec<(DomainId, i32, String)>, Vec<(TaskId, DomainId, String)>);

impl Names {
    fn of(blueprint: &Blueprint) -> Self {
        let domains = blueprint.domains.iter().map(|domain| (domain.id, domain.number, domain.name.clone()));
        let tasks = blueprint.tasks.iter().map(|task| (task.id, task.domain_id, task.code.clone()));
        Self(domains.collect(), tasks.collect())
    }
}

impl Filing {
    /// Creates the lookup for a blueprint, with the fallback for questions that name no domain.
    pub fn new(blueprint: &Blueprint, fallback: Option<DomainId>) -> Self {
        let Blueprint { domains, tasks, .. } = blueprint;
        let mut filing = Self {
            by_number: HashMap::new(),
            by_name: HashMap::new(),
            labels: domains.iter().map(|domain| format!("{} {}", domain.number, domain.name)).collect(),
            by_code: HashMap::new(),
            longest_code: tasks.iter().map(|task| task.code.len()).max().unwrap_or_default(),
            fallback,
            exam: [blueprint.exam.code.to_lowercase(), blueprint.exam.name.trim().to_lowercase()],
            names: Names::of(blueprint),
        };
        for (place, domain) in domains.iter().enumerate() {
            filing.by_number.entry(domain.number.to_string()).or_insert((place, domain.id));
            filing.by_name.entry(domain.name.trim().to_lowercase()).or_insert((place, domain.id));
        }
        for (place, task) in tasks.iter().enumerate() {
            filing.by_code.entry(task.code.clone()).or_insert((place, (task.domain_id, Some(task.id))));
        }
        filing
    }

    /// Whether the blueprint still has the same domains and tasks.
    pub fn is_of(&self, blueprint: &Blueprint) -> bool {
        self.names == Names::of(blueprint)
    }

    /// The domain and task of a question: from a tag `domain:…` or `task:…`, which is removed because it has no other
    /// meaning; otherwise from its category, innermost part first; otherwise from its other tags.
    pub fn place(&self, category: &[String], tags: &mut Vec<String>) -> Option<(DomainId, Option<TaskId>)> {
        let mut place = None;
        tags.retain(|tag| {
            let said = self.said(tag);
            place = place.or(said);
            said.is_none()
        });
        place
            .or_else(|| category.iter().rev().find_map(|name| self.said(name)))
            .or_else(|| self.named(category.iter().rev().map(String::as_str)))
            .or_else(|| self.named(tags.iter().map(String::as_str)))
            .or_else(|| self.fallback.map(|domain_id| (domain_id, None)))
    }

    /// The domains and tasks that a question names but the exam does not have.
    pub fn unknown<'a>(&self, category: &'a [String], tags: &'a [String]) -> Vec<Unknown<'a>> {
        let all = || category.iter().chain(tags).map(String::as_str);
        let explicit = all().filter(|text| self.said(text).is_none()).filter_map(explicit_name);
        let is_placed = all().any(|text| self.said(text).is_some());
        let is_exam = |name: &str| self.exam.contains(&name.trim().to_lowercase());
        let is_unknown = |name: &&String| {
            let is_named = self.named(std::iter::once(name.as_str())).is_some();
            explicit_name(name).is_none() && !is_exam(name) && !is_named
        };
        let is_filed = self.named(category.iter().map(String::as_str)).is_some();
        // If a domain is known, report only names that look like the code of a task or the number of a domain.
        let looks_like_one = |name: &&String| !is_filed || name.trim().starts_with(|c: char| c.is_ascii_digit());
        let named = category.iter().filter(|_| !is_placed).filter(is_unknown).filter(looks_like_one);
        explicit.chain(named.map(|name| Unknown::Category(name.trim()))).take(TOLD).collect()
    }

    /// The numbers of the exam's domains, for a message.
    pub fn domains(&self) -> String {
        domain_list(self.names.0.iter().map(|(_, number, _)| *number))
    }

    /// The domain and task of a tag `domain:…` or `task:…`.
    fn said(&self, text: &str) -> Option<(DomainId, Option<TaskId>)> {
        let (what, name) = text.split_once(':')?;
        match what {
            "domain" => self.domain(name.trim()),
            "task" => self.task(name.trim()),
            _ => None,
        }
    }

    /// The first task that one of these names refers to, or else the first domain. The name of a domain in exported
    /// files refers to the domain, even if a task has its number as its code.
    fn named<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> Option<(DomainId, Option<TaskId>)> {
        let names: Vec<&str> = names.map(str::trim).collect();
        // The outermost, which is the last: a task inside may have the same name.
        let label = names.iter().rposition(|name| self.labels.contains(*name));
        let others = names.iter().enumerate().filter(|(index, _)| Some(*index) != label);
        let task = others.map(|(_, name)| name).find_map(|name| self.task(name));
        task.or_else(|| names.iter().find_map(|name| self.domain(name)))
    }

    /// The first task whose code equals the beginning of the name.
    fn task(&self, name: &str) -> Option<(DomainId, Option<TaskId>)> {
        let codes = beginnings(name, self.longest_code).filter_map(|code| self.by_code.get(code));
        codes.min_by_key(|(place, _)| *place).map(|(_, filed)| *filed)
    }

    /// `2`, `2 Security`, `Domain 2: Security`, or `Security`.
    fn domain(&self, name: &str) -> Option<(DomainId, Option<TaskId>)> {
        let name = Some(name).filter(|name| name.len() <= NAME_LIMIT)?;
        let lower = name.to_lowercase();
        let numbered = lower.strip_prefix("domain").map_or(lower.as_str(), str::trim_start);
        let numbers = beginnings(numbered, NUMBER_LENGTH).filter_map(|number| self.by_number.get(number));
        numbers.chain(self.by_name.get(&lower)).min_by_key(|(place, _)| *place).map(|(_, id)| (*id, None))
    }
}

/// The name in a tag `domain:…` or `task:…`.
fn explicit_name(text: &str) -> Option<Unknown<'_>> {
    match text.split_once(':')? {
        (what @ ("domain" | "task"), name) => Some(Unknown::Explicit(what, name.trim())),
        _ => None,
    }
}

/// The most digits of a domain's number.
const NUMBER_LENGTH: usize = 11;

/// The prefixes of a name, up to a length, after which the name ends or another word begins.
fn beginnings(name: &str, longest: usize) -> impl Iterator<Item = &str> {
    let lengths = 0..=longest.min(name.len());
    lengths.filter_map(|length| name.split_at_checked(length)).filter_map(|(code, rest)| {
        let is_whole = rest.is_empty() || rest.starts_with([' ', ':', ')']) || rest.starts_with(". ");
        is_whole.then_some(code)
    })
}

#[cfg(test)]
mod tests {
    use super::{
        Unknown::{Category, Explicit},
        *,
    };
    use crate::exams::model::{Domain, Task};

    fn filing(fallback: bool) -> (Filing, Blueprint) {
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
        let blueprint = Blueprint::of(domains, tasks);
        (Filing::new(&blueprint, fallback), blueprint)
    }

    #[test]
    fn a_change_of_the_blueprint_is_seen() {
        let (filing, mut blueprint) = filing(false);
        blueprint.domains[0].published_count = 7;
        assert!(filing.is_of(&blueprint));
        blueprint.tasks[0].domain_id = blueprint.domains[1].id;
        assert!(!filing.is_of(&blueprint));
    }

    #[test]
    fn categories_and_tags_name_domains_and_tasks() {
        let (filing, Blueprint { domains, tasks, .. }) = filing(false);
        let place = |category: &[&str], tags: &[&str]| {
            let category: Vec<String> = category.iter().map(|name| (*name).into()).collect();
            let mut tags = tags.iter().map(|name| (*name).into()).collect();
            let (domain, task) = filing.place(&category, &mut tags)?;
            let number = domains.iter().find(|known| known.id == domain)?.number;
            let code = task.and_then(|task| tasks.iter().find(|known| known.id == task)).map(|t| t.code.clone());
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
    fn places_that_the_exam_does_not_have_are_reported() {
        let (filing, _) = filing(true);
        let check = |category: &[&str], tags: &[&str], expected: &[Unknown]| {
            let [category, tags] =
                [category, tags].map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            assert_eq!(filing.unknown(&category, &tags), expected, "{category:?} {tags:?}");
        };
        for (category, tags, expected) in [
            (&["domain:99"][..], &[][..], Explicit("domain", "99")),
            (&["domain:Secure"], &[], Explicit("domain", "Secure")),
            (&["domain:2.0"], &[], Explicit("domain", "2.0")),
            (&["domain:2", "task:9.9"], &[], Explicit("task", "9.9")),
            (&[], &["s3", "task: 9.9"], Explicit("task", "9.9")),
            (&["clf", "9 Nowhere"], &[], Category("9 Nowhere")),
            (&["clf", "2 Security", "9.9 Nowhere"], &[], Category("9.9 Nowhere")),
        ] {
            check(category, tags, &[expected]);
        }
        for (category, tags) in [
            (&["domain:2", "task:2.1"][..], &["s3"][..]),
            (&["2 Security", "Week 3"], &["200"]),
            (&["9 Nowhere"], &["domain:2"]),
            (&[], &[]),
        ] {
            check(category, tags, &[]);
        }
        assert_eq!(filing.unknown(&vec!["9 x".to_owned(); 50], &[]).len(), TOLD);
    }

    #[test]
    fn tags_that_only_say_the_place_are_taken_out() {
        let mut tags = vec!["s3".to_owned(), "domain:2".to_owned(), "domain:driven".to_owned()];
        assert!(filing(true).0.place(&[], &mut tags).is_some());
        assert_eq!(tags, ["s3", "domain:driven"]);
        assert!(filing(true).0.place(&["elsewhere".into()], &mut tags).is_some());
    }
}
