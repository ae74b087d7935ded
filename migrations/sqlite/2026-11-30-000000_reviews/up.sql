-- The learner's card of a line: its memory by FSRS, the day on which it is due, and by how much a review raises the recall
-- on the day of an exam, if there is a plan for it. Null before the first response, and for responses from before cards
-- existed: the program computes their cards from the slots at first use.
ALTER TABLE learner_questions ADD COLUMN exam_id text;
ALTER TABLE learner_questions ADD COLUMN stability real CHECK (stability > 0);
ALTER TABLE learner_questions ADD COLUMN difficulty real CHECK (difficulty BETWEEN 1 AND 10);
ALTER TABLE learner_questions ADD COLUMN due_on text;
ALTER TABLE learner_questions ADD COLUMN gain real;
CREATE INDEX learner_questions_cards ON learner_questions (user_id, exam_id) WHERE due_on IS NOT NULL;
CREATE INDEX learner_questions_without_card ON learner_questions (user_id) WHERE mark IS NOT NULL AND due_on IS NULL;

-- A learner's goals until the day of an exam.
CREATE TABLE plans (
    user_id text NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
    exam_date text NOT NULL,
    desired_retention real NOT NULL CHECK (desired_retention BETWEEN 0.7 AND 0.99),
    exam_day_retention real NOT NULL CHECK (exam_day_retention BETWEEN 0.7 AND 0.99),
    reviews_per_day integer NOT NULL CHECK (reviews_per_day BETWEEN 1 AND 1000),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, exam_id)
);
CREATE INDEX plans_exam ON plans (exam_id);

-- The learner's median time per question when the attempt began, to recognize slow answers.
ALTER TABLE attempts ADD COLUMN median_seconds integer;
