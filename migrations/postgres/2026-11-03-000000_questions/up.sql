CREATE TABLE questions (
    id uuid PRIMARY KEY,
    exam_id uuid NOT NULL REFERENCES exams (id) ON DELETE RESTRICT,
    domain_id uuid NOT NULL REFERENCES domains (id) ON DELETE RESTRICT,
    task_id uuid REFERENCES tasks (id) ON DELETE SET NULL,
    kind text NOT NULL CHECK (kind IN ('single_choice', 'multiple_response', 'ordering', 'matching')),
    stem text NOT NULL,
    explanation text NOT NULL,
    "references" jsonb NOT NULL,
    tags jsonb NOT NULL,
    difficulty integer NOT NULL CHECK (difficulty BETWEEN 1 AND 5),
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'published', 'retired')),
    origin text NOT NULL CHECK (origin IN ('authored', 'bundled', 'imported', 'generated')),
    external_key text UNIQUE,
    supersedes_id uuid REFERENCES questions (id) ON DELETE SET NULL,
    -- Dense number among the published questions of the domain: forms are drawn by number, at a cost that does not
    -- grow with the bank. Null when not published.
    draw_number integer CHECK ((draw_number IS NOT NULL) = (status = 'published')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (domain_id, draw_number)
);
CREATE INDEX questions_exam_id ON questions (exam_id, id);
CREATE INDEX questions_task_id ON questions (task_id);
CREATE INDEX questions_supersedes_id ON questions (supersedes_id);
CREATE TRIGGER questions_touch BEFORE UPDATE ON questions FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE answers (
    id uuid PRIMARY KEY,
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position >= 0),
    body text NOT NULL,
    is_correct boolean NOT NULL,
    rationale text NOT NULL,
    match_body text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (question_id, position)
);
CREATE TRIGGER answers_touch BEFORE UPDATE ON answers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
