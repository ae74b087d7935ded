DROP TABLE question_imports;
DROP TABLE imports;
