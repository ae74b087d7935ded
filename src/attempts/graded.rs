//! A response that counts and has its mark: one event, in the transaction that stores the mark. What follows from it for the
//! learner is called here.

use super::{
    model::{FilledSlot, Labels, Standing},
    queries::teaching,
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    error::Error,
    questions::model::QuestionId,
};

/// The first response of a learner in a slot, with its mark. There is one for each slot that was answered: where the learner
/// is told at once, when the response comes in, and otherwise when the attempt is submitted.
#[derive(Debug, Clone)]
pub struct Graded {
    /// The line of the question.
    pub line: QuestionId,
    /// What the response earned, from 0 to 1.
    pub mark: f64,
    /// When it was stored.
    pub at: Timestamp,
    /// What else the learner said of it.
    pub slot: Labels,
}

/// Takes note of responses, each to a question of another line.
pub fn record(conn: &mut DbConnection, user_id: UserId, graded: &[Graded], now: Timestamp) -> Result<(), Error> {
    let standing = |one: &Graded| Standing {
        line_id: one.line,
        mark: Some(one.mark),
        flagged: one.slot.flagged,
        unsure: one.slot.unsure,
        answered_at: Some(one.at),
    };
    let standings: Vec<Standing> = graded.iter().map(standing).collect();
    Ok(teaching::put_standings(conn, user_id, &standings, now)?)
}

/// Takes note of the slots of an attempt that is being graded, with their marks: responses that had none before, and
/// questions that are flagged and have no response.
pub fn record_attempt(
    conn: &mut DbConnection,
    user_id: UserId,
    slots: &[FilledSlot],
    marks: impl IntoIterator<Item = f64>,
    now: Timestamp,
) -> Result<(), Error> {
    let new = || slots.iter().filter(|filled| filled.slot.mark.is_none());
    let flagged = new().filter(|filled| filled.slot.flagged && !filled.is_answered()).map(|filled| Standing {
        line_id: filled.question.line,
        mark: None,
        flagged: true,
        unsure: filled.slot.unsure,
        answered_at: None,
    });
    let flagged: Vec<Standing> = flagged.collect();
    let graded =
        slots.iter().zip(marks).filter(|(filled, _)| filled.slot.mark.is_none()).filter_map(|(filled, mark)| {
            Some(Graded { line: filled.question.line, mark, at: filled.slot.answered_at?, slot: filled.slot.labels() })
        });
    let mut graded: Vec<Graded> = graded.collect();
    // Two attempts that end at once wait for each other's rows in this order.
    graded.sort_unstable_by_key(|one| one.line);
    record(conn, user_id, &graded, now)?;
    Ok(teaching::put_standings(conn, user_id, &flagged, now)?)
}
