//! Attempts: a form is assembled, responses are taken under the server's clock, the result is graded and reported.

pub mod activity;
pub mod assembly;
pub mod export;
pub mod feedback;
pub mod graded;
pub mod grading;
pub mod handlers;
pub mod history;
pub mod messages;
pub mod model;
pub mod modes;
pub mod queries;
pub mod report;
pub mod sitting;
pub mod start;
pub mod teaching;
pub mod unanswered;
pub mod under_way;
