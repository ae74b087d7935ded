//! Converts a question to an item.

use std::collections::HashMap;

use super::escaped;
use crate::{
    interchange::{labels, model::Export, xml::short},
    markdown,
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// Marks by the key and shows all feedback. The template equals the first rule, for readers that use only templates.
const PROCESSING: &str = r#"<qti-response-processing
template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml">
<qti-response-condition>
<qti-response-if>
<qti-match><qti-variable identifier="RESPONSE"/><qti-correct identifier="RESPONSE"/></qti-match>
<qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">1</qti-base-value></qti-set-outcome-value>
</qti-response-if>
<qti-response-else>
<qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">0</qti-base-value></qti-set-outcome-value>
</qti-response-else>
</qti-response-condition>
<qti-set-outcome-value identifier="FEEDBACK">
<qti-base-value base-type="identifier">shown</qti-base-value>
</qti-set-outcome-value>
</qti-response-processing>
"#;
const OUTCOMES: &str = r#"<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float">
<qti-default-value><qti-value>0</qti-value></qti-default-value>
</qti-outcome-declaration>
<qti-outcome-declaration identifier="FEEDBACK" cardinality="single" base-type="identifier"/>
"#;
/// The number of words of a question in its title.
const TITLE_WORDS: usize = 12;
const FEEDBACK: &str = r#"outcome-identifier="FEEDBACK" identifier="shown" show-hide="show""#;

fn title(stem: &str) -> String {
    let words: Vec<String> = markdown::to_plain(stem).split_whitespace().take(TITLE_WORDS).map(str::to_owned).collect();
    short(&words.join(" "))
}

/// The XML of an item, or why the question cannot be written.
pub fn item(question: &Export, identifier: &str) -> Result<String, String> {
    let content = &question.content;
    let title = escaped(&title(&content.stem));
    let Interaction { cardinality, base_type, key, xml } = interaction(content)?;
    let values: String = key.iter().map(|value| format!("<qti-value>{value}</qti-value>")).collect();
    let stem = html(&content.stem);
    let explanation = labels::explanation(&content.explanation, &content.references);
    let modal = if explanation.is_empty() {
        String::new()
    } else {
        let body = html(&explanation);
        format!("<qti-modal-feedback {FEEDBACK}><qti-content-body>{body}</qti-content-body></qti-modal-feedback>\n")
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <qti-assessment-item xmlns=\"http://www.imsglobal.org/xsd/imsqtiasi_v3p0\" identifier=\"{identifier}\" \
         title=\"{title}\" adaptive=\"false\" time-dependent=\"false\" xml:lang=\"en\">\n\
         <qti-response-declaration identifier=\"RESPONSE\" cardinality=\"{cardinality}\" base-type=\"{base_type}\">\
         <qti-correct-response>{values}</qti-correct-response></qti-response-declaration>\n\
         {OUTCOMES}<qti-item-body>{stem}{xml}</qti-item-body>\n{PROCESSING}{modal}</qti-assessment-item>\n"
    ))
}

struct Interaction {
    cardinality: &'static str,
    base_type: &'static str,
    key: Vec<String>,
    xml: String,
}

fn interaction(content: &Content) -> Result<Interaction, String> {
    let right = content.answers.iter().filter(|answer| answer.is_correct).count();
    let all = content.answers.len();
    match content.kind {
        QuestionKind::SingleChoice if right != 1 => Err(format!("has {right} right answers instead of one")),
        QuestionKind::MultipleResponse if right < 2 => Err("has less than two right answers".into()),
        QuestionKind::Ordering if right != all || all == 0 => Err("has no order of all its answers".into()),
        QuestionKind::SingleChoice => Ok(choices(content, "choice", "single", " max-choices=\"1\"")),
        QuestionKind::MultipleResponse => {
            Ok(choices(content, "choice", "multiple", &format!(" max-choices=\"{right}\"")))
        }
        QuestionKind::Ordering => Ok(choices(content, "order", "ordered", "")),
        QuestionKind::Matching => matching(content),
    }
}

fn choices(content: &Content, name: &str, cardinality: &'static str, limit: &str) -> Interaction {
    let name = format!("qti-{name}-interaction");
    let mut xml = format!("<{name} response-identifier=\"RESPONSE\" shuffle=\"true\"{limit}>");
    let mut key = Vec::new();
    for (number, answer) in (1..).zip(&content.answers) {
        let id = format!("C{number}");
        let inner = inner(&answer.body, &answer.rationale);
        xml.push_str(&format!("<qti-simple-choice identifier=\"{id}\">{inner}</qti-simple-choice>"));
        key.extend(answer.is_correct.then_some(id));
    }
    xml.push_str(&format!("</{name}>"));
    Interaction { cardinality, base_type: "identifier", key, xml }
}

fn matching(content: &Content) -> Result<Interaction, String> {
    let (mut lefts, mut rights, mut key) = (String::new(), String::new(), Vec::new());
    let mut shared: HashMap<&str, String> = HashMap::new();
    for (number, answer) in (1..).zip(&content.answers) {
        let AnswerContent { body, is_correct, rationale, match_body } = answer;
        let matched = match_body.as_deref().ok_or("has an answer without a match")?;
        let right = format!("R{number}");
        if !is_correct {
            rights.push_str(&associable(&right, 1, matched, rationale));
            continue;
        }
        let left = format!("L{number}");
        lefts.push_str(&associable(&left, 1, body, rationale));
        // A text that belongs to several answers is written once.
        let partner = shared.entry(matched).or_insert_with(|| {
            rights.push_str(&associable(&right, 0, matched, ""));
            right
        });
        key.push(format!("{left} {partner}"));
    }
    if key.is_empty() {
        return Err("has no pairs".into());
    }
    let xml = format!(
        "<qti-match-interaction response-identifier=\"RESPONSE\" shuffle=\"true\" max-associations=\"{}\">\
         <qti-simple-match-set>{lefts}</qti-simple-match-set><qti-simple-match-set>{rights}</qti-simple-match-set>\
         </qti-match-interaction>",
        key.len()
    );
    Ok(Interaction { cardinality: "multiple", base_type: "directedPair", key, xml })
}

fn associable(id: &str, most: u8, body: &str, rationale: &str) -> String {
    let (name, inner) = ("qti-simple-associable-choice", inner(body, rationale));
    format!("<{name} identifier=\"{id}\" match-max=\"{most}\">{inner}</{name}>")
}

/// A choice with its rationale.
fn inner(body: &str, rationale: &str) -> String {
    let body = html(body);
    if rationale.is_empty() {
        return body;
    }
    let rationale = html(rationale);
    match sole_paragraph(&rationale) {
        Some(line) => format!("{body}<qti-feedback-inline {FEEDBACK}>{line}</qti-feedback-inline>"),
        None => format!(
            "{body}<qti-feedback-block {FEEDBACK}><qti-content-body>{rationale}</qti-content-body></qti-feedback-block>"
        ),
    }
}

/// The content of a text that is a single paragraph: inline feedback can contain no blocks.
fn sole_paragraph(html: &str) -> Option<&str> {
    let line = html.trim().strip_prefix("<p>")?.strip_suffix("</p>")?;
    (!line.contains("</p>")).then_some(line)
}

fn html(markdown: &str) -> String {
    markdown::to_html(markdown).trim_end().replace('\r', "&#13;")
}
