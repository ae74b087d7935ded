//! Converts an item to a question.

use super::{
    IS_OLD, document,
    feedback::Feedback,
    html::{self, Aside},
    interaction::{self, is_hidden},
    response::Response,
    unheld,
};
use crate::{
    interchange::{
        bounds::{self, Part},
        labels,
        lines::first_words,
        model::{Found, Item, Location, Malformed},
        notes,
        xml::{Element, short},
    },
    questions::model::Content,
};

/// The note on feedback that the bank cannot store.
const OTHER_FEEDBACK: &str = "its feedback on some responses is left out: the bank has an explanation, and a rationale per \
                              answer";

/// The note on an item whose rules cannot be run.
const UNCHECKED: &str = "its response rules do more than compare and add up: check that they give the mark for its correct \
                         response";

/// Elements of an item that varies between attempts, or that needs other files.
const UNHELD: &[(&str, &str)] = &[
    ("templatedeclaration", "draws its values from a template"),
    ("templateprocessing", "draws its values from a template"),
    ("assessmentstimulusref", "refers to a stimulus in another file"),
    ("companionmaterialsinfo", "needs additional materials"),
];

/// The data of an item in the manifest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The key, if the manifest is from Tripos.
    pub key: Option<String>,
    /// The path of the category, outermost first.
    pub category: Vec<String>,
    /// The tags, the difficulty among them.
    pub tags: Vec<String>,
}

/// The only question of a file.
pub fn found(text: &str, labels: Labels) -> Result<Found, Malformed> {
    let root = document(text)?;
    if root.name != "assessmentitem" {
        let detail = match root.name.as_str() {
            "questestinterop" => IS_OLD.into(),
            name => format!("must be an assessmentItem of QTI, not {}", short(name)),
        };
        return Err(Malformed::at(root.line, detail));
    }
    let given = |name: &str| root.attribute(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let (title, identifier) = (given("title"), given("identifier"));
    let content = content(&root, labels.tags);
    let stem = content.as_ref().map(|(content, _)| first_words(&bounds::beginning(&content.stem))).unwrap_or_default();
    let names = [title.clone(), Some(stem), identifier.clone()];
    let name = names.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or_default();
    // An identifier is unique only in its package. Only our own manifests contain permanent keys.
    let (key, category) = (labels.key, labels.category);
    let outcome = content.map(|(content, notes)| Item { key, title, category, content, upkeep: None, notes });
    Ok(Found { place: Location::line(root.line), name, outcome })
}

fn content(item: &Element, tags: Vec<String>) -> Result<(Content, Vec<String>), String> {
    if item.is_cut {
        return Err(bounds::too_long());
    }
    refuse_unheld(item)?;
    let body = item.child("itembody").ok_or("has no item body")?;
    let interactions: Vec<&Element> = body.all().filter(|element| element.name.ends_with("interaction")).collect();
    if let Some(other) = interactions.iter().find(|interaction| !unheld::is_held(&interaction.name)) {
        return Err(unheld::interaction(&other.name));
    }
    let [interaction] = interactions[..] else {
        return Err(format!("has {} interactions: the bank supports only items with one", interactions.len()));
    };
    let mut told = Vec::new();
    let html = html::inner(body, &mut |element| match element.name.as_str() {
        // Its prompt stays where it is: there may be text before and after it.
        name if name.ends_with("interaction") => element.child("prompt").map_or(Aside::Out, Aside::Instead),
        "feedbackblock" => {
            told.push(element);
            Aside::Out
        }
        _ => Aside::Part,
    });
    let html = html.map_err(|what| format!("{} {what}", Part::Stem))?;
    let stem = bounds::from_html(Part::Stem, &html)?;
    let response = Response::of(item, interaction)?;
    let (kind, mut answers) = interaction::answers(interaction, &response)?;
    told.extend(item.named("modalfeedback"));
    let feedback = Feedback::of(&told, interaction, &response)?;
    let whole = response.shares.iter().copied().fold(0.0, f64::max);
    let texts: Vec<String> = item.all().filter_map(colored_tag).chain([html]).collect();
    let shares = notes::of_shares(&response.shares, whole);
    let mut notes: Vec<String> = shares.into_iter().chain(notes::of_texts(texts.iter().map(String::as_str))).collect();
    if !response.is_checked() {
        notes.push(UNCHECKED.to_owned());
    }
    for (identifier, text) in feedback.on_choices {
        let mut choices = interaction.named("simplechoice");
        let place = choices.position(|choice| choice.attribute("identifier").map(str::trim) == Some(&identifier));
        match place.and_then(|place| answers.get_mut(place)) {
            Some(answer) => answer.rationale = interaction::joined(&[std::mem::take(&mut answer.rationale), text]),
            None => notes.push(OTHER_FEEDBACK.to_owned()),
        }
    }
    if feedback.is_left_out || interaction.all().any(|element| interaction::is_feedback(element) && is_hidden(element))
    {
        notes.push(OTHER_FEEDBACK.to_owned());
    }
    let (explanation, references) = labels::split_explanation(&feedback.explanation);
    let (tags, difficulty) = labels::split_tags(tags);
    Ok((Content { kind, stem, explanation, references, tags, difficulty, answers }, notes))
}

/// The tag of an element that may have a color.
fn colored_tag(element: &Element) -> Option<String> {
    let attribute = |name| element.attribute(name).map(|value| format!(" {name}='{value}'"));
    let attributes: String = ["style", "color"].into_iter().filter_map(attribute).collect();
    (!attributes.is_empty()).then(|| format!("<{}{attributes}>", element.name))
}

fn refuse_unheld(item: &Element) -> Result<(), String> {
    if item.attribute("adaptive").is_some_and(|adaptive| matches!(adaptive.trim(), "true" | "1")) {
        return Err("is adaptive: it is answered in several attempts".into());
    }
    match UNHELD.iter().find(|(name, _)| item.child(name).is_some()) {
        Some((_, reason)) => Err((*reason).to_owned()),
        None => Ok(()),
    }
}
