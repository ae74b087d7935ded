\set n random(0, :learners)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT users.id, users.role, tokens.id, tokens.kind, tokens.expires_at FROM tokens INNER JOIN users ON tokens.user_id = users.id WHERE tokens.hash = :token AND tokens.revoked_at IS NULL AND users.disabled_at IS NULL LIMIT 1;
SELECT id, code, question_count, scored_count, duration_minutes, status FROM exams WHERE code = 'bench';
SELECT user_id, id, exam_id, mode, status, seed, seed_chosen, notes, started_at, deadline_at, submitted_at, scaled_score, passed FROM attempts WHERE user_id = ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid AND exam_id = :exam::uuid AND mode = 'exam' AND status = 'in_progress' LIMIT 1;
SELECT id, number, name, weight, published_count FROM domains WHERE exam_id = :exam::uuid ORDER BY number;
SELECT draw_number, id FROM questions WHERE id = ANY(:ids::uuid[]);
SELECT id, exam_id, domain_id, task_id, kind, stem, explanation, "references", tags, difficulty, status, origin, external_key, supersedes_id, draw_number, created_at, updated_at FROM questions WHERE id = ANY(:ids::uuid[]);
SELECT id, question_id, position, body, is_correct, rationale, match_body FROM answers WHERE question_id = ANY(:ids::uuid[]) ORDER BY question_id, position;
SELECT gen_random_uuid() AS attempt \gset
INSERT INTO attempts (user_id, id, exam_id, mode, status, seed, seed_chosen, feedback, time_limit_seconds, notes, started_at, deadline_at) VALUES (('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid, :attempt::uuid, :exam::uuid, 'practice', 'in_progress', 1, false, 'at_end', 5400, '[]', now(), now() + interval '90 minutes');
INSERT INTO attempt_slots (user_id, attempt_id, position, question_id, answer_order, scored) SELECT ('00000000-0000-4000-8000-' || lpad((:n)::int::text, 12, '0'))::uuid, :attempt::uuid, position, id, '[2, 0, 3, 1]', position <= 50 FROM unnest(:ids::uuid[]) WITH ORDINALITY AS form (id, position);
COMMIT;
