-- A disabled user keeps all data but cannot sign in. The row of a deleted user stays without personal data, so that
-- results keep their owner. Its email is 'deleted:' and the id, which is not a valid address.
ALTER TABLE users ADD COLUMN disabled_at text;
ALTER TABLE users ADD COLUMN deleted_at text;

-- Responses to requests with an Idempotency-Key. A learner table. The nil user stands for clients that have not
-- signed in, so there is no foreign key. The key itself is not stored, and a response with a secret is encrypted.
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
-- To delete expired ones.
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX tokens_expires_at ON tokens (expires_at);
