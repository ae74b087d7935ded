//! Who somebody is, below HTTP: users and roles, the secrets of tokens, passwords, and the tokens of the last minutes.

pub mod model;
pub mod passwords;
pub mod queries;
pub mod recent_tokens;
pub mod secret;
