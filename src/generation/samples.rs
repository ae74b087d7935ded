//! Briefs, drafts and models for tests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures_util::future::{BoxFuture, FutureExt, ready};
use serde_json::{Value, json};

use super::{
    converse::{Answer, Call, Converse, Failure, Reply, Usage},
    parse::parse,
    settings::{REFERENCE_SITES, Site},
    writer::{Brief, TaskBrief},
};
use crate::{
    questions::{
        lint::Subjects,
        model::{Content, QuestionKind},
    },
    subjects::model::{Subject, SubjectStatus},
};

/// The usage of each call to [`Replies`].
pub const USAGE: Usage = Usage { input_tokens: 100, output_tokens: 20 };

/// The sites of the default setting.
pub fn sites() -> Vec<Site> {
    REFERENCE_SITES.split(',').map(|site| site.trim().parse().unwrap()).collect()
}

/// A brief for domain 2 of CLF-C02.
pub fn brief(kind: QuestionKind) -> Brief {
    let tasks = ["2.1", "2.2", "2.3", "2.4"];
    Brief {
        exam: "clf-c02".to_owned().try_into().unwrap(),
        exam_name: "AWS Certified Cloud Practitioner".into(),
        provider: "Amazon Web Services".into(),
        domain: 2,
        domain_name: "Security and Compliance".into(),
        tasks: tasks.map(|code| TaskBrief { code: code.into(), name: format!("Task {code}"), questions: 3 }).into(),
        kind,
        language: "en".into(),
        notes: String::new(),
        number: 1,
        examples: vec![],
        stems: vec![],
        subjects: Arc::new(Subjects::new([kendra()])),
        verify: true,
        model: "test.model".into(),
        max_tokens: 2000,
    }
}

/// A subject that has aged.
fn kendra() -> Subject {
    Subject {
        id: "aws:kendra".to_owned().try_into().unwrap(),
        name: "Amazon Kendra".into(),
        status: SubjectStatus::Closed,
        renamed_to: None,
        as_of: serde_json::from_value("2026-07-30".into()).unwrap(),
        source: "https://example.org".into(),
        written_by: None,
    }
}

/// A draft that passes all guards, as a model sends it.
pub fn draft(kind: QuestionKind) -> Value {
    let answer = |body: &str, is_correct: bool| json!({"body": body, "is_correct": is_correct, "rationale": "This is what the service is for."});
    let pair = |body: &str, matched: &str| {
        json!({
            "body": body, "match_body": matched, "is_correct": !body.is_empty(),
            "rationale": "This is what the service is for.",
        })
    };
    let (stem, answers) = match kind {
        QuestionKind::SingleChoice => (
            "A company must record the API calls that are made in its account. Which AWS service meets this requirement?",
            vec![
                answer("AWS CloudTrail", true),
                answer("Amazon CloudWatch", false),
                answer("AWS Config", false),
                answer("Amazon Inspector", false),
            ],
        ),
        QuestionKind::MultipleResponse => (
            "Which services store objects or blocks for a company? (Choose two.)",
            vec![
                answer("Amazon S3", true),
                answer("Amazon EBS", true),
                answer("AWS Config", false),
                answer("AWS Shield", false),
                answer("Amazon SNS", false),
            ],
        ),
        QuestionKind::Ordering => (
            "A company rotates an access key of an IAM user. Put the steps in order.",
            vec![
                json!({"body": "Create a second access key.", "rationale": "Applications need a key at any time."}),
                json!({"body": "Update the applications.", "rationale": "They use the new key from now on."}),
                json!({"body": "Deactivate the first access key.", "rationale": "This can be undone."}),
            ],
        ),
        QuestionKind::Matching => (
            "Match each service to its use.",
            vec![
                pair("Amazon SQS", "Queues of messages"),
                pair("Amazon S3", "Storage of objects"),
                pair("Amazon EBS", "Storage of blocks"),
                pair("", "Tables with a schema"),
            ],
        ),
    };
    json!({
        "task": "2.3",
        "misconceptions": ["Metrics show who called.", "Configuration shows who called.", "Scans show who called."],
        "stem": stem,
        "answers": answers,
        "explanation": "Each service has a purpose of its own, and the documentation names it.",
        "references": [{"title": "AWS CloudTrail User Guide", "url": "https://docs.aws.amazon.com/awscloudtrail/"}],
        "tags": ["cloudtrail"],
        "difficulty": 2,
    })
}

/// What the draft says.
pub fn content(kind: QuestionKind) -> Content {
    parse(&draft(kind), kind).unwrap().content
}

/// A model that gives these replies, one after the other, and remembers what it was asked.
#[derive(Default)]
pub struct Replies {
    replies: Mutex<VecDeque<Result<Answer, Failure>>>,
    /// The calls.
    pub calls: Mutex<Vec<Call>>,
}

impl Replies {
    /// With these replies.
    pub fn new(replies: impl IntoIterator<Item = Result<Answer, Failure>>) -> Self {
        Self { replies: Mutex::new(replies.into_iter().collect()), calls: Mutex::default() }
    }
}

impl Converse for Replies {
    fn converse<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>> {
        self.calls.lock().unwrap().push(call.clone());
        let reply = self.replies.lock().unwrap().pop_front().expect("a reply for each call");
        ready(reply.map(|answer| Reply { answer, usage: USAGE })).boxed()
    }
}

/// The labels that answer a call without the key with the key of a question.
pub fn key_of(call: &Call, content: &Content) -> Value {
    let question: super::cold::Unkeyed = serde_json::from_str(&call.message).unwrap();
    let label = |choices: &[super::cold::Choice], text: &str| {
        choices.iter().find(|choice| choice.text == text).unwrap().label.clone()
    };
    let right: Vec<_> = content.answers.iter().filter(|answer| answer.is_correct).collect();
    if content.kind == QuestionKind::Matching {
        let pair = |answer: &&crate::questions::model::AnswerContent| {
            let matched = answer.match_body.as_deref().unwrap();
            json!({"answer": label(&question.answers, &answer.body), "match": label(&question.matches, matched)})
        };
        return json!({"comment": "So.", "pairs": right.iter().map(pair).collect::<Vec<_>>()});
    }
    let labels: Vec<_> = right.iter().map(|answer| label(&question.answers, &answer.body)).collect();
    json!({"comment": "So.", "labels": labels})
}

/// The questions of the bundled bank for CLF-C02, by external key.
pub fn bank() -> Vec<(String, Content)> {
    #[derive(serde::Deserialize)]
    struct File {
        questions: Vec<crate::seed::SeedQuestion>,
    }
    let file: File = serde_json::from_str(include_str!("../../seed_data/clf-c02.json")).unwrap();
    file.questions.into_iter().map(|question| (question.external_key.clone(), question.content())).collect()
}

/// Any JSON.
pub fn json_values() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    // Names of fields are mostly those that are read.
    let name = prop_oneof![4 => "stem|answers|body|is_correct|task|references|misconceptions|tags|labels|pairs", 1 => any::<String>()];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The pointers to everything in a value.
pub fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, item)| (name.clone(), item)).collect(),
        _ => Vec::new(),
    };
    let below = children
        .into_iter()
        .flat_map(|(name, item)| pointers(item).into_iter().map(move |rest| format!("/{name}{rest}")));
    std::iter::once(String::new()).chain(below).collect()
}
