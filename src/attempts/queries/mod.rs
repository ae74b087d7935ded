//! Attempts in the database. Every query names the learner: no one finds another's rows, and on a cluster each goes to
//! one shard.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::{
    dsl::{self, count_star, exists, not, sql},
    prelude::*,
    sql_types::{Array, Bool, Integer},
};

use super::{
    grading::Choice,
    model::{
        Attempt, AttemptId, AttemptStatus, FilledSlot, Labels, Mode, NewAttempt, NewPrediction, NewSlot, Slot,
        SlotCounts,
    },
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection, locked, on_backend, on_unique_violation, prepared,
        sql_types::{Jsonb, Uuid},
        types::{Json, Timestamp},
    },
    error::Error,
    exams::model::{DomainId, ExamId},
    questions::{
        cache::QuestionCache,
        model::{AnswerId, QuestionId, QuestionStatus},
    },
    schema::{attempt_slots, attempts, exams, predictions, questions as question_rows, users},
};

pub mod export;
pub mod practice;
pub mod results;
pub mod teaching;

/// Those of these questions that the learner was served before.
pub fn served_among(conn: &mut DbConnection, user_id: UserId, ids: &[QuestionId]) -> QueryResult<HashSet<QuestionId>> {
    let found: Vec<QuestionId> = on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::question_id.eq_any(ids))
        .select(attempt_slots::question_id)
        .distinct()
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// How often the learner was served each published question of a domain, by draw number.
pub fn served(conn: &mut DbConnection, user_id: UserId, domain_id: DomainId) -> QueryResult<BTreeMap<u32, u32>> {
    let rows: Vec<(Option<i32>, i64)> = attempt_slots::table
        .inner_join(question_rows::table)
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(question_rows::domain_id.eq(domain_id))
        .filter(question_rows::draw_number.is_not_null())
        .group_by(question_rows::draw_number)
        .select((question_rows::draw_number, count_star()))
        .load(conn)?;
    let counted = |(number, times): (Option<i32>, i64)| {
        Some((u32::try_from(number?).ok()?, u32::try_from(times).unwrap_or(u32::MAX)))
    };
    Ok(rows.into_iter().filter_map(counted).collect())
}

/// The learner's own last attempt with this seed, whose form is to be had again.
pub fn find_by_seed(
    conn: &mut DbConnection,
    user_id: UserId,
    exam_id: ExamId,
    mode: Mode,
    seed: i64,
) -> QueryResult<Option<Attempt>> {
    attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .filter(attempts::mode.eq(mode))
        .filter(attempts::seed.eq(seed))
        .order(attempts::id.desc())
        .select(Attempt::as_select())
        .first(conn)
        .optional()
}

