//! Who is behind a request.

use std::collections::HashMap;

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
    /// How much longer the user's attempts with a time limit take, in percent.
    pub extra_time_percent: i32,
    /// The token of the request.
    pub token_id: TokenId,
    /// What the token is for.
    pub token_kind: TokenKind,
    /// When it was made: for a session, when the user signed in.
    pub token_created_at: Timestamp,
}

/// The names to show of some users. Addresses are for their owners and admins alone.
#[derive(Debug, Clone, Default)]
pub struct Names(pub HashMap<UserId, String>);

impl Names {
    /// The name of a user; none when the account was deleted.
    pub fn of(&self, id: Option<UserId>) -> Option<&str> {
        self.0.get(&id?).map(String::as_str)
    }

    /// Those of these users alone.
    pub fn only(&self, ids: impl IntoIterator<Item = Option<UserId>>) -> Self {
        Self(ids.into_iter().filter_map(|id| Some((id?, self.of(id)?.to_owned()))).collect())
    }
}
