//! Lists of the bank: filters, orders, pages.

use super::served::file;
use crate::{
    db::{
        DbConnection, on_backend,
        sql_types::{Int4, Int8, Timestamptz, Uuid},
        types::{Timestamp, text_enum},
    },
    exams::model::{DomainId, ExamId, TaskId},
    jobs::model::JobId,
    questions::{
        cache::QuestionCache,
        filed::Listed,
        model::{Entry, ImportId, Origin, QuestionId, QuestionKind, QuestionStatus},
        search::{self, Term},
    },
    schema::{question_drafts, question_imports, question_search, questions},
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};

text_enum!(
    /// The order of a list of questions. A leading hyphen reverses it.
    Sort {
        /// By age, oldest first.
        Created = "created",
        /// By age, newest first.
        CreatedDown = "-created",
        /// By difficulty, easiest first.
        Difficulty = "difficulty",
        /// By difficulty, hardest first.
        DifficultyDown = "-difficulty",
        /// By the last change, oldest first.
        Updated = "updated",
        /// By the last change, newest first.
        UpdatedDown = "-updated",
    }
);

/// The filters of a list: a question must match all that are set.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this exam.
    pub exam_id: Option<ExamId>,
    /// In this domain.
    pub domain_id: Option<DomainId>,
    /// In this task.
    pub task_id: Option<TaskId>,
    /// Of this kind.
    pub kind: Option<QuestionKind>,
    /// In this status.
    pub status: Option<QuestionStatus>,
    /// With this origin.
    pub origin: Option<Origin>,
    /// The lowest difficulty.
    pub least_difficulty: Option<i32>,
    /// The highest difficulty.
    pub most_difficulty: Option<i32>,
    /// Drafted by this job.
    pub job_id: Option<JobId>,
    /// Created by this import.
    pub import_id: Option<ImportId>,
    /// With these words and tags.
    pub terms: Vec<Term>,
}

/// Applies a filter to a boxed query.
macro_rules! apply {
    ($query:ident, $filter:ident, $matches:expr) => {{
        if let Some(id) = $filter.exam_id {
            $query = $query.filter(questions::exam_id.eq(id));
        }
        if let Some(id) = $filter.domain_id {
            $query = $query.filter(questions::domain_id.eq(id));
        }
        if let Some(id) = $filter.task_id {
            $query = $query.filter(questions::task_id.eq(id));
        }
        if let Some(kind) = $filter.kind {
            $query = $query.filter(questions::kind.eq(kind));
        }
        if let Some(status) = $filter.status {
            $query = $query.filter(questions::status.eq(status));
        }
        if let Some(origin) = $filter.origin {
            $query = $query.filter(questions::origin.eq(origin));
        }
        if let Some(least) = $filter.least_difficulty {
            $query = $query.filter(questions::difficulty.ge(least));
        }
        if let Some(most) = $filter.most_difficulty {
            $query = $query.filter(questions::difficulty.le(most));
        }
        if let Some(id) = $filter.job_id {
            let drafted = question_drafts::table.filter(question_drafts::job_id.eq(id));
            $query = $query.filter(questions::id.eq_any(drafted.select(question_drafts::question_id)));
        }
        if let Some(id) = $filter.import_id {
            let imported = question_imports::table.filter(question_imports::import_id.eq(id));
            $query = $query.filter(questions::id.eq_any(imported.select(question_imports::question_id)));
        }
        match $matches {
            None => {}
            Some(Matches::Few(ids)) => $query = $query.filter(questions::id.eq_any(ids)),
            Some(Matches::Many(before, terms, after)) => {
                $query = $query.filter(sql::<Bool>(before).bind::<Text, _>(terms.as_str()).sql(after));
            }
        }
    }};
}

/// The questions that a search finds, or the condition that they meet.
enum Matches {
    /// A few questions. Databases overestimate the frequency of a rare word, and would scan the whole bank for a page.
    Few(Vec<QuestionId>),
    /// So many that the database soon finds a page of them, in any order.
    Many(&'static str, String, &'static str),
}

/// The number of questions from which on a search finds many.
const MANY: i64 = 1000;

