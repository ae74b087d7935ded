//! Counts the outcomes of drafts.

use diesel::{
    dsl::{count_star, exists, not, sum},
    prelude::*,
};

use super::{Count, Fate, Key};
use crate::{
    db::{DbConnection, on_backend, types::Timestamp},
    exams::model::ExamId,
    generation::{
        model::{JOB_BUDGET, OutcomeKind},
        settings::SCRIPTED,
    },
    questions::model::{QuestionStatus, RejectionReason},
    schema::{
        domains, exams, generation_jobs, generation_outcomes, question_changes, question_drafts, questions, tasks,
    },
};

diesel::allow_columns_to_appear_in_same_group_by_clause!(
    question_drafts::model,
    question_drafts::template,
    exams::code,
    domains::number,
    tasks::code,
    question_drafts::disagreed,
    question_changes::reason,
);
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    generation_jobs::model,
    generation_outcomes::template,
    exams::code,
    generation_jobs::domain,
    generation_jobs::task,
    generation_outcomes::outcome,
    generation_outcomes::rule,
);

type KeyRow = (String, String, String, i32, Option<String>);

fn key((model, template, exam, domain, task): KeyRow) -> Key {
    Key { model, template, exam, domain, task }
}

/// Drafts of models since a time, of one exam or of all, as a boxed query that is grouped by [`Key`] and by these
/// columns.
macro_rules! drafts {
    ($exam_id:ident, $since:ident $(, $column:expr)*; $($selected:expr),+) => {{
        let mut query = question_drafts::table
            .inner_join(questions::table.inner_join(exams::table).inner_join(domains::table).left_join(tasks::table))
            .filter(not(question_drafts::scripted))
            .filter(question_drafts::created_at.ge($since))
            .group_by((
                question_drafts::model, question_drafts::template, exams::code, domains::number, tasks::code,
                $($column,)*
            ))
            .select((
                (question_drafts::model, question_drafts::template, exams::code, domains::number, tasks::code.nullable()),
                $($selected,)+
            ))
            .into_boxed();
        if let Some(id) = $exam_id {
            query = query.filter(questions::exam_id.eq(id));
        }
        query
    }};
}

/// The outcomes of all questions that were requested since a time, for one exam or for all.
pub fn counts(conn: &mut DbConnection, exam_id: Option<ExamId>, since: Option<Timestamp>) -> QueryResult<Vec<Count>> {
    let since = since.unwrap_or(Timestamp::EPOCH);
    let mut counts = Vec::new();
    counts.extend(undecided(conn, exam_id, since)?);
    counts.extend(accepted(conn, exam_id, since)?);
    counts.extend(rejected(conn, exam_id, since)?);
    counts.extend(not_drafted(conn, exam_id, since)?);
    Ok(counts)
}

fn disagreed(disagreed: bool, questions: i64) -> i64 {
    if disagreed { questions } else { 0 }
}

fn undecided(conn: &mut DbConnection, exam_id: Option<ExamId>, since: Timestamp) -> QueryResult<Vec<Count>> {
    let rows: Vec<(KeyRow, bool, i64)> = on_backend!(conn, c => drafts!(
            exam_id, since, question_drafts::disagreed; question_drafts::disagreed, count_star())
        .filter(question_drafts::accepted_at.is_null())
        .filter(questions::status.ne(QuestionStatus::Retired))
        .load(c))?;
    let count = |(row, differs, questions)| Count {
        key: key(row),
        fate: Fate::Pending,
        questions,
        disagreed: disagreed(differs, questions),
    };
    Ok(rows.into_iter().map(count).collect())
}

