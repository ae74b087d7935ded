//! Reads questions from Moodle XML.

use super::answers;
use crate::{
    interchange::{
        bounds::{self, Part},
        labels,
        lines::first_words,
        model::{Found, Item, Location, Malformed},
        notes,
        xml::{Element, Node, Parser, Step, short},
    },
    markdown,
    questions::model::{Content, Reference},
};

/// The number of open elements between two questions.
const IN_QUIZ: usize = 1;
const NO_QUIZ: &str = "must be Moodle XML, which begins with <quiz>";

/// The questions of a file, in order. After an error, reading continues with the next question, to collect all errors,
/// as long as the file is well-formed XML.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let mut quiz = Quiz { parser: Parser::new(text, str::to_owned), category: Vec::new(), is_open: false };
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = quiz.next().transpose();
        is_over = match &next {
            Some(Ok(_)) => false,
            Some(Err(_)) => !quiz.is_open || quiz.parser.is_broken,
            None => true,
        };
        next
    })
}

struct Quiz<'a> {
    parser: Parser<'a>,
    /// The category of the following questions.
    category: Vec<String>,
    is_open: bool,
}

impl Quiz<'_> {
    fn next(&mut self) -> Result<Option<Found>, Malformed> {
        loop {
            if self.is_open {
                // The rest of a question with an error may contain more elements.
                self.parser.skip_to(IN_QUIZ)?;
            }
            match self.parser.step()? {
                Step::Open(root) if !self.is_open && root.name == "quiz" => self.is_open = true,
                Step::Open(opened) if self.is_open && opened.name == "question" => {
                    let question = self.parser.tree(opened)?;
                    match question.attribute("type") {
                        Some("category") => self.category = category(&question)?,
                        _ => return Ok(Some(self.found(&question))),
                    }
                }
                Step::Open(_) if self.is_open => {}
                Step::Open(root) => return Err(Malformed::at(root.line, NO_QUIZ)),
                Step::End if !self.is_open => return Err(Malformed::at(1, NO_QUIZ)),
                Step::End => return Ok(None),
                Step::Text(text) | Step::Exact(text) if !self.is_open && !text.trim().is_empty() => {
                    return Err(Malformed::at(self.parser.line, NO_QUIZ));
                }
                Step::Close | Step::Text(_) | Step::Exact(_) => {}
            }
        }
    }

    fn found(&self, question: &Element) -> Found {
        let title = child_text(question, "name");
        let name = title.clone().unwrap_or_else(|| name(question));
        let outcome = content(question).map(|content| Item {
            key: question.child("idnumber").map(own_text).filter(|key| !key.trim().is_empty()),
            title,
            category: self.category.clone(),
            content,
            upkeep: None,
            notes: told(question),
        });
        Found { place: Location::line(question.line), name, outcome }
    }
}

/// The path of the category that begins. Slashes in names are doubled; the root of the tree is left out.
fn category(question: &Element) -> Result<Vec<String>, Malformed> {
    let whole = child_text(question, "category").unwrap_or_default();
    labels::split_category(&whole, split_path).map_err(|detail| Malformed::at(question.line, detail))
}

