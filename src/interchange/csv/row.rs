//! Converts a row to a question.

use csv::StringRecord;

use super::{
    cells,
    columns::{ANSWERS, Column},
};
use crate::{
    interchange::{
        bounds::{self, Part},
        labels::DEFAULT_DIFFICULTY,
        lines::first_words,
        model::Item,
        notes,
    },
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// The note on a single tag that contains a comma.
const ONE_TAG: &str = "`tags` is one tag with a comma: separate tags with `;` or `|`";

/// The cells of a row. Cells of missing columns are empty.
#[derive(Default)]
pub(super) struct Row<'r> {
    key: &'r str,
    kind: &'r str,
    domain: &'r str,
    task: &'r str,
    difficulty: &'r str,
    tags: &'r str,
    stem: &'r str,
    correct: &'r str,
    explanation: &'r str,
    references: &'r str,
    parts: [AnswerCells<'r>; ANSWERS],
}

/// The cells of one answer.
#[derive(Default)]
struct AnswerCells<'r> {
    answer: &'r str,
    matched: &'r str,
    rationale: &'r str,
}

impl<'r> Row<'r> {
    /// The cells of a record under a header.
    pub(super) fn new(header: &[Option<Column>], record: &'r StringRecord) -> Self {
        let mut row = Self::default();
        for (column, cell) in header.iter().zip(record) {
            if let Some(place) = column.and_then(|column| row.cell(column)) {
                *place = cells::unguard(cell);
            }
        }
        row
    }

    fn cell(&mut self, column: Column) -> Option<&mut &'r str> {
        Some(match column {
            Column::Key => &mut self.key,
            Column::Kind => &mut self.kind,
            Column::Domain => &mut self.domain,
            Column::Task => &mut self.task,
            Column::Difficulty => &mut self.difficulty,
            Column::Tags => &mut self.tags,
            Column::Stem => &mut self.stem,
            Column::Correct => &mut self.correct,
            Column::Explanation => &mut self.explanation,
            Column::References => &mut self.references,
            Column::Answer(index) => &mut self.parts.get_mut(index)?.answer,
            Column::Match(index) => &mut self.parts.get_mut(index)?.matched,
            Column::Rationale(index) => &mut self.parts.get_mut(index)?.rationale,
        })
    }

    /// The first words of the question's first line, or else its key.
    pub(super) fn name(&self) -> String {
        let stem = bounds::beginning(self.stem);
        let line = stem.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or(self.key.trim());
        first_words(line)
    }

    /// The question, or why it is invalid.
    pub(super) fn item(&self) -> Result<Item, String> {
        if is_blank(self.stem) {
            return Err("`stem` is empty".into());
        }
        let (kind, correct) = self.kind_and_correct()?;
        self.check_numbers(&correct)?;
        let content = Content {
            kind,
            stem: bounds::cell(Part::Stem, self.stem)?,
            explanation: bounds::cell(Part::Explanation, self.explanation)?,
            references: cells::split_references(self.references)?,
            tags: cells::split_tags(self.tags),
            difficulty: self.difficulty()?,
            answers: self.answers(kind, &correct)?,
        };
        let domain = filled(self.domain).map(|name| format!("domain:{name}"));
        let task = filled(self.task).map(|code| format!("task:{code}"));
        let category = domain.into_iter().chain(task).collect();
        let answers = self.parts.iter().flat_map(|part| [part.answer, part.matched, part.rationale]);
        let notes = notes::of_texts([self.stem, self.explanation].into_iter().chain(answers));
        let one_tag = matches!(&content.tags[..], [tag] if tag.contains(',')).then(|| ONE_TAG.to_owned());
        let notes = notes.chain(one_tag).collect();
        Ok(Item { key: filled(self.key), title: None, category, content, upkeep: None, notes })
    }

    fn kind_and_correct(&self) -> Result<(QuestionKind, Vec<usize>), String> {
        use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
        let correct = cells::named_answers(self.correct)?;
        let kind = match self.kind.trim() {
            "" if correct.len() > 1 => MultipleResponse,
            "" => SingleChoice,
            name => cells::kind(name)?,
        };
        match kind {
            SingleChoice | MultipleResponse if correct.is_empty() => {
                Err("`correct` is empty: name the right answers, such as `B` or `A,C`".into())
            }
            Ordering if !correct.is_empty() => {
                Err("`correct` must be empty for ordering: write the answers in the right order".into())
            }
            Matching if !correct.is_empty() => {
                Err("`correct` must be empty for matching: write what belongs to answer_N in match_N".into())
            }
            _ => Ok((kind, correct)),
        }
    }

    /// A number in `correct` is the number of an answer. It is ambiguous if it is also the text of another answer.
    fn check_numbers(&self, correct: &[usize]) -> Result<(), String> {
        for (name, index) in cells::names(self.correct).zip(correct) {
            let mut answers = self.parts.iter().map(|part| part.answer.trim());
            let meant = answers.position(|answer| answer == name).filter(|meant| meant != index);
            if let (true, Some(meant)) = (name.bytes().all(|byte| byte.is_ascii_digit()), meant) {
                let (one, other) = (cells::letter(*index), cells::letter(meant));
                return Err(format!(
                    "`correct` is {name}, the number of answer {one} and the text of answer {other}: write the letter"
                ));
            }
        }
        Ok(())
    }

    fn difficulty(&self) -> Result<i32, String> {
        match self.difficulty.trim() {
            "" => Ok(DEFAULT_DIFFICULTY),
            number => match number.parse() {
                Ok(number @ 1..=5) => Ok(number),
                _ => Err(format!("`difficulty` is {}: it must be from 1 to 5", cells::quoted(number))),
            },
        }
    }

    fn answers(&self, kind: QuestionKind, correct: &[usize]) -> Result<Vec<AnswerContent>, String> {
        let mut answers = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            let is_named = correct.contains(&index);
            if is_named && is_blank(part.answer) {
                return Err(format!("`correct` names {}, but answer_{} is empty", cells::letter(index), index + 1));
            }
            if !part.is_blank() {
                part.check(kind, index + 1)?;
                answers.push(part.content(kind, is_named, index + 1)?);
            }
        }
        Ok(answers)
    }
}

