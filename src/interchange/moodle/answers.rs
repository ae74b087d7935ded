//! The answers of the types that the bank holds.

use super::read::{default_format, inner_text, own_text, text};
use crate::{
    interchange::xml::Element,
    questions::model::{
        AnswerContent,
        QuestionKind::{self, Matching, MultipleResponse, Ordering, SingleChoice},
    },
};

type Answers = Result<(QuestionKind, Vec<AnswerContent>), String>;

/// The answers of a question, or why the bank cannot hold it.
pub(super) fn read(question: &Element) -> Answers {
    match question.attribute("type").map(str::trim).unwrap_or_default() {
        "multichoice" => choices(question),
        "truefalse" => true_or_false(question),
        "matching" | "match" => {
            Ok((Matching, question.named("subquestion").map(|pair| self::pair(question, pair)).collect()))
        }
        "ordering" => {
            Ok((Ordering, question.named("answer").map(|answer| self::answer(question, answer, true)).collect()))
        }
        "" => Err("the question has no type".to_owned()),
        "multianswer" | "cloze" => Err("the bank holds no cloze questions".to_owned()),
        other => Err(format!("the bank holds no {other} questions")),
    }
}

fn choices(question: &Element) -> Answers {
    let fractions: Vec<f64> = question.named("answer").map(fraction).collect::<Result<_, _>>()?;
    let answers = question.named("answer").zip(&fractions).map(|(answer, &f)| self::answer(question, answer, f > 0.0));
    let answers: Vec<AnswerContent> = answers.collect();
    let single = question.child("single").map(own_text);
    let is_single = !matches!(single.as_deref().map(str::trim), Some("false" | "0" | ""));
    let right = fractions.iter().filter(|&&fraction| fraction > 0.0).count();
    let whole = fractions.iter().filter(|&&fraction| fraction >= 100.0).count();
    match (is_single, right) {
        (_, 0) => Err("no answer is right: give one a fraction of 100".to_owned()),
        (_, 1) => Ok((SingleChoice, answers)),
        (true, _) if whole > 1 => {
            Err("the bank holds no questions that any one of several answers is right for".to_owned())
        }
        (true, _) => Err("the bank gives no partial credit for other answers than the right one".to_owned()),
        (false, _) => Ok((MultipleResponse, answers)),
    }
}

/// Files of old versions name the answers in the language of their site: the first is true.
fn true_or_false(question: &Element) -> Answers {
    let found: Vec<&Element> = question.named("answer").collect();
    let [first, second] = found.as_slice() else {
        return Err("a true/false question must have two answers".to_owned());
    };
    let (yes, no) = match inner_text(first).trim() {
        "false" => (second, first),
        _ => (first, second),
    };
    let answers = [(yes, "True"), (no, "False")].map(|(element, body)| {
        let is_correct = fraction(element)? > 0.0;
        Ok(AnswerContent { body: body.to_owned(), ..answer(question, element, is_correct) })
    });
    let answers: Vec<AnswerContent> = answers.into_iter().collect::<Result<_, String>>()?;
    match answers.iter().filter(|answer| answer.is_correct).count() {
        1 => Ok((SingleChoice, answers)),
        _ => Err("one of true and false must be right, the other one wrong".to_owned()),
    }
}

fn answer(question: &Element, answer: &Element, is_correct: bool) -> AnswerContent {
    let format = default_format(question);
    AnswerContent { body: text(answer, format), is_correct, rationale: feedback(question, answer), match_body: None }
}

/// A pair whose left side is empty is a distractor of the right side, which is plain text unless it tells its format.
fn pair(question: &Element, pair: &Element) -> AnswerContent {
    let body = text(pair, default_format(question));
    let match_body = pair.child("answer").map(|answer| text(answer, "plain_text")).unwrap_or_default();
    AnswerContent {
        is_correct: !body.trim().is_empty(),
        body,
        rationale: feedback(question, pair),
        match_body: Some(match_body),
    }
}

fn feedback(question: &Element, answer: &Element) -> String {
    answer.child("feedback").map(|feedback| text(feedback, default_format(question))).unwrap_or_default()
}

/// How many percent of the grade an answer gives.
fn fraction(answer: &Element) -> Result<f64, String> {
    let fraction = answer.attribute("fraction").unwrap_or("0").trim();
    let number = fraction.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("the fraction {fraction:?} of an answer is not a number"))
}
