//! The form of a review: the questions that are due, most urgent first.

use super::{Form, PlannedSlot, StartContext, practice, selection};
use crate::{
    attempts::model::{Feedback, FeedbackTime},
    db::{DbConnection, types::Timestamp},
    error::Error,
    reviews::{history, outlook::Outlook},
};

/// The form of a review.
pub fn form(conn: &mut DbConnection, begin: &StartContext<'_>, now: Timestamp) -> Result<Form, Error> {
    let selection::Review { size, feedback, timed } = selection::of_review(begin.wanted)?;
    history::make_cards(conn, begin.user_id, now)?;
    let outlook = Outlook::read(conn, begin.user_id, begin.exam.id, begin.domains, now)?;
    let question = |question_id| PlannedSlot { question_id, scored: true, answer_order: None };
    let slots: Vec<PlannedSlot> = outlook.due().take(size).map(|card| question(card.question_id)).collect();
    if slots.is_empty() {
        let next_due_at = outlook.next_due_at().map(|at| at.to_string());
        return Err(Error::NothingDue { exam: begin.exam.code.clone(), next_due_at });
    }
    let mut notes = Vec::new();
    if slots.len() < size && begin.wanted.size.is_some() {
        notes.push(format!("Only {} of the {size} requested questions are due.", slots.len()));
    }
    let feedback = match feedback {
        FeedbackTime::Immediate => Feedback::AtOnce,
        FeedbackTime::Deferred => Feedback::AtEnd,
    };
    let seconds = timed.then(|| practice::seconds(begin, slots.len()));
    Ok(Form { slots, again: false, notes, seconds, feedback, selection: None })
}
