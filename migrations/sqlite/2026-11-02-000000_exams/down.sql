DROP TABLE tasks;
DROP TABLE domains;
DROP TABLE exams;
