use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    generation::{
        samples::{bank, brief, draft, json_values, pointers, sites},
        shape::STEM,
    },
    questions::model::QuestionKind,
};

const KINDS: [QuestionKind; 4] =
    [QuestionKind::SingleChoice, QuestionKind::MultipleResponse, QuestionKind::Ordering, QuestionKind::Matching];

/// A draft of a kind with the value at a pointer replaced.
fn with(kind: QuestionKind, pointer: &str, value: Value) -> Value {
    let mut draft = draft(kind);
    *draft.pointer_mut(pointer).unwrap() = value;
    draft
}

fn single(pointer: &str, value: impl Into<Value>) -> Value {
    with(QuestionKind::SingleChoice, pointer, value.into())
}

fn refusal(input: &Value, kind: QuestionKind) -> Refusal {
    check(input, &brief(kind), &sites()).expect_err("the draft is refused")
}

fn rule(input: &Value) -> String {
    refusal(input, QuestionKind::SingleChoice).rule
}

#[test]
fn good_drafts_of_every_kind_pass() {
    for kind in KINDS {
        let (task, content) = check(&draft(kind), &brief(kind), &sites()).unwrap();
        assert_eq!(task, "2.3");
        assert_eq!(content.kind, kind);
        assert_eq!(checked(content.clone()), Ok(content));
    }
}

#[test]
fn invalid_json_and_incomplete_questions_are_refused() {
    assert_eq!(rule(&json!("Here is your question: which service fits?")), "schema");
    assert_eq!(rule(&json!(null)), "schema");
    assert_eq!(rule(&json!([draft(QuestionKind::SingleChoice)])), "schema");
    for field in ["task", "misconceptions", "stem", "answers", "explanation", "references", "tags", "difficulty"] {
        let mut half = draft(QuestionKind::SingleChoice);
        half.as_object_mut().unwrap().remove(field);
        let refusal = refusal(&half, QuestionKind::SingleChoice);
        let reason = format!("the model's answer is not a question: /{field} is missing");
        assert_eq!((refusal.rule.as_str(), refusal.reason), ("schema", reason));
    }
}

#[test]
fn wrong_types_and_lengths_are_refused_with_their_place() {
    for (pointer, value, reason) in [
        ("/stem", json!(7), "/stem must be a text of 1 to 1500 characters"),
        ("/stem", json!("x".repeat(STEM + 1)), "/stem must be a text of 1 to 1500 characters"),
        ("/stem", json!("Which? ".repeat(1430)), "/stem must be a text of 1 to 1500 characters"),
        ("/answers", json!({}), "/answers must be a list of 4"),
        ("/answers/2", json!("AWS Config"), "/answers/2/is_correct is missing"),
        ("/answers/2/is_correct", json!("false"), "/answers/2/is_correct must be true or false"),
        ("/answers/1/rationale", json!(" \n"), "/answers/1/rationale must be a text of 1 to 800 characters"),
        ("/difficulty", json!(6), "/difficulty must be a whole number from 1 to 5"),
        ("/difficulty", json!("2"), "/difficulty must be a whole number from 1 to 5"),
        ("/references", json!([]), "/references must be a list of 1 to 5"),
        ("/tags/0", json!("x".repeat(51)), "/tags/0 must be a text of 1 to 50 characters"),
    ] {
        let refusal = refusal(&single(pointer, value), QuestionKind::SingleChoice);
        let reason = format!("the model's answer is not a question: {reason}");
        assert_eq!((refusal.rule.as_str(), refusal.reason), ("schema", reason));
    }
}

#[test]
fn the_key_has_the_right_number_of_answers() {
    assert_eq!(rule(&single("/answers/1/is_correct", true)), "key");
    assert_eq!(rule(&single("/answers/0/is_correct", false)), "key");
    let kind = QuestionKind::MultipleResponse;
    let refusal = refusal(&with(kind, "/answers/1/is_correct", json!(false)), kind);
    assert_eq!(refusal.reason, "has 1 right answers, but multiple_response needs 2 to 3");
}

#[test]
fn tasks_and_misconceptions_are_those_asked_for() {
    assert_eq!(rule(&single("/task", "3.1")), "task");
    assert_eq!(rule(&single("/misconceptions", json!(["One.", "Another."]))), "misconceptions");
    assert_eq!(rule(&single("/misconceptions", json!(["One.", "Another.", " ONE."]))), "misconceptions");
}

