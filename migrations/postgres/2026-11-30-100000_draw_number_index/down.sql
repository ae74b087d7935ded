-- On a cluster, one node after the other.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

DROP INDEX questions_draw_number;
CREATE UNIQUE INDEX questions_draw_number ON questions (domain_id, draw_number) WHERE draw_number IS NOT NULL;
