//! Questions as Aiken.

use std::io::{self, Write};

use super::{ANSWER, answer_line, explains, labeled};
use crate::{
    interchange::model::{ExamHead, Export},
    markdown,
    questions::model::{Content, QuestionKind},
};

/// Writes questions as Aiken.
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a file. The format has no place for the exam.
    pub fn new(out: W, _exam: &ExamHead) -> io::Result<Self> {
        Ok(Self { out })
    }

    /// Writes a question, or returns why Aiken cannot represent it.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        match lines(&question.content) {
            Ok(lines) => writeln!(self.out, "{}\n", lines.join("\n")).map(|()| None),
            Err(reason) => Ok(Some(reason.to_owned())),
        }
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The lines of a question, or why Aiken cannot represent it.
fn lines(content: &Content) -> Result<Vec<String>, &'static str> {
    if content.kind != QuestionKind::SingleChoice {
        return Err("Aiken supports only single_choice questions");
    }
    if content.answers.len() > 26 {
        return Err("Aiken supports at most 26 answers");
    }
    let stem = one_line(&content.stem)?;
    if labeled(&stem).is_some() || answer_line(&stem).is_some_and(|(name, _)| name == ANSWER) {
        return Err(
            "in Aiken, the question would read as an answer: it begins with a letter and . or ), or with ANSWER:",
        );
    }
    if explains(&stem) {
        return Err(
            "in Aiken, the question would read as an explanation: it begins with a word such as Explanation or Feedback and a colon",
        );
    }
    let mut lines = vec![stem];
    let mut right = None;
    for (letter, answer) in ('A'..='Z').zip(&content.answers) {
        lines.push(format!("{letter}. {}", one_line(&answer.body)?));
        right = right.or(answer.is_correct.then_some(letter));
    }
    let right = right.ok_or("it has no right answer")?;
    lines.push(format!("{ANSWER}: {right}"));
    Ok(lines)
}

fn one_line(text: &str) -> Result<String, &'static str> {
    let text = markdown::to_plain(text);
    match text.trim() {
        "" => Err("Aiken does not support empty texts"),
        line if line.contains(['\n', '\r']) => Err("Aiken supports only texts of one line"),
        line => Ok(line.to_owned()),
    }
}
