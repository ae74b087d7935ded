-- The tokens of a user that are good, however many were revoked.
CREATE INDEX tokens_good ON tokens (user_id, id) WHERE revoked_at IS NULL;
-- For clearing away those that were revoked.
CREATE INDEX tokens_revoked_at ON tokens (revoked_at);
