//! Token secrets: `tripos_`, 192 random bits and a checksum. The table of tokens stores only their SHA-256.

use data_encoding::BASE32_NOPAD;
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};

use crate::error::Error;

const PREFIX: &str = "tripos_";
const RANDOM_BYTES: usize = 24;
const CHECKSUM_BYTES: usize = 6;

/// The hash of a token, as the database stores it.
pub type TokenHash = [u8; 32];

/// A new secret and its hash. The secret is shown once and never stored.
pub fn generate() -> Result<(String, TokenHash), Error> {
    let mut random = [0; RANDOM_BYTES];
    SysRng.try_fill_bytes(&mut random).map_err(|error| Error::Internal(format!("no random bytes: {error}")))?;
    let secret = write(&random);
    let hash = Sha256::digest(&secret).into();
    Ok((secret, hash))
}

/// The hash of a secret, or `None` if its format or checksum is wrong.
pub fn hash(secret: &str) -> Option<TokenHash> {
    let body = secret.strip_prefix(PREFIX)?;
    let bytes = BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok()?;
    let (random, _) = bytes.split_at_checked(RANDOM_BYTES)?;
    (write(random) == secret).then(|| Sha256::digest(secret).into())
}

fn write(random: &[u8]) -> String {
    let checksum = Sha256::digest(random);
    let mut bytes = random.to_vec();
    bytes.extend_from_slice(&checksum[..CHECKSUM_BYTES]);
    format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognized_and_a_mistyped_one_is_not() {
        let (secret, hashed) = generate().unwrap();
        assert_eq!(secret.len(), PREFIX.len() + 48);
        assert_eq!(hash(&secret), Some(hashed));
        for index in 0..secret.len() {
            let mut typo = secret.clone().into_bytes();
            typo[index] = if typo[index] == b'x' { b'y' } else { b'x' };
            assert_eq!(hash(&String::from_utf8(typo).unwrap()), None, "at {index}");
        }
        for end in 0..secret.len() {
            assert_eq!(hash(&secret[..end]), None);
        }
        assert_eq!(hash(&secret.to_uppercase()), None);
    }
}
