//! A question without its key, and a model's answer to it.

use rand::{Rng, seq::SliceRandom};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    characters::plain,
    questions::{
        drafts::ColdAnswer,
        model::{Content, QuestionKind},
    },
};

/// The longest comment that is kept, in characters.
const COMMENT_LIMIT: usize = 1000;

/// A question as it is sent to the model. The type has no field for a key, rationales, an explanation or references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unkeyed {
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// The answers to choose, to order or to match, in random order.
    pub answers: Vec<Choice>,
    /// For `matching`: the right-hand side, in an order of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<Choice>,
}

/// A text with a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `A`, `B`, `C` for answers; `1`, `2`, `3` for the right-hand side.
    pub label: String,
    /// The text.
    pub text: String,
}

impl Unkeyed {
    /// Removes the key of a question. The written order of a draft reveals the key of `ordering` and `matching`, so
    /// everything is shuffled.
    pub fn new(content: &Content, rng: &mut impl Rng) -> Self {
        let is_matching = content.kind == QuestionKind::Matching;
        let left = content.answers.iter().filter(|answer| answer.is_correct || !is_matching);
        let mut answers: Vec<&str> = left.map(|answer| answer.body.as_str()).collect();
        answers.shuffle(rng);
        let mut matches: Vec<&str> = content.answers.iter().filter_map(|answer| answer.match_body.as_deref()).collect();
        matches.sort_unstable();
        matches.dedup();
        matches.shuffle(rng);
        let letter = |index: usize| char::from(b'A' + u8::try_from(index % 26).unwrap_or_default()).to_string();
        Self {
            kind: content.kind,
            stem: content.stem.clone(),
            answers: labeled(&answers, letter),
            matches: labeled(&matches, |index| (index + 1).to_string()),
        }
    }

    /// Parses a model's answer. `None` unless it consists of labels of this question, each at most once.
    pub fn read(&self, input: &Value) -> Option<Answered> {
        let text = |choices: &[Choice], label: &Value| -> Option<String> {
            let label = label.as_str()?;
            choices.iter().find(|choice| choice.label == label).map(|choice| choice.text.clone())
        };
        let chosen: Option<Vec<_>> = if self.kind == QuestionKind::Matching {
            let pair = |pair: &Value| {
                Some((text(&self.answers, pair.get("answer")?)?, Some(text(&self.matches, pair.get("match")?)?)))
            };
            input.get("pairs")?.as_array()?.iter().map(pair).collect()
        } else {
            let label = |label: &Value| Some((text(&self.answers, label)?, None));
            input.get("labels")?.as_array()?.iter().map(label).collect()
        };
        let chosen = chosen.filter(|chosen| !chosen.is_empty())?;
        let mut bodies: Vec<&str> = chosen.iter().map(|(body, _)| body.as_str()).collect();
        bodies.sort_unstable();
        let is_distinct = bodies.is_sorted_by(|a, b| a < b);
        let comment = input.get("comment").and_then(Value::as_str).unwrap_or_default();
        is_distinct.then(|| Answered { chosen, comment: plain(comment, COMMENT_LIMIT) })
    }
}

fn labeled(texts: &[&str], label: impl Fn(usize) -> String) -> Vec<Choice> {
    texts.iter().enumerate().map(|(index, text)| Choice { label: label(index), text: (*text).to_owned() }).collect()
}

/// A model's answer, as texts, with what it matched to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    chosen: Vec<(String, Option<String>)>,
    comment: String,
}

impl Answered {
    /// Whether it equals the key of a question.
    pub fn is_key(&self, content: &Content) -> bool {
        let right = content.answers.iter().filter(|answer| answer.is_correct);
        let mut key: Vec<_> = right.map(|answer| (answer.body.clone(), answer.match_body.clone())).collect();
        let mut chosen = self.chosen.clone();
        if content.kind != QuestionKind::Ordering {
            key.sort_unstable();
            chosen.sort_unstable();
        }
        key == chosen
    }
}

impl From<Answered> for ColdAnswer {
    fn from(answered: Answered) -> Self {
        let told = |(body, matched): (String, Option<String>)| match matched {
            Some(matched) => format!("{body} → {matched}"),
            None => body,
        };
        Self { answers: answered.chosen.into_iter().map(told).collect(), comment: answered.comment }
    }
}

#[cfg(test)]
mod tests;
