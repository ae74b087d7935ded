//! An item as a question.

use super::{IS_OLD, document, html, interaction, response::Response, unheld};
use crate::{
    interchange::{
        bounds, labels,
        lines::first_words,
        model::{Found, Item, Location, Malformed},
        xml::{Element, short},
    },
    questions::model::Content,
};

/// What makes an item different from attempt to attempt, or incomplete without other files.
const UNHELD: &[(&str, &str)] = &[
    ("templatedeclaration", "draws its values by a template"),
    ("templateprocessing", "draws its values by a template"),
    ("assessmentstimulusref", "refers to a stimulus in a file of its own"),
    ("companionmaterialsinfo", "needs materials beside the question"),
];

/// What a manifest says about an item.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The key, if the manifest is ours.
    pub key: Option<String>,
    /// The path of the category, outermost first.
    pub category: Vec<String>,
    /// The tags, the difficulty among them.
    pub tags: Vec<String>,
}

/// The one question of a file.
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
    let stem = content.as_ref().map(|content| first_words(&bounds::beginning(&content.stem))).unwrap_or_default();
    let names = [title.clone(), Some(stem), identifier.clone()];
    let name = names.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or_default();
    // An identifier names the item in its package alone: only our own manifests tell a name for good.
    let (key, category) = (labels.key, labels.category);
    let outcome = content.map(|content| Item { key, title, category, content, upkeep: None });
    Ok(Found { place: Location::line(root.line), name, outcome })
}

fn content(item: &Element, tags: Vec<String>) -> Result<Content, String> {
    if item.is_cut {
        return Err(bounds::too_long());
    }
    refuse_unheld(item)?;
    let body = item.child("itembody").ok_or("has no item body")?;
    let (mut interactions, mut feedback) = (Vec::new(), Vec::new());
    let html = html::inner(body, &mut |element| {
        let is_interaction = element.name.ends_with("interaction");
        let is_feedback = element.name == "feedbackblock";
        interactions.extend(is_interaction.then_some(element));
        feedback.extend(is_feedback.then_some(element));
        is_interaction || is_feedback
    })?;
    let [interaction] = interactions[..] else {
        return Err(format!("has {} interactions: only items with one can be held", interactions.len()));
    };
    if let Some(reason) = unheld::interaction(&interaction.name) {
        return Err(reason);
    }
    let (kind, answers) = interaction::answers(interaction, &Response::of(item, interaction)?)?;
    let prompt = interaction.child("prompt").map(interaction::text).transpose()?;
    feedback.extend(item.named("modalfeedback"));
    let (explanation, references) = labels::split_explanation(&interaction::feedback(&feedback)?);
    let stem = interaction::joined(&[bounds::from_html(&html), prompt.unwrap_or_default()]);
    let (tags, difficulty) = labels::split_tags(tags);
    Ok(Content { kind, stem, explanation, references, tags, difficulty, answers })
}

fn refuse_unheld(item: &Element) -> Result<(), String> {
    if item.attribute("adaptive").is_some_and(|adaptive| adaptive.trim() == "true") {
        return Err("is adaptive: it is answered in several attempts".into());
    }
    match UNHELD.iter().find(|(name, _)| item.child(name).is_some()) {
        Some((_, reason)) => Err((*reason).to_owned()),
        None => Ok(()),
    }
}
