//! The outcomes of drafts, counted by model, template and task.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::questions::model::RejectionReason;

pub mod handlers;
pub mod queries;

/// The key of a group. Drafts are counted where they are filed, refusals where they were requested.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The model's id.
    pub model: String,
    /// The version of the prompt template.
    pub template: String,
    /// The code of the exam.
    pub exam: String,
    /// The number of the domain.
    pub domain: i32,
    /// The code of the task.
    pub task: Option<String>,
}

/// What happened to some requested questions.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Drafts that nobody has published, rejected or retired yet.
    Pending,
    /// Published as they were drafted.
    AcceptedUnmodified,
    /// Published after edits, with the sum of the shares that were changed.
    AcceptedEdited(f64),
    /// Retired before they were published.
    Rejected(Option<RejectionReason>),
    /// Not drafted: a guard refused the model's answer, or there was none.
    Refused(String),
    /// Not drafted: it is a near-duplicate.
    Duplicate,
}

/// The number of questions with the same key and the same outcome.
#[derive(Debug, Clone)]
pub struct Count {
    /// The key of their group.
    pub key: Key,
    /// What happened to them.
    pub fate: Fate,
    /// Their number.
    pub questions: i64,
    /// The number of them for which the model, asked without the key, gave another answer or none.
    pub disagreed: i64,
}

/// What happened to drafts. Drafts from the built-in script are not counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationStatistics {
    /// The groups, ordered by model, template, exam, domain and task.
    pub groups: Vec<StatisticsGroup>,
    /// The sum of all groups.
    pub totals: Figures,
}

/// What happened to the drafts of one model and one template for a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsGroup {
    /// The model's id.
    pub model: String,
    /// The version of the prompt template.
    pub template: String,
    /// The code of the exam.
    pub exam: String,
    /// The number of the domain.
    pub domain: i32,
    /// The code of the task. Drafts are counted under the task that they are filed under. Refusals and near-duplicates
    /// are counted under the task that the job named, or under null if it named only a domain.
    pub task: Option<String>,
    /// The counts.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Counts, and the shares computed from them.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Requested questions that have an outcome: drafted, refused or duplicate.
    pub asked: i64,
    /// Drafts that passed all guards (automatic checks).
    pub drafted: i64,
    /// Drafts that nobody has published, rejected or retired yet.
    pub pending: i64,
    /// Drafts that were published as the model wrote them. The order of the answers may differ.
    pub accepted_unmodified: i64,
    /// Drafts that were published after edits.
    pub accepted_edited: i64,
    /// The average size of edits before publishing: words removed or added, divided by all words before and after.
    #[schema(minimum = 0, maximum = 1)]
    pub mean_changed: Option<f64>,
    /// Drafts that were retired before they were published.
    pub rejected: i64,
    /// The number of rejected drafts per reason.
    pub rejected_by_reason: BTreeMap<RejectionReason, i64>,
    /// Drafts for which the model, asked without the key, gave another answer or none.
    pub disagreed: i64,
    /// Questions that a guard (an automatic check) refused, or that the model did not write. Questions for which a job
    /// had no tokens left are not counted.
    pub refused: i64,
    /// The number of refused questions per rule.
    pub refused_by_rule: BTreeMap<String, i64>,
    /// Near-duplicates of other questions.
    pub duplicate: i64,
    /// The share of drafts published unmodified, among those published or rejected.
    pub unmodified_rate: Rate,
    /// The share of published drafts, with or without edits, among those published or rejected.
    pub accepted_rate: Rate,
    #[serde(skip)]
    changed: f64,
}

/// A ratio, with its counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Rate {
    /// The numerator.
    pub count: i64,
    /// The denominator.
    pub of: i64,
    /// The ratio. Null if the denominator is 0.
    #[schema(minimum = 0, maximum = 1)]
    pub rate: Option<f64>,
}

impl Rate {
    fn new(count: i64, of: i64) -> Self {
        Self { count, of, rate: (of > 0).then(|| count as f64 / of as f64) }
    }
}

