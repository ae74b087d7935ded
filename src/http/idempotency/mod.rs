//! Idempotency: a request that is repeated with the same `Idempotency-Key` gets the response to the first one.
//!
//! The response is stored in the transaction that creates the resource, so that there is never one without the other,
//! even if a server dies. A concurrent request waits for the first one, and gets a 409 if that takes long. A failed
//! request leaves nothing, and may be repeated with the same key. Keys expire after a day.

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

/// How long a response is stored, in seconds.
pub const MEMORY: i64 = 24 * 60 * 60;
/// The user id of clients that have not signed in.
pub const NOBODY: UserId = UserId(Uuid::nil());
const HEADER: &str = "Idempotency-Key";
/// Replaces the URL if there is no new resource.
const NOWHERE: &str = "-";

/// The body of a request that creates something, and its key if it has one.
#[derive(Debug)]
pub struct IdempotentJson<T> {
    /// The body.
    pub body: T,
    /// The key, if there is one.
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

/// A request that has an effect only once, however often it is sent.
///
/// Only hashes of the key and the request are stored. A response that contains a secret is encrypted with a key that is
/// derived from what only the sender knows: the idempotency key, the body and the credentials.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: [u8; 32],
    fingerprint: [u8; 32],
    seal: [u8; 32],
}

impl IdempotencyKey {
    /// The key of a request with this body, if it has one.
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

    /// For a body with a password: guessing it from the stored data costs as much as from the password's hash.
    pub async fn stretched(self, passwords: &Passwords) -> Result<Self, Error> {
        let request = passwords.stretch(self.seal, self.key).await?;
        Ok(Self::from_parts(self.key, request, &[]))
    }
}

/// SHA-256 over parts, with their lengths, so that different parts never give the same input.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The response to a request that creates something.
#[derive(Debug)]
pub struct Created {
    /// The URL of the new resource, or `NOWHERE`.
    pub location: String,
    /// The JSON.
    pub body: Vec<u8>,
    /// The entity tag of the new resource, if the body is the same as in a GET of its URL.
    etag: Option<String>,
    holds_secret: bool,
    replayed: bool,
    event: Option<(Event, UserId)>,
}

impl Created {
    /// 201 with the new resource and its URL.
    pub fn at(location: String, thing: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(thing).map_err(|error| Error::Internal(format!("reply: {error}")))?;
        let etag = Some(tag(&body));
        Ok(Self { location, body, etag, holds_secret: false, replayed: false, event: None })
    }

    /// 200, because the request succeeded without a new resource.
    pub fn nothing(told: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::at(NOWHERE.to_owned(), told)?.untagged())
    }

    /// The same without an entity tag, because the body differs from a GET of the URL.
    pub fn untagged(self) -> Self {
        Self { etag: None, ..self }
    }

    /// The same, with a secret that the database must not store in plain text and that no GET returns.
    pub fn with_secret(self) -> Self {
        Self { holds_secret: true, ..self.untagged() }
    }

    /// The same, with an event for the audit log. The stored response is erased with the user.
    pub fn as_event(self, event: Event, user: UserId) -> Self {
        Self { event: Some((event, user)), ..self }
    }

    /// Logs the event after the commit, unless it is a repeated request.
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

    /// The response if the work is not done yet: 202.
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

/// Encrypts with AES-256-GCM. Returns nonce, ciphertext and tag.
fn seal(key: &[u8; 32], text: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |_| Error::Internal("an answer could not be encrypted".into());
    let mut sealed = text.to_vec();
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let nonce = key.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(failed)?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

/// Decrypts the output of [`seal`]. A wrong key means that the request is a different one.
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
    fn a_secret_is_returned_again_only_to_its_owner() {
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
    fn a_request_is_the_same_with_any_token_of_the_user() {
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
