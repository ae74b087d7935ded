DROP INDEX question_search_not_normalized;
ALTER TABLE question_search DROP COLUMN is_normalized;
