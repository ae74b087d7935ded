//! Drafting questions with a language model. People decide what becomes of the drafts.
//!
//! [`converse`] is the boundary: what a model is asked, and what comes back. Everything above it is the same for every
//! model.

pub mod bedrock;
pub mod converse;
pub mod model;
pub mod models;
pub mod settings;
pub mod statistics;
pub mod writer;
