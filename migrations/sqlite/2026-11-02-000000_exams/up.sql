CREATE TABLE exams (
    id text NOT NULL PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    provider text NOT NULL,
    blueprint_version text NOT NULL,
    blueprint_date text NOT NULL,
    blueprint_source text NOT NULL,
    question_count integer NOT NULL CHECK (question_count > 0),
    scored_count integer NOT NULL CHECK (scored_count > 0 AND scored_count <= question_count),
    duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
    scale_min integer NOT NULL,
    scale_max integer NOT NULL CHECK (scale_max > scale_min),
    pass_mark integer NOT NULL CHECK (pass_mark BETWEEN scale_min AND scale_max),
    scoring_policy text NOT NULL CHECK (scoring_policy IN ('all_or_nothing', 'per_component')),
    status text NOT NULL CHECK (status IN ('draft', 'published', 'retired')),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE TRIGGER exams_touch AFTER UPDATE ON exams FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE exams SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

CREATE TABLE domains (
    id text NOT NULL PRIMARY KEY,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    name text NOT NULL,
    weight integer NOT NULL CHECK (weight BETWEEN 1 AND 100),
    -- How many published questions the domain has; their draw_number runs from 0 to published_count - 1.
    published_count integer NOT NULL DEFAULT 0 CHECK (published_count >= 0),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    UNIQUE (exam_id, number)
);
CREATE TRIGGER domains_touch AFTER UPDATE ON domains FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE domains SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

CREATE TABLE tasks (
    id text NOT NULL PRIMARY KEY,
    domain_id text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    code text NOT NULL,
    name text NOT NULL,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    UNIQUE (domain_id, code)
);
CREATE TRIGGER tasks_touch AFTER UPDATE ON tasks FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE tasks SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;
