SET LOCAL citus.multi_shard_modify_mode TO 'sequential';
-- The previous release does not know reviews.
DELETE FROM attempts WHERE mode = 'review';
ALTER TABLE attempts DROP COLUMN median_seconds;
DROP TABLE plans;
DROP INDEX learner_questions_without_card;
DROP INDEX learner_questions_cards;
ALTER TABLE learner_questions DROP COLUMN gain;
ALTER TABLE learner_questions DROP COLUMN due_on;
ALTER TABLE learner_questions DROP COLUMN difficulty;
ALTER TABLE learner_questions DROP COLUMN stability;
ALTER TABLE learner_questions DROP COLUMN exam_id;
