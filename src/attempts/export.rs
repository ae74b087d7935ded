//! The export of a learner's data, as JSON, a few attempts at a time.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    feedback::TryReply,
    messages::{AttemptHead, SlotState},
    model::{AttemptId, SlotCounts},
    queries::{self, export::Row},
    report::Report,
};
use crate::{
    auth::model::Identity,
    db::{DbConnection, day::Day, types::Timestamp},
    error::Error,
    exams::model::ExamId,
    questions::model::QuestionId,
    reviews::{self, messages::PlanSettings, model::LineRecord},
    users::{
        self,
        messages::{TokenReply, UserReply},
    },
};

/// How many attempts are read at a time.
const ATTEMPTS: i64 = 10;

/// Your account and your history as a learner. While you have an exam in progress, everything that would reveal its
/// keys is left out: the marks, tries, memories and reports of this exam.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyExport {
    /// All data except attempts.
    #[serde(flatten)]
    pub head: ExportHead,
    /// Your attempts, oldest first.
    pub attempts: Vec<ExportedAttempt>,
}

/// Your data other than attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportHead {
    /// When you requested the export.
    pub exported_at: Timestamp,
    /// Your account.
    pub account: UserReply,
    /// Your valid sessions and tokens, without their secrets.
    pub tokens: Vec<TokenReply>,
    /// Your last response to each question.
    pub questions: Vec<ExportedQuestion>,
    /// Your plans, ordered by exam.
    pub plans: Vec<PlanSettings>,
}

/// Your last response to a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedQuestion {
    /// The id of the question's first revision.
    pub question_id: QuestionId,
    /// The code of its exam.
    pub exam: String,
    /// The mark of your response, from 0 to 1. Null if there was none, and while it is withheld.
    #[schema(required)]
    pub mark: Option<f64>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// When the response was stored. Null if there was none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    /// The state of your memory of it. Null without a response, and while the mark is withheld.
    #[schema(required)]
    pub memory: Option<ExportedMemory>,
}

/// The state of a memory, as FSRS computes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedMemory {
    /// The number of days after which you recall the answer with a probability of 90 %.
    pub stability: f64,
    /// The difficulty, from 1 (easy) to 10.
    pub difficulty: f64,
    /// The day on which the question is due for review.
    pub due_on: Day,
}

/// An attempt with all your responses.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedAttempt {
    /// The fields that other operations return too.
    #[serde(flatten)]
    pub head: AttemptHead,
    /// The probability of passing that was predicted when this exam attempt began. Null if there was no prediction.
    #[schema(required)]
    pub predicted_pass_probability: Option<f64>,
    /// The slots, ordered by position.
    pub slots: Vec<ExportedSlot>,
    /// The report. Null if there is none, or while it is withheld.
    #[schema(required)]
    pub report: Option<Report>,
}

/// What you entered in a slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedSlot {
    /// The revision of the question that was shown.
    pub question_id: QuestionId,
    /// The state of the slot.
    #[serde(flatten)]
    pub state: SlotState,
    /// The mark of the response, from 0 to 1. Null until it is graded, and while it is withheld.
    #[schema(required)]
    pub mark: Option<f64>,
    /// The responses after the one that counts, oldest first. Empty while they are withheld.
    pub tries: Vec<TryReply>,
}

/// A part of the document, and the attempt after which the next part begins: none after the last part. The first part
/// contains everything but the attempts.
pub fn piece(
    conn: &mut DbConnection,
    user: Identity,
    after: Option<AttemptId>,
    now: Timestamp,
) -> Result<(Vec<u8>, Option<AttemptId>), Error> {
    let held = queries::export::exams_in_progress(conn, user.user_id, now)?;
    let mut text = match after {
        None => beginning(conn, user, &held, now)?,
        Some(_) => Vec::new(),
    };
    let rows = queries::export::page(conn, user.user_id, after, ATTEMPTS)?;
    let last = rows.last().map(|row| row.attempt.id).filter(|_| rows.len() as i64 == ATTEMPTS);
    for (index, row) in rows.into_iter().enumerate() {
        if index > 0 || after.is_some() {
            text.push(b',');
        }
        text.extend(json(&exported(row, &held))?);
    }
    if last.is_none() {
        text.extend_from_slice(b"]}");
    }
    Ok((text, last))
}

fn beginning(
    conn: &mut DbConnection,
    user: Identity,
    held: &HashSet<ExamId>,
    now: Timestamp,
) -> Result<Vec<u8>, Error> {
    let account = users::queries::find(conn, user.user_id)?.ok_or(Error::NotFound("account"))?;
    let tokens = users::queries::tokens_of(conn, user.user_id, now)?;
    let plans = reviews::queries::plans(conn, user.user_id)?;
    let memory = |record: &LineRecord| {
        let (stability, difficulty) = (record.stability?, record.difficulty?);
        Some(ExportedMemory { stability, difficulty, due_on: record.due_on? })
    };
    let question = |(record, exam_id, exam): (LineRecord, ExamId, String)| ExportedQuestion {
        question_id: record.line_id,
        exam,
        mark: record.mark.filter(|_| !held.contains(&exam_id)),
        flagged: record.flagged,
        unsure: record.unsure,
        answered_at: record.answered_at,
        memory: memory(&record).filter(|_| !held.contains(&exam_id)),
    };
    let head = ExportHead {
        exported_at: now,
        account: UserReply::from(account),
        tokens: tokens.into_iter().map(|token| TokenReply::new(token, Some(user.token_id), None)).collect(),
        questions: queries::export::records(conn, user.user_id)?.into_iter().map(question).collect(),
        plans: plans.into_iter().map(|(_, exam, plan)| PlanSettings::new(exam, &plan)).collect(),
    };
    let mut json = json(&head)?;
    json.pop();
    json.extend_from_slice(b",\"attempts\":[");
    Ok(json)
}

fn exported(row: Row, held: &HashSet<ExamId>) -> ExportedAttempt {
    let shown = !held.contains(&row.attempt.exam_id);
    let answered = row.slots.iter().filter(|(slot, _)| slot.response.is_some()).count() as i64;
    let counts = SlotCounts { all: row.slots.len() as i64, answered };
    let slots = row.slots.into_iter().map(|(slot, tries)| ExportedSlot {
        question_id: slot.question_id,
        mark: slot.mark.filter(|_| shown),
        state: SlotState::from(slot),
        tries: tries.into_iter().filter(|_| shown).map(TryReply::from).collect(),
    });
    let attempt = if shown { row.attempt } else { row.attempt.without_result() };
    ExportedAttempt {
        head: AttemptHead::new(&attempt, &row.exam, counts),
        predicted_pass_probability: row.predicted,
        slots: slots.collect(),
        report: row.report.filter(|_| shown).map(Report::mended),
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(format!("export: {error}")))
}
