//! Tripos: practice for certification exams, as a REST service.
//!
//! A request comes in through [`server`], whose `routes` name the handler. The handler takes what it needs from [`http`]:
//! a caller with a role, a body, a page. It asks `queries` for rows inside [`db::Db::read`] or [`db::Db::write`], lets pure
//! functions decide, and answers. What goes wrong is an [`error::Error`], which [`http::problem`] turns into a problem
//! document.
//!
//! | module | what is in it |
//! |---|---|
//! | [`cli`] | the commands of the program |
//! | [`server`] | composition: binding, stopping, every URL, connections, the API's description, health, periodic work |
//! | [`web`] | the pages for browsers, a client of the API like any other |
//! | [`interchange`], [`seed`] | questions in other formats; exams and questions from seed files |
//! | [`generation`], [`attempts`], [`reviews`], [`readiness`], [`questions`], [`subjects`], [`exams`], [`users`] | one folder a feature: handlers, messages, model, queries, pure logic |
//! | [`jobs`] | a queue in the database and the workers that share it |
//! | [`config`] | assembles the settings that each part declares |
//! | [`http`] | plumbing under every feature |
//! | [`auth`] | identities below HTTP: users, roles, tokens, passwords |
//! | [`telemetry`], [`aws`] | the log and the metrics registry; AWS credentials |
//! | [`db`], [`schema`] | connections, transactions, migrations, column types; the tables |
//! | [`markdown`] | the language of all texts |
//! | [`characters`], [`concurrency`], [`clock`], [`time_zone`], [`error`] | what everything may use |
//!
//! Each uses only what stands below it. Among the features: exams, subjects and users ← questions ← readiness and reviews ← attempts, and
//! questions ← generation.

pub mod attempts;
pub mod auth;
pub mod aws;
pub mod characters;
pub mod cli;
pub mod clock;
pub mod concurrency;
pub mod config;
pub mod db;
pub mod error;
pub mod exams;
pub mod generation;
pub mod http;
pub mod interchange;
pub mod jobs;
pub mod markdown;
pub mod questions;
pub mod readiness;
pub mod reviews;
#[allow(missing_docs, reason = "printed by the diesel CLI; the migrations tell what the tables are for")]
pub mod schema;
pub mod seed;
pub mod server;
pub mod subjects;
pub mod telemetry;
pub mod time_zone;
pub mod users;
pub mod web;
