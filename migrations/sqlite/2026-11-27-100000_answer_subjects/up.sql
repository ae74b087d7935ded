-- The user whom a stored response is about, so that it is deleted with the account: for clients that have not signed in,
-- user_id is nil. It has no foreign key, like user_id.
ALTER TABLE idempotency_keys ADD COLUMN subject_id text;
CREATE INDEX idempotency_keys_subject_id ON idempotency_keys (user_id, subject_id) WHERE subject_id IS NOT NULL;
-- It is unknown whom these are about.
DELETE FROM idempotency_keys WHERE user_id = '00000000-0000-0000-0000-000000000000';
