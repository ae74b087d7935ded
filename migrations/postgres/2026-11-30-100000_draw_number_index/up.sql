-- On a cluster, one node after the other.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- Forms are drawn by number; with the id in the index, drawing does not read the table.
DROP INDEX questions_draw_number;
CREATE UNIQUE INDEX questions_draw_number ON questions (domain_id, draw_number) INCLUDE (id) WHERE draw_number IS NOT NULL;
