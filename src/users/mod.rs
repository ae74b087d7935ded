//! Users, their sessions, and the tokens of their programs.

pub mod admin;
pub mod me;
pub mod messages;
pub mod model;
pub mod passwords;
pub mod queries;
pub mod recent;
pub mod secret;
pub mod sessions;
pub mod tokens;
