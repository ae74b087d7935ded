//! The audit log: one line for each security event, at the target `tripos::http::audit`. It contains no secrets and,
//! except the id of the request, no input: users and tokens are named by their ids.

use uuid::Uuid;

use crate::{
    auth::model::{Role, TokenId, UserId},
    http::client::Client,
};

/// A security event.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// Someone created an account.
    SignedUp,
    /// Someone signed in.
    SignedIn(TokenId),
    /// A sign-in failed. The user is logged if the e-mail address belongs to one.
    SignInFailed,
    /// Someone signed out.
    SignedOut(TokenId),
    /// A user changed the password; other sessions ended.
    PasswordChanged,
    /// A user gave a wrong password while signed in.
    PasswordRefused,
    /// A user changed the e-mail address.
    EmailChanged,
    /// A token for a program was created.
    TokenCreated(TokenId),
    /// A token or a session was revoked.
    TokenRevoked(TokenId),
    /// An admin changed a user's role.
    RoleChanged(Role),
    /// An admin disabled a user.
    Disabled,
    /// An admin enabled a user.
    Enabled,
    /// A user deleted their own account.
    Deleted,
    /// Somebody deleted a draft. The user is its writer.
    QuestionDeleted(Uuid),
    /// Somebody undid an import. Contains the number of deleted questions. The user is the importer.
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

/// Logs an event that concerns `user`, caused by `actor` from `client`.
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
