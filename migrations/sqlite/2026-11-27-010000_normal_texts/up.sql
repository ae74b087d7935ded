-- Whether the texts of a question are in the normal form that is safe in every reader. It is stored with the words, which
-- also depend on the texts: in `questions`, the change would be visible to authors. `tripos migrate` converts texts that
-- were stored before, and servers convert those that an older release next to them stores.
ALTER TABLE question_search ADD COLUMN is_normalized boolean NOT NULL DEFAULT false;
CREATE INDEX question_search_not_normalized ON question_search (question_id) WHERE NOT is_normalized;