fn accepted(conn: &mut DbConnection, exam_id: Option<ExamId>, since: Timestamp) -> QueryResult<Vec<Count>> {
    let unmodified: Vec<(KeyRow, bool, i64)> = on_backend!(conn, c => drafts!(
            exam_id, since, question_drafts::disagreed; question_drafts::disagreed, count_star())
        .filter(question_drafts::accepted_at.is_not_null())
        .filter(question_drafts::changed.eq(0.0))
        .load(c))?;
    let edited: Vec<(KeyRow, bool, i64, Option<f64>)> = on_backend!(conn, c => drafts!(
            exam_id, since, question_drafts::disagreed;
            question_drafts::disagreed, count_star(), sum(question_drafts::changed))
        .filter(question_drafts::accepted_at.is_not_null())
        .filter(question_drafts::changed.gt(0.0))
        .load(c))?;
    let unmodified = unmodified.into_iter().map(|(row, differs, questions)| Count {
        key: key(row),
        fate: Fate::AcceptedUnmodified,
        questions,
        disagreed: disagreed(differs, questions),
    });
    let edited = edited.into_iter().map(|(row, differs, questions, changed)| Count {
        key: key(row),
        fate: Fate::AcceptedEdited(changed.unwrap_or_default()),
        questions,
        disagreed: disagreed(differs, questions),
    });
    Ok(unmodified.chain(edited).collect())
}

/// Retired drafts that were never published, with the reason given in the change of status that retired them.
fn rejected(conn: &mut DbConnection, exam_id: Option<ExamId>, since: Timestamp) -> QueryResult<Vec<Count>> {
    let later = diesel::alias!(question_changes as later);
    let is_followed = exists(
        later
            .filter(later.field(question_changes::question_id).eq(question_changes::question_id))
            .filter(later.field(question_changes::id).gt(question_changes::id)),
    );
    let rows: Vec<(KeyRow, bool, Option<RejectionReason>, i64)> = on_backend!(conn, c => {
        let mut query = question_drafts::table
            .inner_join(questions::table.inner_join(exams::table).inner_join(domains::table).left_join(tasks::table)
                .inner_join(question_changes::table))
            .filter(not(question_drafts::scripted))
            .filter(question_drafts::created_at.ge(since))
            .filter(question_drafts::accepted_at.is_null())
            .filter(questions::status.eq(QuestionStatus::Retired))
            .filter(not(is_followed))
            .group_by((
                question_drafts::model, question_drafts::template, exams::code, domains::number, tasks::code,
                question_drafts::disagreed, question_changes::reason,
            ))
            .select((
                (question_drafts::model, question_drafts::template, exams::code, domains::number, tasks::code.nullable()),
                question_drafts::disagreed, question_changes::reason, count_star(),
            ))
            .into_boxed();
        if let Some(id) = exam_id {
            query = query.filter(questions::exam_id.eq(id));
        }
        query.load(c)
    })?;
    let count = |(row, differs, reason, questions)| Count {
        key: key(row),
        fate: Fate::Rejected(reason),
        questions,
        disagreed: disagreed(differs, questions),
    };
    Ok(rows.into_iter().map(count).collect())
}

fn not_drafted(conn: &mut DbConnection, exam_id: Option<ExamId>, since: Timestamp) -> QueryResult<Vec<Count>> {
    let rows: Vec<(KeyRow, OutcomeKind, Option<String>, i64)> = on_backend!(conn, c => {
        let mut query = generation_outcomes::table
            .inner_join(generation_jobs::table.inner_join(exams::table))
            .filter(generation_jobs::model.ne(SCRIPTED))
            .filter(generation_outcomes::outcome.ne(OutcomeKind::Drafted))
            .filter(generation_outcomes::created_at.ge(since))
            // The model was not asked for these.
            .filter(generation_outcomes::rule.is_null().or(generation_outcomes::rule.ne(JOB_BUDGET)))
            .group_by((
                generation_jobs::model, generation_outcomes::template, exams::code, generation_jobs::domain,
                generation_jobs::task, generation_outcomes::outcome, generation_outcomes::rule,
            ))
            .select((
                (
                    generation_jobs::model, generation_outcomes::template, exams::code, generation_jobs::domain,
                    generation_jobs::task,
                ),
                generation_outcomes::outcome, generation_outcomes::rule, count_star(),
            ))
            .into_boxed();
        if let Some(id) = exam_id {
            query = query.filter(generation_jobs::exam_id.eq(id));
        }
        query.load(c)
    })?;
    let count = |(row, outcome, rule, questions): (KeyRow, OutcomeKind, Option<String>, i64)| Count {
        key: key(row),
        fate: match outcome {
            OutcomeKind::Duplicate => Fate::Duplicate,
            OutcomeKind::Refused | OutcomeKind::Drafted => Fate::Refused(rule.unwrap_or_default()),
        },
        questions,
        disagreed: 0,
    };
    Ok(rows.into_iter().map(count).collect())
}
