//! The rule that nobody reads the bank by beginning attempts. A form shows its questions, so a learner who begins one attempt
//! after the other without a response to any of them does not practise.

use super::queries;
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    error::Error,
};

/// The time in which attempts are counted, in seconds.
const WINDOW: i64 = 24 * 60 * 60;

/// Refuses another attempt after so many without a response in the last 24 hours, at whatever exam and however they ended;
/// 0 for no limit.
pub fn require_responses(conn: &mut DbConnection, user_id: UserId, limit: u32, now: Timestamp) -> Result<(), Error> {
    if limit == 0 {
        return Ok(());
    }
    let begun = queries::unanswered_since(conn, user_id, now.plus_seconds(-WINDOW), limit)?;
    match begun.last() {
        // Room comes when the oldest of the last few is no longer counted.
        Some(oldest) if begun.len() >= limit as usize => {
            let seconds = WINDOW - now.seconds_since(*oldest);
            Err(Error::TooManyUnanswered { limit, seconds: u64::try_from(seconds).unwrap_or(1).max(1) })
        }
        _ => Ok(()),
    }
}
