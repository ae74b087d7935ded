DROP INDEX questions_stem;
ALTER TABLE question_changes DROP COLUMN comment;
ALTER TABLE question_changes DROP COLUMN reason;
DROP TABLE question_drafts;
DROP TABLE generation_days;
DROP TABLE generation_outcomes;
DROP TABLE generation_jobs;
DROP TABLE jobs;
