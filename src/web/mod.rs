//! The pages for browsers: one document, and the files of `web/` under the hash of all of them.
//!
//! They are a client of the API like any other. The files are part of the program; a debug build reads them from the
//! source tree for each request of the document, so that changes are visible without a build.

mod files;
pub mod handlers;
mod site;
