//! Reads the answers of question types that the bank supports.

use super::read::{default_format, inner_text, own_text, text};
use crate::{
    interchange::{
        bounds::Part,
        marks::{self, Answers},
        xml::Element,
    },
    markdown,
    questions::model::{
        AnswerContent,
        QuestionKind::{Matching, Ordering, SingleChoice},
    },
};

/// The full grade, in percent.
pub(super) const FULL: f64 = 100.0;

/// The percentages of all nonblank answers of a choice question.
pub(super) fn shares(question: &Element) -> Vec<f64> {
    let is_choice = matches!(question.attribute("type").map(str::trim), Some("multichoice" | "truefalse"));
    let answers = question.named("answer").filter(|answer| is_choice && !inner_text(answer).trim().is_empty());
    answers.filter_map(|answer| fraction(answer).ok()).collect()
}

/// The answers of a question, or why the bank cannot represent it.
pub(super) fn read(question: &Element) -> Answers {
    match question.attribute("type").map(str::trim).unwrap_or_default() {
        "multichoice" => choices(question),
        "truefalse" => true_or_false(question),
        "matching" | "match" => {
            let pairs =
                (1..).zip(question.named("subquestion")).map(|(number, pair)| self::pair(question, pair, number));
            // Pairs that are blank on both sides are skipped, as in Moodle.
            let is_blank = |pair: &AnswerContent| pair.body.is_empty() && pair.match_body.as_deref() == Some("");
            let pairs: Vec<AnswerContent> = pairs.collect::<Result<_, _>>()?;
            Ok((Matching, pairs.into_iter().filter(|pair| !is_blank(pair)).collect()))
        }
        "ordering" => {
            let answers = (1..).zip(question.named("answer"));
            let answers = answers.map(|(number, answer)| self::answer(question, answer, number, true));
            let answers: Vec<AnswerContent> = answers.collect::<Result<_, _>>()?;
            Ok((Ordering, answers.into_iter().filter(|answer| !answer.body.is_empty()).collect()))
        }
        "" => Err("the question has no type".to_owned()),
        "multianswer" | "cloze" => Err("the bank does not support cloze questions".to_owned()),
        other => Err(format!("the bank does not support {other} questions")),
    }
}

fn choices(question: &Element) -> Answers {
    let mut answers = Vec::new();
    for (number, element) in (1..).zip(question.named("answer")) {
        let fraction = fraction(element)?;
        answers.push((answer(question, element, number, fraction > 0.0)?, fraction));
    }
    if answers.iter().all(|(_, fraction)| *fraction <= 0.0) {
        return Err("no answer is right: give one a fraction of 100".to_owned());
    }
    let single = question.child("single").map(own_text);
    let takes_one = !matches!(single.as_deref().map(str::trim), Some("false" | "0" | ""));
    marks::kind(answers, takes_one)
}

/// Recognizes the answers by their texts, in any case and markup. Old versions write them in the language of the site:
/// for such files, it is unknown which of the two is true.
fn true_or_false(question: &Element) -> Answers {
    let found: Vec<&Element> = question.named("answer").collect();
    let [first, second] = found.as_slice() else {
        return Err("a true/false question must have two answers".to_owned());
    };
    let (yes, no) = match (truth(question, first, 1)?, truth(question, second, 2)?) {
        (Some(true), Some(false)) => ((first, 1), (second, 2)),
        (Some(false), Some(true)) => ((second, 2), (first, 1)),
        _ => return Err("the answers of a true/false question must be true and false: rename them".to_owned()),
    };
    let answers = [(yes, "True"), (no, "False")].map(|((element, number), body)| {
        let is_correct = fraction(element)? > 0.0;
        let (rationale, body) = (feedback(question, element, number)?, body.to_owned());
        Ok(AnswerContent { body, is_correct, rationale, match_body: None })
    });
    let answers: Vec<AnswerContent> = answers.into_iter().collect::<Result<_, String>>()?;
    match answers.iter().filter(|answer| answer.is_correct).count() {
        1 => Ok((SingleChoice, answers)),
        _ => Err("one of true and false must be right, the other one wrong".to_owned()),
    }
}

/// Whether an answer says true, or false, or neither.
fn truth(question: &Element, answer: &Element, number: usize) -> Result<Option<bool>, String> {
    let said = markdown::to_plain(&text(answer, default_format(question), Part::Answer(number))?).to_lowercase();
    Ok(match said.trim_matches(|c: char| !c.is_alphanumeric()) {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

fn answer(question: &Element, answer: &Element, number: usize, is_correct: bool) -> Result<AnswerContent, String> {
    let body = text(answer, default_format(question), Part::Answer(number))?;
    Ok(AnswerContent { body, is_correct, rationale: feedback(question, answer, number)?, match_body: None })
}

/// A pair with an empty left side is a distractor for the right side, which is plain text unless it has a format.
fn pair(question: &Element, pair: &Element, number: usize) -> Result<AnswerContent, String> {
    let body = text(pair, default_format(question), Part::Answer(number))?;
    let matched = pair.child("answer").map(|answer| text(answer, "plain_text", Part::Match(number))).transpose()?;
    Ok(AnswerContent {
        is_correct: !body.is_empty(),
        body,
        rationale: feedback(question, pair, number)?,
        match_body: Some(matched.unwrap_or_default()),
    })
}

fn feedback(question: &Element, answer: &Element, number: usize) -> Result<String, String> {
    let feedback = answer.child("feedback");
    let text = feedback.map(|feedback| text(feedback, default_format(question), Part::Rationale(number)));
    Ok(text.transpose()?.unwrap_or_default())
}

/// The percentage of the grade that an answer earns.
fn fraction(answer: &Element) -> Result<f64, String> {
    let fraction = answer.attribute("fraction").unwrap_or("0").trim();
    let number = fraction.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("the fraction {fraction:?} of an answer is not a number"))
}
