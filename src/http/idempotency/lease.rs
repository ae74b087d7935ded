//! Idempotency for work that takes several transactions.
//!
//! A first transaction claims the key. Each transaction of the work writes a new value to the claim. So other requests
//! see that the work continues, and the work notices if its claim was taken over. The last transaction stores the
//! response. The claim of a dead server stays. A later request with the same key that sees no new value takes over the
//! claim. So nothing needs cleanup, and servers need no common clock.

use std::time::{Duration, Instant};

use actix_web::web::Bytes;

use super::{Created, IdempotencyKey, queries};
use crate::{
    auth::model::{Identity, UserId},
    db::{DbConnection, types::Timestamp},
    error::Error,
    http::caller::Caller,
};

/// How long the value of a claim stays the same before another request takes it over. Running work changes it in every
/// transaction.
const SILENCE: Duration = Duration::from_secs(5);
/// How long a request waits for the first one with its key, while that one is running.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it checks.
const POLL: Duration = Duration::from_millis(250);

/// A claim of a key.
#[derive(Debug)]
pub struct Lease {
    once: IdempotencyKey,
    /// The random value of this claim, which each transaction replaces.
    value: Vec<u8>,
    /// The next value, if it is unknown whether it was committed.
    next: Option<Vec<u8>>,
}

/// The result of claiming a key.
enum Claim {
    Taken,
    Answered(Created),
    /// Another request has it, with this value.
    Held(Vec<u8>),
}

impl Lease {
    /// The stored response to the same request, if there is one.
    pub async fn answer(caller: &Caller, once: &IdempotencyKey) -> Result<Option<Created>, Error> {
        let once = once.clone();
        let find = move |conn: &mut DbConnection, user: Identity| match stored(conn, user.user_id, &once)? {
            Some(Claim::Answered(created)) => Ok(Some(created)),
            _ => Ok(None),
        };
        caller.read(find).await
    }

