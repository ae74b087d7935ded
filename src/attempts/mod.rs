//! Attempts: a form is assembled, responses are taken under the server's clock, the result is graded and reported.

pub mod assembly;
pub mod grading;
pub mod handlers;
pub mod messages;
pub mod model;
pub mod queries;
pub mod report;
pub mod sitting;
pub mod start;
pub mod unanswered;
pub mod under_way;
