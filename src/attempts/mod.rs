//! Attempts: assembling a form, storing responses under the server's clock, grading, and the report.

pub mod activity;
pub mod assembly;
pub mod export;
pub mod feedback;
pub mod graded;
pub mod grading;
pub mod handlers;
pub mod history;
pub mod in_progress;
pub mod messages;
pub mod model;
pub mod modes;
pub mod queries;
pub mod report;
pub mod sitting;
pub mod start;
pub mod teaching;
pub mod unanswered;
