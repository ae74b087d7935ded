//! Creating once: a request that is sent again under its `Idempotency-Key` is answered as it was the first time.
//!
//! The answer is stored in the transaction that creates, so that there is never one without the other, whichever server
//! is asked and wherever one dies. A concurrent request waits for the first one, and is answered 409 if that takes long.
//! What fails leaves nothing, and may be sent again under the same key. Keys are good for a day.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, dev::Payload, http::header};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    auth::{model::UserId, passwords::Passwords},
    db::{DbConnection, types::Timestamp},
    error::Error,
    http::{
        audit::{self, Event},
        caller::Credentials,
        client::Client,
        compression::NO_TRANSFORM,
        etag::tag,
        extract,
    },
};

pub mod lease;
pub mod queries;

/// How long an answer is remembered, in seconds.
pub const MEMORY: i64 = 24 * 60 * 60;
/// Stands for all who have not signed in.
pub const NOBODY: UserId = UserId(Uuid::nil());
const HEADER: &str = "Idempotency-Key";
/// Stands for the URL of a new thing where there is none.
const NOWHERE: &str = "-";

/// The body of a request that creates something, and its key if it has one.
#[derive(Debug)]
pub struct IdempotentJson<T> {
    /// The body.
    pub body: T,
    /// What makes it happen once.
    pub once: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned + 'static> FromRequest for IdempotentJson<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let read = extract::read(&req, payload);
        Box::pin(async move {
            let bytes = read.await?;
            Ok(Self { once: IdempotencyKey::of(&req, &bytes)?, body: extract::parse(&req, &bytes)? })
        })
    }
}

/// A request that is to have one effect, however often it is sent.
///
/// The key and the request are known by hashes alone. An answer that holds a secret is encrypted under what only the
/// sender knows: the key, the body and the credentials of the request.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: [u8; 32],
    fingerprint: [u8; 32],
    seal: [u8; 32],
}

impl IdempotencyKey {
    /// That of a request with this body, if it has a key.
    pub fn of(req: &HttpRequest, body: &[u8]) -> Result<Option<Self>, Error> {
        let mut fields = req.headers().get_all(HEADER);
        let Some(field) = fields.next() else { return Ok(None) };
        let key = field.as_bytes();
        if fields.next().is_some() || !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
            let what = "must be given once, with 1 to 255 visible ASCII characters, such as a random UUID";
            return Err(Error::BadRequest(format!("{HEADER} {what}")));
        }
        let sent = Credentials::of(req)?;
        let credentials = sent.as_ref().map_or("", |sent| sent.secret.as_str());
        let url = req.uri().path_and_query().map_or(req.path(), |url| url.as_str());
        let request = digest(&[key, req.method().as_str().as_bytes(), url.as_bytes(), body]);
        Ok(Some(Self::from_parts(digest(&[key]), request, credentials.as_bytes())))
    }

    fn from_parts(key: [u8; 32], request: [u8; 32], credentials: &[u8]) -> Self {
        let fingerprint = digest(&[b"fingerprint", &request]);
        Self { key, fingerprint, seal: digest(&[b"seal", &request, credentials]) }
    }

    /// For a body with a password: what is stored costs as much to guess as the password's hash.
    pub async fn stretched(self, passwords: &Passwords) -> Result<Self, Error> {
        let request = passwords.stretch(self.seal, self.key).await?;
        Ok(Self::from_parts(self.key, request, &[]))
    }
}

/// SHA-256 over parts that cannot run into each other.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What the creation of something is answered with.
#[derive(Debug)]
pub struct Created {
    /// The URL of the new thing, or `NOWHERE`.
    pub location: String,
    /// The JSON.
    pub body: Vec<u8>,
    /// The entity tag of the new thing, where the body is what a GET of its URL gives.
    etag: Option<String>,
    holds_secret: bool,
    replayed: bool,
    event: Option<(Event, UserId)>,
}

impl Created {
    /// 201 with the thing as it is, at its URL.
    pub fn at(location: String, thing: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(thing).map_err(|error| Error::Internal(format!("reply: {error}")))?;
        let etag = Some(tag(&body));
        Ok(Self { location, body, etag, holds_secret: false, replayed: false, event: None })
    }