#[test]
fn references_to_other_sites_are_left_out_and_one_must_remain() {
    let good = json!({"title": "Guide", "url": "https://docs.aws.amazon.com/guide"});
    let bad = [
        json!({"title": "Blog", "url": "https://blog.example/aws"}),
        json!({"title": "Plain", "url": "http://docs.aws.amazon.com/guide"}),
        json!({"title": "Script", "url": "javascript:alert(1)"}),
    ];
    assert_eq!(rule(&single("/references", json!(bad))), "references");
    let mixed = single("/references", json!([bad[0], good, bad[1]]));
    let (_, content) = check(&mixed, &brief(QuestionKind::SingleChoice), &sites()).unwrap();
    assert_eq!(json!(content.references), json!([good]));
}

#[test]
fn scripts_html_and_links_are_refused_in_every_field() {
    let pointers = ["/stem", "/explanation", "/answers/1/body", "/answers/2/rationale", "/references/0/title"];
    for (text, told) in [
        ("Which? <script>alert(1)</script>", "validation"),
        ("Which? <img src=x onerror=alert(1)>", "validation"),
        ("Which? [here](javascript:alert(1))", "links"),
        ("Which? [here](https://docs.aws.amazon.com)", "links"),
        ("Which? ![here](https://evil.example/pixel.png)", "links"),
        ("Which? <https://evil.example>", "links"),
        ("Which? See https://evil.example", "links"),
        ("Which? See HTTPS:\\//evil.example or *www.*evil.example", "links"),
    ] {
        for pointer in pointers {
            assert_eq!(rule(&single(pointer, text)), told, "{pointer}: {text}");
        }
    }
}

#[test]
fn equal_answers_are_refused() {
    assert_eq!(rule(&single("/answers/2/body", "AWS CloudTrail")), "validation");
}

const GERMAN: &str = "Ein Unternehmen muss alle API-Aufrufe in seinem AWS-Konto aufzeichnen und dauerhaft aufbewahren. \
                      Welcher AWS-Service erfüllt diese Anforderung?";

#[test]
fn another_language_than_asked_is_refused() {
    let refused = |draft: &Value, language: &str| {
        let brief = Brief { language: language.into(), ..brief(QuestionKind::SingleChoice) };
        check(draft, &brief, &sites()).err().map(|refusal| format!("{}: {}", refusal.rule, refusal.reason))
    };
    let mut draft = draft(QuestionKind::SingleChoice);
    assert_eq!(refused(&draft, "de-AT").as_deref(), Some("language: is in English, but de-AT was requested"));
    draft["stem"] = GERMAN.into();
    let expected = Some("language: is in German, but en was requested");
    assert_eq!(refused(&draft, "en").as_deref(), expected);
    assert_eq!(
        refused(&draft, "de-AT").as_deref(),
        Some("language: is in English, but de-AT was requested"),
        "the explanation is still in English"
    );
    draft["explanation"] =
        "Der Dienst zeichnet auf, wer wann welche Aufrufe in dem Konto gemacht hat, und bewahrt sie auf.".into();
    for answer in draft["answers"].as_array_mut().unwrap() {
        answer["rationale"] = "Dafür ist dieser Dienst gedacht, und für nichts anderes.".into();
    }
    assert_eq!(refused(&draft, "de-AT"), None);
    let rationale = "This is what the service is for, and the company needs it for nothing else than that.";
    for answer in draft["answers"].as_array_mut().unwrap() {
        answer["rationale"] = rationale.into();
    }
    draft["stem"] = "Which AWS service records the API calls?".into();
    assert_eq!(refused(&draft, "en").as_deref(), expected, "the explanation alone is in German");
    for answer in draft["answers"].as_array_mut().unwrap() {
        answer["rationale"] = "Dafür ist dieser Dienst gedacht, und für nichts anderes.".into();
    }
    draft["stem"] = "Which AWS service records the API calls?".into();
    assert_eq!(refused(&draft, "en").as_deref(), expected);
}

