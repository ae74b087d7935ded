//! Sorts the feedback of an item: feedback on the key, feedback on an answer, and feedback that the bank cannot store.

use super::{
    interaction::{is_hidden, joined, text},
    response::Response,
    rules::Outcomes,
};
use crate::interchange::{bounds::Part, xml::Element};

/// The feedback of a question, sorted.
#[derive(Debug, Default)]
pub struct Feedback {
    /// The feedback that is shown with the key.
    pub explanation: String,
    /// The feedback that is shown only with one wrong choice, by the identifier of the choice.
    pub on_choices: Vec<(String, String)>,
    /// Whether some feedback is left out.
    pub is_left_out: bool,
}

impl Feedback {
    /// Sorts feedback by what the rules of the item show with the key and with other responses. If they cannot be run,
    /// the name of the feedback decides, or the first one that is not named for wrong responses is the explanation.
    pub fn of(told: &[&Element], interaction: &Element, response: &Response) -> Result<Self, String> {
        let mut feedback = Self::default();
        let outcomes = |of: &[String]| response.rules.as_ref().and_then(|rules| rules.outcomes(of));
        let key = outcomes(&response.key);
        let others: Vec<(Vec<String>, Option<Outcomes>)> = match response.cardinality {
            "single" => {
                response.others(interaction).into_iter().map(|other| (other.clone(), outcomes(&other))).collect()
            }
            _ => Vec::new(),
        };
        let mut explanations = Vec::new();
        for element in told {
            let is_shown =
                |outcomes: &Option<Outcomes>| outcomes.as_ref().and_then(|outcomes| shown(element, outcomes));
            match is_shown(&key) {
                Some(true) => explanations.push(text(Part::Explanation, element)?),
                Some(false) => {
                    let mut with = others.iter().filter(|(_, outcomes)| is_shown(outcomes) == Some(true));
                    match (with.next().map(|(other, _)| other.as_slice()), with.next()) {
                        (Some([choice]), None) => {
                            feedback.on_choices.push((choice.clone(), text(Part::Explanation, element)?));
                        }
                        _ => feedback.is_left_out = true,
                    }
                }
                None => match named_choice(element, interaction) {
                    Some(choice) => feedback.on_choices.push((choice, text(Part::Explanation, element)?)),
                    None if explanations.is_empty() && !is_hidden(element) && !is_for_wrong(element) => {
                        explanations.push(text(Part::Explanation, element)?);
                    }
                    None => feedback.is_left_out = true,
                },
            }
        }
        feedback.explanation = joined(&explanations);
        Ok(feedback)
    }
}

/// Whether the outcomes show a feedback. `None` if no rule sets the outcome that it names.
fn shown(feedback: &Element, outcomes: &Outcomes) -> Option<bool> {
    let values = outcomes.get(feedback.attribute("outcomeidentifier")?)?;
    let identifier = feedback.attribute("identifier")?.trim();
    Some(values.iter().any(|value| value == identifier) != is_hidden(feedback))
}

/// Whether the name of a feedback says that it is for wrong responses.
fn is_for_wrong(feedback: &Element) -> bool {
    let name = feedback.attribute("identifier").unwrap_or_default().to_ascii_lowercase();
    ["incorrect", "notcorrect", "not_correct", "wrong", "false", "fail", "partial", "retry"]
        .iter()
        .any(|wrong| name.contains(wrong))
}

/// The choice in the name of a feedback.
fn named_choice(feedback: &Element, interaction: &Element) -> Option<String> {
    let identifier = feedback.attribute("identifier")?.trim();
    let mut choices = interaction.named("simplechoice").filter_map(|choice| choice.attribute("identifier"));
    choices.any(|choice| choice.trim() == identifier).then(|| identifier.to_owned())
}
