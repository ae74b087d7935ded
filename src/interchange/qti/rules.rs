//! Runs the rules of response processing on responses: their marks, and the feedback that they show.
//!
//! Only common rules are supported: a response is compared with the key or with values, and outcomes are set.
//! Other rules are not run, and their outcomes are unknown.

use std::{cell::Cell, collections::HashMap};

use crate::interchange::xml::Element;

/// The outcome that contains the mark.
pub const SCORE: &str = "SCORE";
/// The most expressions and rules that are evaluated for one item.
const STEPS: usize = 100_000;

/// A value: a list of texts, empty for null. Numbers are texts, too.
type Value = Vec<String>;

/// An item whose rules are run.
pub struct Rules<'a> {
    item: &'a Element,
    /// None if a template adds up the mapping.
    processing: Option<&'a Element>,
    identifier: &'a str,
    is_ordered: bool,
    correct: Value,
    mapping: Option<Mapping>,
    steps: Cell<usize>,
}

/// The marks of the values of a response.
struct Mapping {
    entries: HashMap<String, f64>,
    default: f64,
    bounds: (Option<f64>, Option<f64>),
}

/// The outcomes of a response.
pub type Outcomes = HashMap<String, Value>;

struct Run<'r, 'a> {
    rules: &'r Rules<'a>,
    response: &'r [String],
    outcomes: Outcomes,
    is_over: bool,
}

impl<'a> Rules<'a> {
    /// The rules of an item for the response to its only interaction, unless it is only compared with the key. If the
    /// item uses a template, `adds_up` tells whether the template adds up the mapping.
    pub fn of(item: &'a Element, identifier: &'a str, cardinality: &str, adds_up: bool) -> Option<Self> {
        let processing = item.child("responseprocessing").filter(|processing| processing.elements().next().is_some());
        if processing.is_none() && !adds_up {
            return None;
        }
        let mut declarations = item.named("responsedeclaration");
        let declaration = declarations.find(|declaration| declaration.attribute("identifier") == Some(identifier))?;
        let correct = declaration.child("correctresponse").into_iter().flat_map(|values| values.named("value"));
        Some(Self {
            item,
            processing,
            identifier,
            is_ordered: cardinality == "ordered",
            correct: correct.map(|value| value.text().trim().to_owned()).collect(),
            mapping: declaration.child("mapping").map(Mapping::of),
            steps: Cell::new(STEPS),
        })
    }

    /// Whether the rules set the mark.
    pub fn sets_score(&self) -> bool {
        let sets = |rule: &Element| rule.name == "setoutcomevalue" && rule.attribute("identifier") == Some(SCORE);
        self.processing.is_none_or(|processing| processing.all().any(sets))
    }

    /// The values that the rules compare with: containers as a whole, other values one by one.
    pub fn named(&self) -> Vec<Vec<String>> {
        let value = |element: &Element| squeezed(&element.text());
        let all = self.processing.into_iter().flat_map(Element::all);
        let named = all.filter_map(|element| match element.name.as_str() {
            "basevalue" => Some(vec![value(element)]),
            "multiple" | "ordered" => Some(element.named("basevalue").map(value).collect()),
            _ => None,
        });
        named.collect()
    }

    /// The outcomes of a response. `None` if a rule is not supported.
    pub fn outcomes(&self, response: &[String]) -> Option<Outcomes> {
        let outcomes = self.item.named("outcomedeclaration").filter_map(|declaration| {
            let values = declaration.child("defaultvalue").into_iter().flat_map(|default| default.named("value"));
            let default: Value = values.map(|value| value.text().trim().to_owned()).collect();
            let is_number = matches!(declaration.attribute("basetype"), Some("float" | "integer"));
            let default = if default.is_empty() && is_number { vec!["0".to_owned()] } else { default };
            Some((declaration.attribute("identifier")?.to_owned(), default))
        });
        let mut run = Run { rules: self, response, outcomes: outcomes.collect(), is_over: false };
        match self.processing {
            Some(processing) => run.all(processing.elements())?,
            None => {
                let score = run.mapped()?;
                run.outcomes.insert(SCORE.to_owned(), score);
            }
        }
        Some(run.outcomes)
    }
}

impl Mapping {
    fn of(mapping: &Element) -> Self {
        let number = |element: &Element, name: &str| {
            let number = element.attribute(name).and_then(|value| value.trim().parse::<f64>().ok());
            number.filter(|number| number.is_finite())
        };
        let entry = |entry: &Element| Some((squeezed(entry.attribute("mapkey")?), number(entry, "mappedvalue")?));
        Self {
            entries: mapping.named("mapentry").filter_map(entry).collect(),
            default: number(mapping, "defaultvalue").unwrap_or_default(),
            bounds: (number(mapping, "lowerbound"), number(mapping, "upperbound")),
        }
    }
}

impl Run<'_, '_> {
    fn step(&self) -> Option<()> {
        self.rules.steps.set(self.rules.steps.get().checked_sub(1)?);
        Some(())
    }

