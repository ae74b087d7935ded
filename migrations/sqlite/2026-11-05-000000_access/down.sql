DROP INDEX tokens_expires_at;
DROP TABLE idempotency_keys;
ALTER TABLE users DROP COLUMN deleted_at;
ALTER TABLE users DROP COLUMN disabled_at;
