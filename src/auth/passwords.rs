//! Passwords: Argon2id, outside the async threads, and only a limited number at a time.

use std::{sync::Arc, time::Duration};

use actix_web::web;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{concurrency::ConcurrencyLimit, error::Error};

/// Memory of one hash in KiB, passes, and lanes: the second recommendation of OWASP's password storage cheat sheet.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The result of checking a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is wrong, or there is no stored hash.
    Wrong,
    /// It is right. If the parameters have changed, the stored hash should be replaced with this one.
    Right {
        /// The hash of the same password with the current parameters.
        rehashed: Option<String>,
    },
}

/// Hashes passwords, each on a blocking thread with 19 MiB of memory.
///
/// At most `at_once` run at a time, so that a flood of sign-ins cannot exhaust the memory. Waiting longer than `patience` is
/// [`Error::Busy`].
#[derive(Clone)]
pub struct Passwords {
    limit: ConcurrencyLimit,
    nobodys: Arc<str>,
}

impl Passwords {
    /// Creates a hasher with this limit.
    pub fn new(at_once: usize, patience: Duration) -> Result<Self, Error> {
        let nobodys = hash(b"of nobody")?;
        Ok(Self { limit: ConcurrencyLimit::new(at_once, patience), nobodys: nobodys.into() })
    }

    /// The hash to store for a password, in the PHC string format.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.run(move || hash(password.expose_secret().as_bytes())).await
    }

    /// Checks a password against a stored hash. Without a stored hash, it fails after the same time.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<Verdict, Error> {
        let nobodys = Arc::clone(&self.nobodys);
        self.run(move || {
            let password = password.expose_secret().as_bytes();
            let right = compare(password, stored.as_deref().unwrap_or(&nobodys))?;
            match stored {
                Some(stored) if right => {
                    let rehashed = if is_current(&stored)? { None } else { Some(hash(password)?) };
                    Ok(Verdict::Right { rehashed })
                }
                _ => Ok(Verdict::Wrong),
            }
        })
        .await
    }

    /// Derives a key that is as expensive to guess as a password. Deterministic for the same `text` and `salt`.
    pub async fn stretch(&self, text: [u8; 32], salt: [u8; 32]) -> Result<[u8; 32], Error> {
        self.run(move || {
            let mut key = [0; 32];
            argon2()?.hash_password_into(&text, &salt, &mut key).map_err(|error| failed(&error))?;
            Ok(key)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.limit.permit().await?;
        let outcome = web::block(move || {
            let outcome = work();
            drop(permit);
            outcome
        });
        outcome.await.map_err(|_| Error::Internal("hashing a password panicked".into()))?
    }
}

/// [`Passwords::hash`] for the command line, which may block.
pub fn hash(password: &[u8]) -> Result<String, Error> {
    argon2()?.hash_password(password).map(|hash| hash.to_string()).map_err(|error| failed(&error))
}

fn compare(password: &[u8], stored: &str) -> Result<bool, Error> {
    match argon2()?.verify_password(password, &parse(stored)?) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}

fn is_current(stored: &str) -> Result<bool, Error> {
    let stored = parse(stored)?;
    let params = Params::try_from(&stored).map_err(|error| failed(&error))?;
    Ok(stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES))
}

fn parse(stored: &str) -> Result<PasswordHash, Error> {
    PasswordHash::new(stored).map_err(|error| failed(&error))
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| failed(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: &impl std::fmt::Display) -> Error {
    Error::Internal(format!("password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_hash_and_another_does_not() {
        let stored = hash(b"correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(compare(b"correct horse", &stored).unwrap());
        assert!(!compare(b"correct horsf", &stored).unwrap());
        assert_ne!(hash(b"correct horse").unwrap(), stored, "each has a salt of its own");
    }

    #[test]
    fn a_hash_with_old_parameters_is_replaced() {
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(b"x").unwrap().to_string();
        assert!(compare(b"x", &weak).unwrap());
        assert!(!is_current(&weak).unwrap());
        assert!(is_current(&hash(b"x").unwrap()).unwrap());
    }
}
