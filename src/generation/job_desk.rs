//! The desk of a job: its budget and the bank, in the database.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::{
    converse::Usage,
    patience::patiently,
    queries::{self, Budgets, Reserved},
    writer::{Desk, NearDuplicate, Stop},
};
use crate::{
    db::{Db, DbConnection, database_time, day::Day},
    error::Error,
    exams::model::ExamId,
    jobs::{self, model::Lease},
    questions::{
        model::Content,
        similarity::{DUPLICATE, live::Sketches},
    },
};

/// A worker's desk for one question of a job.
pub struct JobDesk<'a> {
    db: &'a Db,
    sketches: &'a Arc<Sketches>,
    lease: Lease,
    exam_id: ExamId,
    budgets: Budgets,
    /// The day whose budget the current call uses. The call may end on the next day.
    day: Mutex<Option<Day>>,
}

impl<'a> JobDesk<'a> {
    /// A desk for the job that a lease holds.
    pub fn new(db: &'a Db, sketches: &'a Arc<Sketches>, lease: Lease, exam_id: ExamId, budgets: Budgets) -> Self {
        Self { db, sketches, lease, exam_id, budgets, day: Mutex::default() }
    }
}

impl Desk for JobDesk<'_> {
    fn reserve(&self, tokens: u32) -> BoxFuture<'_, Result<(), Stop>> {
        let (lease, budgets) = (self.lease, self.budgets);
        Box::pin(async move {
            let reserve = move |conn: &mut DbConnection| {
                if jobs::queries::hold(conn, lease)?.is_none() {
                    return Ok(None);
                }
                let day = Day::of(database_time(conn)?);
                let reserved = queries::reserve(conn, lease.job_id, day, tokens.into(), budgets)?;
                Ok(Some((day, reserved)))
            };
            let (day, reserved) = patiently(|| self.db.write(reserve)).await?.ok_or(Stop::Lost)?;
            match reserved {
                Reserved::Yes => {
                    *self.day.lock().unwrap_or_else(PoisonError::into_inner) = Some(day);
                    Ok(())
                }
                Reserved::JobSpent => Err(Stop::JobBudget),
                Reserved::DaySpent => Err(Stop::DayBudget),
                Reserved::DayReserved => Err(Stop::DayReserved),
            }
        })
    }

    /// Settles even if the lease is lost, because the tokens were used.
    fn settle(&self, reserved: u32, usage: Option<Usage>) -> BoxFuture<'_, Result<(), Stop>> {
        let (id, day) = (self.lease.job_id, *self.day.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move {
            // Without a reservation, there is nothing to settle.
            let Some(day) = day else { return Ok(()) };
            let settle = move |conn: &mut DbConnection| Ok(queries::settle(conn, id, day, reserved.into(), usage)?);
            Ok(patiently(|| self.db.write(settle)).await?)
        })
    }

    fn near_duplicate<'b>(&'b self, content: &'b Content) -> BoxFuture<'b, Result<Option<NearDuplicate>, Stop>> {
        Box::pin(async move {
            let look = || async {
                let turn = self.sketches.turn().await?;
                let (sketches, exam_id, content) = (self.sketches.clone(), self.exam_id, content.clone());
                let look = move |conn: &mut DbConnection| {
                    let _turn = &turn;
                    nearest(conn, &sketches, exam_id, &content)
                };
                self.db.read(look).await
            };
            Ok(patiently(look).await?)
        })
    }
}

/// The question of an exam's bank that is most similar to this one, if it is a near-duplicate. Requires a permit.
pub fn nearest(
    conn: &mut DbConnection,
    sketches: &Sketches,
    exam_id: ExamId,
    content: &Content,
) -> Result<Option<NearDuplicate>, Error> {
    let nearest = sketches.similar(conn, exam_id, content, None)?.into_iter().next();
    Ok(nearest.filter(|nearest| nearest.similarity >= DUPLICATE).map(|nearest| NearDuplicate {
        name: nearest.id.to_string(),
        stem: nearest.stem,
        similarity: nearest.similarity,
    }))
}
