-- Counts the changes of a slot, so that a late request does not overwrite a newer response unnoticed.
ALTER TABLE attempt_slots ADD COLUMN revision integer NOT NULL DEFAULT 0;
