//! A user, as the database holds it and as a request knows it.

use std::str::FromStr;

use crate::db::types::{id, words};

id!(
    /// The id of a user.
    UserId
);
id!(
    /// The id of a token.
    TokenId
);

words!(
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

words!(
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
}

/// An address that can be written to, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the @: a display name until the user gives another.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = &'static str;

    /// Accepts what can be delivered to, not all of RFC 5321: one @, no white space, a name and a host, 254 bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_lowercase();
        let valid = text.len() <= 254
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            && text.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
            });
        valid.then_some(Self(text)).ok_or("is not an e-mail address, such as ada@example.org")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!("Ada@Example.ORG".parse::<Email>().unwrap().as_str(), "ada@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(10_000));
        for text in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b@c", "a@.org", &long] {
            assert!(text.parse::<Email>().is_err(), "{text:.30}");
        }
    }

    #[test]
    fn roles_grow() {
        assert!(Role::Learner < Role::Author && Role::Author < Role::Admin);
    }
}