/// Reviewed questions are refused only because of lint advice or a reference to another site, and by no other guard.
#[test]
fn questions_of_the_bank_pass_all_guards_but_lint() {
    let refusal = |(_, content): (String, Content)| {
        let mut draft = json!(content);
        draft["task"] = "2.1".into();
        draft["misconceptions"] = json!(["One.", "Another.", "A third.", "A fourth."]);
        check(&draft, &brief(content.kind), &sites()).err()
    };
    let refused: Vec<Refusal> = bank().into_iter().filter_map(refusal).collect();
    let is_advice = |refusal: &Refusal| refusal.rule.starts_with("lint/") || refusal.rule == "references";
    assert!(refused.iter().all(is_advice) && refused.len() * 8 < bank().len(), "{refused:#?}");
}

#[test]
fn hidden_characters_are_refused_in_every_field() {
    for pointer in
        ["/stem", "/explanation", "/answers/1/body", "/answers/2/rationale", "/references/0/title", "/tags/0"]
    {
        for hidden in ["\u{200b}", "\u{202e}", "\u{2066}", "\u{ad}", "\u{e0041}", "\u{200d}", "\u{61c}"] {
            let mut draft = draft(QuestionKind::SingleChoice);
            let text = draft.pointer(pointer).unwrap().as_str().unwrap();
            let middle = text.replacen('o', &format!("o{hidden}"), 1);
            *draft.pointer_mut(pointer).unwrap() = middle.into();
            let expected = if pointer == "/tags/0" { "validation" } else { "hidden-characters" };
            assert_eq!(rule(&draft), expected, "{pointer} {hidden:?}");
        }
    }
    // Written as an entity, too. Two answers that look the same count as equal.
    assert_eq!(rule(&single("/explanation", "It records &#x202e;calls&#8203;.")), "hidden-characters");
    assert_eq!(rule(&single("/answers/1/body", "AWS Cloud\u{200b}Trail")), "validation");
    let persian = "این سرویس تماس‌ها را ثبت می\u{200c}کند.";
    check(&single("/explanation", persian), &brief(QuestionKind::SingleChoice), &sites()).unwrap();
}

#[test]
fn tags_are_words() {
    for tag in ["<script>", "=1+1", "@SUM(1)", "javascript:alert(1)", "x'; DROP TABLE questions;--", "a,b", "a_b"] {
        assert_eq!(rule(&single("/tags/0", tag)), "tags", "{tag}");
    }
    for tag in ["Amazon S3", "ci/cd", ".net", "c++", "r&d", "größe", "सुरक्षा"] {
        check(&single("/tags/0", tag), &brief(QuestionKind::SingleChoice), &sites()).unwrap();
    }
}

#[test]
fn a_bare_address_of_any_kind_is_a_link() {
    for text in [
        "It is described in https://evil.example/phish there.",
        "It is described in www.evil.example/phish there.",
        "It is described in ftp://evil.example there.",
        "It is described in HTTPS&#58;//evil.example there.",
        "It is described in \\[the guide](slack://channel) there.",
        "Write to mailto:eve@evil.example for more.",
    ] {
        assert_eq!(rule(&single("/explanation", text)), "links", "{text}");
        assert_eq!(rule(&single("/answers/3/rationale", text)), "links", "{text}");
    }
}

#[test]
fn addresses_in_code_are_not_links() {
    let draft = single("/explanation", "A client calls `https://example.org/api`, and the service records the call.");
    assert!(check(&draft, &brief(QuestionKind::SingleChoice), &sites()).is_ok());
}

#[test]
fn warnings_of_lint_are_refused_under_their_rules() {
    assert_eq!(rule(&single("/answers/1/body", "All of the above")), "lint/all-or-none-of-the-above");
    let long = "AWS CloudTrail with a trail that delivers log files of all Regions to a bucket of the account";
    let refusal = refusal(&single("/answers/0/body", long), QuestionKind::SingleChoice);
    assert_eq!(refusal.rule, "lint/key-longest");
    assert!(refusal.reason.contains("/body is ") && refusal.reason.contains(" times as long"), "{}", refusal.reason);
}

#[test]
fn a_draft_that_names_an_aged_subject_is_refused() {
    assert_eq!(rule(&single("/answers/1/body", "Amazon Kendra")), "lint/aged-subject");
}

