CREATE TABLE questions (
    id text NOT NULL PRIMARY KEY,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE RESTRICT,
    domain_id text NOT NULL REFERENCES domains (id) ON DELETE RESTRICT,
    task_id text REFERENCES tasks (id) ON DELETE SET NULL,
    kind text NOT NULL CHECK (kind IN ('single_choice', 'multiple_response', 'ordering', 'matching')),
    stem text NOT NULL,
    explanation text NOT NULL,
    "references" text NOT NULL,
    tags text NOT NULL,
    difficulty integer NOT NULL CHECK (difficulty BETWEEN 1 AND 5),
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'published', 'retired')),
    origin text NOT NULL CHECK (origin IN ('authored', 'bundled', 'imported', 'generated')),
    external_key text UNIQUE,
    supersedes_id text REFERENCES questions (id) ON DELETE SET NULL,
    -- Dense number among the published questions of the domain: forms are drawn by number, at a cost that does not
    -- grow with the bank. Null when not published.
    draw_number integer CHECK ((draw_number IS NOT NULL) = (status = 'published')),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    UNIQUE (domain_id, draw_number)
);
CREATE INDEX questions_exam_id ON questions (exam_id, id);
CREATE INDEX questions_task_id ON questions (task_id);
CREATE INDEX questions_supersedes_id ON questions (supersedes_id);
CREATE TRIGGER questions_touch AFTER UPDATE ON questions FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE questions SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

CREATE TABLE answers (
    id text NOT NULL PRIMARY KEY,
    question_id text NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position >= 0),
    body text NOT NULL,
    is_correct boolean NOT NULL,
    rationale text NOT NULL,
    match_body text,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    UNIQUE (question_id, position)
);
CREATE TRIGGER answers_touch AFTER UPDATE ON answers FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE answers SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;
