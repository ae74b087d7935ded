//! User stories over HTTP, each against its own server and database.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod app;
mod attempts;
mod authoring;
mod bad_input;
mod cluster;
mod connections;
mod contract;
mod draft_statistics;
mod drafts;
mod examples;
mod exams;
mod generation;
mod history;
mod http;
mod idempotency;
mod imports;
mod in_progress;
mod interchange;
mod jobs;
mod kept;
mod limits;
mod names;
mod operations;
mod plain_words;
mod plans;
mod practice;
mod promises;
mod questions;
mod readiness;
mod reasons;
mod reauthentication;
mod reviews;
mod search;
mod sitting;
mod storage;
mod texts;
mod unanswered;
mod undo;
mod upkeep;
mod users;
mod web;