/// The result of the search, if there are search terms.
fn matches(conn: &mut DbConnection, terms: &[Term]) -> QueryResult<Option<Matches>> {
    if terms.is_empty() {
        return Ok(None);
    }
    let (ids, many): (Vec<QuestionId>, _) = match conn {
        DbConnection::Postgres(c) => {
            let terms = search::as_tsquery(terms);
            let found = sql::<Bool>("array_to_tsvector(string_to_array(words, ' ')) @@ CAST(")
                .bind::<Text, _>(&terms)
                .sql(" AS tsquery)");
            let ids = question_search::table.filter(found).select(question_search::question_id).limit(MANY).load(c)?;
            let before = "questions.id IN (SELECT question_id FROM question_search \
                          WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(";
            (ids, Matches::Many(before, terms, " AS tsquery))"))
        }
        DbConnection::Sqlite(c) => {
            let terms = search::as_fts5(terms);
            let found = sql::<Bool>("number IN (SELECT rowid FROM question_words WHERE question_words MATCH ")
                .bind::<Text, _>(&terms)
                .sql(" LIMIT ")
                .bind::<Int8, _>(MANY)
                .sql(")");
            let ids = question_search::table.filter(found).select(question_search::question_id).load(c)?;
            let before = "questions.id IN (SELECT question_id FROM question_words AS w \
                          JOIN question_search AS s ON s.number = w.rowid WHERE question_words MATCH ";
            (ids, Matches::Many(before, terms, ")"))
        }
    };
    Ok(Some(if (ids.len() as i64) < MANY { Matches::Few(ids) } else { many }))
}

/// Orders a boxed query, starting after a position. Pairs are compared as such, so that both databases start
/// reading at the position in the index, however deep it is.
macro_rules! arrange {
    ($query:ident, $sort:ident, $after:ident) => {{
        if let Some((value, id)) = $after {
            let difficulty = value.clamp(0, 9) as i32;
            let time = Timestamp::from_microseconds(value.max(0)).unwrap_or(Timestamp::EPOCH);
            $query = match $sort {
                Sort::Created => $query.filter(questions::id.gt(id)),
                Sort::CreatedDown => $query.filter(questions::id.lt(id)),
                Sort::Difficulty => {
                    $query.filter(pair!("(questions.difficulty, questions.id) > (", Int4, difficulty, id))
                }
                Sort::DifficultyDown => {
                    $query.filter(pair!("(questions.difficulty, questions.id) < (", Int4, difficulty, id))
                }
                Sort::Updated => {
                    $query.filter(pair!("(questions.updated_at, questions.id) > (", Timestamptz, time, id))
                }
                Sort::UpdatedDown => {
                    $query.filter(pair!("(questions.updated_at, questions.id) < (", Timestamptz, time, id))
                }
            };
        }
        match $sort {
            Sort::Created => $query.order(questions::id.asc()),
            Sort::CreatedDown => $query.order(questions::id.desc()),
            Sort::Difficulty => $query.order((questions::difficulty.asc(), questions::id.asc())),
            Sort::DifficultyDown => $query.order((questions::difficulty.desc(), questions::id.desc())),
            Sort::Updated => $query.order((questions::updated_at.asc(), questions::id.asc())),
            Sort::UpdatedDown => $query.order((questions::updated_at.desc(), questions::id.desc())),
        }
    }};
}

macro_rules! pair {
    ($compared:expr, $type:ty, $value:expr, $id:expr) => {
        sql::<Bool>($compared).bind::<$type, _>($value).sql(", ").bind::<Uuid, _>($id).sql(")")
    };
}

/// The questions after a position in the order, which is the sort value and the id.
pub fn page(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    filter: &Filter,
    sort: Sort,
    after: Option<(i64, QuestionId)>,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let matches = matches(conn, &filter.terms)?;
    rows(conn, cache, filter, matches.as_ref(), sort, after, limit)
}

/// The same, with the number of all matching questions. The search runs only once.
pub fn page_and_total(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    filter: &Filter,
    sort: Sort,
    after: Option<(i64, QuestionId)>,
    limit: i64,
) -> QueryResult<(Vec<Listed>, i64)> {
    let matches = matches(conn, &filter.terms)?;
    let total = count(conn, filter, matches.as_ref())?;
    Ok((rows(conn, cache, filter, matches.as_ref(), sort, after, limit)?, total))
}

fn rows(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    filter: &Filter,
    matches: Option<&Matches>,
    sort: Sort,
    after: Option<(i64, QuestionId)>,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let newer = diesel::alias!(questions as newer);
    let found: Vec<(Entry, Option<QuestionId>)> = on_backend!(conn, c => {
        let successor = newer
            .filter(newer.field(questions::supersedes_id).eq(questions::id.nullable()))
            .select(newer.field(questions::id))
            .single_value();
        let mut query = questions::table.select((Entry::as_select(), successor)).limit(limit).into_boxed();
        apply!(query, filter, matches);
        arrange!(query, sort, after).load(c)?
    });
    file(conn, cache, found)
}

fn count(conn: &mut DbConnection, filter: &Filter, matches: Option<&Matches>) -> QueryResult<i64> {
    on_backend!(conn, c => {
        let mut query = questions::table.select(diesel::dsl::count_star()).into_boxed();
        apply!(query, filter, matches);
        query.first(c)
    })
}
