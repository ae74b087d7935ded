//! The key of an item, and whether its marks depend on anything else.

use std::collections::BTreeSet;

use super::{
    alternatives,
    rules::{Rules, SCORE, squeezed},
};
use crate::interchange::{
    bounds::ANSWER_LIMIT,
    xml::{Element, short},
};

/// The templates that compare a response with the key, by the last segment of their URLs.
const MATCH_TEMPLATES: &[&str] = &["match_correct", "cc2_match", "cc2_match_basic"];
/// The templates that add up the values of the mapping.
const MAP_TEMPLATES: &[&str] = &["map_response", "cc2_map_response"];
/// Elements that make marks depend on more than the response and the key.
const BEYOND_THE_KEY: &[&str] =
    &["customoperator", "random", "randominteger", "randomfloat", "inside", "mappoint", "mapresponsepoint"];

/// The declaration of the response to an interaction.
pub struct Response<'a> {
    /// `single`, `multiple` or `ordered`.
    pub cardinality: &'a str,
    /// The right values, in order.
    pub key: Vec<String>,
    /// The rules of the item, if it does not only use a template.
    pub rules: Option<Rules<'a>>,
    /// The marks of the right values, if marks are added up.
    pub shares: Vec<f64>,
}

impl<'a> Response<'a> {
    /// Reads the declaration of the response to `interaction`, or why it is not a valid key.
    pub fn of(item: &'a Element, interaction: &'a Element) -> Result<Self, String> {
        let identifier = interaction.attribute("responseidentifier").unwrap_or_default();
        let declaration = item
            .named("responsedeclaration")
            .find(|declaration| declaration.attribute("identifier") == Some(identifier))
            .ok_or_else(|| format!("declares no response {:?} for its interaction", short(identifier)))?;
        let correct = correct(declaration);
        let mapped = mapped(declaration);
        let adds_up = check_processing(item, identifier)?;
        let differs = || !mapped.is_empty() && as_set(&mapped) != as_set(&correct);
        if adds_up && !correct.is_empty() && differs() {
            return Err("gives marks by a mapping that differs from its correct response".into());
        }
        let cardinality = declaration.attribute("cardinality").unwrap_or("single");
        let key = match correct.is_empty() {
            true if cardinality == "ordered" => Vec::new(),
            true => mapped,
            false => correct,
        };
        if key.is_empty() {
            return Err("has no correct response".into());
        }
        let shares = earning(declaration).map(|(share, _)| share).filter(|_| adds_up).collect();
        let response = Self { cardinality, key, rules: Rules::of(item, identifier, cardinality, adds_up), shares };
        response.check_scores(interaction)?;
        Ok(response)
    }

    /// Fails if the rules give the key no mark, or give another response as much.
    fn check_scores(&self, interaction: &Element) -> Result<(), String> {
        let score = |response: &[String]| {
            let outcomes = self.rules.as_ref()?.outcomes(response)?;
            outcomes.get(SCORE)?.first()?.parse::<f64>().ok()
        };
        let Some(most) = score(&self.key) else { return Ok(()) };
        let mut others = self.others(interaction);
        others.extend(self.rules.iter().flat_map(|rules| alternatives::of(self, rules, interaction)));
        // With a mapping, an additional wrong choice may leave the mark unchanged.
        let is_beside = |other: &[String]| self.key.iter().all(|value| other.contains(value));
        let earns_less = |other: &Vec<String>| match score(other) {
            Some(earned) if self.cardinality == "multiple" && is_beside(other) => earned <= most,
            Some(earned) => earned < most,
            None => true,
        };
        let is_key = most > 0.0 && others.iter().all(earns_less);
        let reason = match &self.rules {
            Some(rules) if most <= 0.0 && !rules.sets_score() => {
                "has response rules that set no SCORE, so that its correct response earns nothing: set SCORE"
            }
            _ => "has response rules with another key than its correct response",
        };
        is_key.then_some(()).ok_or_else(|| reason.into())
    }

    /// Whether the mark of the key under the rules is known.
    pub fn is_checked(&self) -> bool {
        self.rules.as_ref().is_none_or(|rules| rules.outcomes(&self.key).is_some())
    }

