//! Work that takes longer than a request: a queue in the database, and the workers that share it. Independent of the
//! kinds of jobs.
//!
//! A worker takes a job with a lease, which it renews while it works. All its writes of results are in transactions
//! that first [`queries::hold`] the lease. So a worker that has lost its lease stores no results. All times are the
//! database's, so the clocks of servers need not agree.

pub mod model;
pub mod queries;
pub mod worker;
