-- Whom a remembered answer is about, so that it goes with the account: of those who have not signed in, user_id tells
-- nothing. It names no parent, as user_id.
ALTER TABLE idempotency_keys ADD COLUMN subject_id uuid;
CREATE INDEX idempotency_keys_subject_id ON idempotency_keys (user_id, subject_id) WHERE subject_id IS NOT NULL;
-- Of these nobody knows any more whom they are about.
DELETE FROM idempotency_keys WHERE user_id = '00000000-0000-0000-0000-000000000000';
