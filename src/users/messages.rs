//! What is sent and answered about users, sessions and tokens.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{DisplayName, Email, NewPassword, Token, User};
use crate::{
    auth::model::{Role, TokenId, TokenKind, UserId},
    db::types::Timestamp,
    http::extract::{integer, optional_integer},
    time_zone::TimeZone,
};

/// A new user.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The address to sign in with.
    pub email: Email,
    /// A password of 8 to 256 characters.
    pub password: NewPassword,
    /// The name to show: what stands before the @ when absent.
    #[serde(default)]
    #[schema(required = false)]
    pub display_name: Option<DisplayName>,
}

/// Who signs in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// A new password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    pub current_password: SecretString,
    /// The password from now on: 8 to 256 characters.
    pub new_password: NewPassword,
}

/// What a user changes of the own account. What is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// The name to show.
    #[serde(default)]
    #[schema(required = false)]
    pub display_name: Option<DisplayName>,
    /// The address to sign in with.
    #[serde(default)]
    #[schema(required = false)]
    pub email: Option<Email>,
    /// The time zone by which your days are told.
    #[serde(default)]
    #[schema(required = false)]
    pub time_zone: Option<TimeZone>,
    /// The password, when the address is to change.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, required = false)]
    pub current_password: Option<SecretString>,
}

/// What an admin changes of a user. What is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// What the user may do.
    #[serde(default)]
    #[schema(required = false)]
    pub role: Option<Role>,
    /// Whether the user may do nothing at all.
    #[serde(default)]
    #[schema(required = false)]
    pub disabled: Option<bool>,
    /// How much longer exams and timed practice take than for others, in percent, such as 25. It holds for attempts that
    /// begin from now on.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 0, maximum = 300, required = false)]
    pub extra_time_percent: Option<i64>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserReply {
    /// The id.
    pub id: UserId,
    /// The address to sign in with.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The name to show.
    pub display_name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether there is a password to sign in with; the command line makes users without.
    pub has_password: bool,
    /// Whether an admin has shut the user out.
    pub disabled: bool,
    /// The time zone by which the user's days are told.
    #[schema(example = "Europe/Vienna")]
    pub time_zone: String,
    /// How much longer exams and timed practice take than for others, in percent.
    pub extra_time_percent: i32,
    /// When the user was made.
    pub created_at: Timestamp,
}

impl From<User> for UserReply {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            has_password: user.password_hash.is_some(),
            disabled: user.disabled_at.is_some(),
            time_zone: user.time_zone,
            extra_time_percent: user.extra_time_percent,
            email: user.email,
            display_name: user.display_name,
            role: user.role,
            created_at: user.created_at,
        }
    }
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserPage {
    /// The users, oldest first.
    pub items: Vec<UserReply>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What a server lets anyone do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerReply {
    /// Whether anyone may make an account; where not, the people who run the server do.
    pub sign_up: bool,
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionReply {
    /// The id, as in the list of tokens.
    pub id: TokenId,
    /// The secret, shown this once; the cookie holds the same.
    #[schema(example = "tripos_…")]
    pub token: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub user: UserReply,
}

/// A token for a program.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for, for you to know it by.
    pub name: DisplayName,
    /// For how many days it is good.
    #[serde(default = "a_year", deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 3650, default = 365)]
    pub expires_in_days: i64,
    /// The password, when you signed in more than ten minutes ago.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, required = false)]
    pub current_password: Option<SecretString>,
}

/// Who deletes the own account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMe {
    /// The password, when you signed in more than ten minutes ago.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, required = false)]
    pub current_password: Option<SecretString>,
}

fn a_year() -> i64 {
    365
}

/// A session or a token for a program, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenReply {
    /// The id.
    pub id: TokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// What it is called; a session by the program that signed in.
    pub name: String,
    /// Whether this request came with it.
    pub current: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself; null when never.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used; null when never. Other servers tell with a delay of up to a minute.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
}

impl TokenReply {
    /// What is told of a token to its owner, who came with the token `current`.
    pub fn new(token: Token, current: Option<TokenId>, used_here: Option<Timestamp>) -> Self {
        Self {
            id: token.id,
            kind: token.kind,
            name: token.name,
            current: current == Some(token.id),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at.max(used_here),
        }
    }
}

/// The sessions and tokens of a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    /// Those that are good, newest first.
    pub items: Vec<TokenReply>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTokenReply {
    /// The secret, shown this once: send it as `Authorization: Bearer …`.
    #[schema(example = "tripos_…")]
    pub token: String,
    /// All else about it.
    #[serde(flatten)]
    pub about: TokenReply,
}
