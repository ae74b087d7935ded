//! Identity, below HTTP: users and roles, the secrets of tokens, passwords, and recently used tokens.

pub mod model;
pub mod passwords;
pub mod queries;
pub mod recent_tokens;
pub mod secret;
