SELECT id, exam_id, domain_id, task_id, kind, stem, explanation, "references", tags, difficulty, status, origin, external_key, supersedes_id, draw_number, created_at, updated_at FROM questions WHERE id = :id LIMIT 1;
SELECT id, question_id, position, body, is_correct, rationale, match_body FROM answers WHERE question_id = :id ORDER BY position;
