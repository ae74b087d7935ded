-- Subjects that questions depend on, such as a service, and their status. Questions may also name subjects without a row:
-- nothing is known about these.
CREATE TABLE subjects (
    -- A namespace and a name, such as aws:s3.
    id text PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('current', 'renamed', 'closed', 'ended')),
    -- The new name.
    renamed_to text,
    -- The day since which the status applies or on which it was last checked, and the source.
    as_of text NOT NULL,
    source text NOT NULL,
    -- The user who last changed it here. Seeding no longer changes it then.
    written_by text REFERENCES users (id) ON DELETE SET NULL,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    CHECK ((status = 'renamed') = (renamed_to IS NOT NULL))
);
CREATE INDEX subjects_written_by ON subjects (written_by);
CREATE TRIGGER subjects_touch AFTER UPDATE ON subjects FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE subjects SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

-- The upkeep of a question. It changes without a new revision.
ALTER TABLE questions ADD COLUMN subjects text NOT NULL DEFAULT '[]';
ALTER TABLE questions ADD COLUMN review_by text;
-- Lint rules, each with the reason why its warnings are accepted.
ALTER TABLE questions ADD COLUMN accepted_warnings text NOT NULL DEFAULT '{}';
-- Whether the upkeep was changed here. Seeding no longer changes it then.
ALTER TABLE questions ADD COLUMN upkeep_changed boolean NOT NULL DEFAULT false;

-- Information for learners about an exam.
ALTER TABLE exams ADD COLUMN description text NOT NULL DEFAULT '';
