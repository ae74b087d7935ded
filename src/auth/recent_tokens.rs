//! Recently used tokens, in memory: their users, and when they were last used.
//!
//! This spares the database a write per request: uses are written together, once a minute. And the rate limiter learns
//! the user of a request before the database is queried. It authorizes nothing: each request looks up its token.

use std::{collections::HashMap, sync::Mutex};

use super::{
    model::{Identity, TokenId, UserId},
    secret::TokenHash,
};
use crate::db::types::Timestamp;

/// How long a token is remembered after its last use, in seconds.
const MEMORY: i64 = 600;

struct Use {
    token_id: TokenId,
    user_id: UserId,
    at: Timestamp,
    written: bool,
}

/// The valid tokens that were used recently.
#[derive(Default)]
pub struct RecentTokens(Mutex<HashMap<TokenHash, Use>>);

impl RecentTokens {
    /// Records that a token was valid.
    pub fn note(&self, hash: &TokenHash, user: &Identity, at: Timestamp) {
        let used = Use { token_id: user.token_id, user_id: user.user_id, at, written: false };
        self.lock().insert(*hash, used);
    }

    /// Records that a token was not found.
    pub fn forget(&self, hash: &TokenHash) {
        self.lock().remove(hash);
    }

    /// The user of a token when it was last valid.
    pub fn user(&self, hash: &TokenHash) -> Option<UserId> {
        self.lock().get(hash).map(|used| used.user_id)
    }

    /// When these tokens were last used on this server. Tokens that were not used are missing.
    pub fn uses_of(&self, user_id: UserId) -> HashMap<TokenId, Timestamp> {
        self.lock().values().filter(|used| used.user_id == user_id).map(|used| (used.token_id, used.at)).collect()
    }

    /// Returns the uses that are not written yet, and forgets idle tokens.
    pub fn take_unwritten(&self, now: Timestamp) -> Vec<(TokenId, Timestamp)> {
        let mut tokens = self.lock();
        tokens.retain(|_, used| now.seconds_since(used.at) < MEMORY || !used.written);
        let unwritten = tokens.values_mut().filter(|used| !used.written);
        let mut uses: Vec<(TokenId, Timestamp)> = unwritten
            .map(|used| {
                used.written = true;
                (used.token_id, used.at)
            })
            .collect();
        // All servers update the rows in the same order, so that they cannot deadlock.
        uses.sort_unstable();
        uses
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TokenHash, Use>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::model::{Role, TokenKind};

    #[test]
    fn a_use_is_returned_at_once_and_written_once() {
        let recent = RecentTokens::default();
        let at = |second| Timestamp::from_microseconds(second * 1_000_000).unwrap();
        let (user_id, token_id) = (UserId::new(), TokenId::new());
        let token_kind = TokenKind::Api;
        let role = Role::Learner;
        let user = Identity { user_id, role, extra_time_percent: 0, token_id, token_kind, token_created_at: at(0) };
        recent.note(&[1; 32], &user, at(0));
        recent.note(&[1; 32], &user, at(5));
        assert_eq!(recent.user(&[1; 32]), Some(user_id));
        assert_eq!(recent.uses_of(user_id), HashMap::from([(token_id, at(5))]));
        assert_eq!(recent.take_unwritten(at(60)), [(token_id, at(5))]);
        assert_eq!(recent.take_unwritten(at(120)), []);
        assert_eq!(recent.user(&[1; 32]), Some(user_id));
        recent.take_unwritten(at(5 + MEMORY));
        assert_eq!(recent.user(&[1; 32]), None);
    }
}
