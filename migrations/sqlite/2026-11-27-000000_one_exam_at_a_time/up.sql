-- A learner has at most one attempt in progress at an exam, so that a second attempt cannot reveal the keys of the
-- first. If there are several, all but the newest are abandoned: they end without a result.
--
-- SQLite cannot change a CHECK of an existing table, so both tables are created anew: dropping attempts alone would
-- delete the slots, which refer to it.
CREATE TABLE new_attempts (
    user_id text NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    id text NOT NULL,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE RESTRICT,
    mode text NOT NULL CHECK (mode IN ('exam', 'practice', 'review')),
    status text NOT NULL CHECK (status IN ('in_progress', 'submitted', 'abandoned')),
    seed integer NOT NULL,
    feedback text NOT NULL CHECK (feedback IN ('at_once', 'at_end')),
    time_limit_seconds integer CHECK (time_limit_seconds > 0),
    notes text NOT NULL,
    started_at text NOT NULL,
    deadline_at text,
    submitted_at text,
    report text,
    scaled_score integer,
    passed boolean,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    -- Whether the learner chose the seed. A seed that the server chose is not shown before the report.
    seed_chosen boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, id),
    CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
    CHECK ((submitted_at IS NOT NULL) = (report IS NOT NULL)),
    CHECK ((report IS NOT NULL) = (scaled_score IS NOT NULL AND passed IS NOT NULL))
);
INSERT INTO new_attempts (
    user_id, id, exam_id, mode, status, seed, feedback, time_limit_seconds, notes, started_at, deadline_at,
    submitted_at, report, scaled_score, passed, created_at, updated_at
)
SELECT
    user_id, id, exam_id, mode, status, seed, feedback, time_limit_seconds, notes, started_at, deadline_at,
    submitted_at, report, scaled_score, passed, created_at, updated_at
FROM attempts;
CREATE TABLE new_attempt_slots (
    user_id text NOT NULL,
    attempt_id text NOT NULL,
    position integer NOT NULL CHECK (position > 0),
    question_id text NOT NULL REFERENCES questions (id) ON DELETE RESTRICT,
    answer_order text NOT NULL,
    scored boolean NOT NULL,
    response text,
    mark real CHECK (mark BETWEEN 0 AND 1),
    flagged boolean NOT NULL DEFAULT false,
    unsure boolean NOT NULL DEFAULT false,
    answered_at text,
    seconds_spent integer NOT NULL DEFAULT 0 CHECK (seconds_spent >= 0),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, attempt_id, position),
    FOREIGN KEY (user_id, attempt_id) REFERENCES new_attempts (user_id, id) ON DELETE CASCADE
);
INSERT INTO new_attempt_slots (
    user_id, attempt_id, position, question_id, answer_order, scored, response, mark, flagged, unsure, answered_at,
    seconds_spent, created_at, updated_at
)
SELECT
    user_id, attempt_id, position, question_id, answer_order, scored, response, mark, flagged, unsure, answered_at,
    seconds_spent, created_at, updated_at
FROM attempt_slots;
DROP TABLE attempt_slots;
DROP TABLE attempts;
ALTER TABLE new_attempts RENAME TO attempts;
ALTER TABLE new_attempt_slots RENAME TO attempt_slots;
CREATE INDEX attempts_exam_id ON attempts (exam_id);
-- For the question's foreign key, and to find the questions that a learner was served.
CREATE INDEX attempt_slots_question_id ON attempt_slots (question_id, user_id);

UPDATE attempts SET status = 'abandoned', updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
WHERE mode = 'exam' AND status = 'in_progress' AND EXISTS (
    SELECT 1 FROM attempts newer
    WHERE newer.user_id = attempts.user_id AND newer.exam_id = attempts.exam_id
      AND newer.mode = 'exam' AND newer.status = 'in_progress' AND newer.id > attempts.id
);
-- `tripos migrate` grades those of them whose time had run out: they were abandoned after their deadline, which nothing else
-- does.
CREATE INDEX attempts_abandoned ON attempts (deadline_at) WHERE status = 'abandoned';
CREATE UNIQUE INDEX attempts_under_way ON attempts (user_id, exam_id) WHERE mode = 'exam' AND status = 'in_progress';

-- The unique indexes of questions stay as they are: only in PostgreSQL do row locks depend on them.
