//! Reviews: when each question is due, by FSRS, and plans for the date of an exam.

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
