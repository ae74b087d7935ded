//! Drafting questions with a language model. People decide whether drafts are published.
//!
//! [`converse`] is the boundary to the models: requests and responses. Everything above it is the same for every
//! model.

pub mod bank;
pub mod bedrock;
mod brief;
pub mod cold;
pub mod converse;
pub mod desk;
pub mod events;
pub mod guards;
pub mod handlers;
mod job_desk;
mod language;
pub mod messages;
pub mod model;
pub mod models;
mod parse;
mod patience;
pub mod prompt;
pub mod queries;
mod request;
#[cfg(test)]
mod samples;
pub mod scripted;
pub mod settings;
mod shape;
mod shuffle;
pub mod statistics;
pub mod work;
pub mod writer;
