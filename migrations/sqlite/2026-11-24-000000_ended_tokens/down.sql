DROP INDEX tokens_revoked_at;
DROP INDEX tokens_good;