/// Those of these questions that can still be served, with their domains.
pub fn published(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<(QuestionId, DomainId)>> {
    question_rows::table
        .filter(question_rows::id.eq_any(ids))
        .filter(question_rows::status.eq(QuestionStatus::Published))
        .select((question_rows::id, question_rows::domain_id))
        .load(conn)
}

/// Stores an attempt with its slots. Another start of this learner may have been faster: it is [`Error::Contended`] then,
/// and the next run finds that attempt.
pub fn insert(conn: &mut DbConnection, attempt: &NewAttempt, slots: &[NewSlot]) -> Result<(), Error> {
    on_backend!(conn, c => diesel::insert_into(attempts::table).values(attempt).execute(c))
        .and_then(|_| insert_slots(conn, attempt, slots))
        .map_err(|error| on_unique_violation(error, Error::Contended))?;
    Ok(())
}

fn insert_slots(conn: &mut DbConnection, attempt: &NewAttempt, slots: &[NewSlot]) -> QueryResult<()> {
    match conn {
        // Arrays, so that the text is the same for any number of slots.
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

/// Stores what is predicted for an attempt that begins.
pub fn insert_prediction(conn: &mut DbConnection, prediction: &NewPrediction) -> QueryResult<()> {
    on_backend!(conn, c => diesel::insert_into(predictions::table).values(prediction).execute(c))?;
    Ok(())
}

/// One of the learner's attempts with its exam's code.
pub fn find(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Option<(Attempt, String)>> {
    on_backend!(conn, c => attempts::table
        .inner_join(exams::table)
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::id.eq(id))
        .select((Attempt::as_select(), exams::code))
        .first(c))
    .optional()
}

/// The learner's attempt at an exam that is under way.
pub fn under_way(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Option<Attempt>> {
    on_backend!(conn, c => prepared!(
        attempts::table
            .filter(attempts::user_id.eq(user_id))
            .filter(attempts::exam_id.eq(exam_id))
            // As literals: only so is the partial index of these attempts used whatever the values.
            .filter(sql::<Bool>("mode = 'exam' AND status = 'in_progress'"))
            .select(Attempt::as_select())
    )
    .get_result(c))
    .optional()
}

/// When the learner began attempts after `since` that have no response, newest first, so many at most.
pub fn unanswered_since(
    conn: &mut DbConnection,
    user_id: UserId,
    since: Timestamp,
    limit: u32,
) -> QueryResult<Vec<Timestamp>> {
    let response = attempt_slots::table
        .filter(attempt_slots::user_id.eq(attempts::user_id))
        .filter(attempt_slots::attempt_id.eq(attempts::id))
        .filter(attempt_slots::response.is_not_null());
    on_backend!(conn, c => attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::started_at.gt(since))
        .filter(not(exists(response)))
        .order(attempts::started_at.desc())
        .limit(i64::from(limit))
        .select(attempts::started_at)
        .load(c))
}

/// Which attempts of a learner are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Those at one exam.
    pub exam_id: Option<ExamId>,
    /// Those in this status.
    pub status: Option<AttemptStatus>,
    /// Those of this kind.
    pub mode: Option<Mode>,
}

/// The learner's attempts before `before`, newest first, with the codes of their exams and the counts of their slots.
pub fn page(
    conn: &mut DbConnection,
    user_id: UserId,
    filter: Filter,
    before: Option<AttemptId>,
    limit: i64,
) -> QueryResult<Vec<(Attempt, String, SlotCounts)>> {
    let mut query = attempts::table
        .inner_join(exams::table)
        .filter(attempts::user_id.eq(user_id))
        .order(attempts::id.desc())
        .limit(limit)
        .select((Attempt::as_select(), exams::code))
        .into_boxed();
    if let Some(exam_id) = filter.exam_id {
        query = query.filter(attempts::exam_id.eq(exam_id));
    }
    if let Some(status) = filter.status {
        query = query.filter(attempts::status.eq(status));
    }
    if let Some(mode) = filter.mode {
        query = query.filter(attempts::mode.eq(mode));
    }
    if let Some(before) = before {
        query = query.filter(attempts::id.lt(before));
    }
    let found: Vec<(Attempt, String)> = query.load(conn)?;
    let ids: Vec<AttemptId> = found.iter().map(|(attempt, _)| attempt.id).collect();
    let counts = slot_counts(conn, user_id, &ids)?;
    let with_counts = |(attempt, exam): (Attempt, String)| {
        let counts = counts.get(&attempt.id).copied().unwrap_or_default();
        (attempt, exam, counts)
    };
    Ok(found.into_iter().map(with_counts).collect())
}

/// How many slots these attempts have, and how many of them have a response.
fn slot_counts(
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

/// The learner's attempts that nobody submitted before their time ran out.
pub fn overdue(conn: &mut DbConnection, user_id: UserId, now: Timestamp) -> QueryResult<Vec<AttemptId>> {
    on_backend!(conn, c => attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::status.eq(AttemptStatus::InProgress))
        .filter(attempts::deadline_at.le(now))
        .select(attempts::id)
        .load(c))
}

/// Takes the row of an attempt for this transaction: who submits and who responds wait for each other here.
pub fn lock(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Option<Attempt>> {
    let attempt = || attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::id.eq(id));
    locked!(conn, attempt().select(Attempt::as_select()), for_no_key_update.first).optional()
}

/// The same, with the question of one of its slots if there is such a slot: that never changes.
pub fn lock_with_slot(
    conn: &mut DbConnection,
    user_id: UserId,
    id: AttemptId,
    position: i32,
) -> QueryResult<Option<(Attempt, Option<QuestionId>)>> {
    let slot = || attempt_slots::table.find((user_id, id, position)).select(attempt_slots::question_id);
    let attempt = || attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::id.eq(id));
    locked!(conn, attempt().select((Attempt::as_select(), slot().single_value())), for_no_key_update.first).optional()
}

/// Attempts that were abandoned after their deadline, of any learner: at run time, they would have been graded instead.
pub fn abandoned_after_deadline(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<Attempt>> {
    attempts::table
        .filter(attempts::status.eq(AttemptStatus::Abandoned))
        .filter(attempts::deadline_at.le(attempts::updated_at.nullable()))
        .limit(limit)
        .select(Attempt::as_select())
        .load(conn)
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

/// What a learner changes in a slot.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = attempt_slots, treat_none_as_null = true)]
pub struct SlotChange {
    /// What the learner gave.
    pub response: Option<Json<Vec<Choice>>>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// Answers that the learner ruled out.
    pub struck_out: Json<Vec<AnswerId>>,
    /// Time on it, in seconds.
    pub seconds_spent: i32,
    /// When the response came in.
    pub answered_at: Option<Timestamp>,
    /// Now: there are no triggers on learner tables of a cluster.
    pub updated_at: Timestamp,
}

impl SlotChange {
    /// Whether a slot says already what it is to say.
    pub fn is_in(&self, slot: &Slot) -> bool {
        self.response == slot.response && self.has_labels_of(slot)
    }

    /// Whether all but the response is as in a slot.
    pub fn has_labels_of(&self, slot: &Slot) -> bool {
        self.labels() == slot.labels() && self.struck_out == slot.struck_out
    }

    /// What the learner says beside the response.
    pub fn labels(&self) -> Labels {
        Labels { flagged: self.flagged, unsure: self.unsure, seconds_spent: self.seconds_spent }
    }
}

/// Puts a new state in place of a slot's old one, and gives the revision that it has then; `None` if the slot has another
/// revision than the expected one.
///
/// The revision is compared here and not read before: what a statement reads while it waits for the lock of the attempt
/// may be out of date when it gets it.
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

/// How much longer the learner's attempts take than those of others.
pub fn extra_time_percent(conn: &mut DbConnection, user_id: UserId) -> QueryResult<i32> {
    on_backend!(conn, c => users::table.find(user_id).select(users::extra_time_percent).first(c))
}

/// How many attempts there are, of anyone.
pub fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    attempts::table.count().get_result(conn)
}
