//! Migrations and seeding: applied once, reversible, the same on both databases, and safe when run concurrently.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{collections::BTreeSet, sync::Barrier};

use common::{bank, database::TestDatabase, on_both};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use serde_json::json;
use tripos::{
    db::{self, DbConnection, migrations},
    schema,
    seed::{self, Reset},
};

on_both!(
    a_file_may_change_any_of_its_questions,
    up_and_down_and_up_leaves_the_same_schema,
    the_printed_sql_makes_the_same_schema,
    two_at_once_apply_each_migration_once,
    a_migration_that_fails_leaves_nothing_and_can_be_run_again,
    a_database_that_is_ahead_is_refused_with_what_to_do,
    every_foreign_key_has_an_index,
    every_column_of_every_table_can_be_read,
    updated_at_is_updated_automatically,
    a_bank_of_an_earlier_release_is_migrated,
    known_writers_are_recorded,
    of_several_attempts_in_progress_the_newest_stays,
    earlier_responses_of_learners_are_migrated,
    seeding_keeps_changes_made_here,
    seeding_detects_wrong_counters_and_numbers,
    seeding_twice_changes_nothing,
    a_seed_that_fails_is_rolled_back_whole,
    a_reset_needs_force_once_there_are_attempts,
);

/// An empty database of the same kind as the given one.
struct Empty(TestDatabase);

