//! Attacks at a size that is too slow for every run. Each test prints its figures.
//!
//! Not part of `cargo test`: `tests/attacks/run` builds the program in release and runs all of them.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod imports;
mod races;
mod texts;