fn split_path(path: &str) -> Vec<String> {
    let path = path.replace("//", "\0");
    let mut parts: Vec<String> =
        path.split('/').map(|part| part.replace('\0', "/").trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let is_context = |part: &String| part.len() > 1 && part.starts_with('$') && part.ends_with('$');
    if parts.first().is_some_and(is_context) {
        parts.remove(0);
    }
    if parts.first().is_some_and(|part| part == "top") {
        parts.remove(0);
    }
    parts
}

fn content(question: &Element) -> Result<Content, String> {
    if ["answer", "subquestion"].iter().any(|name| question.named(name).nth(bounds::ANSWER_LIMIT).is_some()) {
        return Err(bounds::too_many_answers());
    }
    if question.is_cut {
        let has_files = question.all().any(|element| matches!(&*element.name, "file" | "image_base64"));
        return Err(if has_files { format!("{} with its files", bounds::too_long()) } else { bounds::too_long() });
    }
    // Questions of versions before 2.0 have one picture in an element of its own.
    if let Some(picture) = question.child("image").map(own_text).filter(|picture| !picture.trim().is_empty()) {
        return Err(format!(
            "{} shows the picture {:?}, which the bank cannot hold",
            Part::Stem,
            short(picture.trim())
        ));
    }
    let (kind, answers) = answers::read(question)?;
    let (explanation, references) = explanation(question)?;
    let tags = question.named("tags").flat_map(|tags| tags.named("tag")).map(inner_text);
    let (tags, difficulty) = labels::split_tags(tags.collect());
    let stem = question.child("questiontext").map(|stem| text(stem, "html", Part::Stem)).transpose()?;
    Ok(Content { kind, stem: stem.unwrap_or_default(), explanation, references, tags, difficulty, answers })
}

fn explanation(question: &Element) -> Result<(String, Vec<Reference>), String> {
    let Some(feedback) = question.child("generalfeedback") else { return Ok(Default::default()) };
    Ok(labels::split_explanation(&text(feedback, default_format(question), Part::Explanation)?))
}

/// Notes on content of a question that the bank has no place for.
fn told(question: &Element) -> Vec<String> {
    /// The default feedback that Moodle writes if the author wrote none.
    const DEFAULTS: [&str; 3] =
        ["Your answer is correct.", "Your answer is partially correct.", "Your answer is incorrect."];
    let said = |name: &str| {
        let texts = question.named(name).map(|element| bounds::beginning(&bounds::plain_of_html(&inner_text(element))));
        texts.filter(|text| !text.trim().is_empty() && !DEFAULTS.contains(&text.trim())).count() > 0
    };
    let combined = ["correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"];
    let combined = combined.into_iter().any(said);
    let told = [
        (said("hint"), "its hints are left out: the bank has no place for them"),
        (
            combined,
            "its feedback on right, partly right and wrong responses is left out: write it into the general feedback",
        ),
    ];
    let told = told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, note)| note.to_owned());
    let texts: Vec<String> = question.all().filter(|element| element.name == "text").map(own_text).collect();
    let shares = notes::of_shares(&answers::shares(question), answers::FULL);
    told.chain(shares).chain(notes::of_texts(texts.iter().map(String::as_str))).collect()
}

/// The format of texts without a format: that of the question.
pub(super) fn default_format(question: &Element) -> &str {
    question.child("questiontext").map_or("html", |stem| format(stem, "html"))
}

fn format<'a>(element: &'a Element, default: &'a str) -> &'a str {
    element.attribute("format").map_or(default, str::trim)
}

/// The text of an element as Markdown.
pub(super) fn text(element: &Element, default_format: &str, part: Part) -> Result<String, String> {
    if let Some(child) = element.child("text").and_then(|text| text.elements().next()) {
        return Err(format!(
            "{part} has the element {} in its XML: write HTML between <![CDATA[ and ]]>",
            short(&child.name)
        ));
    }
    let text = inner_text(element);
    match format(element, default_format) {
        "markdown" => bounds::clean(part, &text),
        "plain_text" | "wiki_like" => Ok(bounds::from_plain(&text)),
        "moodle_auto_format" => bounds::from_lines(part, &text),
        _ => bounds::from_html(part, &text),
    }
}

/// The text in `<text>`.
pub(super) fn inner_text(element: &Element) -> String {
    element.child("text").map(own_text).unwrap_or_default()
}

/// The direct text of an element: CDATA sections unchanged, other text without leading and trailing white space.
pub(super) fn own_text(element: &Element) -> String {
    let is_text = |node: &&Node| !matches!(node, Node::Element(_));
    let nodes: Vec<&Node> = element.children.iter().filter(is_text).collect();
    let mut text = String::new();
    for (index, node) in nodes.iter().enumerate() {
        text.push_str(match node {
            Node::Exact(exact) => exact.as_str(),
            Node::Text(more) => {
                let more = if index == 0 { more.trim_start() } else { more.as_str() };
                if index + 1 == nodes.len() { more.trim_end() } else { more }
            }
            Node::Element(_) => "",
        });
    }
    text.chars().filter(|&c| markdown::is_xml_char(c)).collect()
}

fn child_text(question: &Element, name: &str) -> Option<String> {
    question.child(name).map(inner_text).filter(|text| !text.trim().is_empty())
}

fn name(question: &Element) -> String {
    let stem = question.child("questiontext").map(inner_text).unwrap_or_default();
    first_words(&bounds::beginning(&bounds::plain_of_html(&stem)))
}
