//! Exams: their blueprints of weighted domains and tasks.

pub mod apportionment;
pub mod authoring;
mod blueprint;
pub mod handlers;
pub mod messages;
pub mod model;
pub mod queries;
pub mod scale;

pub use blueprint::{Blueprint, domain_list};
