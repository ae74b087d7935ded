-- Distributes the tables of a migrated Tripos database over a Citus cluster. Run it once, on the coordinator, after
-- `tripos migrate` and before there is data:
--
--     psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file deploy/citus.sql
--
-- Learners' tables are distributed by user_id, so all rows of one learner are on one node. Queries about one learner have a
-- condition on user_id. Every unique index contains it, such as the one that allows a learner one exam in progress, so each
-- node can enforce it alone. Exams, questions and users are copied to every node, so that joins and foreign keys stay local.
-- Servers of Tripos connect to the coordinator, which has the table of migrations.

CREATE EXTENSION IF NOT EXISTS citus;
-- One node after the other, so that foreign keys between the tables can be created in one transaction.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- Citus does not allow triggers on the tables that it manages. Where something depends on updated_at, Tripos sets it itself;
-- in the other tables, updated_at stays the time when the row was created.
DROP TRIGGER users_touch ON users;
DROP TRIGGER tokens_touch ON tokens;
DROP TRIGGER exams_touch ON exams;
DROP TRIGGER domains_touch ON domains;
DROP TRIGGER tasks_touch ON tasks;
DROP TRIGGER questions_touch ON questions;
DROP TRIGGER answers_touch ON answers;
DROP TRIGGER question_changes_touch ON question_changes;
DROP TRIGGER question_search_touch ON question_search;
DROP TRIGGER question_writers_touch ON question_writers;
DROP TRIGGER question_drafts_touch ON question_drafts;
DROP TRIGGER imports_touch ON imports;
DROP TRIGGER question_imports_touch ON question_imports;
DROP TRIGGER import_changes_touch ON import_changes;
DROP TRIGGER jobs_touch ON jobs;
DROP TRIGGER generation_jobs_touch ON generation_jobs;
DROP TRIGGER generation_outcomes_touch ON generation_outcomes;
DROP TRIGGER generation_days_touch ON generation_days;
DROP TRIGGER subjects_touch ON subjects;

-- No foreign key may connect a table that Citus manages with one that it does not manage yet. So drop all foreign keys here
-- and add them again at the end.
CREATE TEMPORARY TABLE foreign_keys ON COMMIT DROP AS
    SELECT conrelid::regclass::text AS name, conname, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
DO $$ DECLARE key record; BEGIN
    FOR key IN SELECT * FROM foreign_keys LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.name, key.conname);
    END LOOP;
END $$;

-- Tables that are copied to every node.
SELECT create_reference_table('users');
SELECT create_reference_table('tokens');
SELECT create_reference_table('exams');
SELECT create_reference_table('domains');
SELECT create_reference_table('tasks');
SELECT create_reference_table('questions');
SELECT create_reference_table('answers');
SELECT create_reference_table('question_changes');
SELECT create_reference_table('question_search');
SELECT create_reference_table('question_writers');
SELECT create_reference_table('imports');
SELECT create_reference_table('question_imports');
SELECT create_reference_table('import_changes');
SELECT create_reference_table('jobs');
SELECT create_reference_table('question_drafts');
SELECT create_reference_table('generation_jobs');
SELECT create_reference_table('generation_outcomes');
SELECT create_reference_table('generation_days');
SELECT create_reference_table('subjects');

-- Tables that are distributed by learner, with all rows of a learner on the same node.
SELECT create_distributed_table('attempts', 'user_id');
SELECT create_distributed_table('attempt_slots', 'user_id', colocate_with => 'attempts');
SELECT create_distributed_table('predictions', 'user_id', colocate_with => 'attempts');
SELECT create_distributed_table('slot_tries', 'user_id', colocate_with => 'attempt_slots');
SELECT create_distributed_table('learner_questions', 'user_id', colocate_with => 'attempts');
SELECT create_distributed_table('plans', 'user_id', colocate_with => 'attempts');
SELECT create_distributed_table('idempotency_keys', 'user_id', colocate_with => 'attempts');

DO $$ DECLARE key record; BEGIN
    FOR key IN SELECT * FROM foreign_keys LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', key.name, key.conname, key.definition);
    END LOOP;
END $$;
