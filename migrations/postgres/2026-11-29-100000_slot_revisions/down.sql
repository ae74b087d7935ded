ALTER TABLE attempt_slots DROP COLUMN revision;
