//! Who is behind a request.

use crate::db::types::{Timestamp, id, text_enum};

id!(
    /// The id of a user.
    UserId
);
id!(
    /// The id of a token.
    TokenId
);

text_enum!(
    /// What a user may do. Each role may also do what those before it may.
    Role {
        /// Sits exams.
        Learner = "learner",
        /// Writes questions.
        Author = "author",
        /// Manages users.
        Admin = "admin",
    }
);

text_enum!(
    /// What a token is for.
    TokenKind {
        /// A signed-in browser.
        Session = "session",
        /// A program.
        Api = "api",
    }
);

/// The user behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// The role when the request came in.
    pub role: Role,
    /// The token that told so.
    pub token_id: TokenId,
    /// What the token is for.
    pub token_kind: TokenKind,
    /// When it was made: for a session, when the user signed in.
    pub token_created_at: Timestamp,
}
