//! Converts the supported interactions to answers.

use std::collections::{HashMap, HashSet};

use super::{
    html::{self, Aside},
    response::Response,
    unheld,
};
use crate::{
    interchange::{
        bounds::{self, Part},
        xml::{Element, short},
    },
    questions::model::{AnswerContent, QuestionKind},
};

/// The kind and the answers of an interaction, or why the bank cannot represent it.
pub fn answers(interaction: &Element, response: &Response) -> Result<(QuestionKind, Vec<AnswerContent>), String> {
    match interaction.name.as_str() {
        "choiceinteraction" => choice(interaction, response),
        "orderinteraction" => ordering(interaction, response),
        "matchinteraction" => matching(interaction, response),
        name => Err(unheld::interaction(name)),
    }
}

/// Whether an element is feedback on a response.
pub fn is_feedback(element: &Element) -> bool {
    matches!(element.name.as_str(), "feedbackinline" | "feedbackblock")
}

/// Several feedbacks as Markdown, one below the other. Feedback that is shown before a response is left out.
pub fn feedback(part: Part, elements: &[&Element]) -> Result<String, String> {
    let shown = elements.iter().filter(|element| !is_hidden(element));
    let texts: Vec<String> = shown.map(|element| text(part, element)).collect::<Result<_, _>>()?;
    Ok(joined(&texts))
}

/// Whether a feedback is hidden by the outcome that it names.
pub fn is_hidden(feedback: &Element) -> bool {
    feedback.attribute("showhide").is_some_and(|shown| shown.trim() == "hide")
}

/// Texts one below the other, without the empty ones.
pub fn joined(texts: &[String]) -> String {
    let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

/// The content of an element as Markdown.
pub fn text(part: Part, element: &Element) -> Result<String, String> {
    let html = html::inner(element, &mut |_| Aside::Part).map_err(|what| format!("{part} {what}"))?;
    bounds::from_html(part, &html)
}

struct Choice {
    identifier: String,
    body: String,
    rationale: String,
}

impl Choice {
    fn new(element: &Element, part: fn(usize) -> Part, number: usize) -> Result<Self, String> {
        let mut parts = Vec::new();
        let html = html::inner(element, &mut |child| {
            if !is_feedback(child) {
                return Aside::Part;
            }
            parts.push(child);
            Aside::Out
        });
        let html = html.map_err(|what| format!("{} {what}", part(number)))?;
        let identifier = element.attribute("identifier").unwrap_or_default().trim().to_owned();
        let body = bounds::from_html(part(number), &html)?;
        Ok(Self { identifier, body, rationale: feedback(Part::Rationale(number), &parts)? })
    }

    fn answer(self, is_correct: bool, match_body: Option<String>) -> AnswerContent {
        AnswerContent { body: self.body, is_correct, rationale: self.rationale, match_body }
    }
}

fn choices<'a>(elements: impl Iterator<Item = &'a Element>, part: fn(usize) -> Part) -> Result<Vec<Choice>, String> {
    let elements: Vec<&Element> = elements.collect();
    if elements.len() > bounds::ANSWER_LIMIT {
        return Err(bounds::too_many_answers());
    }
    (1..).zip(elements).map(|(number, element)| Choice::new(element, part, number)).collect()
}

/// The position of every value of the key among the choices. Each choice must be named once.
fn places<'a>(choices: &[Choice], key: impl Iterator<Item = &'a str>) -> Result<Vec<usize>, String> {
    let mut all = HashMap::new();
    for (place, choice) in choices.iter().enumerate() {
        if all.insert(choice.identifier.as_str(), place).is_some() {
            return Err(format!("has two choices with the identifier {:?}", short(&choice.identifier)));
        }
    }
    key.map(|value| {
        all.get(value).copied().ok_or_else(|| format!("has a key that names no choice: {:?}", short(value)))
    })
    .collect()
}

