SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

DROP INDEX questions_line;
CREATE INDEX questions_line ON questions (coalesce(line_id, id)) WHERE draw_number IS NOT NULL;