    /// 200, since the request was done and there is nothing new.
    pub fn nothing(told: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::at(NOWHERE.to_owned(), told)?.untagged())
    }

    /// The same, where the body tells more or else than a GET of the URL.
    pub fn untagged(self) -> Self {
        Self { etag: None, ..self }
    }

    /// The same, with a secret in it that the database must not know, and no GET tells.
    pub fn with_secret(self) -> Self {
        Self { holds_secret: true, ..self.untagged() }
    }

    /// The same, as an event for the audit log. What is remembered of it is erased with the user.
    pub fn as_event(self, event: Event, user: UserId) -> Self {
        Self { event: Some((event, user)), ..self }
    }

    /// Logs the event, after it was committed and unless it was logged then.
    pub fn log(self, client: &Client) -> Self {
        if let Some((event, user)) = self.event {
            audit::log(event, Some(user), Some(user), client);
        }
        self
    }

    /// The response.
    pub fn answer(self) -> HttpResponse {
        let is_new = self.location != NOWHERE;
        self.answer_with(if is_new { HttpResponse::Created() } else { HttpResponse::Ok() })
    }

    /// The response where the work is yet to be done: 202.
    pub fn answer_accepted(self) -> HttpResponse {
        self.answer_with(HttpResponse::Accepted())
    }

    fn answer_with(self, mut response: HttpResponseBuilder) -> HttpResponse {
        if self.location != NOWHERE {
            response.insert_header((header::LOCATION, self.location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        if self.replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        if self.holds_secret {
            response.insert_header((header::CACHE_CONTROL, NO_TRANSFORM));
        }
        response.content_type("application/json").body(self.body)
    }
}

/// Does `work` in a transaction, once for each key of a user or of [`NOBODY`].
pub fn once(
    conn: &mut DbConnection,
    user_id: UserId,
    once: Option<&IdempotencyKey>,
    now: Timestamp,
    work: impl FnOnce(&mut DbConnection) -> Result<Created, Error>,
) -> Result<Created, Error> {
    let Some(once) = once else { return work(conn) };
    if !queries::claim(conn, user_id, &once.key, &once.fingerprint, now)? {
        let stored = queries::find(conn, user_id, &once.key)?;
        let stored = stored.filter(|stored| stored.fingerprint == once.fingerprint).ok_or(Error::KeyReused)?;
        let queries::Stored { location, body, sealed, .. } = stored;
        let body = if sealed { open(&once.seal, body)? } else { body };
        let etag = (!sealed).then(|| tag(&body));
        return Ok(Created { location, body, etag, holds_secret: sealed, replayed: true, event: None });
    }
    let created = work(conn)?;
    let answer = queries::Answer {
        location: &created.location,
        body: if created.holds_secret { seal(&once.seal, &created.body)? } else { created.body.clone() },
        sealed: created.holds_secret,
        subject_id: created.event.map(|(_, user)| user),
        updated_at: now,
    };
    queries::complete(conn, user_id, &once.key, &answer)?;
    Ok(created)
}

/// Encrypts with AES-256-GCM: nonce, text, tag.
fn seal(key: &[u8; 32], text: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |_| Error::Internal("an answer could not be encrypted".into());
    let mut sealed = text.to_vec();
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let nonce = key.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(failed)?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

/// Decrypts what [`seal`] made; another key is another request.
fn open(key: &[u8; 32], mut sealed: Vec<u8>) -> Result<Vec<u8>, Error> {
    let reused = |_| Error::KeyReused;
    let (nonce, text) = sealed.split_first_chunk_mut::<NONCE_LEN>().ok_or(Error::KeyReused)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(reused)?;
    let text = key.open_in_place(Nonce::from(&*nonce), Aad::empty(), text).map_err(reused)?;
    Ok(text.to_vec())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn once_of(key: &str, token: &str, body: &str) -> IdempotencyKey {
        let request =
            TestRequest::post().uri("/x").insert_header((HEADER, key)).insert_header(("Authorization", token));
        IdempotencyKey::of(&request.to_http_request(), body.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_secret_is_said_again_to_its_owner_alone() {
        let first = once_of("k", "Bearer a", "{}");
        let sealed = seal(&first.seal, b"the secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(open(&once_of("k", "Bearer a", "{}").seal, sealed.clone()).unwrap(), b"the secret");
        for other in [once_of("k", "Bearer b", "{}"), once_of("l", "Bearer a", "{}"), once_of("k", "Bearer a", "{ }")] {
            assert!(matches!(open(&other.seal, sealed.clone()), Err(Error::KeyReused)));
        }
        assert!(open(&first.seal, sealed[..5].to_vec()).is_err());
    }

    #[test]
    fn a_request_is_the_same_whatever_token_of_the_user_it_comes_with() {
        let first = once_of("k", "Bearer a", "{}");
        assert_eq!(first.fingerprint, once_of("k", "Bearer b", "{}").fingerprint);
        assert_ne!(first.fingerprint, once_of("k", "Bearer a", "{ }").fingerprint);
    }

    #[test]
    fn keys_are_plain_and_short() {
        for key in ["", "two words", "tab\t", &"x".repeat(256)] {
            let request = TestRequest::post().insert_header((HEADER, key)).to_http_request();
            assert!(matches!(IdempotencyKey::of(&request, b""), Err(Error::BadRequest(_))), "{key:?}");
        }
        let twice = TestRequest::post().append_header((HEADER, "a")).append_header((HEADER, "b")).to_http_request();
        assert!(matches!(IdempotencyKey::of(&twice, b""), Err(Error::BadRequest(_))));
        assert!(IdempotencyKey::of(&TestRequest::post().to_http_request(), b"").unwrap().is_none());
    }
}
