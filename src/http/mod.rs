//! HTTP for all features: the caller, the request, the response.

pub mod access_log;
pub mod asset;
pub mod audit;
pub mod caller;
pub mod client;
pub mod compression;
pub mod description;
pub mod etag;
pub mod extract;
pub mod idempotency;
pub mod methods;
pub mod observe;
pub mod problem;
pub mod rate_limit;
pub mod security_headers;
pub mod settings;
pub mod state;
pub mod url;