impl From<TestDatabase> for Empty {
    fn from(filled: TestDatabase) -> Self {
        if filled.url.starts_with("sqlite") {
            Self(TestDatabase::empty_sqlite())
        } else {
            Self(TestDatabase::empty_postgres().expect("there is PostgreSQL"))
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The whole schema as text.
fn describe(conn: &mut DbConnection) -> BTreeSet<String> {
    let postgres = "
        SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
            || ' ' || coalesce(column_default, '') AS line
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    let sqlite = "SELECT coalesce(sql, name) AS line FROM sqlite_master";
    let lines: Vec<Line> = match conn {
        DbConnection::Postgres(c) => sql_query(postgres).load(c),
        DbConnection::Sqlite(c) => sql_query(sqlite).load(c),
    }
    .expect("the catalog");
    lines.into_iter().map(|line| line.line).collect()
}

/// Columns of foreign keys that are not the first ones of any index, primary keys and unique indexes included.
fn foreign_keys_without_index(conn: &mut DbConnection) -> Vec<Line> {
    let postgres = "
        SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint c
        WHERE contype = 'f' AND NOT EXISTS (
            SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid
            AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)";
    let sqlite = "
        SELECT m.name || '.' || f.\"from\" AS line FROM sqlite_master m, pragma_foreign_key_list(m.name) f
        WHERE m.type = 'table' AND NOT EXISTS (
            SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i
            WHERE i.name = f.\"from\" AND i.seqno <= f.seq)";
    match conn {
        DbConnection::Postgres(c) => sql_query(postgres).load(c),
        DbConnection::Sqlite(c) => sql_query(sqlite).load(c),
    }
    .expect("the catalog")
}

fn a_file_may_change_any_of_its_questions(empty: Empty) {
    let mut conn = empty.0.connect();
    migrations::run(&mut conn).unwrap();
    let mut file = bank::demo();
    let mut apply = |file: &serde_json::Value| {
        let files = [seed::parse("demo", file.to_string().as_bytes()).unwrap()];
        db::transaction(&mut conn, |conn| seed::apply(conn, &files, Reset::No)).unwrap()
    };
    apply(&file);
    // The first and the last of a domain, which gets the number of the first when that is retired; then others.
    let mut chance: u64 = 1;
    for round in 0..20 {
        let mut which = if round == 0 { 1 | 1 << 11 } else { chance >> 40 };
        for index in 0..20 {
            let question = &mut file["questions"][index];
            match (which & 1, round % 3) {
                (1, 0 | 1) => question["stem"] = json!(format!("Question {index}, as of round {round}?")),
                (1, _) if question["status"] == "retired" => question["status"] = json!("published"),
                (1, _) => question["status"] = json!("retired"),
                _ => {}
            }
            which >>= 1;
        }
        apply(&file);
        let holes =
            "(SELECT domain_id FROM questions GROUP BY domain_id HAVING max(draw_number) + 1 <> count(draw_number)) h";
        assert_eq!(empty.0.count(holes), 0, "round {round}");
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }
}

fn up_and_down_and_up_leaves_the_same_schema(empty: Empty) {
    let mut conn = empty.0.connect();
    let names = migrations::run(&mut conn).unwrap();
    assert!(names.len() >= 4 && names.is_sorted(), "{names:?}");
    assert_eq!(migrations::run(&mut conn).unwrap(), [""; 0]);
    let schema = describe(&mut conn);
    let mut reverted = migrations::revert(&mut conn, u32::MAX).unwrap();
    let left: Vec<String> =
        describe(&mut conn).into_iter().filter(|line| !line.contains("__diesel_schema_migrations")).collect();
    assert_eq!(left, [""; 0]);
    reverted.reverse();
    assert_eq!(reverted, names);
    migrations::run(&mut conn).unwrap();
    assert_eq!(describe(&mut conn), schema);
    for _ in 0..names.len() {
        migrations::revert(&mut conn, 1).unwrap();
        migrations::run(&mut conn).unwrap();
    }
    assert_eq!(describe(&mut conn), schema);
}

fn the_printed_sql_makes_the_same_schema(empty: Empty) {
    let mut conn = empty.0.connect();
    let script = migrations::pending_sql(&mut conn).unwrap();
    assert_eq!(migrations::state(&mut conn).unwrap().applied, []);
    diesel::connection::SimpleConnection::batch_execute(&mut conn, &script).unwrap();
    migrations::state(&mut conn).unwrap().require_current().unwrap();
    let by_hand = describe(&mut conn);
    assert_eq!(migrations::pending_sql(&mut conn).unwrap(), "");
    let other = Empty::from(empty.0);
    let mut conn = other.0.connect();
    migrations::run(&mut conn).unwrap();
    assert_eq!(describe(&mut conn).len(), by_hand.len());
}

fn two_at_once_apply_each_migration_once(empty: Empty) {
    const MANY: usize = 4;
    let barrier = Barrier::new(MANY);
    let applied: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MANY)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let mut conn = empty.0.connect();
                    let applied = migrations::run(&mut conn).unwrap();
                    let files = seed::bundled().unwrap();
                    db::transaction(&mut conn, |conn| seed::apply(conn, &files, Reset::No)).unwrap();
                    applied
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let different: BTreeSet<&String> = applied.iter().collect();
    assert_eq!(different.len(), applied.len(), "{applied:?}");
    migrations::state(&mut empty.0.connect()).unwrap().require_current().unwrap();
}

fn a_migration_that_fails_leaves_nothing_and_can_be_run_again(empty: Empty) {
    // An object that conflicts with a later migration, and that did not exist when the file was opened.
    let mut conn = empty.0.connect();
    empty.0.execute("CREATE TABLE questions (in_the_way integer)");
    let error = migrations::run(&mut conn).unwrap_err();
    assert!(error.to_string().contains("questions"), "{error}");
    let state = migrations::state(&mut conn).unwrap();
    assert_eq!(state.pending.first().map(String::as_str), Some("2026-11-03-000000_questions"));
    empty.0.execute("DROP TABLE questions");
    migrations::run(&mut conn).unwrap();
    migrations::state(&mut conn).unwrap().require_current().unwrap();
}

fn a_database_that_is_ahead_is_refused_with_what_to_do(database: TestDatabase) {
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let mut conn = database.connect();
    let error = migrations::state(&mut conn).unwrap().require_current().unwrap_err().to_string();
    assert!(error.contains("29990101000000") && error.contains("run a newer tripos"), "{error}");
    let error = migrations::revert(&mut conn, 1).unwrap_err().to_string();
    assert!(error.contains("29990101000000"), "{error}");
}

fn every_foreign_key_has_an_index(database: TestDatabase) {
    assert_eq!(foreign_keys_without_index(&mut database.connect()), []);
}

fn every_column_of_every_table_can_be_read(database: TestDatabase) {
    use diesel::QueryDsl;
    use tripos::db::{
        day::Day,
        types::{Json, Timestamp},
    };
    type Id = tripos::auth::model::UserId;
    type Any = Json<serde_json::Value>;
    let conn = &mut database.connect();
    sit_one(conn);
    macro_rules! read {
        ($table:ident: $row:ty) => {{
            let rows: Vec<$row> = schema::$table::table.select(schema::$table::all_columns).load(conn).unwrap();
            assert!(!rows.is_empty(), stringify!($table));
            rows.len()
        }};
    }
    database.execute(
        "INSERT INTO idempotency_keys (user_id, key_hash, fingerprint, location, body, sealed, subject_id) \
         VALUES ('00000000-0000-0000-0000-000000000000', 'key', 'print', '/', '{}', false, \
         '00000000-0000-0000-0000-000000000000')",
    );
    database.execute(
        "INSERT INTO question_changes (id, question_id, from_status, to_status) \
         SELECT id, id, 'draft', 'in_review' FROM questions",
    );
    for row in [
        "jobs (id, kind, run_after) SELECT id, 'generation', created_at FROM exams",
        "generation_jobs (job_id, exam_id, domain, question_kind, asked, language, notes, verify, model) \
         SELECT id, id, 1, 'single_choice', 1, 'en', '', true, 'model' FROM exams",
        "generation_outcomes (job_id, number, outcome, template) SELECT job_id, 1, 'refused', 'draft-1' FROM generation_jobs",
        "generation_days (day) VALUES ('2026-11-23')",
        "question_drafts (question_id, model, template, language, input_tokens, output_tokens, content, cold_answer, \
         disagreed, scripted, changed) SELECT id, 'model', 'draft-1', 'en', 1, 1, '{}', '{}', false, false, 0.5 FROM questions",
        "subjects (id, name, status, renamed_to, as_of, source) \
         VALUES ('aws:old', 'Old', 'renamed', 'New', '2026-11-23', 'https://example.org')",
        "imports (id, exam_id, format, created, superseded, changed, unchanged, skipped) \
         SELECT id, id, 'gift', 1, 0, 0, 0, 0 FROM exams",
        "question_imports (question_id, import_id) SELECT id, exam_id FROM questions",
        "import_changes (import_id, question_id) SELECT exam_id, id FROM questions",
        "question_writers (question_id, user_id) SELECT questions.id, users.id FROM questions, users",
        "slot_tries (user_id, attempt_id, position, number, response, mark) \
         SELECT user_id, attempt_id, position, 1, '[]', 0.5 FROM attempt_slots",
        "learner_questions (user_id, line_id, mark, flagged, unsure, answered_at, exam_id, stability, difficulty, due_on, gain) \
         SELECT user_id, question_id, 0.5, true, false, created_at, user_id, 2.5, 5, '2026-11-25', 0.1 FROM attempt_slots",
        "plans (user_id, exam_id, exam_date, desired_retention, exam_day_retention, reviews_per_day) \
         SELECT user_id, exam_id, '2026-12-24', 0.9, 0.95, 60 FROM attempts",
        "predictions (user_id, attempt_id, pass_probability, first_exposures) SELECT user_id, id, 0.5, 20 FROM attempts",
    ] {
        database.execute(&format!("INSERT INTO {row}"));
    }
    read!(jobs: (
        Id, String, String, Option<Id>, Option<String>, i32, Timestamp, Option<Id>, Option<Timestamp>,
        Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Timestamp, Timestamp
    ));
    read!(generation_jobs: (
        Id, Id, i32, Option<String>, String, i32, String, String, bool, String, i64, i64, i64, Timestamp, Timestamp
    ));
    read!(generation_outcomes: (
        Id, i32, String, Option<String>, Option<String>, String, Option<Id>, bool, i32, i32, Timestamp, Timestamp
    ));
    read!(generation_days: (String, i64, i64, Timestamp, Timestamp));
    read!(question_drafts: (
        Id, Option<Id>, Option<Id>, String, String, String, i32, i32, Any, Option<Any>, bool, bool, Option<Timestamp>,
        Option<f64>, Timestamp, Timestamp
    ));
    read!(imports: (Id, Option<Id>, Id, String, i32, i32, i32, i32, i32, Timestamp, Timestamp, i32));
    read!(question_imports: (Id, Id, bool, Timestamp, Timestamp));
    read!(import_changes: (Id, Id, Timestamp, Timestamp));
    read!(question_writers: (Id, Id, Timestamp, Timestamp));
    read!(idempotency_keys: (Id, Vec<u8>, Vec<u8>, String, Vec<u8>, bool, Timestamp, Timestamp, Option<Id>));
    read!(users: (
        Id, String, String, Option<String>, String, Timestamp, Timestamp, Option<Timestamp>, Option<Timestamp>, String,
        i32
    ));
    read!(tokens: (
        Id, Id, String, String, Vec<u8>, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Timestamp,
        Timestamp
    ));
    read!(exams: (
        Id, String, String, String, String, String, String, i32, i32, i32, i32, i32, i32, String, String, Timestamp,
        Timestamp, Option<Id>, String
    ));
    read!(domains: (Id, Id, i32, String, i32, i32, Timestamp, Timestamp));
    read!(tasks: (Id, Id, String, String, Timestamp, Timestamp));
    read!(questions: (
        Id, Id, Id, Option<Id>, String, String, String, Any, Any, i32, String, String, Option<String>, Option<Id>,
        Option<i32>, Timestamp, Timestamp, Option<Id>, bool, Any, Option<Day>, Any, bool, Option<Id>
    ));
    read!(subjects: (String, String, String, Option<String>, Day, String, Option<Id>, Timestamp, Timestamp));
    read!(question_search: (Id, String, Timestamp, Timestamp, bool));
    read!(question_changes: (
        Id, Id, Option<Id>, String, String, Timestamp, Timestamp, Option<String>, Option<String>
    ));
    read!(answers: (Id, Id, i32, String, bool, String, Option<String>, Timestamp, Timestamp));
    read!(attempts: (
        Id, Id, Id, String, String, i64, String, Option<i32>, Any, Timestamp, Option<Timestamp>, Option<Timestamp>,
        Option<Any>, Option<i32>, Option<bool>, Timestamp, Timestamp, bool, Option<f64>, i32, Option<Any>, Option<i32>
    ));
    read!(predictions: (Id, Id, f64, i32, Timestamp, Timestamp));
    read!(attempt_slots: (
        Id, Id, i32, Id, Any, bool, Option<Any>, Option<f64>, bool, bool, Option<Timestamp>, i32, Timestamp,
        Timestamp, i32, Any
    ));
    read!(slot_tries: (Id, Id, i32, i32, Any, f64, Timestamp, Timestamp));
    read!(learner_questions: (
        Id, Id, Option<f64>, bool, bool, Option<Timestamp>, Timestamp, Timestamp, Option<Id>, Option<f64>, Option<f64>,
        Option<Day>, Option<f64>
    ));
    read!(plans: (Id, Id, Day, f64, f64, i32, Timestamp, Timestamp));
}

fn updated_at_is_updated_automatically(database: TestDatabase) {
    use diesel::{ExpressionMethods, QueryDsl};
    use tripos::db::types::Timestamp;
    let conn = &mut database.connect();
    let long_ago = Timestamp::from_microseconds(1_000_000).unwrap();
    for (set, read) in
        [("UPDATE exams SET updated_at = '1970-01-01T00:00:01.000000Z'", true), ("UPDATE exams SET name = 'x'", false)]
    {
        diesel::connection::SimpleConnection::batch_execute(conn, set).unwrap();
        let at: Timestamp = schema::exams::table
            .filter(schema::exams::code.eq("demo"))
            .select(schema::exams::updated_at)
            .first(conn)
            .unwrap();
        // PostgreSQL's trigger updates it even if it is set explicitly.
        assert!(at > long_ago || read, "{at}");
    }
}

fn a_bank_of_an_earlier_release_is_migrated(database: TestDatabase) {
    let mut conn = database.connect();
    revert_from(&mut conn, "2026-11-06-000000_bank");
    migrations::run(&mut conn).unwrap();
    let published = database.count("questions WHERE status = 'published'");
    assert!(published >= 20);
    assert_eq!(database.count("questions WHERE frozen"), published);
    assert_eq!(database.count("question_search"), 0);
    while db::transaction(&mut conn, tripos::questions::search::fill).unwrap() > 0 {}
    assert_eq!(database.count("question_search"), published);
}

fn known_writers_are_recorded(database: TestDatabase) {
    let mut conn = database.connect();
    revert_from(&mut conn, "2026-11-29-000000_access");
    for (index, name) in ["author", "requester", "importer", "learner"].into_iter().enumerate() {
        database.execute(&format!(
            "INSERT INTO users (id, email, display_name, role) \
             VALUES ('00000000-0000-7000-8000-00000000000{index}', '{name}@example.org', '{name}', 'author')"
        ));
    }
    let user = |name: &str| format!("(SELECT id FROM users WHERE display_name = '{name}')");
    let question = "(SELECT id FROM questions WHERE external_key = 'demo-1.1-000')";
    for sql in [
        format!("UPDATE questions SET written_by = {} WHERE id = {question}", user("author")),
        format!(
            "INSERT INTO question_drafts (question_id, requested_by, model, template, language, input_tokens, \
             output_tokens, content, disagreed, scripted) \
             SELECT {question}, {}, 'model', 'draft-1', 'en', 1, 1, '{{}}', false, false",
            user("requester")
        ),
        format!(
            "INSERT INTO imports (id, user_id, exam_id, format, created, superseded, changed, unchanged, skipped) \
             SELECT id, {}, id, 'gift', 1, 0, 0, 0, 0 FROM exams",
            user("importer")
        ),
        format!(
            "INSERT INTO question_imports (question_id, import_id) SELECT id, exam_id FROM questions WHERE id = {question}"
        ),
    ] {
        database.execute(&sql);
    }
    migrations::run(&mut conn).unwrap();
    assert_eq!(database.count("question_writers"), 3);
    let known =
        "question_writers JOIN users ON users.id = user_id WHERE display_name IN ('author', 'requester', 'importer')";
    assert_eq!(database.count(known), 3);
}

fn of_several_attempts_in_progress_the_newest_stays(database: TestDatabase) {
    let mut conn = database.connect();
    sit_one(&mut conn);
    revert_from(&mut conn, "2026-11-27-000000_one_exam_at_a_time");
    // Three more attempts of the learner at this exam, of which the oldest is overdue, and one at another exam.
    for (id, exam) in [(0, "demo"), (1, "demo"), (2, "demo"), (3, "clf-c02")] {
        database.execute(&format!(
            "INSERT INTO attempts (user_id, id, exam_id, mode, status, seed, feedback, notes, started_at) \
             SELECT user_id, 'ffffffff-0000-7000-8000-00000000000{id}', \
             (SELECT id FROM exams WHERE code = '{exam}'), \
             mode, 'in_progress', seed, feedback, notes, started_at FROM attempts WHERE status = 'submitted'"
        ));
    }
    database.execute(
        "UPDATE attempts SET deadline_at = '2026-01-01T00:00:00.000000Z' WHERE CAST(id AS text) LIKE 'ffffffff%0'",
    );
    let slots = database.count("attempt_slots");
    migrations::run(&mut conn).unwrap();
    let now = tripos::clock::Clock::system().now();
    let settle = |conn: &mut DbConnection| tripos::attempts::sitting::settle_abandoned(conn, now);
    assert_eq!(db::transaction(&mut conn, settle).unwrap(), 1);
    assert_eq!(db::transaction(&mut conn, settle).unwrap(), 0);
    assert_eq!(database.count("attempts WHERE status = 'abandoned' AND CAST(id AS text) LIKE '%1'"), 1);
    assert_eq!(database.count("attempts WHERE status = 'in_progress'"), 2);
    assert_eq!(database.count("attempts WHERE status = 'submitted' AND NOT seed_chosen"), 2);
    assert_eq!((database.count("attempt_slots"), slots), (10, 10));
    revert_from(&mut conn, "2026-11-27-000000_one_exam_at_a_time");
    assert_eq!(database.count("attempts WHERE status = 'in_progress'"), 3);
    assert_eq!(database.count("attempt_slots"), slots);
}

fn earlier_responses_of_learners_are_migrated(database: TestDatabase) {
    let mut conn = database.connect();
    sit_one(&mut conn);
    database.execute(
        "UPDATE attempt_slots SET response = '[]', answered_at = '2026-01-01T00:00:00.000000Z', mark = 0.5 WHERE position = 1",
    );
    database.execute("UPDATE attempt_slots SET flagged = true WHERE position = 2");
    let mut changed = bank::demo();
    for stem in ["Changed?", "Changed again?"] {
        for question in changed["questions"].as_array_mut().unwrap() {
            question["explanation"] = json!(stem);
        }
        assert_eq!(database.seed(&changed).superseded, 20);
    }
    revert_from(&mut conn, "2026-11-29-200000_practice");
    migrations::run(&mut conn).unwrap();
    assert_eq!(database.count("attempts WHERE percent = 0"), 1);
    assert_eq!(database.count("learner_questions WHERE mark = 0.5 AND NOT flagged AND answered_at IS NOT NULL"), 1);
    assert_eq!(database.count("learner_questions WHERE mark IS NULL AND flagged"), 1);
    assert_eq!(database.count("learner_questions"), 2);
    // Three revisions of each question, all of one line.
    assert_eq!(database.count("questions WHERE line_id IS NOT NULL"), 40);
    let first = "questions first JOIN questions other ON other.line_id = first.id WHERE first.supersedes_id IS NULL";
    assert_eq!(database.count(first), 40);
}

fn seeding_keeps_changes_made_here(database: TestDatabase) {
    database.execute("UPDATE questions SET origin = 'imported' WHERE external_key = 'demo-1.1-000'");
    let mut newer = bank::demo();
    newer["questions"][0]["stem"] = json!("Changed?");
    newer["questions"][1]["stem"] = json!("Changed, too?");
    // A task with questions stays, although the file no longer has it.
    newer["exam"]["domains"][1]["tasks"][0]["code"] = json!("2.2");
    for question in newer["questions"].as_array_mut().unwrap().iter_mut().filter(|question| question["task"] == "2.1") {
        question["task"] = json!("2.2");
    }
    let summary = database.seed(&newer);
    assert_eq!((summary.kept, summary.superseded, summary.unchanged), (1, 9, 10));
    assert_eq!(database.count("tasks WHERE name = 'Two'"), 2);
}

fn seeding_detects_wrong_counters_and_numbers(database: TestDatabase) {
    let file = seed::parse("file", bank::demo().to_string().as_bytes()).unwrap();
    let seed = || {
        let conn = &mut database.connect();
        db::transaction(conn, |conn| seed::apply(conn, std::slice::from_ref(&file), Reset::No))
    };
    let second = "(SELECT d.id FROM domains d JOIN exams e ON e.id = d.exam_id WHERE e.code = 'demo' AND d.number = 2)";
    for (wrong, right) in [
        (
            format!("UPDATE domains SET published_count = 9 WHERE id = {second}"),
            format!("UPDATE domains SET published_count = 8 WHERE id = {second}"),
        ),
        (
            format!("UPDATE questions SET draw_number = 8 WHERE draw_number = 7 AND domain_id = {second}"),
            format!("UPDATE questions SET draw_number = 7 WHERE draw_number = 8 AND domain_id = {second}"),
        ),
    ] {
        database.execute(&wrong);
        let told = seed().unwrap_err().to_string();
        assert!(told.contains("demo: domain 2 has wrong draw numbers"), "{told}");
        database.execute(&right);
        assert_eq!(seed().unwrap().unchanged, 20);
    }
}

fn seeding_twice_changes_nothing(database: TestDatabase) {
    let before = dump(&mut database.connect());
    let summary = database.seed(&bank::demo());
    assert_eq!((summary.unchanged, summary.created, summary.superseded, summary.moved), (20, 0, 0, 0));
    assert_eq!(dump(&mut database.connect()), before);
}

fn a_seed_that_fails_is_rolled_back_whole(database: TestDatabase) {
    let before = dump(&mut database.connect());
    let mut renumbered = bank::demo();
    // Domain 2 becomes domain 3, although there are questions in domain 2.
    renumbered["exam"]["domains"][1]["number"] = json!(3);
    renumbered["questions"][0]["stem"] = json!("Changed?");
    let file = seed::parse("file", renumbered.to_string().as_bytes()).unwrap();
    let mut conn = database.connect();
    let outcome = db::transaction(&mut conn, |conn| seed::apply(conn, std::slice::from_ref(&file), Reset::No));
    let told = outcome.unwrap_err().to_string();
    assert!(told.contains("the domain 2: questions are filed under it (8)"), "{told}");
    assert_eq!(dump(&mut conn), before);
}

fn a_reset_needs_force_once_there_are_attempts(database: TestDatabase) {
    let mut conn = database.connect();
    let files = [seed::parse("demo", bank::demo().to_string().as_bytes()).unwrap()];
    let mut apply = |reset| db::transaction(&mut conn, |conn| seed::apply(conn, &files, reset));
    assert_eq!(apply(Reset::UnlessAttempts).unwrap().created, 20);
    sit_one(&mut database.connect());
    let told = apply(Reset::UnlessAttempts).unwrap_err().to_string();
    assert!(told.contains("1 attempt(s)") && told.contains("--force"), "{told}");
    assert_eq!(apply(Reset::No).unwrap().unchanged, 20);
    assert_eq!(apply(Reset::WithAttempts).unwrap().created, 20);
}

/// Reverts a migration and those after it.
fn revert_from(conn: &mut DbConnection, name: &str) {
    let applied = migrations::state(conn).unwrap().applied;
    let count = applied.iter().filter(|(applied, _)| applied.as_str() >= name).count();
    migrations::revert(conn, u32::try_from(count).unwrap()).unwrap();
}

/// The content of the bank, without ids and times.
fn dump(conn: &mut DbConnection) -> Vec<String> {
    let text = "
        SELECT e.code || d.number || q.external_key || q.stem || q.status || coalesce(q.draw_number, -1) || q.updated_at
            || a.position || a.body AS line
        FROM questions q JOIN domains d ON d.id = q.domain_id JOIN exams e ON e.id = q.exam_id
        JOIN answers a ON a.question_id = q.id
        ORDER BY q.id, a.position";
    let lines: Vec<Line> = match conn {
        DbConnection::Postgres(c) => sql_query(text).load(c),
        DbConnection::Sqlite(c) => sql_query(text).load(c),
    }
    .unwrap();
    assert!(lines.len() > 80);
    lines.into_iter().map(|line| line.line).collect()
}

/// A learner with a token who has taken `demo`.
fn sit_one(conn: &mut DbConnection) {
    use tripos::{
        attempts::{
            sitting::{self, Finish},
            start,
        },
        auth::{
            self,
            model::{Role, UserId},
        },
        clock::Clock,
        questions::cache::QuestionCache,
        users::{self, model::NewUser},
    };
    db::transaction(conn, |conn| {
        let user = UserId::new();
        let (email, display_name, password_hash) = ("ada@example.org", "Ada", None);
        let new = NewUser { id: user, email, display_name, password_hash, role: Role::Learner };
        users::queries::insert(conn, &new)?;
        let now = Clock::system().now();
        let (_, token) = users::tokens::issue(conn, user, "test", now, None)?;
        let hash = auth::secret::hash(&token).unwrap();
        let learner = auth::queries::find_by_token(conn, &hash, now)?.unwrap();
        let wanted = serde_json::from_value(json!({"exam": "demo", "mode": "exam"})).unwrap();
        let cache = QuestionCache::new(0);
        let attempt = start::start(conn, &cache, learner, &wanted, 0, now)?;
        sitting::finish(conn, &cache, user, attempt.head.summary.id, Finish::Now, now)?;
        Ok(())
    })
    .unwrap();
}

/// Stands in for the extension, which is not available everywhere: rejects what Citus rejects according to its manual.
const STAND_IN_FOR_CITUS: &str = "
    CREATE TABLE spread (name regclass PRIMARY KEY, by_column name, beside text);
    CREATE FUNCTION refuse(t regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal) THEN
            RAISE 'triggers are not supported on %', t;
        END IF;
        IF EXISTS (SELECT FROM pg_constraint c WHERE c.contype = 'f' AND t IN (c.conrelid, c.confrelid)
                   AND EXISTS (SELECT FROM unnest(ARRAY[c.conrelid, c.confrelid]) AS side(name)
                               WHERE name <> t AND name NOT IN (SELECT spread.name FROM spread))) THEN
            RAISE 'a foreign key between % and a table that is not spread', t;
        END IF;
    END $$;
    CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        PERFORM refuse(t);
        INSERT INTO spread VALUES (t, NULL, NULL);
    END $$;
    CREATE FUNCTION create_distributed_table(t regclass, by_column name, colocate_with text DEFAULT 'default')
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE key smallint := (SELECT attnum FROM pg_attribute WHERE attrelid = t AND attname = by_column AND attnotnull);
    BEGIN
        PERFORM refuse(t);
        IF key IS NULL THEN RAISE '% has no column % that is not null', t, by_column; END IF;
        IF EXISTS (SELECT FROM pg_index WHERE indrelid = t AND indisunique AND NOT key = ANY (indkey)) THEN
            RAISE 'a unique index of % does not contain %', t, by_column;
        END IF;
        INSERT INTO spread VALUES (t, by_column, colocate_with);
    END $$;
";

/// Foreign keys that lead away from the node of their row: to a table that is not a reference table, except
/// between co-located distributed tables, by their distribution column.
const KEYS_THAT_LEAD_AWAY: &str = "
    pg_constraint c LEFT JOIN spread here ON here.name = c.conrelid LEFT JOIN spread there ON there.name = c.confrelid
    WHERE c.contype = 'f' AND CASE
        WHEN here.name IS NULL OR there.name IS NULL THEN true
        WHEN there.by_column IS NULL THEN false
        ELSE here.beside IS DISTINCT FROM there.name::text OR NOT EXISTS (
            SELECT FROM unnest(c.conkey, c.confkey) AS pair(from_number, to_number)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.from_number
            JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.to_number
            WHERE a.attname = here.by_column AND b.attname = there.by_column) END";

#[test]
fn the_tables_can_be_distributed_over_a_cluster() {
    let Some(database) = TestDatabase::empty_postgres() else { return };
    let mut conn = database.connect();
    migrations::run(&mut conn).unwrap();
    let keys = database.count("pg_constraint WHERE contype = 'f'");
    let script = include_str!("../deploy/citus.sql");
    let extension = "CREATE EXTENSION IF NOT EXISTS citus;";
    assert!(script.contains(extension));
    database.execute(&format!("BEGIN; {}; COMMIT", script.replace(extension, STAND_IN_FOR_CITUS)));
    let tables = "pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                  AND relname NOT IN ('spread', '__diesel_schema_migrations')";
    assert_eq!(database.count("spread"), database.count(tables), "each table has its place");
    assert_eq!(database.count("spread WHERE by_column = 'user_id'"), 7);
    // Tripos still works on them.
    let files = [seed::parse("demo", bank::demo().to_string().as_bytes()).unwrap()];
    db::transaction(&mut conn, |conn| seed::apply(conn, &files, Reset::No)).unwrap();
    sit_one(&mut conn);
    assert_eq!(database.count("pg_constraint WHERE contype = 'f'"), keys, "all foreign keys came back");
    assert_eq!(database.count(KEYS_THAT_LEAD_AWAY), 0);
    // The time of a change is set without a trigger.
    assert_eq!(database.count("questions WHERE updated_at > created_at"), 0);
    let mut changed = bank::demo();
    changed["questions"][0]["status"] = json!("retired");
    let files = [seed::parse("demo", changed.to_string().as_bytes()).unwrap()];
    db::transaction(&mut conn, |conn| seed::apply(conn, &files, Reset::No)).unwrap();
    assert_eq!(database.count("questions WHERE status = 'retired' AND updated_at > created_at"), 1);
}
