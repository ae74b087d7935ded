-- Imports that stored something, with the counts of outcomes.
CREATE TABLE imports (
    id uuid PRIMARY KEY,
    -- Null for imports on the command line.
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    exam_id uuid NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
    format text NOT NULL,
    created integer NOT NULL,
    superseded integer NOT NULL,
    changed integer NOT NULL,
    unchanged integer NOT NULL,
    skipped integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX imports_user_id ON imports (user_id);
CREATE INDEX imports_exam_id ON imports (exam_id, id);
CREATE TRIGGER imports_touch BEFORE UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The import that created a question, and whether somebody has edited the question or changed its status since.
CREATE TABLE question_imports (
    question_id uuid PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    import_id uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    touched boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX question_imports_import_id ON question_imports (import_id, question_id);
CREATE TRIGGER question_imports_touch BEFORE UPDATE ON question_imports
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
