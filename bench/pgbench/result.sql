\set n random(0, 299)
BEGIN;
SELECT users.id, users.role, tokens.id, tokens.kind, tokens.expires_at FROM tokens INNER JOIN users ON tokens.user_id = users.id WHERE tokens.hash = :token AND tokens.revoked_at IS NULL AND users.disabled_at IS NULL LIMIT 1;
UPDATE attempts SET updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid RETURNING user_id, id, exam_id, mode, status, seed, seed_chosen, notes, started_at, deadline_at, submitted_at, scaled_score, passed;
SELECT id, number, name, weight, published_count FROM domains WHERE exam_id = :exam::uuid ORDER BY number;
SELECT position, question_id, answer_order, scored, response, flagged, unsure, answered_at, seconds_spent FROM attempt_slots WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND attempt_id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid ORDER BY position;
SELECT id, exam_id, domain_id, task_id, kind, stem, explanation, "references", tags, difficulty, status, origin, external_key, supersedes_id, draw_number, created_at, updated_at FROM questions WHERE id = ANY(:ids::uuid[]);
SELECT id, question_id, position, body, is_correct, rationale, match_body FROM answers WHERE question_id = ANY(:ids::uuid[]) ORDER BY question_id, position;
UPDATE attempt_slots SET mark = 1, updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND attempt_id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid AND position % 4 = 0;
UPDATE attempt_slots SET mark = 0, updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND attempt_id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid AND position % 4 <> 0;
UPDATE attempts SET status = 'submitted', submitted_at = now(), report = (SELECT jsonb_agg(to_jsonb(q)) FROM questions q WHERE id = ANY(:ids::uuid[])), scaled_score = 500, passed = false, updated_at = now() WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid;
COMMIT;
SELECT users.id, users.role, tokens.id, tokens.kind, tokens.expires_at FROM tokens INNER JOIN users ON tokens.user_id = users.id WHERE tokens.hash = :token AND tokens.revoked_at IS NULL AND users.disabled_at IS NULL LIMIT 1;
SELECT report FROM attempts WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND id = ('00000000-0000-4000-9000-' || lpad((:n)::int::text, 12, '0'))::uuid LIMIT 1;
