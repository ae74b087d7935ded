-- Keys of learner tables begin with user_id: on Citus, these tables are distributed by it and co-located.
-- A learner with attempts cannot be deleted: results outlive the account, without its personal data.
CREATE TABLE attempts (
    user_id text NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    id text NOT NULL,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE RESTRICT,
    mode text NOT NULL CHECK (mode IN ('exam', 'practice', 'review')),
    status text NOT NULL CHECK (status IN ('in_progress', 'submitted')),
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
    PRIMARY KEY (user_id, id),
    CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
    CHECK ((submitted_at IS NOT NULL) = (report IS NOT NULL)),
    CHECK ((report IS NOT NULL) = (scaled_score IS NOT NULL AND passed IS NOT NULL))
);
CREATE INDEX attempts_exam_id ON attempts (exam_id);

CREATE TABLE attempt_slots (
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
    FOREIGN KEY (user_id, attempt_id) REFERENCES attempts (user_id, id) ON DELETE CASCADE
);
-- For the question's foreign key, and to find the questions that a learner was served.
CREATE INDEX attempt_slots_question_id ON attempt_slots (question_id, user_id);
