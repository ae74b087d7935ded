ALTER TABLE imports DROP COLUMN deleted;
DROP TABLE import_changes;
