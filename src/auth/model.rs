//! The user of a request.

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
    /// The role of a user. Each role includes the rights of the roles before it.
    Role {
        /// Takes exams.
        Learner = "learner",
        /// Writes questions.
        Author = "author",
        /// Manages users.
        Admin = "admin",
    }
);

text_enum!(
    /// The kind of a token.
    TokenKind {
        /// A session, which begins with signing in.
        Session = "session",
        /// A token for a program.
        Api = "api",
    }
);

/// The user of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// The role when the request came in.
    pub role: Role,
    /// The extra time in the user's attempts with a time limit, in percent.
    pub extra_time_percent: i32,
    /// The token of the request.
    pub token_id: TokenId,
    /// The kind of the token.
    pub token_kind: TokenKind,
    /// When the token was created: for a session, when the user signed in.
    pub token_created_at: Timestamp,
}

/// The display names of some users. E-mail addresses are only shown to their owners and to admins.
#[derive(Debug, Clone, Default)]
pub struct Names(pub HashMap<UserId, String>);

impl Names {
    /// The name of a user; none if the account was deleted.
    pub fn of(&self, id: Option<UserId>) -> Option<&str> {
        self.0.get(&id?).map(String::as_str)
    }

    /// The names of only these users.
    pub fn only(&self, ids: impl IntoIterator<Item = Option<UserId>>) -> Self {
        Self(ids.into_iter().filter_map(|id| Some((id?, self.of(id)?.to_owned()))).collect())
    }
}
