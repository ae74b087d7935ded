//! Drafting questions with a language model. People decide what becomes of the drafts.
//!
//! [`converse`] is the boundary: what a model is asked, and what comes back. Everything above it is the same for every
//! model.

pub mod bedrock;
mod brief;
pub mod converse;
pub mod events;
pub mod guards;
pub mod handlers;
mod job_desk;
pub mod messages;
pub mod model;
pub mod models;
pub mod prompt;
pub mod queries;
mod request;
pub mod settings;
pub mod work;
pub mod writer;
