//! Rules for a bank as a whole.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};
use utoipa::ToSchema;

use crate::{
    markdown,
    questions::model::{Content, QuestionKind},
};

/// The rules for a bank: the name of each and what it finds.
pub const BANK_RULES: &[(&str, &str)] = &[
    (KEY_POSITION, "Single-choice keys that are at some positions more often than by chance."),
    (KEY_LONGEST, "Single-choice keys that are the longest answer more often than by chance."),
    (THIN_DOMAIN, "Domains with fewer than three published questions for each of their slots in a form."),
];

const KEY_POSITION: &str = "key-position";
const KEY_LONGEST: &str = "key-longest-share";
const THIN_DOMAIN: &str = "thin-domain";

/// With fewer questions, anything may be chance.
const ENOUGH: u64 = 30;
/// A result that is less likely than this by chance counts as a habit.
const RARE: f64 = 0.01;
/// The number of published questions per slot with which learners do not soon get the same ones again.
const PER_SLOT: u64 = 3;

/// A warning about a bank as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BankWarning {
    /// The name of the rule.
    #[schema(example = "thin-domain")]
    pub rule: &'static str,
    /// What the warning is about.
    #[schema(example = "domain 3")]
    pub subject: String,
    /// What was counted, and what to do about it.
    #[schema(
        example = "has 40 published questions, and a form needs 22: with 66, each slot would have 3 to choose from"
    )]
    pub reason: String,
}

/// The counts of a bank, question by question.
#[derive(Debug, Clone, Default)]
pub struct Bank {
    /// The number of questions of each domain.
    domains: BTreeMap<i32, u64>,
    /// By number of answers: the number of single-choice keys at each position.
    places: BTreeMap<usize, Vec<u64>>,
    /// The number of single-choice keys that are longer than every other answer.
    longest: u64,
}

impl Bank {
    /// Counts a published question of the domain with this number.
    pub fn add(&mut self, domain: i32, content: &Content) {
        *self.domains.entry(domain).or_default() += 1;
        let count = content.answers.len();
        let key = content.answers.iter().position(|answer| answer.is_correct);
        let Some(key) = key.filter(|_| content.kind == QuestionKind::SingleChoice && count >= 2) else { return };
        if let Some(place) = self.places.entry(count).or_insert_with(|| vec![0; count]).get_mut(key) {
            *place += 1;
        }
        let lengths = content.answers.iter().map(|answer| markdown::to_plain(&answer.body).trim().chars().count());
        let lengths: Vec<usize> = lengths.collect();
        let most = lengths.iter().max();
        let is_longest = lengths.get(key) == most && lengths.iter().filter(|length| Some(*length) == most).count() == 1;
        self.longest += u64::from(is_longest);
    }

    /// All warnings. `slots` has the number of each domain and its slots in a full form.
    pub fn finish(self, slots: &[(i32, u32)]) -> Vec<BankWarning> {
        let positions = self.places.iter().filter_map(|(count, places)| key_position(*count, places));
        let mut warnings: Vec<BankWarning> = positions.collect();
        warnings.extend(key_longest(&self.places, self.longest));
        let published = |domain| self.domains.get(domain).copied().unwrap_or_default();
        warnings.extend(slots.iter().filter_map(|(domain, slots)| thin_domain(*domain, *slots, published(domain))));
        warnings
    }
}

/// Pearson's χ² test that keys are equally frequent at every position. It needs five expected at each position.
fn key_position(count: usize, places: &[u64]) -> Option<BankWarning> {
    let all: u64 = places.iter().sum();
    let even = all as f64 / count as f64;
    if all < ENOUGH || even < 5.0 {
        return None;
    }
    let chi_squared: f64 = places.iter().map(|&place| (place as f64 - even).powi(2) / even).sum();
    let p = ChiSquared::new(count as f64 - 1.0).ok()?.sf(chi_squared);
    let counts: Vec<String> = places.iter().map(u64::to_string).collect();
    let reason = format!(
        "have their keys {} times at the positions 1 to {count}; by chance, each would have about {even:.0} (χ² = {chi_squared:.1}, {}): reorder the answers",
        counts.join(", "),
        said(p)
    );
    let subject = format!("single-choice questions with {count} answers");
    (p < RARE).then_some(BankWarning { rule: KEY_POSITION, subject, reason })
}

/// The one-sided test that the key is the longest of `n` answers with a chance of 1/`n`, by the normal approximation
/// with continuity correction. If several answers are the longest, none counts: the test may miss a habit instead.
fn key_longest(places: &BTreeMap<usize, Vec<u64>>, longest: u64) -> Option<BankWarning> {
    let groups = || places.iter().map(|(count, places)| (places.iter().sum::<u64>() as f64, 1.0 / *count as f64));
    let all: f64 = groups().map(|(questions, _)| questions).sum();
    if all < ENOUGH as f64 {
        return None;
    }
    let expected: f64 = groups().map(|(questions, chance)| questions * chance).sum();
    let variance: f64 = groups().map(|(questions, chance)| questions * chance * (1.0 - chance)).sum();
    let p = Normal::standard().sf((longest as f64 - 0.5 - expected) / variance.sqrt());
    let reason = format!(
        "have a key that is the longest answer {longest} times of {all}; by chance, it would be about {expected:.0} times ({}): shorten keys, or lengthen distractors",
        said(p)
    );
    let subject = "single-choice questions".to_owned();
    (p < RARE).then_some(BankWarning { rule: KEY_LONGEST, subject, reason })
}

