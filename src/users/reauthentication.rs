//! Reauthentication: to create tokens or delete the account, a session that has just begun or the password; to change
//! address or password, the password. A token for a program, which may be in a file, is never enough.

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

/// How long after its beginning a session needs no password, in seconds.
const FRESH: i64 = 10 * 60;

/// The user of a token. If the user was deleted meanwhile, this is [`Error::Contended`], and the retry is a 401.
pub(super) fn own(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::find(conn, user.user_id)?.ok_or(Error::Contended)
}

/// [`own`], locked for a change.
pub(super) fn own_locked(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::lock(conn, user.user_id)?.ok_or(Error::Contended)
}

/// Rejects a token for a program, whatever else the request contains.
pub(super) fn require_session(user: Identity) -> Result<(), Error> {
    if user.token_kind == TokenKind::Session {
        return Ok(());
    }
    let detail = "a program's token cannot do this: sign in at POST /api/v1/sessions, and send the session's token";
    Err(Error::Denied(Slug::SessionRequired, detail))
}

/// The hash of the password that the caller sent, which was verified outside of any transaction.
pub(super) struct Proven(Option<String>);

impl Proven {
    /// Rejects a wrong password, and counts the request as a sign-in. `may` says whether the token may be
    /// used for the operation.
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

    /// Fails if the password was changed meanwhile.
    pub(super) fn check(&self, user: &User) -> Result<(), Error> {
        if user.password_hash == self.0 { Ok(()) } else { Err(wrong_password()) }
    }
}

fn wrong_password() -> Error {
    Error::Denied(Slug::WrongPassword, "current_password is not your password")
}

/// The evidence in a request that the user is present.
pub(super) struct Reauthentication(Option<Proven>);

impl Reauthentication {
    /// Verifies the password, if the request contains one.
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

    /// Whether the evidence is enough, with this token and the stored user.
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
