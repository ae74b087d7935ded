//! The question bank: questions with their answers, rationales and references.

pub mod acceptance;
pub mod authoring;
pub mod cache;
pub mod deletion;
pub mod diff;
pub mod drafts;
pub mod filed;
pub mod handlers;
pub mod keys;
pub mod lint;
pub mod messages;
pub mod model;
pub mod normalization;
pub mod placement;
pub mod quality;
pub mod queries;
pub mod search;
pub mod similarity;
pub mod survey;
pub mod upkeep;
pub mod validation;