    /// Claims the key, or returns the response that the same request got meanwhile. While another request has the key
    /// and is running, this is a 409.
    pub async fn take(caller: &Caller, once: &IdempotencyKey) -> Result<Result<Self, Created>, Error> {
        let (lease, started) = (Self { once: once.clone(), value: fresh(), next: None }, Instant::now());
        let mut seen: Option<(Vec<u8>, Instant)> = None;
        loop {
            let dead = seen.as_ref().filter(|(_, since)| since.elapsed() >= SILENCE).map(|(value, _)| value.clone());
            let (once, value, now) = (once.clone(), lease.value.clone(), caller.now());
            let claim = move |conn: &mut DbConnection, user: Identity| {
                claim(conn, user.user_id, &once, &value, dead.as_deref(), now)
            };
            match caller.write(claim).await? {
                Claim::Taken => return Ok(Ok(lease)),
                Claim::Answered(created) => return Ok(Err(created)),
                Claim::Held(value) => {
                    let is_alive = seen.as_ref().is_some_and(|(before, _)| *before != value);
                    if is_alive && started.elapsed() >= PATIENCE {
                        return Err(queries::in_use());
                    }
                    if is_alive || seen.is_none() {
                        seen = Some((value, Instant::now()));
                    }
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// [`Caller::write`] for a part of the work, which also renews the claim. If the claim was taken over, this is a
    /// 409 and nothing is done.
    pub async fn write<T: Send + 'static>(
        &mut self,
        caller: &Caller,
        work: impl Fn(&mut DbConnection, Identity) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (key, old, new) = (self.once.key, self.value.clone(), fresh());
        self.next = Some(new.clone());
        let renew = move |conn: &mut DbConnection, user: Identity| match queries::renew(
            conn,
            user.user_id,
            &key,
            &old,
            &new,
        )? {
            true => work(conn, user),
            false => Err(queries::in_use()),
        };
        let done = caller.write(renew).await?;
        self.value = self.next.take().unwrap_or_default();
        Ok(done)
    }

    /// Stores the response.
    pub async fn complete(&mut self, caller: &Caller, created: Created) -> Result<Created, Error> {
        let (key, now, location, body) =
            (self.once.key, caller.now(), created.location.clone(), Bytes::from(created.body));
        let stored = body.clone();
        let complete = move |conn: &mut DbConnection, user: Identity| {
            let answer = queries::Answer {
                location: &location,
                body: stored.to_vec(),
                sealed: false,
                updated_at: now,
                subject_id: None,
            };
            Ok(queries::complete(conn, user.user_id, &key, &answer)?)
        };
        self.write(caller, complete).await?;
        Ok(Created { body: body.into(), ..created })
    }

    /// Releases the key without a response, so that the request can be repeated at once. If this fails, a later request
    /// takes over the claim.
    pub async fn release(self, caller: &Caller) {
        let (key, values) = (self.once.key, [Some(self.value), self.next]);
        let values: Vec<Vec<u8>> = values.into_iter().flatten().collect();
        let release =
            move |conn: &mut DbConnection, user: Identity| Ok(queries::release(conn, user.user_id, &key, &values)?);
        if let Err(error) = caller.write(release).await {
            log::debug!("cannot release the claim of an Idempotency-Key: {error}");
        }
    }
}

fn fresh() -> Vec<u8> {
    rand::random::<[u8; 16]>().to_vec()
}

/// The stored state of a request with a key.
fn stored(conn: &mut DbConnection, user_id: UserId, once: &IdempotencyKey) -> Result<Option<Claim>, Error> {
    let Some(stored) = queries::find(conn, user_id, &once.key)? else { return Ok(None) };
    if stored.fingerprint != once.fingerprint {
        return Err(Error::KeyReused);
    }
    Ok(Some(if stored.location.is_empty() {
        Claim::Held(stored.body)
    } else {
        let queries::Stored { location, body, .. } = stored;
        Claim::Answered(Created { location, body, etag: None, holds_secret: false, replayed: true, event: None })
    }))
}

/// Claims a key that is free, or whose current value belongs to a dead server.
fn claim(
    conn: &mut DbConnection,
    user_id: UserId,
    once: &IdempotencyKey,
    value: &[u8],
    dead: Option<&[u8]>,
    now: Timestamp,
) -> Result<Claim, Error> {
    let held = if queries::claim(conn, user_id, &once.key, &once.fingerprint, now)? {
        Some(Vec::new())
    } else {
        match stored(conn, user_id, once)? {
            Some(Claim::Held(held)) if Some(held.as_slice()) == dead => Some(held),
            Some(claim) => return Ok(claim),
            None => None,
        }
    };
    match held {
        Some(held) if queries::renew(conn, user_id, &once.key, &held, value)? => Ok(Claim::Taken),
        // It was released or taken over at this moment.
        _ => Ok(Claim::Held(Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::{
        config::Config,
        db::{self, migrations},
    };

    #[test]
    fn a_claim_is_taken_over_when_nobody_renews_it_and_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let vars = [("DATABASE_URL", url.as_str()), ("AWS_DEFAULT_REGION", "eu-west-1")];
        let config = Config::from_vars(vars.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        let mut conn = DbConnection::create(&config.database).unwrap();
        migrations::run(&mut conn).unwrap();
        let once = |body: &[u8]| {
            let request = TestRequest::post().insert_header(("Idempotency-Key", "k")).to_http_request();
            IdempotencyKey::of(&request, body).unwrap().unwrap()
        };
        let (user, now, once, other) = (UserId::new(), Timestamp::EPOCH, once(b"file"), once(b"other"));
        let mut claim = |once: &IdempotencyKey, value: &[u8], dead: Option<&[u8]>| {
            db::transaction(&mut conn, |conn| claim(conn, user, once, value, dead, now))
        };
        assert!(matches!(claim(&once, b"a", None), Ok(Claim::Taken)));
        assert!(matches!(claim(&other, b"b", None), Err(Error::KeyReused)));
        assert!(matches!(claim(&once, b"b", None), Ok(Claim::Held(value)) if value == b"a"));
        // It is unknown whether it was renewed since then.
        assert!(matches!(claim(&once, b"b", Some(b"z")), Ok(Claim::Held(value)) if value == b"a"));
        assert!(matches!(claim(&once, b"b", Some(b"a")), Ok(Claim::Taken)));
        // The first one has lost it.
        assert!(!queries::renew(&mut conn, user, &once.key, b"a", b"c").unwrap());
        assert!(queries::renew(&mut conn, user, &once.key, b"b", b"d").unwrap());
        queries::release(&mut conn, user, &once.key, &[b"a".to_vec(), b"b".to_vec()]).unwrap();
        assert!(matches!(stored(&mut conn, user, &once), Ok(Some(Claim::Held(_)))));
        queries::release(&mut conn, user, &once.key, &[b"b".to_vec(), b"d".to_vec()]).unwrap();
        assert!(matches!(stored(&mut conn, user, &once), Ok(None)));
    }
}
