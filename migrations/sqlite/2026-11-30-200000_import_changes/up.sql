-- Questions that an import changed but did not create.
CREATE TABLE import_changes (
    import_id text NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    question_id text NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (import_id, question_id)
);
CREATE INDEX import_changes_question_id ON import_changes (question_id);
CREATE TRIGGER import_changes_touch AFTER UPDATE ON import_changes FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE import_changes SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE import_id = NEW.import_id AND question_id = NEW.question_id;
END;

-- The number of questions that were deleted when the import was undone.
ALTER TABLE imports ADD COLUMN deleted integer NOT NULL DEFAULT 0;
