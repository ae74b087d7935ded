//! A question in the form that the rules examine.

use crate::{
    markdown,
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// A question with its texts as readers see them.
pub struct Item<'a> {
    /// The question.
    pub content: &'a Content,
    /// Its stem without Markdown.
    pub stem: String,
    /// The bodies of its answers without Markdown.
    pub bodies: Vec<String>,
}

impl<'a> Item<'a> {
    /// Reads the texts.
    pub fn new(content: &'a Content) -> Self {
        let bodies = content.answers.iter().map(|answer| markdown::to_plain(&answer.body)).collect();
        Self { content, stem: markdown::to_plain(&content.stem), bodies }
    }

    /// Whether there are right and wrong answers to choose from.
    pub fn is_choice(&self) -> bool {
        matches!(self.content.kind, QuestionKind::SingleChoice | QuestionKind::MultipleResponse)
    }

    /// The answers of a choice question with their indices and bodies; of any other kind none.
    pub fn choices(&self) -> impl Iterator<Item = (usize, &AnswerContent, &str)> {
        let all = self.content.answers.iter().zip(&self.bodies).enumerate();
        all.filter(|_| self.is_choice()).map(|(index, (answer, body))| (index, answer, body.as_str()))
    }

    /// The right answers of a choice question, by index and body.
    pub fn keys(&self) -> impl Iterator<Item = (usize, &str)> {
        self.choices().filter(|(_, answer, _)| answer.is_correct).map(|(index, _, body)| (index, body))
    }

    /// The wrong answers of a choice question, by index and body.
    pub fn distractors(&self) -> impl Iterator<Item = (usize, &str)> {
        self.choices().filter(|(_, answer, _)| !answer.is_correct).map(|(index, _, body)| (index, body))
    }

    /// Whether the answers are "True" and "False", or "Yes" and "No".
    pub fn is_true_or_false(&self) -> bool {
        let mut words: Vec<String> = self.bodies.iter().map(|body| body.trim().to_lowercase()).collect();
        words.sort_unstable();
        words == ["false", "true"] || words == ["no", "yes"]
    }
}

/// Where a rule found something, and what.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// A JSON Pointer into the question.
    pub pointer: String,
    /// What was found, and what to do about it.
    pub reason: String,
}

impl Finding {
    /// A finding at a pointer.
    pub fn at(pointer: &str, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), reason: reason.into() }
    }

    /// A finding in the body of an answer.
    pub fn in_body(index: usize, reason: impl Into<String>) -> Self {
        Self { pointer: format!("/answers/{index}/body"), reason: reason.into() }
    }
}

/// A complete question: answers marked with `*` are right.
#[cfg(test)]
pub fn sample(stem: &str, answers: &[&str]) -> Content {
    use crate::questions::model::Reference;
    let answer = |text: &&str| AnswerContent {
        body: text.trim_start_matches('*').into(),
        is_correct: text.starts_with('*'),
        rationale: "So.".into(),
        match_body: None,
    };
    let keys = answers.iter().filter(|text| text.starts_with('*')).count();
    Content {
        kind: if keys == 1 { QuestionKind::SingleChoice } else { QuestionKind::MultipleResponse },
        stem: stem.into(),
        explanation: "Because.".into(),
        references: vec![Reference { title: "Guide".into(), url: "https://example.org".into() }],
        tags: vec![],
        difficulty: 2,
        answers: answers.iter().map(answer).collect(),
    }
}

/// Where a rule finds something in a sample.
#[cfg(test)]
pub fn found(rule: fn(&Item) -> Vec<Finding>, stem: &str, answers: &[&str]) -> Vec<String> {
    rule(&Item::new(&sample(stem, answers))).into_iter().map(|finding| finding.pointer).collect()
}
