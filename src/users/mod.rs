//! Users, their sessions, and the tokens of their programs.

pub mod access;
pub mod admin;
pub mod me;
pub mod messages;
pub mod model;
pub mod queries;
mod reauthentication;
pub mod sessions;
pub mod tokens;