impl AnswerCells<'_> {
    fn is_blank(&self) -> bool {
        [self.answer, self.matched, self.rationale].into_iter().all(is_blank)
    }

    fn check(&self, kind: QuestionKind, number: usize) -> Result<(), String> {
        let is_matching = kind == QuestionKind::Matching;
        if is_matching && is_blank(self.matched) {
            return Err(format!("match_{number} is empty: a matching question needs it for each answer or rationale"));
        }
        if !is_matching && !is_blank(self.matched) {
            let kind = cells::kind_name(kind);
            return Err(format!("match_{number} belongs to matching questions, and this is {kind}: set `kind`"));
        }
        if !is_matching && is_blank(self.answer) {
            return Err(format!("rationale_{number} has no answer_{number}"));
        }
        Ok(())
    }

    fn content(&self, kind: QuestionKind, is_named: bool, number: usize) -> Result<AnswerContent, String> {
        let is_correct = match kind {
            QuestionKind::SingleChoice | QuestionKind::MultipleResponse => is_named,
            QuestionKind::Ordering => true,
            QuestionKind::Matching => !is_blank(self.answer),
        };
        let matched = (kind == QuestionKind::Matching).then(|| bounds::cell(Part::Match(number), self.matched));
        Ok(AnswerContent {
            body: bounds::cell(Part::Answer(number), self.answer)?,
            is_correct,
            rationale: bounds::cell(Part::Rationale(number), self.rationale)?,
            match_body: matched.transpose()?,
        })
    }
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

fn filled(cell: &str) -> Option<String> {
    Some(cell.trim()).filter(|cell| !cell.is_empty()).map(str::to_owned)
}
