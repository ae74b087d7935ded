\set n random(0, 299)
\set p random(1, 65)
BEGIN;
SELECT users.id, users.role, tokens.id, tokens.kind, tokens.expires_at FROM tokens INNER JOIN users ON tokens.user_id = users.id WHERE tokens.hash = :token AND tokens.revoked_at IS NULL AND users.disabled_at IS NULL LIMIT 1;
UPDATE attempts SET updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid RETURNING user_id, id, exam_id, mode, status, seed, seed_chosen, notes, started_at, deadline_at, submitted_at, scaled_score, passed;
SELECT position, question_id, answer_order, scored, response, flagged, unsure, answered_at, seconds_spent FROM attempt_slots WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND attempt_id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid AND position = :p LIMIT 1;
UPDATE attempt_slots SET response = '["00000000-0000-4000-8000-000000000000"]', flagged = false, unsure = false, seconds_spent = 30, answered_at = now(), updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND attempt_id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid AND position = :p;
COMMIT;
