ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
-- Extra time as an accommodation, in percent of the exam's time.
ALTER TABLE users ADD COLUMN extra_time_percent integer NOT NULL DEFAULT 0 CHECK (extra_time_percent BETWEEN 0 AND 300);

-- The first revision of a question's line; null in the first revision itself. Records of learners refer to lines, so that
-- a new revision changes no rows of learners.
ALTER TABLE questions ADD COLUMN line_id text;
WITH RECURSIVE lines (id, first_id) AS (
    SELECT id, id FROM questions WHERE supersedes_id IS NULL
    UNION ALL
    SELECT newer.id, lines.first_id FROM questions newer JOIN lines ON newer.supersedes_id = lines.id
)
UPDATE questions SET line_id = lines.first_id FROM lines
WHERE lines.id = questions.id AND questions.supersedes_id IS NOT NULL;
-- The published revision of a line.
CREATE INDEX questions_line ON questions (coalesce(line_id, id)) WHERE draw_number IS NOT NULL;
-- For the choice of questions in a practice, if few questions match.
CREATE INDEX questions_choice ON questions (domain_id, kind, difficulty) WHERE draw_number IS NOT NULL;

ALTER TABLE attempts ADD COLUMN percent real;
ALTER TABLE attempts ADD COLUMN extra_time_percent integer NOT NULL DEFAULT 0;
-- The settings of a practice.
ALTER TABLE attempts ADD COLUMN selection text;
UPDATE attempts SET percent = json_extract(report, '$.score.percent')
WHERE report IS NOT NULL;

ALTER TABLE attempt_slots ADD COLUMN struck_out text NOT NULL DEFAULT '[]';

-- Responses after the one that counts, in attempts with immediate feedback.
CREATE TABLE slot_tries (
    user_id text NOT NULL,
    attempt_id text NOT NULL,
    position integer NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    response text NOT NULL,
    mark real NOT NULL CHECK (mark BETWEEN 0 AND 1),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, attempt_id, position, number),
    FOREIGN KEY (user_id, attempt_id, position) REFERENCES attempt_slots (user_id, attempt_id, position)
        ON DELETE CASCADE
);

-- A learner's last response to the questions of a line. The slots keep the questions from being deleted.
CREATE TABLE learner_questions (
    user_id text NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    line_id text NOT NULL,
    -- Null if the learner flagged it but gave no response.
    mark real CHECK (mark BETWEEN 0 AND 1),
    flagged boolean NOT NULL,
    unsure boolean NOT NULL,
    answered_at text,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, line_id)
);
INSERT INTO learner_questions (user_id, line_id, mark, flagged, unsure, answered_at)
SELECT user_id, line_id, mark, flagged, unsure, answered_at FROM (
    SELECT
        slots.user_id, coalesce(questions.line_id, questions.id) AS line_id, slots.flagged, slots.unsure, slots.answered_at,
        CASE WHEN slots.response IS NOT NULL THEN slots.mark END AS mark,
        row_number() OVER (
            PARTITION BY slots.user_id, coalesce(questions.line_id, questions.id)
            ORDER BY CASE WHEN slots.answered_at IS NULL THEN 1 ELSE 0 END, slots.answered_at DESC, slots.attempt_id DESC
        ) AS age
    FROM attempt_slots slots
    JOIN attempts ON attempts.user_id = slots.user_id AND attempts.id = slots.attempt_id
    JOIN questions ON questions.id = slots.question_id
    WHERE attempts.status = 'submitted' AND (slots.response IS NOT NULL OR slots.flagged)
) last WHERE age = 1;