fn thin_domain(domain: i32, slots: u32, published: u64) -> Option<BankWarning> {
    let wanted = PER_SLOT * u64::from(slots);
    let reason = format!(
        "has {published} published questions, and a form needs {slots}: with {wanted}, each slot would have {PER_SLOT} to choose from"
    );
    (published < wanted).then_some(BankWarning { rule: THIN_DOMAIN, subject: format!("domain {domain}"), reason })
}

/// A probability as text.
fn said(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".into() } else { format!("p = {p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::{super::item::sample, *};

    /// A bank with so many four-answer keys at each place, none of them the longest answer.
    fn bank(places: [usize; 4]) -> Bank {
        let mut bank = Bank::default();
        for (place, count) in places.into_iter().enumerate() {
            let mut answers = ["same", "size", "each", "time"];
            let key = format!("*{}", answers[place]);
            answers[place] = &key;
            (0..count).for_each(|_| bank.add(1, &sample("Which?", &answers)));
        }
        bank
    }

    fn rules(bank: Bank, slots: &[(i32, u32)]) -> Vec<&'static str> {
        bank.finish(slots).into_iter().map(|warning| warning.rule).collect()
    }

    #[test]
    fn keys_that_prefer_a_position_are_found() {
        let warnings = bank([10, 40, 10, 10]).finish(&[]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(
            (warnings[0].rule, warnings[0].subject.as_str()),
            (KEY_POSITION, "single-choice questions with 4 answers")
        );
        // (3 · 7.5² + 22.5²) / 17.5 = 38.57.
        let told =
            "10, 40, 10, 10 times at the positions 1 to 4; by chance, each would have about 18 (χ² = 38.6, p < 0.0001)";
        assert!(warnings[0].reason.contains(told), "{}", warnings[0].reason);
    }

    #[test]
    fn chance_and_small_banks_are_fine() {
        // With three degrees of freedom, χ² is 11.34 at p = 0.01; here it is 11.3 and 11.5.
        assert_eq!(rules(bank([33, 16, 16, 15]), &[]), [""; 0]);
        assert_eq!(rules(bank([33, 16, 17, 14]), &[]), [KEY_POSITION]);
        assert_eq!(rules(bank([29, 0, 0, 0]), &[]), [""; 0]);
        assert_eq!(rules(Bank::default(), &[]), [""; 0]);
    }

    #[test]
    fn keys_that_are_mostly_the_longest_are_found() {
        let with = |longest: usize| {
            let mut bank = bank([8, 8, 8, 8]);
            let answers = ["a", "b", "c", "d"];
            for count in 0..40 {
                let mut answers = answers;
                let key = if count < longest { "*longest" } else { "*e" };
                answers[count % 4] = key;
                bank.add(1, &sample("Which?", &answers));
            }
            bank
        };
        // By chance, 18 ± 3.67 of 72: with continuity correction, 27 are 2.31 deviations above that, and 28 are 2.59.
        assert_eq!(rules(with(27), &[]), [""; 0]);
        let warnings = with(28).finish(&[]);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].reason.contains("28 times of 72; by chance, it would be about 18 times"), "{warnings:?}");
    }

    #[test]
    fn thin_domains_are_found_and_empty_ones_too() {
        let warnings = bank([2, 2, 1, 1]).finish(&[(1, 2), (2, 1), (3, 0)]);
        assert_eq!(warnings.iter().map(|w| w.subject.as_str()).collect::<Vec<_>>(), ["domain 2"]);
        assert!(warnings[0].reason.contains("has 0 published questions, and a form needs 1: with 3,"));
        assert_eq!(rules(bank([2, 2, 1, 0]), &[(1, 2)]), [THIN_DOMAIN]);
    }

    #[test]
    fn questions_of_other_kinds_count_for_their_domain_alone() {
        let mut bank = Bank::default();
        (0..60).for_each(|_| bank.add(1, &sample("Which? (Choose two.)", &["*first", "*second", "c"])));
        assert_eq!(rules(bank, &[(1, 20)]), [""; 0]);
    }

    #[test]
    fn every_rule_is_listed() {
        let listed: Vec<&str> = BANK_RULES.iter().map(|(name, _)| *name).collect();
        let mut long = Bank::default();
        (0..60).for_each(|_| long.add(1, &sample("Which?", &["*the longest", "b", "c"])));
        assert_eq!(rules(long, &[(1, 60)]), listed);
    }
}
