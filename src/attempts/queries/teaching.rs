//! What is stored for practices with immediate feedback.

use std::collections::HashMap;

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::Nullable,
};

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
    reviews::{model::Plan, schedule::Schedule},
    schema::{attempt_slots, exams, learner_questions, plans, slot_tries, users},
    time_zone::TimeZone,
};

/// A slot of a locked attempt, and all that a response in it needs.
pub struct SlotToMark {
    /// The slot.
    pub slot: Slot,
    /// The scoring policy of the exam.
    pub policy: ScoringPolicy,
    /// The learner's exam in progress that has a question of the same line.
    pub exam: Option<AttemptId>,
    /// The learner's calendar and plan for the exam.
    pub schedule: Schedule,
    /// Whether there is a record of the line.
    pub has_record: bool,
}

/// A slot of a locked attempt with a question of this line. In one statement, because a learner waits for it.
pub fn slot_to_mark(
    conn: &mut DbConnection,
    attempt: &Attempt,
    position: i32,
    line: QuestionId,
    now: Timestamp,
) -> QueryResult<Option<SlotToMark>> {
    let of_exam = plans::user_id.eq(attempt_slots::user_id).and(plans::exam_id.eq(attempt.exam_id));
    let slot = attempt_slots::table
        .left_join(plans::table.on(of_exam))
        .filter(attempt_slots::user_id.eq(attempt.user_id))
        .filter(attempt_slots::attempt_id.eq(attempt.id))
        .filter(attempt_slots::position.eq(position));
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
    let time_zone = users::table.find(attempt.user_id).select(users::time_zone).single_value().assume_not_null();
    let record = exists(learner_questions::table.find((attempt.user_id, line)));
    type Row = (Slot, ScoringPolicy, Option<AttemptId>, String, Option<Plan>, bool);
    let found: Option<Row> = on_backend!(conn, c => prepared!(
        slot.select((Slot::as_select(), policy, exam, time_zone, Option::<Plan>::as_select(), record))
    )
    .get_result(c))
    .optional()?;
    Ok(found.map(|(slot, policy, exam, time_zone, plan, has_record)| {
        let schedule = Schedule { time_zone: TimeZone::stored(&time_zone), plan };
        SlotToMark { slot, policy, exam, schedule, has_record }
    }))
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
