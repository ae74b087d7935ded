-- On a cluster (deploy/citus.sql), one node after the other, because one transaction changes tables of both kinds.
-- Without Citus, this setting has no effect.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- Everyone who wrote a revision of a question or any part of it. None of them can publish it, except an admin.
CREATE TABLE question_writers (
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (question_id, user_id)
);
CREATE INDEX question_writers_user_id ON question_writers (user_id);
CREATE TRIGGER question_writers_touch BEFORE UPDATE ON question_writers
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- As far as known: the last author, the user who requested it from a language model, and the importer.
INSERT INTO question_writers (question_id, user_id)
SELECT id, written_by FROM questions WHERE written_by IS NOT NULL
UNION
SELECT question_id, requested_by FROM question_drafts WHERE requested_by IS NOT NULL
UNION
SELECT question_id, user_id FROM question_imports JOIN imports ON imports.id = import_id WHERE user_id IS NOT NULL;

-- To count the attempts that a learner began recently.
CREATE INDEX attempts_started_at ON attempts (user_id, started_at);
