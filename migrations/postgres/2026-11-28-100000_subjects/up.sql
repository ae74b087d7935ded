-- What questions rest on, such as a service, and what has become of it. Questions name subjects that have no row here, too:
-- then nothing is known of them.
CREATE TABLE subjects (
    -- A namespace and a name, such as aws:s3.
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('current', 'renamed', 'closed', 'ended')),
    -- The new name.
    renamed_to text,
    -- The day since when the status holds or on which it was last checked, and where that was read.
    as_of text NOT NULL,
    source text NOT NULL,
    -- Who last changed it here: seeding leaves it alone from then on.
    written_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'renamed') = (renamed_to IS NOT NULL))
);
CREATE INDEX subjects_written_by ON subjects (written_by);
CREATE TRIGGER subjects_touch BEFORE UPDATE ON subjects FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What keeps a question up to date. It changes without a new revision.
ALTER TABLE questions ADD COLUMN subjects jsonb NOT NULL DEFAULT '[]';
ALTER TABLE questions ADD COLUMN review_by text;
-- Rules of lint, each with the reason why its warnings are accepted.
ALTER TABLE questions ADD COLUMN accepted_warnings jsonb NOT NULL DEFAULT '{}';
-- Whether these were changed here: seeding leaves them alone from then on.
ALTER TABLE questions ADD COLUMN upkeep_changed boolean NOT NULL DEFAULT false;

-- What learners are told about an exam.
ALTER TABLE exams ADD COLUMN description text NOT NULL DEFAULT '';
