// @generated automatically by Diesel CLI.

diesel::table! {
    use crate::db::sql_types::*;

    answers (id) {
        id -> Uuid,
        question_id -> Uuid,
        position -> Int4,
        body -> Text,
        is_correct -> Bool,
        rationale -> Text,
        match_body -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    attempt_slots (user_id, attempt_id, position) {
        user_id -> Uuid,
        attempt_id -> Uuid,
        position -> Int4,
        question_id -> Uuid,
        answer_order -> Jsonb,
        scored -> Bool,
        response -> Nullable<Jsonb>,
        mark -> Nullable<Float8>,
        flagged -> Bool,
        unsure -> Bool,
        answered_at -> Nullable<Timestamptz>,
        seconds_spent -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        revision -> Int4,
        struck_out -> Jsonb,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    attempts (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        exam_id -> Uuid,
        mode -> Text,
        status -> Text,
        seed -> Int8,
        feedback -> Text,
        time_limit_seconds -> Nullable<Int4>,
        notes -> Jsonb,
        started_at -> Timestamptz,
        deadline_at -> Nullable<Timestamptz>,
        submitted_at -> Nullable<Timestamptz>,
        report -> Nullable<Jsonb>,
        scaled_score -> Nullable<Int4>,
        passed -> Nullable<Bool>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        seed_chosen -> Bool,
        percent -> Nullable<Float8>,
        extra_time_percent -> Int4,
        selection -> Nullable<Jsonb>,
        median_seconds -> Nullable<Int4>,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    domains (id) {
        id -> Uuid,
        exam_id -> Uuid,
        number -> Int4,
        name -> Text,
        weight -> Int4,
        published_count -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    exams (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        provider -> Text,
        blueprint_version -> Text,
        blueprint_date -> Text,
        blueprint_source -> Text,
        question_count -> Int4,
        scored_count -> Int4,
        duration_minutes -> Int4,
        scale_min -> Int4,
        scale_max -> Int4,
        pass_mark -> Int4,
        scoring_policy -> Text,
        status -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        written_by -> Nullable<Uuid>,
        description -> Text,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    generation_days (day) {
        day -> Text,
        tokens_taken -> Int8,
        tokens_reserved -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    generation_jobs (job_id) {
        job_id -> Uuid,
        exam_id -> Uuid,
        domain -> Int4,
        task -> Nullable<Text>,
        question_kind -> Text,
        asked -> Int4,
        language -> Text,
        notes -> Text,
        verify -> Bool,
        model -> Text,
        tokens_taken -> Int8,
        input_tokens -> Int8,
        output_tokens -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    generation_outcomes (job_id, number) {
        job_id -> Uuid,
        number -> Int4,
        outcome -> Text,
        rule -> Nullable<Text>,
        reason -> Nullable<Text>,
        template -> Text,
        question_id -> Nullable<Uuid>,
        disagreed -> Bool,
        input_tokens -> Int4,
        output_tokens -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    idempotency_keys (user_id, key_hash) {
        user_id -> Uuid,
        key_hash -> Bytea,
        fingerprint -> Bytea,
        location -> Text,
        body -> Bytea,
        sealed -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        subject_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    import_changes (import_id, question_id) {
        import_id -> Uuid,
        question_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    imports (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        exam_id -> Uuid,
        format -> Text,
        created -> Int4,
        superseded -> Int4,
        changed -> Int4,
        unchanged -> Int4,
        skipped -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted -> Int4,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    jobs (id) {
        id -> Uuid,
        kind -> Text,
        status -> Text,
        requested_by -> Nullable<Uuid>,
        failure -> Nullable<Text>,
        failures -> Int4,
        run_after -> Timestamptz,
        lease_id -> Nullable<Uuid>,
        leased_until -> Nullable<Timestamptz>,
        started_at -> Nullable<Timestamptz>,
        taken_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    learner_questions (user_id, line_id) {
        user_id -> Uuid,
        line_id -> Uuid,
        mark -> Nullable<Float8>,
        flagged -> Bool,
        unsure -> Bool,
        answered_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        exam_id -> Nullable<Uuid>,
        stability -> Nullable<Float8>,
        difficulty -> Nullable<Float8>,
        due_on -> Nullable<Text>,
        gain -> Nullable<Float8>,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    plans (user_id, exam_id) {
        user_id -> Uuid,
        exam_id -> Uuid,
        exam_date -> Text,
        desired_retention -> Float8,
        exam_day_retention -> Float8,
        reviews_per_day -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    predictions (user_id, attempt_id) {
        user_id -> Uuid,
        attempt_id -> Uuid,
        pass_probability -> Float8,
        first_exposures -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    question_changes (id) {
        id -> Uuid,
        question_id -> Uuid,
        user_id -> Nullable<Uuid>,
        from_status -> Text,
        to_status -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        reason -> Nullable<Text>,
        comment -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    question_drafts (question_id) {
        question_id -> Uuid,
        job_id -> Nullable<Uuid>,
        requested_by -> Nullable<Uuid>,
        model -> Text,
        template -> Text,
        language -> Text,
        input_tokens -> Int4,
        output_tokens -> Int4,
        content -> Jsonb,
        cold_answer -> Nullable<Jsonb>,
        disagreed -> Bool,
        scripted -> Bool,
        accepted_at -> Nullable<Timestamptz>,
        changed -> Nullable<Float8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    question_imports (question_id) {
        question_id -> Uuid,
        import_id -> Uuid,
        touched -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    question_search (question_id) {
        question_id -> Uuid,
        words -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        is_normalized -> Bool,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    question_writers (question_id, user_id) {
        question_id -> Uuid,
        user_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    questions (id) {
        id -> Uuid,
        exam_id -> Uuid,
        domain_id -> Uuid,
        task_id -> Nullable<Uuid>,
        kind -> Text,
        stem -> Text,
        explanation -> Text,
        references -> Jsonb,
        tags -> Jsonb,
        difficulty -> Int4,
        status -> Text,
        origin -> Text,
        external_key -> Nullable<Text>,
        supersedes_id -> Nullable<Uuid>,
        draw_number -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        written_by -> Nullable<Uuid>,
        frozen -> Bool,
        subjects -> Jsonb,
        review_by -> Nullable<Text>,
        accepted_warnings -> Jsonb,
        upkeep_changed -> Bool,
        line_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    slot_tries (user_id, attempt_id, position, number) {
        user_id -> Uuid,
        attempt_id -> Uuid,
        position -> Int4,
        number -> Int4,
        response -> Jsonb,
        mark -> Float8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    subjects (id) {
        id -> Text,
        name -> Text,
        status -> Text,
        renamed_to -> Nullable<Text>,
        as_of -> Text,
        source -> Text,
        written_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    tasks (id) {
        id -> Uuid,
        domain_id -> Uuid,
        code -> Text,
        name -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    tokens (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        name -> Text,
        hash -> Bytea,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::db::sql_types::*;

    users (id) {
        id -> Uuid,
        email -> Text,
        display_name -> Text,
        password_hash -> Nullable<Text>,
        role -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
        deleted_at -> Nullable<Timestamptz>,
        time_zone -> Text,
        extra_time_percent -> Int4,
    }
}

diesel::joinable!(answers -> questions (question_id));
diesel::joinable!(attempt_slots -> questions (question_id));
diesel::joinable!(attempts -> exams (exam_id));
diesel::joinable!(attempts -> users (user_id));
diesel::joinable!(domains -> exams (exam_id));
diesel::joinable!(exams -> users (written_by));
diesel::joinable!(generation_jobs -> exams (exam_id));
diesel::joinable!(generation_jobs -> jobs (job_id));
diesel::joinable!(generation_outcomes -> generation_jobs (job_id));
diesel::joinable!(generation_outcomes -> questions (question_id));
diesel::joinable!(import_changes -> imports (import_id));
diesel::joinable!(import_changes -> questions (question_id));
diesel::joinable!(imports -> exams (exam_id));
diesel::joinable!(imports -> users (user_id));
diesel::joinable!(jobs -> users (requested_by));
diesel::joinable!(learner_questions -> users (user_id));
diesel::joinable!(plans -> exams (exam_id));
diesel::joinable!(plans -> users (user_id));
diesel::joinable!(question_changes -> questions (question_id));
diesel::joinable!(question_changes -> users (user_id));
diesel::joinable!(question_drafts -> jobs (job_id));
diesel::joinable!(question_drafts -> questions (question_id));
diesel::joinable!(question_drafts -> users (requested_by));
diesel::joinable!(question_imports -> imports (import_id));
diesel::joinable!(question_imports -> questions (question_id));
diesel::joinable!(question_search -> questions (question_id));
diesel::joinable!(question_writers -> questions (question_id));
diesel::joinable!(question_writers -> users (user_id));
diesel::joinable!(questions -> domains (domain_id));
diesel::joinable!(questions -> exams (exam_id));
diesel::joinable!(questions -> tasks (task_id));
diesel::joinable!(questions -> users (written_by));
diesel::joinable!(subjects -> users (written_by));
diesel::joinable!(tasks -> domains (domain_id));
diesel::joinable!(tokens -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    answers,
    attempt_slots,
    attempts,
    domains,
    exams,
    generation_days,
    generation_jobs,
    generation_outcomes,
    idempotency_keys,
    import_changes,
    imports,
    jobs,
    learner_questions,
    plans,
    predictions,
    question_changes,
    question_drafts,
    question_imports,
    question_search,
    question_writers,
    questions,
    slot_tries,
    subjects,
    tasks,
    tokens,
    users,
);
