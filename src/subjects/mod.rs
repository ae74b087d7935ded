//! Subjects that questions depend on, such as a service, and their status: renamed, closed to new customers, ended.

pub mod handlers;
pub mod messages;
pub mod model;
pub mod queries;
