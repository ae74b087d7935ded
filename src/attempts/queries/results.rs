//! Results of attempts.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    attempts::{
        model::{AttemptId, AttemptStatus},
        report::Report,
    },
    auth::model::UserId,
    db::{
        DbConnection, on_backend, prepared,
        types::{Json, Timestamp},
    },
    schema::{attempt_slots, attempts},
};

/// The stored report of a submitted attempt.
pub fn report(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Option<Report>> {
    let stored: Option<Option<Json<Report>>> = on_backend!(conn, c => attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::id.eq(id))
        .select(attempts::report)
        .first(c))
    .optional()?;
    Ok(stored.flatten().map(|report| report.0.mended()))
}

/// Stores the result of an attempt: its report, and the mark of each slot.
pub fn store_result(conn: &mut DbConnection, user_id: UserId, report: &Report, now: Timestamp) -> QueryResult<()> {
    // One statement for each distinct mark: two under the all-or-nothing policy.
    let mut by_mark: BTreeMap<u64, Vec<i32>> = BTreeMap::new();
    for slot in &report.slots {
        by_mark.entry(slot.mark.to_bits()).or_default().push(slot.position);
    }
    for (mark, positions) in by_mark {
        let slots = || attempt_slots::table.filter(attempt_slots::user_id.eq(user_id));
        let slots = || slots().filter(attempt_slots::attempt_id.eq(report.attempt_id));
        let marked = (attempt_slots::mark.eq(f64::from_bits(mark)), attempt_slots::updated_at.eq(now));
        match conn {
            DbConnection::Postgres(c) => {
                let slots = slots().filter(attempt_slots::position.eq_any(positions));
                let update = diesel::update(slots).set(marked).returning(attempt_slots::position);
                prepared!(update).load::<i32>(c)?;
            }
            DbConnection::Sqlite(c) => {
                let slots = slots().filter(attempt_slots::position.eq_any(positions));
                diesel::update(slots).set(marked).execute(c)?;
            }
        }
    }
    let attempt = attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::id.eq(report.attempt_id));
    let result = (
        attempts::status.eq(AttemptStatus::Submitted),
        attempts::submitted_at.eq(report.submitted_at),
        attempts::report.eq(Json(report)),
        attempts::scaled_score.eq(report.score.scaled_estimate),
        attempts::passed.eq(report.score.passed),
        attempts::percent.eq(report.score.percent),
        attempts::updated_at.eq(now),
    );
    let update = diesel::update(attempt).set(result).returning(attempts::id);
    let _: Vec<AttemptId> = on_backend!(conn, c => prepared!(update).load(c))?;
    Ok(())
}

/// Ends an attempt without a result.
pub fn abandon(conn: &mut DbConnection, user_id: UserId, id: AttemptId, now: Timestamp) -> QueryResult<()> {
    diesel::update(attempts::table)
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::id.eq(id))
        .set((attempts::status.eq(AttemptStatus::Abandoned), attempts::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}
