//! The upkeep of a question: the subjects that it depends on, when to review it, and which warnings are accepted. It
//! is not part of the content, so it changes without a new revision.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{AsChangeset, Queryable, Selectable};

use crate::{
    db::{day::Day, types::Json},
    error::FieldError,
    schema::questions,
    subjects::model::SubjectId,
};

/// The maximum number of subjects of a question, and of rules whose warnings are accepted.
const LIST_LIMIT: usize = 20;
/// The longest name of a rule, and the longest reason, in characters.
const RULE_LIMIT: usize = 100;
const REASON_LIMIT: usize = 500;

/// Lint rules, each with the reason why its warnings are accepted.
pub type AcceptedWarnings = BTreeMap<String, String>;

/// The upkeep of a question.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = questions, treat_none_as_null = true)]
pub struct Upkeep {
    /// The subjects that it depends on.
    pub subjects: Json<BTreeSet<SubjectId>>,
    /// The day by which somebody should check whether it is still true.
    pub review_by: Option<Day>,
    /// Lint rules whose warnings are accepted.
    pub accepted_warnings: Json<AcceptedWarnings>,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self { subjects: Json(BTreeSet::new()), review_by: None, accepted_warnings: Json(BTreeMap::new()) }
    }
}

impl Upkeep {
    /// All errors in it, located by JSON Pointers.
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                faults.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        let (subjects, accepted) = (&self.subjects.0, &self.accepted_warnings.0);
        check(subjects.len() <= LIST_LIMIT, "/subjects", "must be at most 20");
        check(accepted.len() <= LIST_LIMIT, "/accepted_warnings", "must be at most 20");
        for (rule, reason) in accepted.iter().take(LIST_LIMIT) {
            let is_line = |text: &str, most: usize| {
                !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
            };
            let fits = is_line(rule, RULE_LIMIT) && is_line(reason, REASON_LIMIT);
            check(
                fits,
                "/accepted_warnings",
                "must be rules of 1 to 100 characters, each with a reason of 1 to 500, on one line",
            );
        }
        faults
    }

    /// The number of subjects and accepted rules.
    pub fn parts(&self) -> usize {
        self.subjects.0.len() + self.accepted_warnings.0.len()
    }

    /// The length of its texts in bytes.
    pub fn length(&self) -> usize {
        let accepted: usize = self.accepted_warnings.0.iter().map(|(rule, reason)| rule.len() + reason.len()).sum();
        self.subjects.0.iter().map(|subject| subject.len()).sum::<usize>() + accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upkeep(subjects: &[&str], accepted: &[(&str, &str)]) -> Upkeep {
        let subjects = subjects.iter().map(|id| SubjectId::try_from((*id).to_owned()).unwrap()).collect();
        let accepted = accepted.iter().map(|(rule, reason)| ((*rule).to_owned(), (*reason).to_owned())).collect();
        Upkeep { subjects: Json(subjects), review_by: None, accepted_warnings: Json(accepted) }
    }

    #[test]
    fn lists_are_bounded_and_reasons_are_given() {
        let pointers = |upkeep: &Upkeep| -> Vec<String> { upkeep.faults().into_iter().map(|f| f.pointer).collect() };
        let good = upkeep(&["aws:s3", "aws:ec2"], &[("key-longest", "the name is that long")]);
        assert_eq!(pointers(&good), [""; 0]);
        assert_eq!(good.length(), 6 + 7 + 11 + 21);
        let ids: Vec<String> = (0..21).map(|index| format!("aws:{index}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(pointers(&upkeep(&ids, &[])), ["/subjects"]);
        for wrong in [("", "so"), ("rule", " "), ("rule", "a\nb"), ("rule", &"x".repeat(501)), (&"x".repeat(101), "so")]
        {
            assert_eq!(pointers(&upkeep(&[], &[wrong])), ["/accepted_warnings"], "{wrong:?}");
        }
    }
}
