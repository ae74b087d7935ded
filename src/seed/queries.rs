//! Queries for seeding, in addition to those of exams and questions.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, connection::SimpleConnection};

use crate::{db::DbConnection, schema};

/// The key of the advisory lock that PostgreSQL holds while files are loaded.
const LOCK: i64 = 0x7472_6970_6f74;

/// Makes servers that start together seed one after the other. Authors wait only for the lock of each exam. On SQLite,
/// the transaction already has the write lock.
pub fn wait_for_turn(conn: &mut DbConnection) -> QueryResult<()> {
    if let DbConnection::Postgres(_) = conn {
        conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})"))?;
    }
    Ok(())
}

/// Deletes all exams and questions, the attempts at them, the jobs that drafted questions, and the imports.
pub fn clear(conn: &mut DbConnection) -> QueryResult<()> {
    diesel::delete(schema::learner_questions::table).execute(conn)?;
    diesel::delete(schema::plans::table).execute(conn)?;
    diesel::delete(schema::slot_tries::table).execute(conn)?;
    diesel::delete(schema::attempt_slots::table).execute(conn)?;
    diesel::delete(schema::attempts::table).execute(conn)?;
    diesel::delete(schema::generation_outcomes::table).execute(conn)?;
    diesel::delete(schema::generation_jobs::table).execute(conn)?;
    diesel::delete(schema::jobs::table.filter(schema::jobs::kind.eq("generation"))).execute(conn)?;
    diesel::delete(schema::question_drafts::table).execute(conn)?;
    diesel::delete(schema::question_imports::table).execute(conn)?;
    diesel::delete(schema::import_changes::table).execute(conn)?;
    diesel::delete(schema::imports::table).execute(conn)?;
    diesel::delete(schema::answers::table).execute(conn)?;
    diesel::delete(schema::questions::table).execute(conn)?;
    diesel::delete(schema::tasks::table).execute(conn)?;
    diesel::delete(schema::domains::table).execute(conn)?;
    diesel::delete(schema::exams::table).execute(conn)?;
    Ok(())
}
