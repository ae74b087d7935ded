//! The upstream of `ministack`: a server with the OpenAI chat API that calls the tool that it is
//! given, and makes up one question after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::http_fake::{HttpFake, Play, Request};

/// The server. It ends when this value is dropped.
pub struct Upstream(pub HttpFake);

impl Upstream {
    /// Writes a different question of the kind `single_choice` for each call of the tool `draft_question`,
    /// and answers each one with its key for `answer_question`. Any other tool is called with an empty object.
    pub fn start() -> Self {
        // By stem, because the answers of a question are shuffled.
        let keys: Arc<Mutex<HashMap<String, String>>> = Arc::default();
        Self(HttpFake::answering(move |_, request| {
            let tool = &request.body["tools"][0]["function"];
            let name = tool["name"].as_str().unwrap_or_default();
            let mut keys = keys.lock().expect("keys");
            let arguments = match name {
                "draft_question" => {
                    let task = &tool["parameters"]["properties"]["task"]["enum"][0];
                    let (question, key) = question(keys.len(), task);
                    keys.insert(question["stem"].as_str().expect("a stem").to_owned(), key);
                    question
                }
                "answer_question" => answer(request, &keys),
                _ => json!({}),
            };
            tool_call(name, &arguments.to_string())
        }))
    }

    /// The number of questions that it has written.
    pub fn drafts(&self) -> usize {
        let requests = self.0.requests();
        requests.iter().filter(|request| request.body["tools"][0]["function"]["name"] == "draft_question").count()
    }
}

/// A reply of the OpenAI API that calls a tool with these arguments.
pub fn tool_call(name: &str, arguments: &str) -> Play {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}});
    let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let usage = json!({"prompt_tokens": 1200, "completion_tokens": 340, "total_tokens": 1540});
    Play::Answer(200, String::new(), json!({"choices": [{"index": 0, "message": message}], "usage": usage}))
}

/// The label of the answer that is the question's key.
fn answer(request: &Request, keys: &HashMap<String, String>) -> Value {
    let messages = request.body["messages"].as_array().expect("messages");
    let asked = messages.last().and_then(|message| message["content"].as_str()).unwrap_or_default();
    let asked: Value = serde_json::from_str(asked).unwrap_or_default();
    let key = asked["stem"].as_str().and_then(|stem| keys.get(stem));
    let choices = asked["answers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let chosen = choices.iter().find(|choice| key.is_some_and(|key| choice["text"] == key.as_str()));
    let labels: Vec<&Value> = chosen.map(|choice| &choice["label"]).into_iter().collect();
    json!({"comment": "The requirement decides.", "labels": labels})
}

/// The length of each of the lists below: a prime number.
const PIECES: usize = 17;

/// The question with this number, from 0, and the text of its key. A stem and its key have four parts, of which two
/// questions with numbers below 289 share at most one; then they repeat.
fn question(number: usize, task: &Value) -> (Value, String) {
    let (x, y) = (number / PIECES % PIECES, number % PIECES);
    let [who, what, need, key] = [x, y, (x + y) % PIECES, (x + 2 * y) % PIECES];
    let stem = format!("{} {}. {}. Which service meets this requirement?", WHO[who], WHAT[what], NEEDS[need]);
    let answer = |step: usize| {
        let body = SERVICES[(key + 5 * step) % PIECES];
        let rationale = format!("{body} {} what is required here.", if step == 0 { "does" } else { "does not do" });
        json!({"body": body, "is_correct": step == 0, "rationale": rationale})
    };
    let answers = [0, 1, 2, 3].map(answer);
    let question = json!({
        "task": task,
        "misconceptions": [
            "Every service that stores something can also search it.",
            "A service with a similar name does the same work.",
            "The service that most people know is the right one for all cases.",
        ],
        "stem": stem,
        "answers": answers,
        "explanation": "The requirement in the last sentence before the question decides between the services.",
        "references": [{"title": "AWS documentation", "url": "https://docs.aws.amazon.com/whitepapers/latest/aws-overview/"}],
        "tags": ["made-up"],
        "difficulty": 1 + number % 5,
    });
    (question, SERVICES[key].to_owned())
}

const WHO: [&str; PIECES] = [
    "A regional hospital group",
    "An online bookshop in its second year",
    "The payments team of a bank",
    "A university library",
    "A studio that makes puzzle games",
    "An airline with forty aircraft",
    "The tax office of a small country",
    "A maker of electric bicycles",
    "A charity that feeds stray animals",
    "The newsroom of a daily paper",
    "A chain of garden centers",
    "An insurer of fishing boats",
    "The research arm of a chocolate maker",
    "A start-up for language lessons",
    "The operator of three ski resorts",
    "A national weather bureau",
    "A cooperative of dairy farmers",
];

const WHAT: [&str; PIECES] = [
    "keeps scanned letters on old disks in its basement",
    "runs a monolithic program on two ageing servers",
    "collects readings from thousands of sensors every minute",
    "sends nightly spreadsheets to partners by mail",
    "hosts a forum that is busy on Sundays only",
    "trains image classifiers on rented machines",
    "prints invoices from a mainframe job",
    "streams lectures to students abroad",
    "stores customer profiles in a nested document format",
    "answers phone calls with a team of twelve people",
    "deploys its website by copying files by hand",
    "shares passwords of shared accounts on paper",
    "archives video from security cameras for ten years",
    "builds quarterly reports with long analytical queries",
    "queues orders in a table that workers read",
    "exposes an interface for mobile clients without throttling",
    "replicates its only database to nowhere at all",
];

const NEEDS: [&str; PIECES] = [
    "Losing a whole building must not interrupt the work",
    "Auditors want to see who changed which setting and when",
    "The bill must fall by a third before summer",
    "Visitors from other continents complain about slow pages",
    "Nobody is left who can patch operating systems",
    "Traffic grows tenfold within minutes and drops again",
    "Personal data has to be found and labeled automatically",
    "Old records are read once a year, and may take hours to arrive",
    "Two programs must exchange messages without waiting for each other",
    "Developers want to describe all resources in templates",
    "Employees should sign in once for every tool",
    "Malicious web requests have to be filtered at the edge",
    "Leaders ask for charts that refresh by themselves",
    "Keys for encryption must rotate without any manual step",
    "Forty terabytes have to move over a thin network line",
    "Steps of an approval must run in order and be retried on errors",
    "Text in photographs needs to become searchable",
];

const SERVICES: [&str; PIECES] = [
    "Amazon Aurora",
    "AWS Lambda",
    "Amazon Redshift",
    "AWS CloudTrail",
    "Amazon Athena",
    "AWS Snowball",
    "Amazon Macie",
    "AWS Fargate",
    "Amazon Textract",
    "AWS Glue",
    "Amazon Cognito",
    "AWS Batch",
    "Amazon Connect",
    "AWS Config",
    "Amazon Neptune",
    "AWS Shield",
    "Amazon Polly",
];