impl Figures {
    fn add(&mut self, count: &Count) {
        let questions = count.questions;
        match &count.fate {
            Fate::Pending => self.pending += questions,
            Fate::AcceptedUnmodified => self.accepted_unmodified += questions,
            Fate::AcceptedEdited(changed) => {
                self.accepted_edited += questions;
                self.changed += changed;
            }
            Fate::Rejected(reason) => {
                self.rejected += questions;
                *self.rejected_by_reason.entry(reason.unwrap_or(RejectionReason::Other)).or_default() += questions;
            }
            Fate::Refused(rule) => {
                self.refused += questions;
                *self.refused_by_rule.entry(rule.clone()).or_default() += questions;
            }
            Fate::Duplicate => self.duplicate += questions,
        }
        self.disagreed += count.disagreed;
    }

    /// Computes the ratios from the counts.
    fn finish(mut self) -> Self {
        let accepted = self.accepted_unmodified + self.accepted_edited;
        let decided = accepted + self.rejected;
        self.drafted = decided + self.pending;
        self.asked = self.drafted + self.refused + self.duplicate;
        self.mean_changed = (self.accepted_edited > 0).then(|| self.changed / self.accepted_edited as f64);
        self.unmodified_rate = Rate::new(self.accepted_unmodified, decided);
        self.accepted_rate = Rate::new(accepted, decided);
        self
    }
}

/// Combines counts into groups and totals.
pub fn assemble(counts: &[Count]) -> GenerationStatistics {
    let mut totals = Figures::default();
    let mut groups: BTreeMap<&Key, Figures> = BTreeMap::new();
    for count in counts {
        totals.add(count);
        groups.entry(&count.key).or_default().add(count);
    }
    let group = |(key, figures): (&Key, Figures)| {
        let Key { model, template, exam, domain, task } = key.clone();
        StatisticsGroup { model, template, exam, domain, task, figures: figures.finish() }
    };
    GenerationStatistics { groups: groups.into_iter().map(group).collect(), totals: totals.finish() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(task: &str, fate: Fate, questions: i64) -> Count {
        let key = Key {
            model: "model-1".into(),
            template: "draft-1".into(),
            exam: "demo".into(),
            domain: 1,
            task: Some(task.into()),
        };
        Count { key, fate, questions, disagreed: 0 }
    }

    #[test]
    fn rates_count_decided_drafts_and_groups_add_up_to_the_totals() {
        let mut counts = vec![
            count("1.1", Fate::Pending, 4),
            count("1.1", Fate::AcceptedUnmodified, 3),
            count("1.1", Fate::AcceptedEdited(0.5), 2),
            count("1.2", Fate::AcceptedEdited(0.1), 1),
            count("1.2", Fate::Rejected(Some(RejectionReason::Style)), 1),
            count("1.2", Fate::Rejected(None), 1),
            count("1.1", Fate::Refused("schema".into()), 5),
            count("1.1", Fate::Refused("lint/stem-negative".into()), 1),
            count("1.2", Fate::Duplicate, 2),
        ];
        counts[0].disagreed = 2;
        let statistics = assemble(&counts);
        let totals = &statistics.totals;
        assert_eq!((totals.asked, totals.drafted, totals.disagreed), (20, 12, 2));
        assert_eq!(totals.unmodified_rate, Rate { count: 3, of: 8, rate: Some(0.375) });
        assert_eq!(totals.accepted_rate, Rate { count: 6, of: 8, rate: Some(0.75) });
        assert!((totals.mean_changed.unwrap() - 0.2).abs() < 1e-9);
        assert_eq!(totals.rejected_by_reason.get(&RejectionReason::Other), Some(&1));
        assert_eq!(totals.refused_by_rule.values().sum::<i64>(), totals.refused);
        let [one, two] = &statistics.groups[..] else { panic!("{:?}", statistics.groups) };
        assert_eq!((one.task.as_deref(), two.task.as_deref()), (Some("1.1"), Some("1.2")));
        assert_eq!(one.figures.asked + two.figures.asked, totals.asked);
        assert_eq!(two.figures.unmodified_rate, Rate { count: 0, of: 3, rate: Some(0.0) });
    }

    #[test]
    fn without_decisions_rates_are_null() {
        let statistics = assemble(&[]);
        assert_eq!(statistics.totals, Figures::default());
        assert_eq!(assemble(&[count("1.1", Fate::Pending, 1)]).totals.accepted_rate.rate, None);
    }
}
