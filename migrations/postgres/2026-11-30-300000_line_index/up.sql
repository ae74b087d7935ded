-- On a cluster, one node after the other.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- A learner's cards are joined with the published questions of their lines; with these columns in the index, the join does
-- not read the table.
DROP INDEX questions_line;
CREATE INDEX questions_line ON questions (coalesce(line_id, id)) INCLUDE (line_id, id, domain_id, task_id)
    WHERE draw_number IS NOT NULL;
