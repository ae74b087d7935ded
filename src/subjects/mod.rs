//! What questions rest on, such as a service, and what has become of it: renamed, closed to new customers, ended.

pub mod handlers;
pub mod messages;
pub mod model;
pub mod queries;
