//! Item-writing rules, for one question and for a whole bank.
//!
//! The rules are those of Haladyna, Downing and Rodriguez (2002) that a program can check, and those that drafts of
//! language models most often break. A warning is advice and never rejects a question: each rule would rather miss a
//! flaw than blame a good question. The rules about wording know English only.

mod age;
mod answers;
mod bank;
mod clues;
mod gaps;
mod grammar;
mod item;
mod numbers;
mod stem;
mod text;

use serde::Serialize;
use utoipa::ToSchema;

pub use age::{AGE_RULES, Subjects, aged};
pub use bank::{BANK_RULES, Bank, BankWarning};

use crate::{
    db::day::Day,
    questions::{model::Content, upkeep::Upkeep},
};
use item::{Finding, Item};

/// A warning about a question: something that item writers advise against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// The name of the rule.
    #[schema(example = "key-longest")]
    pub rule: &'static str,
    /// A JSON Pointer (RFC 6901) into the question.
    #[schema(example = "/answers/2/body")]
    pub pointer: String,
    /// What was found, and what to do about it.
    #[schema(example = "is 1.8 times as long as the longest distractor: shorten it, or lengthen the distractors")]
    pub reason: String,
    /// Why the warning is accepted, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

/// A rule: its name, what it finds, and the function.
struct Rule(&'static str, &'static str, fn(&Item) -> Vec<Finding>);

/// In the order in which they run.
const CHECKS: [Rule; 16] = [
    Rule("unclear-stem", "A stem that is not a question, an instruction or a sentence to complete.", stem::unclear),
    Rule("negative-stem", "A negative question that does not emphasize the negation.", stem::negative),
    Rule(
        "choose-count",
        "A stem that does not say how many answers to choose, or says the wrong number.",
        stem::choose_count,
    ),
    Rule("few-answers", "Fewer than three answers, so that guessing pays.", answers::few),
    Rule("all-or-none-of-the-above", "An answer such as \"all of the above\".", answers::all_or_none),
    Rule("combined-answers", "An answer that combines others by their letters or numbers.", answers::combined),
    Rule("equal-answers", "Answers that differ only in case, spaces and punctuation.", answers::equal),
    Rule("nested-answers", "An answer that contains another one word for word.", answers::nested),
    Rule(
        "unsorted-numbers",
        "Answers that are numbers of one unit, in neither ascending nor descending order.",
        numbers::unsorted,
    ),
    Rule("key-longest", "A key over 1.5 times as long as any distractor, by at least 10 characters.", clues::longest),
    Rule("absolute-terms", "A distractor with a word such as \"always\" where the key has none.", clues::absolute),
    Rule("repeated-stem-word", "A word of the stem that only the key repeats.", clues::repeated_word),
    Rule("grammatical-cue", "A stem that only the key fits grammatically.", grammar::cue),
    Rule("missing-rationale", "An answer without the reason why it is right or wrong.", gaps::rationale),
    Rule("missing-explanation", "A question without an explanation.", gaps::explanation),
    Rule("missing-reference", "A question without a reference.", gaps::reference),
];

/// The rules for one question: the name of each and what it finds.
pub const RULES: &[(&str, &str)] = &{
    let mut rules = [("", ""); CHECKS.len()];
    let mut index = 0;
    while index < CHECKS.len() {
        rules[index] = (CHECKS[index].0, CHECKS[index].1);
        index += 1;
    }
    rules
};

/// All warnings about a question, in the order of the rules.
pub fn question(content: &Content) -> Vec<Warning> {
    let item = Item::new(content);
    let warn = |rule: &'static str| {
        move |found: Finding| Warning { rule, pointer: found.pointer, reason: found.reason, accepted: None }
    };
    CHECKS.iter().flat_map(|Rule(name, _, check)| check(&item).into_iter().map(warn(name))).collect()
}

/// The same with warnings about outdated content, and with accepted warnings marked.
pub fn maintained(content: &Content, upkeep: &Upkeep, subjects: &Subjects, today: Day) -> Vec<Warning> {
    let mut warnings = question(content);
    warnings.extend(aged(content, &upkeep.subjects.0, subjects));
    warnings.extend(age::past_review(upkeep, today));
    age::accept(&mut warnings, upkeep);
    warnings
}