    /// Some responses that are not the key.
    pub fn others(&self, interaction: &Element) -> Vec<Vec<String>> {
        let choices = interaction.named("simplechoice").filter_map(|choice| choice.attribute("identifier"));
        let mut others: Vec<Vec<String>> = Vec::new();
        match self.cardinality {
            "ordered" => others.push(self.key.iter().rev().cloned().collect()),
            "single" => others.extend(choices.take(ANSWER_LIMIT).map(|choice| vec![choice.trim().to_owned()])),
            _ => {
                for choice in choices.take(ANSWER_LIMIT).map(|choice| choice.trim().to_owned()) {
                    others.push(vec![choice.clone()]);
                    if !self.key.contains(&choice) {
                        others.push(self.key.iter().cloned().chain([choice]).collect());
                    }
                }
                others.extend((0..self.key.len().min(ANSWER_LIMIT)).map(|left_out| {
                    let kept = self.key.iter().enumerate().filter(|(index, _)| *index != left_out);
                    kept.map(|(_, value)| value.clone()).collect()
                }));
            }
        }
        others.retain(|other| !self.is_key(other));
        others
    }

    /// Whether a response is the key.
    pub fn is_key(&self, response: &[String]) -> bool {
        if self.cardinality == "ordered" { response == self.key } else { as_set(response) == as_set(&self.key) }
    }
}

fn correct(declaration: &Element) -> Vec<String> {
    let values = declaration.child("correctresponse").into_iter().flat_map(|correct| correct.named("value"));
    values.map(|value| squeezed(&value.text())).filter(|value| !value.is_empty()).collect()
}

/// The entries of the mapping with positive marks, each with its mark.
fn earning(declaration: &Element) -> impl Iterator<Item = (f64, &Element)> {
    let entries = declaration.child("mapping").into_iter().flat_map(|mapping| mapping.named("mapentry"));
    let marks = |entry: &Element| entry.attribute("mappedvalue").and_then(|value| value.trim().parse::<f64>().ok());
    entries.filter_map(move |entry| Some((marks(entry).filter(|marks| *marks > 0.0)?, entry)))
}

/// The values for which the mapping gives marks.
fn mapped(declaration: &Element) -> Vec<String> {
    earning(declaration).filter_map(|(_, entry)| entry.attribute("mapkey")).map(squeezed).collect()
}

fn as_set(values: &[String]) -> BTreeSet<&str> {
    values.iter().map(String::as_str).collect()
}

/// Whether marks come from the mapping; otherwise the marks only depend on whether the response is the key.
fn check_processing(item: &Element, identifier: &str) -> Result<bool, String> {
    let Some(processing) = item.child("responseprocessing") else { return Ok(false) };
    check_rules(item, processing, identifier)?;
    if processing.elements().next().is_some() {
        // If there are both a template and rules, the rules apply.
        return Ok(processing.all().any(|rule| rule.name == "mapresponse"));
    }
    let address = processing.attribute("template").or(processing.attribute("templatelocation")).unwrap_or_default();
    let name = address.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".xml").unwrap_or(&name);
    match MAP_TEMPLATES.contains(&name) {
        false if !name.is_empty() && !MATCH_TEMPLATES.contains(&name) => {
            Err(format!("is marked by the template {:?}: use match_correct or map_response", short(name)))
        }
        adds_up => Ok(adds_up),
    }
}

