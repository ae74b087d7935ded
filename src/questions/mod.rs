//! The question bank: questions with their answers, rationales and references.

pub mod handlers;
pub mod model;
pub mod queries;
pub mod validation;
