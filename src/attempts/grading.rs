//! Checking and marking responses.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::FieldError,
    exams::model::ScoringPolicy,
    markdown,
    questions::model::{Answer, AnswerId, QuestionKind},
};

/// One part of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "must be the id of an answer, or {\"answer\": id, \"match\": text} for a matching question"
)]
pub enum Choice {
    /// The id of a chosen answer. For `ordering`, the response lists all answers in the learner's order.
    Answer(AnswerId),
    /// For `matching`: an answer and the text matched to it.
    Pair(Pair),
}

/// An answer and the text matched to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The id of the answer.
    pub answer: AnswerId,
    /// One of the texts in the question's `matches`.
    #[serde(rename = "match")]
    pub matched: String,
}

impl Choice {
    /// The same, with the text of a pair in normal form.
    pub fn with_normal_text(self) -> Self {
        match self {
            Self::Pair(Pair { answer, matched }) => Self::Pair(Pair { answer, matched: markdown::clean(&matched) }),
            answer @ Self::Answer(_) => answer,
        }
    }
}

/// How many answers a learner must choose: as many as are correct.
pub fn choose(kind: QuestionKind, answers: &[Answer]) -> Option<usize> {
    match kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleResponse => {
            Some(answers.iter().filter(|answer| answer.is_correct).count())
        }
        QuestionKind::Ordering | QuestionKind::Matching => None,
    }
}

/// The texts to match, sorted so that their order reveals nothing.
pub fn matches(kind: QuestionKind, answers: &[Answer]) -> Option<Vec<String>> {
    (kind == QuestionKind::Matching).then(|| {
        let mut texts: Vec<String> = answers.iter().filter_map(|answer| answer.match_body.clone()).collect();
        texts.sort();
        texts.dedup();
        texts
    })
}

/// The correct response.
pub fn key(kind: QuestionKind, answers: &[Answer]) -> Vec<Choice> {
    let right = answers.iter().filter(|answer| answer.is_correct);
    match kind {
        QuestionKind::Matching => right
            .filter_map(|answer| {
                let matched = answer.match_body.clone()?;
                Some(Choice::Pair(Pair { answer: answer.id, matched }))
            })
            .collect(),
        _ => right.map(|answer| Choice::Answer(answer.id)).collect(),
    }
}

/// All errors in the shape of a response, located in the request body. An empty response removes the response and is
/// always well-formed.
pub fn faults(kind: QuestionKind, answers: &[Answer], response: &[Choice]) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, detail: String| faults.push(FieldError { pointer, detail });
    let texts = matches(kind, answers);
    let mut seen = HashSet::new();
    for (index, choice) in response.iter().enumerate() {
        let at = format!("/response/{index}");
        let id = match (choice, &texts) {
            (Choice::Answer(id), None) => *id,
            (Choice::Pair(pair), Some(texts)) => {
                if !texts.iter().any(|text| says(text, &pair.matched)) {
                    fault(format!("{at}/match"), "is not one of the question's matches".into());
                }
                pair.answer
            }
            (Choice::Answer(_), Some(_)) => {
                fault(at, "must be {\"answer\": id, \"match\": text}: this is a matching question".into());
                continue;
            }
            (Choice::Pair(_), None) => {
                fault(at, format!("must be the id of an answer: this is a {kind} question"));
                continue;
            }
        };
        let is_left_side = |answer: &&Answer| kind != QuestionKind::Matching || answer.is_correct;
        if !answers.iter().filter(is_left_side).any(|answer| answer.id == id) {
            fault(at, "is not the id of an answer of this question".into());
        } else if !seen.insert(id) {
            fault(at, "repeats an answer".into());
        }
    }
    if let Some(most) = choose(kind, answers)
        && response.len() > most
    {
        fault("/response".into(), format!("has {} choices, but this question allows {most}", response.len()));
    }
    if kind == QuestionKind::Ordering && !response.is_empty() && response.len() < answers.len() {
        fault("/response".into(), format!("must list all {} answers in order, or none", answers.len()));
    }
    faults
}

