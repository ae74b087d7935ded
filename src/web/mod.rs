//! The pages that people see in a browser: one document, and the files of `web/` under the hash of all of them.
//!
//! They are a client of the API like any other. The files are part of the program; a debug build reads them from the
//! source tree whenever the document is asked for, so that a change is seen without building.

mod files;
pub mod handlers;
mod site;
