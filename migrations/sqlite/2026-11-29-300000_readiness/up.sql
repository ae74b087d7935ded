-- Predictions that were made when an exam attempt began, before its result was known, for the calibration table.
CREATE TABLE predictions (
    user_id text NOT NULL,
    attempt_id text NOT NULL,
    pass_probability real NOT NULL CHECK (pass_probability BETWEEN 0 AND 1),
    first_exposures integer NOT NULL CHECK (first_exposures > 0),
    created_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    PRIMARY KEY (user_id, attempt_id),
    FOREIGN KEY (user_id, attempt_id) REFERENCES attempts (user_id, id) ON DELETE CASCADE
);
