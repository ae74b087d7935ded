//! Work that takes longer than a request: a queue in the database, and the workers that share it. It knows no kind of job.
//!
//! A worker takes a job with a lease, which it renews while it works. What it stores, it stores in transactions that first
//! [`queries::hold`] the lease: of a worker that was thought dead and goes on, nothing is stored. The time is that of the
//! database, so that the clocks of servers need not agree.

pub mod model;
pub mod queries;
pub mod worker;
