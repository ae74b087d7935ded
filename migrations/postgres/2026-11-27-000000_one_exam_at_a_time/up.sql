-- On a cluster (deploy/citus.sql), one node after the other, because one transaction changes tables of both kinds.
-- Without Citus, this setting has no effect.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- PostgreSQL takes a stronger row lock when a column changes that is in a unique index and could be referenced by a
-- foreign key. Authors who change draw numbers and external keys would then wait for learners who are being served
-- these questions, and vice versa. Foreign keys cannot refer to partial indexes.
ALTER TABLE questions DROP CONSTRAINT questions_domain_id_draw_number_key;
CREATE UNIQUE INDEX questions_draw_number ON questions (domain_id, draw_number) WHERE draw_number IS NOT NULL;
CREATE INDEX questions_domain_id ON questions (domain_id);
ALTER TABLE questions DROP CONSTRAINT questions_external_key_key;
CREATE UNIQUE INDEX questions_external_key ON questions (external_key) WHERE external_key IS NOT NULL;

-- A learner has at most one attempt in progress at an exam, so that a second attempt cannot reveal the keys of the
-- first. If there are several, all but the newest are abandoned: they end without a result.
ALTER TABLE attempts DROP CONSTRAINT attempts_status_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_status_check CHECK (status IN ('in_progress', 'submitted', 'abandoned'));
-- Whether the learner chose the seed. A seed that the server chose is not shown before the report.
ALTER TABLE attempts ADD COLUMN seed_chosen boolean NOT NULL DEFAULT false;
UPDATE attempts SET status = 'abandoned', updated_at = now()
WHERE mode = 'exam' AND status = 'in_progress' AND EXISTS (
    SELECT FROM attempts newer
    WHERE newer.user_id = attempts.user_id AND newer.exam_id = attempts.exam_id
      AND newer.mode = 'exam' AND newer.status = 'in_progress' AND newer.id > attempts.id
);
-- `tripos migrate` grades those of them whose time had run out: they were abandoned after their deadline, which nothing else
-- does.
CREATE INDEX attempts_abandoned ON attempts (deadline_at) WHERE status = 'abandoned';
CREATE UNIQUE INDEX attempts_under_way ON attempts (user_id, exam_id) WHERE mode = 'exam' AND status = 'in_progress';
