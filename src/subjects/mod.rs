//! Subjects that questions depend on, such as a service, and their status: current, renamed, closed or ended.

pub mod handlers;
pub mod messages;
pub mod model;
pub mod queries;
