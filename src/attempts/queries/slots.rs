//! Slots of attempts.

use std::collections::HashMap;

use diesel::{
    dsl::{self, count_star, sql},
    prelude::*,
    sql_types::{Array, Bool, Integer},
};

use crate::{
    attempts::{
        grading::Choice,
        model::{AttemptId, FilledSlot, Labels, NewAttempt, NewSlot, Slot, SlotCounts},
    },
    auth::model::UserId,
    db::{
        DbConnection, on_backend, prepared,
        sql_types::{Jsonb, Uuid},
        types::{Json, Timestamp},
    },
    questions::{cache::QuestionCache, model::AnswerId},
    schema::attempt_slots,
};

/// Stores the slots of an attempt.
pub(super) fn insert(conn: &mut DbConnection, attempt: &NewAttempt, slots: &[NewSlot]) -> QueryResult<()> {
    match conn {
        // Arrays, so that the statement is the same for any number of slots.
        DbConnection::Postgres(c) => {
            let insert = sql::<Integer>(
                "INSERT INTO attempt_slots (user_id, attempt_id, position, question_id, answer_order, scored) SELECT ",
            )
            .bind::<Uuid, _>(attempt.user_id)
            .sql(", ")
            .bind::<Uuid, _>(attempt.id)
            .sql(", form.* FROM unnest(")
            .bind::<Array<Integer>, _>(slots.iter().map(|slot| slot.position).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Uuid>, _>(slots.iter().map(|slot| slot.question_id).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Jsonb>, _>(slots.iter().map(|slot| &slot.answer_order).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Bool>, _>(slots.iter().map(|slot| slot.scored).collect::<Vec<_>>())
            .sql(") AS form RETURNING position");
            prepared!(insert).load::<i32>(c)?;
        }
        DbConnection::Sqlite(c) => {
            diesel::insert_into(attempt_slots::table).values(slots).execute(c)?;
        }
    }
    Ok(())
}

/// How many slots these attempts have, and how many of them have a response.
pub(super) fn counts(
    conn: &mut DbConnection,
    user_id: UserId,
    ids: &[AttemptId],
) -> QueryResult<HashMap<AttemptId, SlotCounts>> {
    let rows: Vec<(AttemptId, i64, i64)> = on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::attempt_id.eq_any(ids))
        .group_by(attempt_slots::attempt_id)
        .select((attempt_slots::attempt_id, count_star(), dsl::count(attempt_slots::answered_at)))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, all, answered)| (id, SlotCounts { all, answered })).collect())
}

/// The slots of an attempt, by position.
pub fn slots(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Vec<Slot>> {
    on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::attempt_id.eq(id))
        .order(attempt_slots::position)
        .select(Slot::as_select())
        .load(c))
}

/// The slots of an attempt with their questions, by position.
pub fn filled_slots(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    id: AttemptId,
) -> QueryResult<Vec<FilledSlot>> {
    let slots = slots(conn, user_id, id)?;
    let questions = cache.get_all(conn, slots.iter().map(|slot| slot.question_id))?;
    let filled = |slot: Slot| Some(FilledSlot { question: questions.get(&slot.question_id)?.clone(), slot });
    Ok(slots.into_iter().filter_map(filled).collect())
}

/// A change of a slot.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = attempt_slots, treat_none_as_null = true)]
pub struct SlotChange {
    /// The response.
    pub response: Option<Json<Vec<Choice>>>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The answers that the learner ruled out.
    pub struck_out: Json<Vec<AnswerId>>,
    /// The time spent, in seconds.
    pub seconds_spent: i32,
    /// When the response came in.
    pub answered_at: Option<Timestamp>,
    /// Now. The tables of learners have no triggers on a cluster.
    pub updated_at: Timestamp,
}

impl SlotChange {
    /// Whether a slot already has this state.
    pub fn is_in(&self, slot: &Slot) -> bool {
        self.response == slot.response && self.has_labels_of(slot)
    }

    /// Whether everything but the response is as in a slot.
    pub fn has_labels_of(&self, slot: &Slot) -> bool {
        self.labels() == slot.labels() && self.struck_out == slot.struck_out
    }

    /// The flag, the unsure mark and the time.
    pub fn labels(&self) -> Labels {
        Labels { flagged: self.flagged, unsure: self.unsure, seconds_spent: self.seconds_spent }
    }
}

/// Replaces the state of a slot and returns its new revision, or `None` if the slot does not have the expected
/// revision.
///
/// The revision is compared in this statement and not read before: a value that was read while waiting for the lock of
/// the attempt may be out of date when the lock is granted.
pub fn update_slot(
    conn: &mut DbConnection,
    user_id: UserId,
    attempt_id: AttemptId,
    position: i32,
    change: &SlotChange,
    expected: Option<i32>,
) -> QueryResult<Option<i32>> {
    let slot = attempt_slots::table.find((user_id, attempt_id, position));
    let change = (change, attempt_slots::revision.eq(attempt_slots::revision + 1));
    let revisions: Vec<i32> = match expected {
        None => {
            let update = diesel::update(slot).set(change).returning(attempt_slots::revision);
            on_backend!(conn, c => prepared!(update).load(c))?
        }
        Some(revision) => {
            let slot = slot.filter(attempt_slots::revision.eq(revision));
            let update = diesel::update(slot).set(change).returning(attempt_slots::revision);
            on_backend!(conn, c => prepared!(update).load(c))?
        }
    };
    Ok(revisions.into_iter().next())
}

/// One slot of an attempt.
pub fn slot(
    conn: &mut DbConnection,
    user_id: UserId,
    attempt_id: AttemptId,
    position: i32,
) -> QueryResult<Option<Slot>> {
    let slot = attempt_slots::table.find((user_id, attempt_id, position));
    on_backend!(conn, c => slot.select(Slot::as_select()).first(c)).optional()
}
