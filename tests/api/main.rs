//! Stories told over HTTP, against a real server and a real database each.

#[path = "../common/mod.rs"]
mod common;

mod app;
mod attempts;
mod bad_input;
mod exams;
mod operations;
mod questions;
