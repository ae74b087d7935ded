-- Work that takes longer than a request. What a kind of job does, and its parameters, are in a table of that kind.
CREATE TABLE jobs (
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    requested_by text REFERENCES users (id) ON DELETE SET NULL,
    -- Why it failed, or why it waits, for people.
    failure text,
    -- Failures in a row. Each one makes the job wait longer.
    failures integer NOT NULL DEFAULT 0,
    -- No worker takes it before this time.
    run_after text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    -- The lease of the worker that has it: a random value, and when it expires unless it is renewed.
    lease_id text,
    leased_until text,
    started_at text,
    -- When a worker last took it. Users take turns by this.
    taken_at text,
    finished_at text,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX jobs_unfinished ON jobs (kind, run_after) WHERE finished_at IS NULL;
CREATE INDEX jobs_requested_by ON jobs (requested_by, taken_at);
CREATE TRIGGER jobs_touch AFTER UPDATE ON jobs FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE jobs SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE id = NEW.id;
END;

-- The request of a drafting job. Domain and task are looked up by number and code when they are needed,
-- because blueprints change.
CREATE TABLE generation_jobs (
    job_id text NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    exam_id text NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
    domain integer NOT NULL,
    task text,
    question_kind text NOT NULL
        CHECK (question_kind IN ('single_choice', 'multiple_response', 'ordering', 'matching')),
    asked integer NOT NULL CHECK (asked > 0),
    language text NOT NULL,
    notes text NOT NULL,
    verify boolean NOT NULL,
    model text NOT NULL,
    -- Tokens that calls used or that are reserved for calls in progress. A call that never ended keeps its reservation.
    tokens_taken integer NOT NULL DEFAULT 0,
    input_tokens integer NOT NULL DEFAULT 0,
    output_tokens integer NOT NULL DEFAULT 0,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX generation_jobs_exam_id ON generation_jobs (exam_id);
CREATE TRIGGER generation_jobs_touch AFTER UPDATE ON generation_jobs FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE generation_jobs SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE job_id = NEW.job_id;
END;

-- The outcome of each requested question: exactly one for each number from 1 to asked.
CREATE TABLE generation_outcomes (
    job_id text NOT NULL REFERENCES generation_jobs (job_id) ON DELETE CASCADE,
    number integer NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('drafted', 'refused', 'duplicate')),
    -- For questions that were not drafted: the rule, and what it found.
    rule text,
    reason text,
    -- The version of the prompt template.
    template text NOT NULL,
    question_id text REFERENCES questions (id) ON DELETE SET NULL,
    disagreed boolean NOT NULL DEFAULT false,
    input_tokens integer NOT NULL DEFAULT 0,
    output_tokens integer NOT NULL DEFAULT 0,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (job_id, number)
);
CREATE INDEX generation_outcomes_question_id ON generation_outcomes (question_id);
CREATE TRIGGER generation_outcomes_touch AFTER UPDATE ON generation_outcomes FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE generation_outcomes SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE job_id = NEW.job_id AND number = NEW.number;
END;

-- Tokens of each day in UTC, counted as in generation_jobs.
CREATE TABLE generation_days (
    day text NOT NULL PRIMARY KEY,
    tokens_taken integer NOT NULL DEFAULT 0,
    -- The part of them that is reserved for calls in progress.
    tokens_reserved integer NOT NULL DEFAULT 0,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE TRIGGER generation_days_touch AFTER UPDATE ON generation_days FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE generation_days SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE day = NEW.day;
END;

-- The origin of a drafted question, and its content before any edit.
CREATE TABLE question_drafts (
    question_id text NOT NULL PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    job_id text REFERENCES jobs (id) ON DELETE SET NULL,
    requested_by text REFERENCES users (id) ON DELETE SET NULL,
    model text NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    input_tokens integer NOT NULL,
    output_tokens integer NOT NULL,
    content text NOT NULL,
    -- The model's answer without the key; null if it was not asked.
    cold_answer text,
    disagreed boolean NOT NULL,
    -- From the built-in script: never published.
    scripted boolean NOT NULL,
    -- When it was first published, and the share that had been changed by then, from 0 to 1.
    accepted_at text,
    changed real,
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
);
CREATE INDEX question_drafts_job_id ON question_drafts (job_id);
CREATE INDEX question_drafts_requested_by ON question_drafts (requested_by);
CREATE TRIGGER question_drafts_touch AFTER UPDATE ON question_drafts FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE question_drafts SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE question_id = NEW.question_id;
END;

-- Why a question was rejected, or published although the model disagreed with its key.
ALTER TABLE question_changes ADD COLUMN reason text;
ALTER TABLE question_changes ADD COLUMN comment text;

-- Imports look for questions with the same stem under another key.
CREATE INDEX questions_stem ON questions (stem);
