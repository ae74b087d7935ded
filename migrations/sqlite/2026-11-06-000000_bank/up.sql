-- The user who last changed a blueprint here. Seeding no longer changes it then.
ALTER TABLE exams ADD COLUMN written_by text REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX exams_written_by ON exams (written_by);

-- The writer of a revision, and whether learners may have been served it. If so, its content never changes.
ALTER TABLE questions ADD COLUMN written_by text REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE questions ADD COLUMN frozen boolean NOT NULL DEFAULT false;
UPDATE questions SET frozen = true WHERE status IN ('published', 'retired');
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
    id text NOT NULL PRIMARY KEY,
    question_id text NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    user_id text REFERENCES users (id) ON DELETE SET NULL,
    from_status text NOT NULL CHECK (from_status IN ('draft', 'in_review', 'published', 'retired')),
    to_status text NOT NULL CHECK (to_status IN ('draft', 'in_review', 'published', 'retired')),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX question_changes_question_id ON question_changes (question_id, id);
CREATE INDEX question_changes_user_id ON question_changes (user_id);
CREATE TRIGGER question_changes_touch AFTER UPDATE ON question_changes FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE question_changes SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

-- The words of each question, as the program splits them, so that both databases find the same. The number is what the
-- index refers to.
CREATE TABLE question_search (
    number integer NOT NULL PRIMARY KEY,
    question_id text NOT NULL UNIQUE REFERENCES questions (id) ON DELETE CASCADE,
    words text NOT NULL,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE TRIGGER question_search_touch AFTER UPDATE ON question_search FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE question_search SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE number = NEW.number;
END;
-- Only white space separates words: all other characters are part of a word.
CREATE VIRTUAL TABLE question_words USING fts5 (
    words, content = 'question_search', content_rowid = 'number', detail = 'none', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
CREATE TRIGGER question_search_added AFTER INSERT ON question_search
BEGIN
    INSERT INTO question_words (rowid, words) VALUES (NEW.number, NEW.words);
END;
CREATE TRIGGER question_search_removed AFTER DELETE ON question_search
BEGIN
    INSERT INTO question_words (question_words, rowid, words) VALUES ('delete', OLD.number, OLD.words);
END;
CREATE TRIGGER question_search_changed AFTER UPDATE OF words ON question_search
BEGIN
    INSERT INTO question_words (question_words, rowid, words) VALUES ('delete', OLD.number, OLD.words);
    INSERT INTO question_words (rowid, words) VALUES (NEW.number, NEW.words);
END;
