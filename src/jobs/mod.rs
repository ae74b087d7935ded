//! Work that takes longer than a request: a queue in the database, and the workers that share it. It knows no kind of job.

pub mod model;
