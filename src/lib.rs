//! Tripos: practice for certification exams, as a REST service.
//!
//! The way of a request: [`routes`] names the handler, the handler extracts ([`extract`]) what it needs, asks `queries`
//! for rows inside [`db::Db::read`] or [`db::Db::write`], lets pure functions decide, and answers. What goes wrong is an
//! [`error::Error`], which [`telemetry`] turns into a problem document.
//!
//! | module | what is in it |
//! |---|---|
//! | [`cli`] | the commands of the program |
//! | [`config`] | settings, from environment variables |
//! | [`server`], [`routes`], [`app`] | the HTTP server, every URL, what handlers share |
//! | [`caller`], [`extract`], [`idempotency`], [`error`], [`conditional`] | what handlers take and give back |
//! | [`connections`] | time limits of connections, and each address's share of them |
//! | [`client`], [`limits`], [`headers`], [`audit`] | who is at the other end, how often it may ask, what it is told, what is noted |
//! | [`telemetry`], [`metrics`], [`health`], [`openapi`] | log, counts, health, the API's description |
//! | [`db`], [`schema`] | connections, transactions, migrations, column types; the tables |
//! | [`housekeeping`] | what is done now and then |
//! | [`seed`] | exams and questions from files into the database |
//! | [`interchange`], [`markdown`] | questions in other formats; the texts' own |
//! | [`exams`], [`questions`], [`attempts`], [`users`] | one folder a feature: handlers, model, queries, pure logic |
//!
//! They depend on each other in one direction: cli → server → routes → handlers → queries and pure logic → db; and among
//! the features exams ← questions ← attempts, with users as a leaf.

pub mod attempts;
pub mod auth;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod concurrency;
pub mod config;
pub mod db;
pub mod error;
pub mod exams;
pub mod http;
pub mod interchange;
pub mod markdown;
pub mod questions;
#[allow(missing_docs, reason = "printed by the diesel CLI; the migrations tell what the tables are for")]
pub mod schema;
pub mod seed;
pub mod server;
pub mod telemetry;
pub mod users;