    fn all<'e>(&mut self, rules: impl Iterator<Item = &'e Element>) -> Option<()> {
        for rule in rules {
            if self.is_over {
                break;
            }
            self.rule(rule)?;
        }
        Some(())
    }

    fn rule(&mut self, rule: &Element) -> Option<()> {
        self.step()?;
        match rule.name.as_str() {
            "responsecondition" => {
                for branch in rule.elements() {
                    let mut parts = branch.elements();
                    let holds = match branch.name.as_str() {
                        "responseif" | "responseelseif" => self.truth(parts.next()?)?,
                        "responseelse" => true,
                        _ => return None,
                    };
                    if holds {
                        return self.all(parts);
                    }
                }
                Some(())
            }
            "responseprocessingfragment" => self.all(rule.elements()),
            "setoutcomevalue" => {
                let value = self.value(rule.elements().next()?)?;
                self.outcomes.insert(rule.attribute("identifier")?.to_owned(), value);
                Some(())
            }
            "exitresponse" => {
                self.is_over = true;
                Some(())
            }
            _ => None,
        }
    }

    fn truth(&mut self, expression: &Element) -> Option<bool> {
        self.value(expression)?.first().map(|value| value == "true").or(Some(false))
    }

    fn numbers(&mut self, expression: &Element) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        for part in expression.elements() {
            let value = self.value(part)?;
            for number in value {
                numbers.push(number.parse().ok().filter(|number: &f64| number.is_finite())?);
            }
        }
        Some(numbers)
    }

    fn pair(&mut self, expression: &Element) -> Option<(Value, Value)> {
        let mut parts = expression.elements();
        let (first, second) = (parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some((self.value(first)?, self.value(second)?))
    }

    fn value(&mut self, expression: &Element) -> Option<Value> {
        self.step()?;
        let truth = |holds: bool| Some(vec![holds.to_string()]);
        match expression.name.as_str() {
            "variable" | "correct" | "default" => self.variable(expression),
            "basevalue" => Some(vec![expression.text().trim().to_owned()]),
            "null" => Some(Value::new()),
            "multiple" | "ordered" => {
                let mut all = Value::new();
                for part in expression.elements() {
                    all.extend(self.value(part)?);
                }
                Some(all)
            }
            "match" | "stringmatch" => {
                let (one, other) = self.pair(expression)?;
                let is_caseless = expression.attribute("casesensitive").is_some_and(|value| value.trim() == "false");
                truth(!one.is_empty() && self.equals(&one, &other, is_caseless))
            }
            "isnull" => {
                let value = self.value(expression.elements().next()?)?;
                truth(value.iter().all(String::is_empty))
            }
            "not" => {
                let holds = self.truth(expression.elements().next()?)?;
                truth(!holds)
            }
            name @ ("and" | "or") => {
                let mut holds = name == "and";
                for part in expression.elements() {
                    let part = self.truth(part)?;
                    holds = if name == "and" { holds && part } else { holds || part };
                }
                truth(holds)
            }
            "anyn" => {
                let bound =
                    |name: &str| expression.attribute(name).and_then(|value| value.trim().parse::<usize>().ok());
                let mut holding = 0;
                for part in expression.elements() {
                    holding += usize::from(self.truth(part)?);
                }
                truth((bound("min")?..=bound("max")?).contains(&holding))
            }
            "member" => {
                let (one, all) = self.pair(expression)?;
                truth(one.first().is_some_and(|one| holds(&all, one)))
            }
            "contains" => {
                let (all, some) = self.pair(expression)?;
                truth(!some.is_empty() && some.iter().all(|one| holds(&all, one)))
            }
            "containersize" => {
                let size = self.value(expression.elements().next()?)?.len();
                Some(vec![size.to_string()])
            }
            "mapresponse" => self.mapped(),
            name @ ("sum" | "product" | "subtract" | "divide" | "max" | "min") => {
                let numbers = self.numbers(expression)?;
                let all = numbers.into_iter();
                let number = match name {
                    "sum" => all.sum(),
                    "product" => all.product(),
                    "subtract" => all.reduce(|one, other| one - other)?,
                    "divide" => all.reduce(|one, other| one / other)?,
                    "max" => all.reduce(f64::max)?,
                    _ => all.reduce(f64::min)?,
                };
                Some(vec![number.to_string()])
            }
            name @ ("gt" | "gte" | "lt" | "lte" | "equal") => {
                let numbers = self.numbers(expression)?;
                let [one, other] = numbers.as_slice() else { return truth(false) };
                truth(match name {
                    "gt" => one > other,
                    "gte" => one >= other,
                    "lt" => one < other,
                    "lte" => one <= other,
                    _ => (one - other).abs() < 1e-9,
                })
            }
            _ => None,
        }
    }

    fn variable(&self, expression: &Element) -> Option<Value> {
        let name = expression.attribute("identifier")?;
        if name != self.rules.identifier {
            return self.outcomes.get(name).filter(|_| expression.name == "variable").cloned();
        }
        match expression.name.as_str() {
            "variable" => Some(self.response.to_vec()),
            "correct" => Some(self.rules.correct.clone()),
            _ => None,
        }
    }

    fn mapped(&self) -> Option<Value> {
        let Mapping { entries, default, bounds: (lower, upper) } = self.rules.mapping.as_ref()?;
        let sum: f64 = self.response.iter().map(|value| entries.get(&squeezed(value)).unwrap_or(default)).sum();
        let sum = lower.map_or(sum, |bound| sum.max(bound));
        Some(vec![upper.map_or(sum, |bound| sum.min(bound)).to_string()])
    }

    /// Whether two containers have the same values. The order matters only in ordered ones.
    fn equals(&self, one: &[String], other: &[String], is_caseless: bool) -> bool {
        let plain = |values: &[String]| {
            let mut values: Vec<String> = values.iter().map(|value| squeezed(value)).collect();
            if is_caseless {
                values.iter_mut().for_each(|value| *value = value.to_lowercase());
            }
            if !self.rules.is_ordered {
                values.sort_unstable();
            }
            values
        };
        plain(one) == plain(other)
    }
}

/// Whether a container contains a value.
fn holds(all: &[String], one: &str) -> bool {
    all.iter().any(|value| squeezed(value) == squeezed(one))
}

/// A value with single spaces between the parts of a pair.
pub fn squeezed(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
