-- Everyone who wrote a revision of a question or any part of it. None of them can publish it, except an admin.
CREATE TABLE question_writers (
    question_id text NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (question_id, user_id)
);
CREATE INDEX question_writers_user_id ON question_writers (user_id);
CREATE TRIGGER question_writers_touch AFTER UPDATE ON question_writers FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE question_writers SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE question_id = NEW.question_id AND user_id = NEW.user_id;
END;

-- As far as known: the last author, the user who requested it from a language model, and the importer.
INSERT INTO question_writers (question_id, user_id)
SELECT id, written_by FROM questions WHERE written_by IS NOT NULL
UNION
SELECT question_id, requested_by FROM question_drafts WHERE requested_by IS NOT NULL
UNION
SELECT question_id, user_id FROM question_imports JOIN imports ON imports.id = import_id WHERE user_id IS NOT NULL;

-- To count the attempts that a learner began recently.
CREATE INDEX attempts_started_at ON attempts (user_id, started_at);
