//! Parses variables and collects their problems.

use std::{collections::BTreeMap, fmt, path::Path, str::FromStr, time::Duration};

use super::Variables;
use crate::db::DatabaseUrl;

/// Parses one variable after the other and collects their problems.
#[derive(Default)]
pub struct Reader {
    /// The problems so far, one line each.
    pub problems: Vec<String>,
}

impl Reader {
    /// Adds a problem of a variable.
    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }

    /// The variables by upper-case name. It is a problem if a setting is set in several spellings.
    pub fn once_each(&mut self, vars: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
        let mut by_name: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (name, value) in vars {
            by_name.entry(name.to_ascii_uppercase()).or_default().push((name, value));
        }
        let once = by_name.into_iter().filter_map(|(name, mut set)| {
            // Only settings are checked: HTTP_PROXY and http_proxy are often both set.
            if set.len() > 1 && envy::from_iter::<_, Variables>(set.iter().cloned()).is_err() {
                let mut spellings: Vec<&str> = set.iter().map(|(spelling, _)| spelling.as_str()).collect();
                spellings.sort_unstable();
                self.problem(
                    &name,
                    &format!("is set more than once, as {}: keep one of them", spellings.join(" and ")),
                );
            }
            set.pop()
        });
        once.collect()
    }

    /// A value that must be set.
    pub fn required(&mut self, name: &str, value: Option<String>) -> Option<String> {
        if value.is_none() {
            self.problem(name, "is required, but not set");
        }
        value
    }

    /// A secret, from the variable or from the file that `NAME_FILE` names, without a trailing newline.
    pub fn secret(&mut self, name: &str, value: Option<String>, file: Option<String>) -> Option<String> {
        match (value, file) {
            (Some(_), Some(_)) => {
                self.problem(name, &format!("and {name}_FILE are both set: keep one of them"));
                None
            }
            (None, Some(file)) => match read_secret(Path::new(&file)) {
                Ok(secret) => Some(secret),
                Err(what) => {
                    self.problem(&format!("{name}_FILE"), &format!("names the file {file}, which {what}"));
                    None
                }
            },
            (value, None) => self.required(name, value),
        }
    }

    /// The URL of a database.
    pub fn parse_url(&mut self, name: &str, text: &str) -> Option<DatabaseUrl> {
        text.parse().map_err(|what: &str| self.problem(name, what)).ok()
    }

    /// A whole number in a range.
    pub fn number<N>(&mut self, name: &str, value: Option<String>, default: N, range: std::ops::RangeInclusive<N>) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let Some(text) = value else { return default };
        match text.trim().parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (low, high) = (range.start(), range.end());
                self.problem(name, &format!("must be a whole number from {low} to {high}, but is {text:?}"));
                default
            }
        }
    }

    /// A duration, from a second to a day.
    pub fn seconds(&mut self, name: &str, value: Option<String>, default: u64) -> Duration {
        Duration::from_secs(self.number(name, value, default, 1..=86_400))
    }

    /// True or false.
    pub fn switch(&mut self, name: &str, value: Option<String>, default: bool) -> bool {
        match value.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => default,
            Some("true" | "1" | "yes" | "on") => true,
            Some("false" | "0" | "no" | "off") => false,
            Some(other) => {
                self.problem(name, &format!("must be true or false, but is {other:?}"));
                default
            }
        }
    }

    /// One of several words.
    pub fn word<T: FromStr>(&mut self, name: &str, value: Option<String>, default: T, choices: &str) -> T {
        let Some(text) = value else { return default };
        text.trim().parse().unwrap_or_else(|_| {
            self.problem(name, &format!("must be {choices}, but is {text:?}"));
            default
        })
    }

    /// A comma-separated list; `what` describes its items.
    pub fn list<T: FromStr>(&mut self, name: &str, value: Option<String>, what: &str) -> Vec<T> {
        let mut found = Vec::new();
        for text in value.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse() {
                Ok(value) => found.push(value),
                Err(_) => {
                    self.problem(name, &format!("must be a comma-separated list of {what}, but contains {text:?}"))
                }
            }
        }
        found
    }
}

fn read_secret(path: &Path) -> Result<String, String> {
    if path.is_dir() {
        return Err("is a directory".into());
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.trim().is_empty() {
        return Err("is empty".into());
    }
    Ok(text.to_owned())
}
