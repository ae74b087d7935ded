//! Reviews: when each question comes back, by FSRS, and plans towards the date of an exam.

pub mod agenda;
pub mod card;
pub mod handlers;
pub mod history;
pub mod messages;
pub mod model;
pub mod outlook;
pub mod plan;
pub mod queries;
pub mod schedule;
#[cfg(test)]
mod vectors;
