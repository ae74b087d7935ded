//! Requests and responses about users, sessions and tokens.

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

/// A new account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The e-mail address to sign in with.
    pub email: Email,
    /// The password: 8 to 256 characters.
    pub password: NewPassword,
    /// The display name. Default: the part of the e-mail address before the @.
    #[serde(default)]
    #[schema(required = false)]
    pub display_name: Option<DisplayName>,
}

/// The credentials to sign in with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The e-mail address.
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
    /// The current password.
    #[schema(value_type = String, format = Password)]
    pub current_password: SecretString,
    /// The new password: 8 to 256 characters.
    pub new_password: NewPassword,
}

/// Changes to your account. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// The display name.
    #[serde(default)]
    #[schema(required = false)]
    pub display_name: Option<DisplayName>,
    /// The e-mail address to sign in with.
    #[serde(default)]
    #[schema(required = false)]
    pub email: Option<Email>,
    /// The time zone that sets where your days begin and end.
    #[serde(default)]
    #[schema(required = false)]
    pub time_zone: Option<TimeZone>,
    /// Your current password. Required to change the e-mail address.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, required = false)]
    pub current_password: Option<SecretString>,
}

/// Changes to a user. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// The role of the user.
    #[serde(default)]
    #[schema(required = false)]
    pub role: Option<Role>,
    /// Whether the account is disabled. A disabled user can do nothing.
    #[serde(default)]
    #[schema(required = false)]
    pub disabled: Option<bool>,
    /// Extra time in exams, timed practices and timed reviews, in percent, such as 25. It applies to attempts
    /// that begin after the change.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 0, maximum = 300, required = false)]
    pub extra_time_percent: Option<i64>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserReply {
    /// The id.
    pub id: UserId,
    /// The e-mail address to sign in with.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The display name.
    pub display_name: String,
    /// The role of the user.
    pub role: Role,
    /// Whether the user has a password to sign in with. Users created on the command line have none until one is set.
    pub has_password: bool,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// The time zone that sets where the user's days begin and end.
    #[schema(example = "Europe/Vienna")]
    pub time_zone: String,
    /// How much more time the user gets for exams, timed practices and timed reviews, in percent.
    pub extra_time_percent: i32,
    /// When the user was created.
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
    /// The cursor of the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The public settings of a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerReply {
    /// Whether everyone may create an account. If not, the operators of the server create accounts.
    pub sign_up: bool,
}

/// A new session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionReply {
    /// The id, as in the list of tokens.
    pub id: TokenId,
    /// The secret. No GET returns it. The cookie contains the same secret.
    #[schema(example = "tripos_…")]
    pub token: String,
    /// When the session expires.
    pub expires_at: Timestamp,
    /// The user who signed in.
    pub user: UserReply,
}

/// A token for a program.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// A name that tells you what the token is for.
    pub name: DisplayName,
    /// The number of days until the token expires.
    #[serde(default = "a_year", deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 3650, default = 365)]
    pub expires_in_days: i64,
    /// Your password. Required if you signed in more than ten minutes ago.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, required = false)]
    pub current_password: Option<SecretString>,
}

/// The confirmation to delete your account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMe {
    /// Your password. Required if you signed in more than ten minutes ago.
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
    /// Whether it is a session or a token for a program.
    pub kind: TokenKind,
    /// The name. For a session, the program that signed in.
    pub name: String,
    /// Whether it authenticated this request.
    pub current: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires. Null if it does not expire.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used. Null if it was never used. A use on another server may appear up to a minute later.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
}

impl TokenReply {
    /// A token as its owner sees it. The request was sent with the token `current`.
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
    /// The valid ones, newest first.
    pub items: Vec<TokenReply>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTokenReply {
    /// The secret. No GET returns it. Send it as `Authorization: Bearer …`.
    #[schema(example = "tripos_…")]
    pub token: String,
    /// All other fields.
    #[serde(flatten)]
    pub about: TokenReply,
}
