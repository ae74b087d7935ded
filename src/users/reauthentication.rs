//! Proof that a person is there, for what opens, closes or takes over an account: a session that has just begun, or the
//! password. A token of a program, which may lie in a file, is never enough.

use secrecy::SecretString;

use super::{model::User, queries};
use crate::{
    auth::{
        model::{Identity, TokenKind},
        passwords::{Passwords, Verdict},
    },
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::Learner,
        client::Client,
    },
};

/// How long a session needs no password after it began, in seconds.
const FRESH: i64 = 10 * 60;

/// The user of a token. One who went meanwhile is [`Error::Contended`], and the next run finds no such token.
pub(super) fn own(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::find(conn, user.user_id)?.ok_or(Error::Contended)
}

/// [`own`], for a change of what is read here.
pub(super) fn own_locked(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::lock(conn, user.user_id)?.ok_or(Error::Contended)
}

/// Refuses a token of a program, whatever else comes with it.
pub(super) fn require_session(user: Identity) -> Result<(), Error> {
    if user.token_kind == TokenKind::Session {
        return Ok(());
    }
    let detail = "a program's token cannot do this: sign in at POST /api/v1/sessions, and send the session's token";
    Err(Error::Denied(Slug::SessionRequired, detail))
}

/// The hash of the password that the caller gave, which was compared outside of any transaction.
pub(super) struct Proven(Option<String>);

impl Proven {
    /// Refuses a password that is not the caller's, and counts the try as a sign-in. `may` says whether the token may be
    /// used for what the password is to allow.
    pub(super) async fn of(
        learner: &Learner,
        passwords: &Passwords,
        client: &Client,
        password: SecretString,
        may: fn(Identity) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let read = move |conn: &mut DbConnection, user: Identity| may(user).and_then(|()| own(conn, user));
        let user = learner.read(read).await?;
        learner.app().limits.sign_in(client)?;
        match passwords.verify(password, user.password_hash.clone()).await? {
            Verdict::Right { .. } => Ok(Self(user.password_hash)),
            Verdict::Wrong => {
                audit::log(Event::PasswordRefused, Some(user.id), Some(user.id), client);
                Err(wrong_password())
            }
        }
    }

    /// Refuses when the password was changed meanwhile.
    pub(super) fn check(&self, user: &User) -> Result<(), Error> {
        if user.password_hash == self.0 { Ok(()) } else { Err(wrong_password()) }
    }
}

fn wrong_password() -> Error {
    Error::Denied(Slug::WrongPassword, "current_password is not your password")
}

/// What a request brings to show that a person is there.
pub(super) struct Reauthentication(Option<Proven>);

impl Reauthentication {
    /// Compares the password, if one came with the request.
    pub(super) async fn of(
        learner: &Learner,
        passwords: &Passwords,
        client: &Client,
        password: Option<SecretString>,
    ) -> Result<Self, Error> {
        match password {
            Some(password) => Ok(Self(Some(Proven::of(learner, passwords, client, password, require_session).await?))),
            None => Ok(Self(None)),
        }
    }

    /// Whether that is enough, with the token that came and the user as stored.
    pub(super) fn check(&self, token: Identity, user: &User, now: Timestamp) -> Result<(), Error> {
        require_session(token)?;
        match &self.0 {
            Some(proven) => proven.check(user),
            None if now.seconds_since(token.token_created_at) < FRESH => Ok(()),
            None => {
                let detail = "you signed in more than ten minutes ago: sign in again, or send your password as \
                              current_password";
                Err(Error::Denied(Slug::ReauthenticationRequired, detail))
            }
        }
    }
}