/// The mark of a response, from 0 to 1. An empty response earns 0.
///
/// `per_component` is (right − wrong) / components, and not below 0. A component is an answer of the key, a position in
/// the order, or a pair.
pub fn mark(policy: ScoringPolicy, kind: QuestionKind, answers: &[Answer], response: &[Choice]) -> f64 {
    let key = key(kind, answers);
    let right = match kind {
        QuestionKind::Ordering => key.iter().zip(response).filter(|(right, given)| right == given).count(),
        _ => response.iter().filter(|choice| key.iter().any(|right| is_same(right, choice))).count(),
    };
    let wrong = response.len() - right;
    match policy {
        ScoringPolicy::AllOrNothing if right == key.len() && wrong == 0 => 1.0,
        ScoringPolicy::AllOrNothing => 0.0,
        ScoringPolicy::PerComponent => (right as f64 - wrong as f64).max(0.0) / key.len() as f64,
    }
}

/// Whether two responses are equal. The order of choices matters only for `ordering`.
pub fn is_same_response(kind: QuestionKind, one: &[Choice], other: &[Choice]) -> bool {
    match kind {
        QuestionKind::Ordering => one == other,
        _ => one.len() == other.len() && one.iter().all(|choice| other.iter().any(|given| is_same(choice, given))),
    }
}

fn is_same(right: &Choice, given: &Choice) -> bool {
    match (right, given) {
        (Choice::Pair(right), Choice::Pair(given)) => {
            right.answer == given.answer && says(&right.matched, &given.matched)
        }
        _ => right == given,
    }
}

