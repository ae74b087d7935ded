//! How well a learner knows each domain of an exam, and the probability of passing. The reasons are in docs/scoring.md.

pub mod calibration;
pub mod estimate;
pub mod evidence;
pub mod fit;
pub mod forecast;
pub mod form;
pub mod handlers;
pub mod history;
pub mod lines;
pub mod mastery;
pub mod messages;
pub mod predictions;
pub mod queries;
pub mod record;
pub mod result;
pub mod trend;
#[cfg(test)]
mod vectors;
