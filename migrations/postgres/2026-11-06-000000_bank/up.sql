-- The user who last changed a blueprint here. Seeding no longer changes it then.
ALTER TABLE exams ADD COLUMN written_by uuid REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX exams_written_by ON exams (written_by);

-- The writer of a revision, and whether learners may have been served it. If so, its content never changes.
ALTER TABLE questions ADD COLUMN written_by uuid REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE questions ADD COLUMN frozen boolean NOT NULL DEFAULT false;
UPDATE questions SET frozen = true WHERE status IN ('published', 'retired');
ALTER TABLE questions ADD CONSTRAINT questions_frozen CHECK (frozen OR status <> 'published');
CREATE INDEX questions_written_by ON questions (written_by);
-- Revisions form a line: each has at most one successor.
DROP INDEX questions_supersedes_id;
CREATE UNIQUE INDEX questions_supersedes_id ON questions (supersedes_id);
-- For lists by status, difficulty and time of change.
CREATE INDEX questions_status ON questions (exam_id, status, id);
CREATE INDEX questions_difficulty ON questions (exam_id, difficulty, id);
CREATE INDEX questions_exam_updated_at ON questions (exam_id, updated_at, id);
CREATE INDEX questions_updated_at ON questions (updated_at, id);

-- Changes of status.
CREATE TABLE question_changes (
    id uuid PRIMARY KEY,
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    from_status text NOT NULL CHECK (from_status IN ('draft', 'in_review', 'published', 'retired')),
    to_status text NOT NULL CHECK (to_status IN ('draft', 'in_review', 'published', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX question_changes_question_id ON question_changes (question_id, id);
CREATE INDEX question_changes_user_id ON question_changes (user_id);
CREATE TRIGGER question_changes_touch BEFORE UPDATE ON question_changes FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The words of each question, as the program splits them, so that both databases find the same.
CREATE TABLE question_search (
    question_id uuid PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    words text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX question_search_words ON question_search USING gin (array_to_tsvector(string_to_array(words, ' ')))
    WITH (fastupdate = off);
CREATE TRIGGER question_search_touch BEFORE UPDATE ON question_search FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
