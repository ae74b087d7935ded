-- Subjects that questions depend on, such as a service, and their status. Questions may also name subjects without a row:
-- nothing is known about these.
CREATE TABLE subjects (
    -- A namespace and a name, such as aws:s3.
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('current', 'renamed', 'closed', 'ended')),
    -- The new name.
    renamed_to text,
    -- The day since which the status applies or on which it was last checked, and the source.
    as_of text NOT NULL,
    source text NOT NULL,
    -- The user who last changed it here. Seeding no longer changes it then.
    written_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'renamed') = (renamed_to IS NOT NULL))
);
CREATE INDEX subjects_written_by ON subjects (written_by);
CREATE TRIGGER subjects_touch BEFORE UPDATE ON subjects FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The upkeep of a question. It changes without a new revision.
ALTER TABLE questions ADD COLUMN subjects jsonb NOT NULL DEFAULT '[]';
ALTER TABLE questions ADD COLUMN review_by text;
-- Lint rules, each with the reason why its warnings are accepted.
ALTER TABLE questions ADD COLUMN accepted_warnings jsonb NOT NULL DEFAULT '{}';
-- Whether the upkeep was changed here. Seeding no longer changes it then.
ALTER TABLE questions ADD COLUMN upkeep_changed boolean NOT NULL DEFAULT false;

-- Information for learners about an exam.
ALTER TABLE exams ADD COLUMN description text NOT NULL DEFAULT '';
