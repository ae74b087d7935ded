//! Users, their roles and the tokens of their programs.

pub mod model;
pub mod queries;
pub mod secret;
