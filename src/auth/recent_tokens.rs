//! The tokens of the last minutes, in memory: who they spoke for, and when they were last used.
//!
//! It spares the database a write at every request: uses are written together, once a minute. And it tells the rate
//! limiter whose request this is, before the database is asked. It allows nothing: each request looks its token up.

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

/// Remembers the tokens that were good lately.
#[derive(Default)]
pub struct RecentTokens(Mutex<HashMap<TokenHash, Use>>);

impl RecentTokens {
    /// A token was found good.
    pub fn note(&self, hash: &TokenHash, user: &Identity, at: Timestamp) {
        let used = Use { token_id: user.token_id, user_id: user.user_id, at, written: false };
        self.lock().insert(*hash, used);
    }

    /// A token was not found.
    pub fn forget(&self, hash: &TokenHash) {
        self.lock().remove(hash);
    }

    /// Who was behind a token when it was last good.
    pub fn user(&self, hash: &TokenHash) -> Option<UserId> {
        self.lock().get(hash).map(|used| used.user_id)
    }

    /// When these tokens were last used here; the others are not in the answer.
    pub fn uses_of(&self, user_id: UserId) -> HashMap<TokenId, Timestamp> {
        self.lock().values().filter(|used| used.user_id == user_id).map(|used| (used.token_id, used.at)).collect()
    }

    /// The uses that are not written yet, and forgets tokens that rest.
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
        // Servers that write at once take the rows in one order.
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
    fn a_use_is_told_at_once_and_written_once() {
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
