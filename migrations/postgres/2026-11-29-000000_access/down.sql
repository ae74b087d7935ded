DROP INDEX attempts_started_at;
DROP TABLE question_writers;
