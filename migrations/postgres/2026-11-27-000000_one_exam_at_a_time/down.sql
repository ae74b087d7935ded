SET LOCAL citus.multi_shard_modify_mode TO 'sequential';
DROP INDEX attempts_under_way;
DROP INDEX attempts_abandoned;
-- The previous release does not know abandoned attempts: they are in progress again until their time runs out.
UPDATE attempts SET status = 'in_progress', updated_at = now() WHERE status = 'abandoned';
ALTER TABLE attempts DROP COLUMN seed_chosen;
ALTER TABLE attempts DROP CONSTRAINT attempts_status_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_status_check CHECK (status IN ('in_progress', 'submitted'));
DROP INDEX questions_external_key;
ALTER TABLE questions ADD CONSTRAINT questions_external_key_key UNIQUE (external_key);
DROP INDEX questions_domain_id;
DROP INDEX questions_draw_number;
ALTER TABLE questions ADD CONSTRAINT questions_domain_id_draw_number_key UNIQUE (domain_id, draw_number);