fn check_rules(item: &Element, processing: &Element, identifier: &str) -> Result<(), String> {
    let outcomes: BTreeSet<&str> =
        item.named("outcomedeclaration").filter_map(|outcome| outcome.attribute("identifier")).collect();
    for rule in processing.all() {
        if BEYOND_THE_KEY.contains(&rule.name.as_str()) {
            return Err(format!("is marked by {}, not by its key alone", rule.name));
        }
        let variable = rule.attribute("identifier").filter(|_| rule.name == "variable");
        let is_known = |name: &str| name == identifier || name == "completionStatus" || outcomes.contains(name);
        if let Some(name) = variable.filter(|name| !is_known(name)) {
            return Err(format!("is marked by the variable {:?}, not by its key alone", short(name)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::qti::document;

    const CORRECT: &str = "<correctResponse><value> B </value></correctResponse>";
    const MAPPING: &str = "<mapping><mapEntry mapKey='A' mappedValue='-1'/>\
                           <mapEntry mapKey='C' mappedValue='0.5'/></mapping>";

    fn key(declared: &str, processing: &str) -> Result<Vec<String>, String> {
        let item = format!(
            "<assessmentItem><responseDeclaration identifier='R' cardinality='multiple'>{declared}\
             </responseDeclaration><outcomeDeclaration identifier='SCORE'/>{processing}</assessmentItem>"
        );
        let interaction = document(
            "<choiceInteraction responseIdentifier='R'><simpleChoice identifier='A'/><simpleChoice identifier='B'/>\
             <simpleChoice identifier='C'/></choiceInteraction>",
        )
        .unwrap();
        Response::of(&document(&item).unwrap(), &interaction).map(|response| response.key)
    }

    fn template(name: &str) -> String {
        format!("<responseProcessing template='http://www.example.org/rptemplates/{name}'/>")
    }

    #[test]
    fn the_key_is_the_correct_response_or_else_the_mapping() {
        for processing in ["", &template("match_correct"), &template("CC2_match_basic.xml"), "<responseProcessing/>"] {
            assert_eq!(key(&format!("{CORRECT}{MAPPING}"), processing).unwrap(), ["B"], "{processing}");
        }
        assert_eq!(key(MAPPING, &template("map_response.xml")).unwrap(), ["C"]);
        assert_eq!(key(CORRECT, &template("map_response")).unwrap(), ["B"]);
        let inline = "<responseProcessing><responseCondition><responseIf><match><variable identifier='R'/>\
                      <correct identifier='R'/></match><setOutcomeValue identifier='SCORE'><sum>\
                      <variable identifier='SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue>\
                      </responseIf></responseCondition></responseProcessing>";
        assert_eq!(key(CORRECT, inline).unwrap(), ["B"]);
    }

    fn rules(test: &str, then: &str, otherwise: &str) -> String {
        let set = |score: &str| {
            format!(
                "<setOutcomeValue identifier='SCORE'><baseValue baseType='float'>{score}</baseValue></setOutcomeValue>"
            )
        };
        format!(
            "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><responseProcessing>\
             <responseCondition><responseIf>{test}{}</responseIf><responseElse>{}</responseElse></responseCondition>\
             </responseProcessing>",
            set(then),
            set(otherwise)
        )
    }

    #[test]
    fn rules_that_say_another_key_are_noticed() {
        let right = "<match><variable identifier='R'/><correct identifier='R'/></match>";
        let value = |value: &str| {
            format!("<match><baseValue baseType='identifier'>{value}</baseValue><variable identifier='R'/></match>")
        };
        for (test, then, otherwise, is_key) in [
            (right.to_owned(), "1", "0", true),
            (value("B"), "2.5", "-1", true),
            (format!("<not>{right}</not>"), "0", "1", true),
            (format!("<not>{right}</not>"), "1", "0", false),
            (value("C"), "1", "0", false),
            (right.to_owned(), "1", "1", false),
            (right.to_owned(), "0", "0", false),
            (format!("<or>{right}{}</or>", value("C")), "1", "0", false),
            (format!("<and>{right}<not><isNull><variable identifier='R'/></isNull></not></and>"), "1", "0", true),
            ("<unheardOf/>".to_owned(), "0", "1", true),
        ] {
            assert_eq!(key(CORRECT, &rules(&test, then, otherwise)).is_ok(), is_key, "{test} {then} {otherwise}");
        }
        let capped =
            MAPPING.replace("<mapping>", "<mapping upperBound='1'>").replace("'-1'", "'1'").replace("0.5", "1");
        assert!(key(&capped, &template("map_response")).is_err(), "any one of two is enough");
        let some = |least: &str| {
            let all = format!("<anyN min='{least}' max='2'>{}{}</anyN>", value("B"), value("C"));
            key(CORRECT, &rules(&all, "1", "0"))
        };
        assert!(some("1").is_err());
        let mapped = "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>\
                      <responseProcessing><setOutcomeValue identifier='SCORE'><mapResponse identifier='R'/>\
                      </setOutcomeValue></responseProcessing>";
        assert_eq!(key(MAPPING, mapped).unwrap(), ["C"]);
    }

    /// Whether the rules with this test give the key the highest mark, with the values A to D or pairs of them.
    fn agrees(cardinality: &str, right: &[&str], test: &str) -> bool {
        let right: String = right.iter().map(|value| format!("<value>{value}</value>")).collect();
        let item = format!(
            "<assessmentItem><responseDeclaration identifier='R' cardinality='{cardinality}'><correctResponse>{right}\
             </correctResponse></responseDeclaration>{}</assessmentItem>",
            rules(test, "1", "0")
        );
        let interaction: String = ["A", "B", "C", "D", "E", "F", "G", "H", "I"]
            .map(|choice| format!("<simpleChoice identifier='{choice}'/>"))
            .concat();
        let interaction = format!("<choiceInteraction responseIdentifier='R'>{interaction}</choiceInteraction>");
        let item = document(&item).unwrap();
        Response::of(&item, &document(&interaction).unwrap()).is_ok()
    }

    #[test]
    fn responses_that_the_rules_name_earn_less_than_the_key() {
        let container = |name: &str, values: &[&str]| {
            let values: String =
                values.iter().map(|value| format!("<baseValue baseType='identifier'>{value}</baseValue>")).collect();
            format!("<match><variable identifier='R'/><{name}>{values}</{name}></match>")
        };
        let member = |value: &str| {
            format!("<member><baseValue baseType='identifier'>{value}</baseValue><variable identifier='R'/></member>")
        };
        let right = "<match><variable identifier='R'/><correct identifier='R'/></match>";
        let or = |other: &str| format!("<or>{right}{other}</or>");
        let (multiple, ordered) = (|values: &[&str]| container("multiple", values), "ordered");
        for (cardinality, key, test, is_key) in [
            ("multiple", &["A", "B"][..], or(&multiple(&["A", "C"])), false),
            ("multiple", &["A", "B"], or(&multiple(&["C", "D"])), false),
            ("multiple", &["A", "B"], or(&multiple(&["B", "A"])), true),
            ("multiple", &["A", "B"], or(&format!("<and>{}{}</and>", member("A"), member("I"))), false),
            ("multiple", &["A", "B"], format!("<and>{}{}</and>", member("A"), member("B")), true),
            ("multiple", &["A", "B"], or(&multiple(&["A", "unheardOf"])), true),
            ("multiple", &["A B", "C D"], or(&multiple(&["A D", "C B"])), false),
            ("multiple", &["A B", "C D"], or(&multiple(&["A  B", "C D"])), true),
            ("multiple", &["A B", "C D"], or(&multiple(&["A B", "C E"])), false),
            ("multiple", &["A B", "C D"], format!("<and>{}{}</and>", member("A B"), member("C D")), true),
            ("multiple", &["A B", "C D"], member("A B"), false),
            ("multiple", &["A B", "C D"], or(&format!("<and>{}{}</and>", member("A B"), member("C E"))), false),
            ("ordered", &["A", "B", "C"], or(&container(ordered, &["A", "C", "B"])), false),
            ("ordered", &["A", "B", "C"], or(&container(ordered, &["A", "B", "C"])), true),
            (
                "ordered",
                &["A", "B", "C", "D", "E", "F", "G"],
                or(&container(ordered, &["A", "B", "C", "D", "E", "G", "F"])),
                false,
            ),
        ] {
            assert_eq!(agrees(cardinality, key, &test), is_key, "{key:?} {test}");
        }
    }

    #[test]
    fn marks_that_depend_on_more_are_refused() {
        let rules = |rules: &str| format!("<responseProcessing>{rules}</responseProcessing>");
        for (declared, processing) in [
            ("", String::new()),
            ("<correctResponse/>", template("match_correct")),
            (CORRECT, template("map_response_point")),
            (CORRECT, template("house_rules.xml")),
            (&format!("{CORRECT}{MAPPING}"), template("map_response")),
            (&format!("{CORRECT}{MAPPING}"), rules("<mapResponse identifier='R'/>")),
            (CORRECT, rules("<gt><variable identifier='duration'/></gt>")),
            (CORRECT, rules("<customOperator class='x'/>")),
        ] {
            assert!(key(declared, &processing).is_err(), "{declared} {processing}");
        }
    }
}
