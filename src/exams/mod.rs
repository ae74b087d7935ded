//! Exams: their blueprints of weighted domains and tasks.

pub mod apportionment;
pub mod handlers;
pub mod model;
pub mod queries;
