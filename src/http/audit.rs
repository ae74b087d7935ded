//! One log line for each event that a security review asks for, at the target `tripos::http::audit`. No secret is in it, and
//! nothing that a person typed: users and tokens are named by their ids.

use uuid::Uuid;

use crate::{
    auth::model::{Role, TokenId, UserId},
    http::client::Client,
};

/// Something that matters for security.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// Someone made an account.
    SignedUp,
    /// Someone signed in.
    SignedIn(TokenId),
    /// Someone could not sign in. The user is named when the address is known.
    SignInFailed,
    /// Someone ended a session.
    SignedOut(TokenId),
    /// A user set another password; other sessions ended.
    PasswordChanged,
    /// A user gave a wrong password while signed in.
    PasswordRefused,
    /// A user changed the address to sign in with.
    EmailChanged,
    /// A token was made for a program.
    TokenCreated(TokenId),
    /// A token or a session was ended.
    TokenRevoked(TokenId),
    /// An admin changed what a user may do.
    RoleChanged(Role),
    /// An admin shut a user out.
    Disabled,
    /// An admin let a user in again.
    Enabled,
    /// A user deleted the own account.
    Deleted,
    /// Somebody deleted a draft. The user is its writer.
    QuestionDeleted(Uuid),
    /// Somebody deleted questions of an import: so many. The user is who imported them.
    ImportUndone(Uuid, usize),
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::SignedIn(_) => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut(_) => "signed_out",
            Self::PasswordChanged => "password_changed",
            Self::PasswordRefused => "password_refused",
            Self::EmailChanged => "email_changed",
            Self::TokenCreated(_) => "token_created",
            Self::TokenRevoked(_) => "token_revoked",
            Self::RoleChanged(_) => "role_changed",
            Self::Disabled => "user_disabled",
            Self::Enabled => "user_enabled",
            Self::Deleted => "user_deleted",
            Self::QuestionDeleted(_) => "question_deleted",
            Self::ImportUndone(..) => "import_undone",
        }
    }

    fn object(self) -> String {
        match self {
            Self::SignedIn(token) | Self::SignedOut(token) | Self::TokenCreated(token) | Self::TokenRevoked(token) => {
                format!(" token={token}")
            }
            Self::RoleChanged(role) => format!(" role={role}"),
            Self::QuestionDeleted(question) => format!(" question={question}"),
            Self::ImportUndone(import, questions) => format!(" import={import} questions={questions}"),
            _ => String::new(),
        }
    }
}

/// Logs an event: what happened to `user`, by `actor`, from where.
pub fn log(event: Event, user: Option<UserId>, actor: Option<UserId>, client: &Client) {
    let id = |id: Option<UserId>| id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let (name, user, actor) = (event.name(), id(user), id(actor));
    let Client { address, request_id, .. } = client;
    log::info!(
        target: "tripos::http::audit",
        event = name, user_id = user.as_str(), actor_id = actor.as_str(), address:% = address, request_id = request_id.as_str();
        "{name} user={user} by={actor} from={address}{}", event.object()
    );
}
