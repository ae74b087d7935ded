//! A user, as it is stored and in a request.

use std::str::FromStr;

use diesel::prelude::*;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::model::{Role, TokenId, TokenKind, UserId},
    characters::{find_hidden, is_blank, is_name},
    db::types::Timestamp,
    schema::{tokens, users},
};

/// A stored user.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The display name.
    pub display_name: String,
    /// The password's hash; a user without one cannot sign in.
    pub password_hash: Option<String>,
    /// The role of the user.
    pub role: Role,
    /// When the user was created.
    pub created_at: Timestamp,
    /// Since when the user is disabled.
    pub disabled_at: Option<Timestamp>,
    /// The name of the user's time zone.
    pub time_zone: String,
    /// The extra time for exams, timed practices and timed reviews, in percent.
    pub extra_time_percent: i32,
}

/// A user to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    pub email: &'a str,
    /// The display name.
    pub display_name: &'a str,
    /// The password's hash.
    pub password_hash: Option<&'a str>,
    /// The role of the user.
    pub role: Role,
}

/// A stored token, without its hash.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct Token {
    /// The id.
    pub id: TokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was last used. A server writes its latest uses once a minute.
    pub last_used_at: Option<Timestamp>,
}

/// A token to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = tokens)]
pub struct NewToken<'a> {
    /// The id.
    pub id: TokenId,
    /// The user.
    pub user_id: UserId,
    /// What it is for.
    pub kind: TokenKind,
    /// What its owner calls it.
    pub name: &'a str,
    /// The SHA-256 of its secret.
    pub hash: &'a [u8],
    /// Now.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// An e-mail address, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = Email, max_length = 254, example = "ada@example.org")]
pub struct Email(String);

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A display name: 1 to 100 characters. It must not be blank, and must not contain control characters or invisible
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(
    value_type = String, min_length = 1, max_length = 100, example = "Ada Lovelace",
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
)]
pub struct DisplayName(String);

impl DisplayName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DisplayName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for DisplayName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = !is_blank(text) && text.chars().count() <= 100 && is_name(text);
        let detail = "must have 1 to 100 characters on one line, not all blank and none of them invisible";
        valid.then(|| Self(text.to_owned())).ok_or(detail)
    }
}

/// A new password: 8 to 256 characters of any kind.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = Password, min_length = 8, max_length = 256)]
pub struct NewPassword(pub SecretString);

impl TryFrom<String> for NewPassword {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let valid = (8..=256).contains(&text.chars().count());
        valid.then(|| Self(text.into())).ok_or("must have 8 to 256 characters")
    }
}

impl Email {
    /// The e-mail address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the @: the display name until the user sets another one.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = &'static str;

    /// Accepts deliverable addresses, not all of RFC 5321: one @, no white space, a name and a host, 254 bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_lowercase();
        if find_hidden(&text).is_some() {
            return Err("has an invisible character: type the address instead of pasting it");
        }
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
    fn invalid_addresses_are_refused() {
        let long = format!("{}@example.org", "a".repeat(10_000));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@b@c",
            "a@.org",
            &long,
            "a\u{200b}da@example.org",
            "ada@exa\u{202e}mple.org",
            "ada@example.org\u{feff}",
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:.30}");
        }
    }

    #[test]
    fn names_are_shown_and_passwords_are_not() {
        assert!("Ada Lovelace".parse::<DisplayName>().is_ok());
        for name in ["", "  ", "\u{a0}", "a\nb", "a\0b", "Ada\u{200b}", "\u{202e}adA", "\u{3164}", &"x".repeat(101)] {
            assert!(name.parse::<DisplayName>().is_err(), "{name:?}");
        }
        let password = NewPassword::try_from("correct horse".to_owned()).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
        for wrong in ["", "1234567", &"x".repeat(257), &"x".repeat(10_000)] {
            assert!(NewPassword::try_from(wrong.to_owned()).is_err(), "{wrong:.20}");
        }
        assert!(NewPassword::try_from("ß".repeat(8)).is_ok());
    }

    #[test]
    fn each_role_includes_the_ones_before() {
        assert!(Role::Learner < Role::Author && Role::Author < Role::Admin);
    }
}
