//! Determines the kind of a question from the share of the mark that each answer earns.

use super::bounds::blank_and_right;
use crate::questions::model::{AnswerContent, QuestionKind};

/// The full mark in percent, and the sum from which on rounded shares count as the full mark.
const FULL: f64 = 100.0;
const NEARLY_FULL: f64 = 99.5;

/// The error that any one of several answers earns the full mark.
pub const ANY_ONE: &str = "several answers earn the full mark, each alone: the bank has no questions for which any one \
                           of several answers is enough";
/// The error that other answers earn partial marks.
pub const PARTIAL_CREDIT: &str = "gives partial credit for one answer alone: in the bank, an answer is \
                                  either right or wrong";
/// The error that some of the right answers are enough for the full mark.
const SOME_OF: &str = "some of the right answers earn the full mark without the others: the bank requires them all, so their \
                       shares must add up to 100 %";

/// The kind and the answers of a question.
pub type Answers = Result<(QuestionKind, Vec<AnswerContent>), String>;

/// Determines the kind from the percentage of each answer. `takes_one` tells whether one answer can be chosen. Answers
/// with a positive percentage are right. Blank answers are skipped, as in Moodle, unless there would be no valid key.
pub fn kind(answers: Vec<(AnswerContent, f64)>, takes_one: bool) -> Answers {
    let blank = answers.iter().position(|(answer, earned)| answer.body.is_empty() && *earned > 0.0);
    let answers: Vec<_> = answers.into_iter().filter(|(answer, _)| !answer.body.is_empty()).collect();
    let right: Vec<f64> = answers.iter().map(|(_, earned)| *earned).filter(|earned| *earned > 0.0).collect();
    let full = right.iter().filter(|earned| **earned >= FULL).count();
    let sum: f64 = right.iter().sum();
    if let Some(index) = blank.filter(|_| if takes_one { full == 0 } else { sum < NEARLY_FULL }) {
        return Err(blank_and_right(index + 1));
    }
    let least = right.iter().copied().reduce(f64::min).unwrap_or_default();
    let kind = match right.len() {
        0 | 1 => QuestionKind::SingleChoice,
        _ if full > 1 => return Err(ANY_ONE.to_owned()),
        _ if takes_one || full == 1 => return Err(PARTIAL_CREDIT.to_owned()),
        _ if sum - least >= NEARLY_FULL => return Err(SOME_OF.to_owned()),
        _ => QuestionKind::MultipleResponse,
    };
    Ok((kind, answers.into_iter().map(|(answer, _)| answer).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: &[(&str, f64)], takes_one: bool) -> Result<(QuestionKind, String), String> {
        let answer = |(body, earned): &(&str, f64)| {
            let is_correct = *earned > 0.0;
            (AnswerContent { body: (*body).into(), is_correct, rationale: String::new(), match_body: None }, *earned)
        };
        let (kind, answers) = kind(answers.iter().map(answer).collect(), takes_one)?;
        Ok((kind, answers.into_iter().filter(|answer| answer.is_correct).map(|answer| answer.body).collect()))
    }

    #[test]
    fn shares_of_the_mark_tell_the_kind() {
        use QuestionKind::{MultipleResponse, SingleChoice};
        let third = 33.33333;
        for (answers, takes_one, expected) in [
            ([("a", 100.0), ("b", 0.0), ("c", -50.0)], true, Ok((SingleChoice, "a"))),
            ([("a", 50.0), ("b", 50.0), ("c", 0.0)], false, Ok((MultipleResponse, "ab"))),
            ([("a", 33.0), ("b", 33.0), ("c", 33.0)], false, Ok((MultipleResponse, "abc"))),
            ([("a", third), ("b", third), ("c", third)], false, Ok((MultipleResponse, "abc"))),
            ([("a", 70.0), ("b", 30.0), ("c", -100.0)], false, Ok((MultipleResponse, "ab"))),
            ([("a", 100.0), ("", 0.0), ("c", 0.0)], true, Ok((SingleChoice, "a"))),
            ([("a", 100.0), ("", 100.0), ("c", 0.0)], true, Ok((SingleChoice, "a"))),
            ([("a", 50.0), ("", 50.0), ("c", 50.0)], false, Ok((MultipleResponse, "ac"))),
            ([("a", 50.0), ("b", 50.0), ("c", 50.0)], false, Err(SOME_OF)),
            ([("a", 100.0), ("b", 100.0), ("c", 0.0)], false, Err(ANY_ONE)),
            ([("a", 100.0), ("b", 100.0), ("c", 0.0)], true, Err(ANY_ONE)),
            ([("a", 100.0), ("b", 50.0), ("c", 0.0)], false, Err(PARTIAL_CREDIT)),
            ([("a", 50.0), ("b", 50.0), ("c", 0.0)], true, Err(PARTIAL_CREDIT)),
        ] {
            let expected = expected.map(|(kind, right)| (kind, right.to_owned())).map_err(str::to_owned);
            assert_eq!(of(&answers, takes_one), expected, "{answers:?}");
        }
        for (answers, takes_one) in [([("", 100.0), ("b", 0.0)], true), ([("a", 50.0), ("", 50.0)], false)] {
            assert!(of(&answers, takes_one).unwrap_err().contains("is right, and blank"), "{answers:?}");
        }
    }
}