fn choice(interaction: &Element, response: &Response) -> Result<(QuestionKind, Vec<AnswerContent>), String> {
    let takes_one = interaction.attribute("maxchoices").is_some_and(|count| count.trim() == "1");
    let kind = match response.cardinality {
        "single" => QuestionKind::SingleChoice,
        // If only one choice is right, learners have to find only one, as in the other formats.
        "multiple" if takes_one || response.key.len() == 1 => QuestionKind::SingleChoice,
        "multiple" => QuestionKind::MultipleResponse,
        other => return Err(format!("is a choice with the cardinality {:?}", short(other))),
    };
    let choices = choices(interaction.named("simplechoice"), Part::Answer)?;
    let right = places(&choices, response.key.iter().map(String::as_str))?;
    let right: HashSet<usize> = right.into_iter().collect();
    if kind == QuestionKind::SingleChoice && right.len() > 1 {
        return Err(format!("takes one choice, but its key names {}", right.len()));
    }
    let answers = choices.into_iter().enumerate().map(|(place, choice)| choice.answer(right.contains(&place), None));
    Ok((kind, answers.collect()))
}

fn ordering(interaction: &Element, response: &Response) -> Result<(QuestionKind, Vec<AnswerContent>), String> {
    let choices = choices(interaction.named("simplechoice"), Part::Answer)?;
    let order = places(&choices, response.key.iter().map(String::as_str))?;
    let mut left: Vec<Option<Choice>> = choices.into_iter().map(Some).collect();
    let ordered: Vec<Choice> = order.iter().filter_map(|&place| left.get_mut(place)?.take()).collect();
    if ordered.len() != order.len() || left.iter().any(Option::is_some) {
        return Err("has a key that does not name every choice once".into());
    }
    Ok((QuestionKind::Ordering, ordered.into_iter().map(|choice| choice.answer(true, None)).collect()))
}

fn matching(interaction: &Element, response: &Response) -> Result<(QuestionKind, Vec<AnswerContent>), String> {
    let mut sets = interaction.named("simplematchset");
    let (Some(lefts), Some(rights), None) = (sets.next(), sets.next(), sets.next()) else {
        return Err("must have two sets to match".into());
    };
    let lefts = choices(lefts.named("simpleassociablechoice"), Part::Answer)?;
    let rights = choices(rights.named("simpleassociablechoice"), Part::Match)?;
    let pairs: Vec<(&str, &str)> = response.key.iter().map(|pair| sides(pair)).collect::<Result<_, _>>()?;
    let from = places(&lefts, pairs.iter().map(|(left, _)| *left))?;
    let to = places(&rights, pairs.iter().map(|(_, right)| *right))?;
    let partners: HashMap<usize, usize> = from.iter().copied().zip(to.iter().copied()).collect();
    if from.len() != partners.len() || partners.len() != lefts.len() {
        return Err("must match every element of the first set once".into());
    }
    let mut answers = Vec::new();
    for (place, choice) in lefts.into_iter().enumerate() {
        let Some(right) = partners.get(&place).and_then(|&right| rights.get(right)) else { continue };
        let number = number(&choice.identifier, 'L');
        let mut answer = choice.answer(true, Some(right.body.clone()));
        answer.rationale = joined(&[answer.rationale, right.rationale.clone()]);
        answers.push((number, answer));
    }
    let used: HashSet<usize> = to.into_iter().collect();
    let decoys = rights.into_iter().enumerate().filter(|(place, _)| !used.contains(place));
    answers.extend(decoys.map(|(_, Choice { identifier, body, rationale })| {
        let decoy = AnswerContent { body: String::new(), is_correct: false, rationale, match_body: Some(body) };
        (number(&identifier, 'R'), decoy)
    }));
    // The identifiers in our exports contain the positions of distractors among the pairs.
    if answers.iter().all(|(number, _)| number.is_some()) {
        answers.sort_by_key(|(number, _)| *number);
    }
    Ok((QuestionKind::Matching, answers.into_iter().map(|(_, answer)| answer).collect()))
}

/// The number after the letter of an identifier.
fn number(identifier: &str, letter: char) -> Option<u32> {
    identifier.strip_prefix(letter)?.parse().ok()
}

fn sides(pair: &str) -> Result<(&str, &str), String> {
    let mut sides = pair.split_whitespace();
    match (sides.next(), sides.next(), sides.next()) {
        (Some(left), Some(right), None) => Ok((left, right)),
        _ => Err(format!("has a key that is no pair: {:?}", short(pair))),
    }
}