#[test]
fn rules_about_english_words_judge_english_alone() {
    let kind = QuestionKind::MultipleResponse;
    let draft = with(kind, "/stem", json!("Welche Dienste speichern Objekte? (Wählen Sie zwei.)"));
    assert_eq!(refusal(&draft, kind).rule, "lint/choose-count");
    let german = Brief { language: "de".into(), ..brief(kind) };
    // Explanation and rationales are too short for language detection.
    let mut draft = draft;
    draft["explanation"] = "So.".into();
    for answer in draft["answers"].as_array_mut().unwrap() {
        answer["rationale"] = "So.".into();
    }
    check(&draft, &german, &sites()).unwrap();
    let known = |rule: &&str| lint::RULES.iter().any(|(name, _)| name == rule);
    assert!(ENGLISH_LINT.iter().all(known));
}

#[test]
fn reasons_are_short_and_plain_whatever_is_quoted() {
    let stem = format!("Which? <b {}>", "x".repeat(1000));
    let refusal = refusal(&single("/stem", stem), QuestionKind::SingleChoice);
    assert!(refusal.reason.starts_with("/stem line 1 has raw HTML"), "{}", refusal.reason);
    let long = Refusal::new("key", &"é\u{1b}\u{202e}".repeat(1000));
    assert_eq!(long.reason.chars().count(), 500);
    assert!(long.reason.ends_with('…') && !long.reason.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn each_guard_refuses_under_its_rule_in_the_order_of_the_list() {
    // Each draft would also be refused by the guards after the one that it is for.
    let faults: [(&str, Value); 10] = [
        ("/answers/3/body", "AWS CloudTrail is never used".into()),
        ("/stem", GERMAN.into()),
        ("/tags", json!(["<script>"])),
        ("/explanation", "Each service has \u{202e}a purpose.".into()),
        ("/answers/2/body", "<b>AWS Config</b>".into()),
        ("/answers/1/rationale", "See [the guide](https://example.org).".into()),
        ("/references", json!([{"title": "Blog", "url": "https://blog.example"}])),
        ("/misconceptions", json!([])),
        ("/answers/1/is_correct", true.into()),
        ("/task", "9.9".into()),
    ];
    let mut draft = draft(QuestionKind::SingleChoice);
    let mut rules = vec![duplicate(&NearDuplicate { name: "x".into(), stem: String::new(), similarity: 1.0 }).rule];
    for (pointer, value) in faults {
        *draft.pointer_mut(pointer).unwrap() = value;
        rules.push(rule(&draft));
    }
    draft["difficulty"] = json!(9);
    rules.push(rule(&draft));
    rules.reverse();
    let page = include_str!("../../../docs/drafting.md");
    let told = |rule: &str| page.contains(&format!("| `{rule}` |")) || page.contains(&format!("| `{rule}…` |"));
    assert!(RULES.iter().all(|(rule, _)| told(rule)), "docs/drafting.md lists the rules");
    let listed: Vec<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules.iter().map(|rule| rule.split_inclusive('/').next().unwrap()).collect::<Vec<_>>(), listed);
}

fn kinds() -> impl Strategy<Value = QuestionKind> {
    prop::sample::select(KINDS.to_vec())
}

/// Checks that a result is a question that the bank accepts, or a refusal that can be stored and shown.
fn hold(outcome: Result<(String, Content), Refusal>) -> Result<(), TestCaseError> {
    match outcome {
        Ok((_, content)) => prop_assert_eq!(checked(content.clone()), Ok(content)),
        Err(refusal) => {
            let listed = |(rule, _): &(&str, &str)| refusal.rule == *rule || refusal.rule.starts_with("lint/");
            prop_assert!(RULES.iter().any(listed), "{}", refusal.rule);
            prop_assert!(!refusal.reason.is_empty() && refusal.reason.chars().count() <= 500);
            prop_assert!(!refusal.reason.contains(char::is_control));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_a_question_or_refused(input in json_values(), kind in kinds()) {
        hold(check(&input, &brief(kind), &sites()))?;
    }

    #[test]
    fn a_draft_with_anything_in_it_is_a_question_or_refused(
        kind in kinds(),
        place in any::<prop::sample::Index>(),
        value in prop_oneof![json_values(), "[a-z<>\\[\\]()!`*_ \n&;:/.?-]{1,60}".prop_map(Value::from)],
    ) {
        let mut draft = draft(kind);
        let pointers = pointers(&draft);
        *draft.pointer_mut(place.get::<String>(&pointers)).unwrap() = value;
        hold(check(&draft, &brief(kind), &sites()))?;
    }
}
