-- Questions that an import changed but did not create.
CREATE TABLE import_changes (
    import_id uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (import_id, question_id)
);
CREATE INDEX import_changes_question_id ON import_changes (question_id);
CREATE TRIGGER import_changes_touch BEFORE UPDATE ON import_changes FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The number of questions that were deleted when the import was undone.
ALTER TABLE imports ADD COLUMN deleted integer NOT NULL DEFAULT 0;
