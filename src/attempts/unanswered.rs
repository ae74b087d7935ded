//! The limit that keeps learners from reading the bank by beginning attempts. A form shows its questions, so a learner
//! can begin only a limited number of attempts without a single response.

use super::queries;
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    error::Error,
};

/// The period in which attempts are counted, in seconds.
const WINDOW: i64 = 24 * 60 * 60;

/// Rejects a new attempt if the learner began `limit` attempts without a response in the last 24 hours, at any exam and
/// however they ended. 0 means no limit.
pub fn require_responses(conn: &mut DbConnection, user_id: UserId, limit: u32, now: Timestamp) -> Result<(), Error> {
    if limit == 0 {
        return Ok(());
    }
    let begun = queries::unanswered_since(conn, user_id, now.plus_seconds(-WINDOW), limit)?;
    match begun.last() {
        // The next attempt is possible when the oldest of these is no longer counted.
        Some(oldest) if begun.len() >= limit as usize => {
            let seconds = WINDOW - now.seconds_since(*oldest);
            Err(Error::TooManyUnanswered { limit, seconds: u64::try_from(seconds).unwrap_or(1).max(1) })
        }
        _ => Ok(()),
    }
}
