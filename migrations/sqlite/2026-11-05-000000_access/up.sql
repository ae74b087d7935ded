-- A disabled user keeps everything and may do nothing. Of a deleted one, the row stays without personal data, so that
-- results keep their owner; its email is 'deleted:' and the id, which no address can be.
ALTER TABLE users ADD COLUMN disabled_at text;
ALTER TABLE users ADD COLUMN deleted_at text;

-- What was answered to requests with an Idempotency-Key. A learner table; the nil user stands for those who have not
-- signed in, so it names no parent. The key itself is not kept, and an answer that holds a secret is encrypted.
CREATE TABLE idempotency_keys (
    user_id text NOT NULL,
    key_hash blob NOT NULL,
    fingerprint blob NOT NULL,
    location text NOT NULL,
    body blob NOT NULL,
    sealed boolean NOT NULL,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, key_hash)
);
-- For clearing away those that expired.
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX tokens_expires_at ON tokens (expires_at);
