-- The valid tokens of a user, however many were revoked.
CREATE INDEX tokens_good ON tokens (user_id, id) WHERE revoked_at IS NULL;
-- To delete revoked ones.
CREATE INDEX tokens_revoked_at ON tokens (revoked_at);
