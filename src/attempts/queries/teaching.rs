//! What is stored for practices with immediate feedback.

use std::collections::HashMap;

use diesel::{dsl::sql, prelude::*, sql_types::Nullable};

use crate::{
    attempts::{
        model::{Attempt, AttemptId, Slot, SlotTry},
        queries::SlotChange,
    },
    auth::model::UserId,
    db::{
        DbConnection, on_backend, prepared,
        sql_types::{Timestamptz, Uuid},
        types::Timestamp,
    },
    exams::model::ScoringPolicy,
    questions::model::QuestionId,
    schema::{attempt_slots, exams, slot_tries},
};

/// A slot of a locked attempt, the scoring policy of its exam, and the learner's exam in progress that has a question
/// of this line.
pub fn slot_to_mark(
    conn: &mut DbConnection,
    attempt: &Attempt,
    position: i32,
    line: QuestionId,
    now: Timestamp,
) -> QueryResult<Option<(Slot, ScoringPolicy, Option<AttemptId>)>> {
    let slot = attempt_slots::table.find((attempt.user_id, attempt.id, position));
    let policy = exams::table.find(attempt.exam_id).select(exams::scoring_policy).single_value().assume_not_null();
    let exam = sql::<Nullable<Uuid>>(
        "(SELECT sitting.id FROM attempts AS sitting \
          JOIN attempt_slots AS shown ON shown.user_id = sitting.user_id AND shown.attempt_id = sitting.id \
          JOIN questions AS asked ON asked.id = shown.question_id \
          WHERE sitting.mode = 'exam' AND sitting.status = 'in_progress' AND sitting.user_id = ",
    )
    .bind::<Uuid, _>(attempt.user_id)
    .sql(" AND sitting.exam_id = ")
    .bind::<Uuid, _>(attempt.exam_id)
    .sql(" AND coalesce(asked.line_id, asked.id) = ")
    .bind::<Uuid, _>(line)
    .sql(" AND (sitting.deadline_at IS NULL OR sitting.deadline_at > ")
    .bind::<Timestamptz, _>(now)
    .sql(") LIMIT 1)");
    on_backend!(conn, c => prepared!(slot.select((Slot::as_select(), policy, exam))).get_result(c)).optional()
}

/// Stores the response that counts in a slot of a locked attempt, with its mark.
pub fn answer_slot(
    conn: &mut DbConnection,
    attempt: &Attempt,
    position: i32,
    change: &SlotChange,
    mark: f64,
) -> QueryResult<()> {
    let slot = attempt_slots::table.find((attempt.user_id, attempt.id, position));
    let change = (change, attempt_slots::mark.eq(mark), attempt_slots::revision.eq(attempt_slots::revision + 1));
    let update = diesel::update(slot).set(change).returning(attempt_slots::revision);
    let _: Vec<i32> = on_backend!(conn, c => prepared!(update).load(c))?;
    Ok(())
}

/// Stores a response after the one that counts.
pub fn insert_try(conn: &mut DbConnection, new: &SlotTry) -> QueryResult<()> {
    diesel::insert_into(slot_tries::table).values(new).execute(conn)?;
    Ok(())
}

/// The responses to a slot after the one that counts, in order.
pub fn tries_of_slot(conn: &mut DbConnection, attempt: &Attempt, position: i32) -> QueryResult<Vec<SlotTry>> {
    on_backend!(conn, c => slot_tries::table
        .filter(slot_tries::user_id.eq(attempt.user_id))
        .filter(slot_tries::attempt_id.eq(attempt.id))
        .filter(slot_tries::position.eq(position))
        .order(slot_tries::number)
        .select(SlotTry::as_select())
        .load(c))
}

/// The same for the slots of these attempts.
pub fn tries(
    conn: &mut DbConnection,
    user_id: UserId,
    ids: &[AttemptId],
) -> QueryResult<HashMap<(AttemptId, i32), Vec<SlotTry>>> {
    let all: Vec<SlotTry> = on_backend!(conn, c => slot_tries::table
        .filter(slot_tries::user_id.eq(user_id))
        .filter(slot_tries::attempt_id.eq_any(ids))
        .order((slot_tries::attempt_id, slot_tries::position, slot_tries::number))
        .select(SlotTry::as_select())
        .load(c))?;
    let mut found: HashMap<_, Vec<SlotTry>> = HashMap::new();
    for one in all {
        found.entry((one.attempt_id, one.position)).or_default().push(one);
    }
    Ok(found)
}