/// The answers of a choice question as numbers, if there are three or more and all are numbers with the same unit.
pub fn numbers(content: &Content) -> Option<Vec<f64>> {
    numbers::values(&Item::new(content))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::questions::model::{AnswerContent, QuestionKind};
    use item::sample;

    fn rules(content: &Content) -> Vec<&'static str> {
        question(content).into_iter().map(|warning| warning.rule).collect()
    }

    #[test]
    fn good_questions_have_no_warnings() {
        let stem = "A team wants queues without servers. Which service fits?";
        assert_eq!(question(&sample(stem, &["*Amazon SQS", "Amazon EBS", "AWS Config"])), []);
        let stem = "Which are stores of objects or blocks? (Choose two.)";
        assert_eq!(question(&sample(stem, &["*Amazon S3", "*Amazon EBS", "AWS Config"])), []);
        let mut ordering = sample("Put the steps in order.", &["*one step", "*another step", "*one step more"]);
        ordering.kind = QuestionKind::Ordering;
        assert_eq!(question(&ordering), []);
    }

    #[test]
    fn matching_questions_may_have_distractors_without_a_left_side() {
        let mut matching = sample("Match each service to its use.", &["*SQS", "*S3", "", ""]);
        matching.kind = QuestionKind::Matching;
        for (answer, matched) in matching.answers.iter_mut().zip(["queues", "objects", "blocks", "tables"]) {
            answer.match_body = Some(matched.into());
        }
        assert_eq!(question(&matching), []);
    }

    #[test]
    fn each_rule_reports_under_its_name_and_in_the_order_of_the_list() {
        let mut bare = sample("Which?", &["*a", "b", "c"]);
        bare.answers[0].rationale.clear();
        bare.explanation.clear();
        bare.references.clear();
        let bad = [
            (sample("It is so.", &["*x", "y", "z"]), "unclear-stem"),
            (sample("Which is not so?", &["*x", "y", "z"]), "negative-stem"),
            (sample("Which?", &["*x", "*y", "z"]), "choose-count"),
            (sample("Which?", &["*x", "y"]), "few-answers"),
            (sample("Which?", &["*x", "y", "All of the above"]), "all-or-none-of-the-above"),
            (sample("Which?", &["*x", "y", "A and B"]), "combined-answers"),
            (sample("Which?", &["*x", "y", "Y."]), "equal-answers"),
            (sample("Which?", &["*x", "y", "y z"]), "nested-answers"),
            (sample("Which?", &["*2", "1", "3"]), "unsorted-numbers"),
            (sample("Which?", &["*ever so long a key", "y", "z"]), "key-longest"),
            (sample("Which?", &["*x", "never y", "z"]), "absolute-terms"),
            (sample("Which queue?", &["*queues", "yes", "zero"]), "repeated-stem-word"),
            (sample("It is an", &["*ox", "yak", "zebu"]), "grammatical-cue"),
            (bare.clone(), "missing-rationale"),
            (Content { answers: sample("", &["*a", "b", "c"]).answers, ..bare.clone() }, "missing-explanation"),
            (Content { explanation: "So.".into(), ..bare.clone() }, "missing-reference"),
        ];
        let listed: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        assert_eq!(bad.iter().map(|(_, rule)| *rule).collect::<Vec<_>>(), listed);
        for (content, rule) in &bad {
            assert!(rules(content).contains(rule), "{rule}: {:?}", question(content));
        }
        assert_eq!(rules(&bare), ["missing-rationale", "missing-explanation", "missing-reference"]);
    }

    #[test]
    fn warnings_are_written_as_json() {
        let warnings = question(&sample("Which? (Choose three.)", &["*x", "*y", "z"]));
        let told = serde_json::json!([
            {"rule": "choose-count", "pointer": "/stem", "reason": "says to choose 3, but the key has 2"}
        ]);
        assert_eq!(serde_json::to_value(warnings).unwrap(), told);
    }

    fn contents() -> impl Strategy<Value = Content> {
        let kinds = [
            QuestionKind::SingleChoice,
            QuestionKind::MultipleResponse,
            QuestionKind::Ordering,
            QuestionKind::Matching,
        ];
        // Any text, and text of the characters and words that the rules examine.
        let text =
            || prop_oneof![any::<String>(), "([a-dA-D0-9.,?!*_:;()\n é'-]|an |all |choose |two |of the above){0,30}"];
        let answer = (text(), any::<bool>(), prop::option::of(text())).prop_map(|(body, is_correct, match_body)| {
            AnswerContent { body, is_correct, rationale: String::new(), match_body }
        });
        let answers = prop::collection::vec(answer, 0..8);
        (prop::sample::select(kinds.to_vec()), text(), answers).prop_map(|(kind, stem, answers)| Content {
            kind,
            stem,
            explanation: String::new(),
            references: vec![],
            tags: vec![],
            difficulty: 1,
            answers,
        })
    }

    proptest! {
        #[test]
        fn no_question_makes_the_rules_panic(content in contents()) {
            for warning in question(&content) {
                prop_assert!(RULES.iter().any(|(name, _)| *name == warning.rule));
                let is_stem = matches!(warning.pointer.as_str(), "/stem" | "/explanation" | "/references" | "/answers");
                let index = warning.pointer.strip_prefix("/answers/").and_then(|rest| rest.split('/').next());
                let index: Option<usize> = index.and_then(|index| index.parse().ok());
                let is_answer = index.is_some_and(|index| index < content.answers.len());
                prop_assert!(is_stem || is_answer, "{}", warning.pointer);
            }
        }
    }
}
