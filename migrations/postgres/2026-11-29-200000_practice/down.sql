SET LOCAL citus.multi_shard_modify_mode TO 'sequential';
DROP TABLE learner_questions;
DROP TABLE slot_tries;
-- The previous release knows only exams.
DELETE FROM attempts WHERE mode <> 'exam';
ALTER TABLE attempt_slots DROP COLUMN struck_out;
ALTER TABLE attempts DROP COLUMN selection;
ALTER TABLE attempts DROP COLUMN extra_time_percent;
ALTER TABLE attempts DROP COLUMN percent;
DROP INDEX questions_choice;
DROP INDEX questions_line;
ALTER TABLE questions DROP COLUMN line_id;
ALTER TABLE users DROP COLUMN extra_time_percent;
ALTER TABLE users DROP COLUMN time_zone;