/// Whether a text of a question is the one that a learner chose. The learner may have seen it before it was brought
/// into normal form.
fn says(text: &str, chosen: &str) -> bool {
    text == chosen || text == markdown::clean(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::questions::model::QuestionId;
    use ScoringPolicy::{AllOrNothing, PerComponent};

    fn answers(parts: &[(bool, Option<&str>)]) -> Vec<Answer> {
        (0..)
            .zip(parts)
            .map(|(position, (is_correct, match_body))| Answer {
                id: AnswerId::new(),
                question_id: QuestionId::new(),
                position,
                body: format!("answer {position}"),
                is_correct: *is_correct,
                rationale: String::new(),
                match_body: match_body.map(Into::into),
            })
            .collect()
    }

    fn choices(answers: &[Answer], indices: &[usize]) -> Vec<Choice> {
        indices.iter().map(|&index| Choice::Answer(answers[index].id)).collect()
    }

    fn pairs(answers: &[Answer], given: &[(usize, &str)]) -> Vec<Choice> {
        let pair = |&(index, text): &(usize, &str)| Pair { answer: answers[index].id, matched: text.into() };
        given.iter().map(pair).map(Choice::Pair).collect()
    }

    #[test]
    fn single_choice_is_right_or_wrong() {
        let a = answers(&[(false, None), (true, None), (false, None)]);
        for policy in [AllOrNothing, PerComponent] {
            let mark = |indices: &[usize]| mark(policy, QuestionKind::SingleChoice, &a, &choices(&a, indices));
            assert_eq!((mark(&[1]), mark(&[0]), mark(&[])), (1.0, 0.0, 0.0));
        }
    }

    #[test]
    fn multiple_response_gives_partial_marks_only_per_component() {
        let a = answers(&[(true, None), (true, None), (false, None), (true, None), (false, None)]);
        let mark = |policy, indices: &[usize]| mark(policy, QuestionKind::MultipleResponse, &a, &choices(&a, indices));
        assert_eq!(mark(AllOrNothing, &[3, 0, 1]), 1.0);
        assert_eq!(mark(AllOrNothing, &[0, 1]), 0.0);
        assert_eq!(mark(AllOrNothing, &[0, 1, 2]), 0.0);
        assert_eq!(mark(PerComponent, &[0, 1]), 2.0 / 3.0);
        assert_eq!(mark(PerComponent, &[0, 1, 2]), 1.0 / 3.0);
        assert_eq!(mark(PerComponent, &[0, 2, 4]), 0.0);
    }

    #[test]
    fn ordering_counts_places() {
        let a = answers(&[(true, None), (true, None), (true, None), (true, None)]);
        let mark = |policy, indices: &[usize]| mark(policy, QuestionKind::Ordering, &a, &choices(&a, indices));
        assert_eq!(mark(AllOrNothing, &[0, 1, 2, 3]), 1.0);
        assert_eq!(mark(AllOrNothing, &[1, 0, 2, 3]), 0.0);
        assert_eq!(mark(PerComponent, &[1, 0, 2, 3]), 0.0);
        assert_eq!(mark(PerComponent, &[]), 0.0);
        let longer = answers(&[(true, None); 6]);
        let swapped =
            super::mark(PerComponent, QuestionKind::Ordering, &longer, &choices(&longer, &[1, 0, 2, 3, 4, 5]));
        assert!((swapped - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn matching_counts_pairs() {
        let a = answers(&[(true, Some("x")), (true, Some("y")), (true, Some("x")), (false, Some("z"))]);
        let mark = |policy, given: &[(usize, &str)]| mark(policy, QuestionKind::Matching, &a, &pairs(&a, given));
        assert_eq!(mark(AllOrNothing, &[(2, "x"), (1, "y"), (0, "x")]), 1.0);
        assert_eq!(mark(AllOrNothing, &[(0, "x"), (1, "y")]), 0.0);
        assert_eq!(mark(PerComponent, &[(0, "x"), (1, "y")]), 2.0 / 3.0);
        assert_eq!(mark(PerComponent, &[(0, "x"), (1, "z"), (2, "x")]), 1.0 / 3.0);
        assert_eq!(matches(QuestionKind::Matching, &a).unwrap(), ["x", "y", "z"]);
    }

    #[test]
    fn errors_in_the_shape_of_a_response_are_located() {
        let single = answers(&[(true, None), (false, None)]);
        let matching = answers(&[(true, Some("x")), (true, Some("y")), (false, Some("z"))]);
        let unknown = [Choice::Answer(AnswerId::new())];
        for (kind, a, response, pointer) in [
            (QuestionKind::SingleChoice, &single, choices(&single, &[0, 1]), "/response"),
            (QuestionKind::SingleChoice, &single, choices(&single, &[0, 0]), "/response/1"),
            (QuestionKind::SingleChoice, &single, unknown.to_vec(), "/response/0"),
            (QuestionKind::SingleChoice, &single, pairs(&single, &[(0, "x")]), "/response/0"),
            (QuestionKind::Ordering, &single, choices(&single, &[0]), "/response"),
            (QuestionKind::Matching, &matching, choices(&matching, &[0]), "/response/0"),
            (QuestionKind::Matching, &matching, pairs(&matching, &[(0, "w")]), "/response/0/match"),
            (QuestionKind::Matching, &matching, pairs(&matching, &[(2, "z")]), "/response/0"),
        ] {
            let found = faults(kind, a, &response);
            assert_eq!(found.first().map(|fault| fault.pointer.as_str()), Some(pointer), "{found:?}");
        }
        assert_eq!(faults(QuestionKind::Ordering, &single, &[]), []);
        assert_eq!(faults(QuestionKind::Matching, &matching, &pairs(&matching, &[(0, "z")])), []);
    }

    proptest! {
        #[test]
        fn the_key_is_well_formed_and_earns_everything(
            right in 2_usize..6, wrong in 1_usize..4, kind in 0_usize..3, policy in prop::bool::ANY,
        ) {
            let kind = [QuestionKind::MultipleResponse, QuestionKind::Ordering, QuestionKind::Matching][kind];
            let policy = if policy { AllOrNothing } else { PerComponent };
            let text = (kind == QuestionKind::Matching).then_some("m");
            let wrong = if kind == QuestionKind::MultipleResponse { wrong } else { 0 };
            let a = answers(&[vec![(true, text); right], vec![(false, text); wrong]].concat());
            let key = key(kind, &a);
            prop_assert_eq!(faults(kind, &a, &key), []);
            prop_assert_eq!(mark(policy, kind, &a, &key), 1.0);
        }

        #[test]
        fn marks_stay_within_0_and_1(flags in prop::collection::vec(any::<bool>(), 2..8), picks in prop::collection::vec(0_usize..8, 0..10)) {
            let mut flags = flags;
            flags[0] = true;
            let a = answers(&flags.iter().map(|&flag| (flag, None)).collect::<Vec<_>>());
            let picks: Vec<usize> = picks.into_iter().map(|pick| pick % a.len()).collect::<HashSet<_>>().into_iter().collect();
            for policy in [AllOrNothing, PerComponent] {
                let mark = mark(policy, QuestionKind::MultipleResponse, &a, &choices(&a, &picks));
                prop_assert!((0.0..=1.0).contains(&mark));
            }
        }
    }
}
