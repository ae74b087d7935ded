ALTER TABLE exams DROP COLUMN description;
ALTER TABLE questions DROP COLUMN upkeep_changed;
ALTER TABLE questions DROP COLUMN accepted_warnings;
ALTER TABLE questions DROP COLUMN review_by;
ALTER TABLE questions DROP COLUMN subjects;
DROP TABLE subjects;
