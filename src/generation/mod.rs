//! Drafting questions with a language model. People decide what becomes of the drafts.
//!
//! [`converse`] is the boundary: what a model is asked, and what comes back. Everything above it is the same for every
//! model.

pub mod cold;
pub mod converse;
pub mod desk;
pub mod guards;
mod language;
mod parse;
pub mod prompt;
#[cfg(test)]
mod samples;
pub mod scripted;
pub mod settings;
mod shape;
mod shuffle;
pub mod writer;
