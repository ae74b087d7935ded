//! Cards and plans, as they are stored.

use diesel::{AsChangeset, Insertable, Queryable, Selectable};

use super::card::Memory;
use crate::{
    db::{day::Day, types::Timestamp},
    exams::model::{DomainId, ExamId, TaskId},
    questions::model::QuestionId,
    schema::{learner_questions, plans},
};

/// A learner's last response to the questions of a line, and the card that follows from it.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = learner_questions, treat_none_as_default_value = false)]
pub struct LineRecord {
    /// The line.
    pub line_id: QuestionId,
    /// The exam of the line; none if a release before reviews wrote the row.
    pub exam_id: Option<ExamId>,
    /// The mark of the response; none without a response.
    pub mark: Option<f64>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// When the response was stored.
    pub answered_at: Option<Timestamp>,
    /// The stability of the memory, in days.
    pub stability: Option<f64>,
    /// The difficulty of the memory.
    pub difficulty: Option<f64>,
    /// When the question comes back.
    pub due_on: Option<Day>,
    /// By how much a review then raises the recall on the day of the exam, where the plan has a review before it.
    pub gain: Option<f64>,
}

impl LineRecord {
    /// The flag and the unsure mark of a question without a response.
    pub fn without_response(line_id: QuestionId, exam_id: ExamId, flagged: bool, unsure: bool) -> Self {
        Self {
            line_id,
            exam_id: Some(exam_id),
            mark: None,
            flagged,
            unsure,
            answered_at: None,
            stability: None,
            difficulty: None,
            due_on: None,
            gain: None,
        }
    }

    /// The memory, if there was a response.
    pub fn memory(&self) -> Option<Memory> {
        Some(Memory::new(self.stability? as f32, self.difficulty? as f32))
    }

    /// Whether there was a response before cards existed.
    pub fn lacks_card(&self) -> bool {
        self.mark.is_some() && self.due_on.is_none()
    }

    /// Sets the memory and the due date.
    pub fn set_card(&mut self, memory: Memory, due: Due) {
        self.stability = Some(f64::from(memory.stability()));
        self.difficulty = Some(f64::from(memory.difficulty()));
        (self.due_on, self.gain) = (Some(due.on), due.gain);
    }
}

/// When a question is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    /// The day.
    pub on: Day,
    /// By how much a review then raises the recall on the day of the exam, where the plan has a review before it.
    pub gain: Option<f64>,
}

/// A learner's goals until the day of an exam.
#[derive(Debug, Clone, Copy, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plans)]
pub struct Plan {
    /// The day of the exam.
    pub exam_date: Day,
    /// The probability of recall at which a question is due.
    pub desired_retention: f64,
    /// The probability of recall on the day of the exam.
    pub exam_day_retention: f64,
    /// Reviews and first answers per day.
    pub reviews_per_day: i32,
}

/// A card whose line is published.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Card {
    /// The line.
    pub line: QuestionId,
    /// The mark of the last response.
    pub mark: Option<f64>,
    /// When it was stored.
    pub answered_at: Timestamp,
    /// The stability of the memory, in days.
    pub stability: f64,
    /// The difficulty of the memory.
    pub difficulty: f64,
    /// When the question comes back.
    pub due_on: Day,
    /// See [`Due::gain`].
    pub gain: Option<f64>,
    /// The published revision.
    pub question_id: QuestionId,
    /// The domain.
    pub domain_id: DomainId,
    /// Its task.
    pub task_id: Option<TaskId>,
}

impl Card {
    /// The memory.
    pub fn memory(&self) -> Memory {
        Memory::new(self.stability as f32, self.difficulty as f32)
    }
}
