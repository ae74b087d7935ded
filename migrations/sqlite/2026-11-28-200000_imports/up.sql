-- Imports that stored something, with the counts of outcomes.
CREATE TABLE imports (
    id text NOT NULL PRIMARY KEY,
    -- Null for imports on the command line.
    user_id text REFERENCES users (id) ON DELETE SET NULL,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
    format text NOT NULL,
    created integer NOT NULL,
    superseded integer NOT NULL,
    changed integer NOT NULL,
    unchanged integer NOT NULL,
    skipped integer NOT NULL,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX imports_user_id ON imports (user_id);
CREATE INDEX imports_exam_id ON imports (exam_id, id);
CREATE TRIGGER imports_touch AFTER UPDATE ON imports FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE imports SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

-- The import that created a question, and whether somebody has edited the question or changed its status since.
CREATE TABLE question_imports (
    question_id text NOT NULL PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    import_id text NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    touched boolean NOT NULL DEFAULT false,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX question_imports_import_id ON question_imports (import_id, question_id);
CREATE TRIGGER question_imports_touch AFTER UPDATE ON question_imports FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE question_imports SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE question_id = NEW.question_id;
END;
