//! Writes questions to a table.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use csv::{Terminator, WriterBuilder};

use super::{
    cells,
    columns::{self, ANSWERS, Column},
};
use crate::{
    interchange::model::{ExamHead, Export},
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// Writes questions as rows.
pub struct Writer<W: Write> {
    out: csv::Writer<W>,
    columns: Vec<Column>,
}

impl<W: Write> Writer<W> {
    /// Writes the header. The table has no place for the exam.
    pub fn new(out: W, _exam: &ExamHead) -> io::Result<Self> {
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
        let (names, columns): (Vec<String>, _) = columns::all().unzip();
        out.write_record(names)?;
        Ok(Self { out, columns })
    }

    /// Writes a question, or returns why the table cannot represent it.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        if let Some(reason) = misfit(&question.content) {
            return Ok(Some(reason));
        }
        for column in &self.columns {
            self.out.write_field(cells::guard(cell(question, *column)).as_bytes())?;
        }
        self.out.write_record(None::<&[u8]>)?;
        Ok(None)
    }

    /// Flushes buffered data and returns the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

fn cell(question: &Export, column: Column) -> Cow<'_, str> {
    let content = &question.content;
    let answer = |index: usize, text: fn(&AnswerContent) -> &str| content.answers.get(index).map_or("", text).into();
    match column {
        Column::Key => question.key.as_str().into(),
        Column::Kind => cells::kind_name(content.kind).into(),
        Column::Domain => question.domain.0.to_string().into(),
        Column::Task => question.task.as_ref().map_or("", |(code, _)| code).into(),
        Column::Difficulty => content.difficulty.to_string().into(),
        Column::Tags => cells::join_tags(&content.tags).into(),
        Column::Stem => content.stem.as_str().into(),
        Column::Correct => correct(content).into(),
        Column::Explanation => content.explanation.as_str().into(),
        Column::References => cells::join_references(&content.references).into(),
        Column::Answer(index) => answer(index, |answer| &answer.body),
        Column::Match(index) => answer(index, |answer| answer.match_body.as_deref().unwrap_or_default()),
        Column::Rationale(index) => answer(index, |answer| &answer.rationale),
    }
}

fn correct(content: &Content) -> String {
    if matches!(content.kind, QuestionKind::Ordering | QuestionKind::Matching) {
        return String::new();
    }
    let right = content.answers.iter().enumerate().filter(|(_, answer)| answer.is_correct);
    right.map(|(index, _)| cells::letter(index).to_string()).collect::<Vec<_>>().join(",")
}

/// Why a question would not survive a round trip.
fn misfit(content: &Content) -> Option<String> {
    let is_choice = matches!(content.kind, QuestionKind::SingleChoice | QuestionKind::MultipleResponse);
    if content.stem.trim().is_empty() {
        return Some("has no text".into());
    }
    if content.answers.len() > ANSWERS {
        return Some(format!("has more than {ANSWERS} answers"));
    }
    if is_choice && !content.answers.iter().any(|answer| answer.is_correct) {
        return Some("has no right answer".into());
    }
    let wrong = content.answers.iter().position(|answer| !fits(content.kind, answer))?;
    Some(format!("has an answer that is none of {}, number {}", cells::kind_name(content.kind), wrong + 1))
}

fn fits(kind: QuestionKind, answer: &AnswerContent) -> bool {
    let has_body = !answer.body.trim().is_empty();
    match kind {
        QuestionKind::Matching => {
            let has_match = answer.match_body.as_ref().is_some_and(|text| !text.trim().is_empty());
            has_match && has_body == answer.is_correct
        }
        QuestionKind::Ordering => has_body && answer.match_body.is_none() && answer.is_correct,
        _ => has_body && answer.match_body.is_none(),
    }
}
