-- Whether the texts of a question are in the normal form that is safe in every reader. It stands with the words, which are
-- derived from the texts too: a change of `questions` would be one that authors see. `tripos migrate` brings texts into
-- normal form that were stored before, and servers those that an older release beside them stores.
ALTER TABLE question_search ADD COLUMN is_normalized boolean NOT NULL DEFAULT false;
CREATE INDEX question_search_not_normalized ON question_search (question_id) WHERE NOT is_normalized;
