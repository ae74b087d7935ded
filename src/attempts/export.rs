//! Everything that is kept of a learner, as JSON, a few attempts at a time.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    feedback::TryReply,
    grading::Choice,
    messages::AttemptHead,
    model::{AttemptId, SlotCounts},
    queries::{self, export::Row},
    report::Report,
};
use crate::{
    auth::model::Identity,
    db::{DbConnection, types::Timestamp},
    error::Error,
    exams::model::ExamId,
    questions::model::{AnswerId, QuestionId},
    users::{
        self,
        messages::{TokenReply, UserReply},
    },
};

/// How many attempts are read at a time.
const ATTEMPTS: i64 = 10;

/// Everything that is kept of you. While you have an exam under way, what would tell the keys of its questions is left out:
/// marks and reports of this exam.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyExport {
    /// All but the attempts.
    #[serde(flatten)]
    pub head: ExportHead,
    /// Your attempts, oldest first.
    pub attempts: Vec<ExportedAttempt>,
}

/// What is kept of you beside your attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportHead {
    /// When this was asked for.
    pub exported_at: Timestamp,
    /// Your account.
    pub account: UserReply,
    /// Your sessions and your programs' tokens that are good, without their secrets.
    pub tokens: Vec<TokenReply>,
    /// What you last gave to each question.
    pub questions: Vec<ExportedQuestion>,
}

/// What you last gave to a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedQuestion {
    /// The id of its first revision.
    pub question_id: QuestionId,
    /// The code of its exam.
    pub exam: String,
    /// What your response earned, from 0 to 1; null when there was none.
    #[schema(required)]
    pub mark: Option<f64>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// When the response came in; null when there was none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
}

/// An attempt with all that was given in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedAttempt {
    /// What is told of it elsewhere.
    #[serde(flatten)]
    pub head: AttemptHead,
    /// Its slots, by position.
    pub slots: Vec<ExportedSlot>,
    /// Its report; null while there is none, or while it is held back.
    #[schema(required)]
    pub report: Option<Report>,
}

/// What was given in a slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedSlot {
    /// Its place in the form, from 1.
    pub position: i32,
    /// The question, in the revision that was shown.
    pub question_id: QuestionId,
    /// What you gave; null when nothing.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// What that earned, from 0 to 1; null while it is not told.
    #[schema(required)]
    pub mark: Option<f64>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// Answers that you ruled out.
    pub struck_out: Vec<AnswerId>,
    /// Time on it, in seconds.
    pub seconds_spent: i32,
    /// When the response came in; null when there is none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    /// How often it was changed.
    pub revision: i32,
    /// The responses after the one that counts, oldest first.
    pub tries: Vec<TryReply>,
}

/// A piece of the document, and the attempt behind which the next one begins: none behind the last piece. The first one
/// begins with all but the attempts.
pub fn piece(
    conn: &mut DbConnection,
    user: Identity,
    after: Option<AttemptId>,
    now: Timestamp,
) -> Result<(Vec<u8>, Option<AttemptId>), Error> {
    let held = queries::export::exams_under_way(conn, user.user_id, now)?;
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
    let question = |(standing, exam_id, exam): (super::model::Standing, ExamId, String)| ExportedQuestion {
        question_id: standing.line_id,
        exam,
        mark: standing.mark.filter(|_| !held.contains(&exam_id)),
        flagged: standing.flagged,
        unsure: standing.unsure,
        answered_at: standing.answered_at,
    };
    let head = ExportHead {
        exported_at: now,
        account: UserReply::from(account),
        tokens: tokens.into_iter().map(|token| TokenReply::new(token, Some(user.token_id), None)).collect(),
        questions: queries::export::standings(conn, user.user_id)?.into_iter().map(question).collect(),
    };
    let mut json = json(&head)?;
    json.pop();
    json.extend_from_slice(b",\"attempts\":[");
    Ok(json)
}

fn exported(row: Row, held: &HashSet<ExamId>) -> ExportedAttempt {
    let told = !held.contains(&row.attempt.exam_id);
    let answered = row.slots.iter().filter(|(slot, _)| slot.response.is_some()).count() as i64;
    let counts = SlotCounts { all: row.slots.len() as i64, answered };
    let slots = row.slots.into_iter().map(|(slot, tries)| ExportedSlot {
        position: slot.position,
        question_id: slot.question_id,
        response: slot.response.map(|response| response.0),
        mark: slot.mark.filter(|_| told),
        flagged: slot.flagged,
        unsure: slot.unsure,
        struck_out: slot.struck_out.0,
        seconds_spent: slot.seconds_spent,
        answered_at: slot.answered_at,
        revision: slot.revision,
        tries: tries.into_iter().filter(|_| told).map(TryReply::from).collect(),
    });
    ExportedAttempt {
        head: AttemptHead::new(&row.attempt, &row.exam, counts),
        slots: slots.collect(),
        report: row.report.filter(|_| told).map(Report::mended),
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(format!("export: {error}")))
}
