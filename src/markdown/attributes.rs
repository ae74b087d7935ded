//! What the attributes of elements say.

use std::collections::BTreeMap;

use html5gum::HtmlString;

use super::{
    inline::{EMPHASIS, STRIKE, STRONG},
    tree::Marker,
};

/// The most columns and rows that one cell of a table fills.
const SPAN_LIMIT: usize = 100;

pub(super) type Attributes = BTreeMap<HtmlString, html5gum::Spanned<HtmlString, ()>>;

/// The value of an attribute, empty if there is none.
pub(super) fn attribute(attributes: &Attributes, name: &str) -> String {
    attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// How a column of a table is aligned, as Markdown writes it.
pub(super) fn alignment(attributes: &Attributes) -> &'static str {
    let style = attribute(attributes, "style").replace(' ', "") + "align:" + &attribute(attributes, "align");
    match style.split("align:").skip(1).find(|value| !value.is_empty()).unwrap_or_default() {
        value if value.starts_with("left") => ":---",
        value if value.starts_with("center") => ":---:",
        value if value.starts_with("right") => "---:",
        _ => "---",
    }
}

/// The language that a class tells, `language-rust`.
pub(super) fn language_of(class: &str) -> String {
    let language = class.split_ascii_whitespace().find_map(|class| class.strip_prefix("language-")).unwrap_or_default();
    plain_language(language)
}

/// The name of a language without what a fence cannot hold in every reader.
pub(super) fn plain_language(name: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_alphanumeric() || "+#.-".contains(*c)).collect();
    kept.trim_start_matches('.').to_owned()
}

/// How many columns or rows a cell fills.
pub(super) fn span(attributes: &Attributes, name: &str) -> usize {
    attribute(attributes, name).trim().parse().unwrap_or(1).clamp(1, SPAN_LIMIT)
}

/// How the items of an ordered list are told apart.
pub(super) fn marker(attributes: &Attributes) -> Marker {
    let first = attribute(attributes, "start").trim().parse().ok();
    let first: u32 = first.filter(|first| *first < 100_000_000).unwrap_or(1);
    let style = attribute(attributes, "style").to_ascii_lowercase();
    let by_style = [("lower-alpha", 'a'), ("lower-latin", 'a'), ("upper-alpha", 'A'), ("upper-latin", 'A')];
    let by_style = by_style.into_iter().chain([("lower-roman", 'i'), ("upper-roman", 'I')]);
    let styled = by_style.into_iter().find(|(name, _)| style.contains(name)).map(|(_, kind)| kind);
    match styled.or(attribute(attributes, "type").trim().chars().next()) {
        Some(kind @ ('a' | 'A' | 'i' | 'I')) => Marker::Written(kind, first),
        _ => Marker::Number(first),
    }
}

/// How often an element within a line puts each mark on.
pub(super) fn marks(name: &str, style: &str) -> [usize; 3] {
    let mut marks = [0; 3];
    match name {
        "em" | "i" | "cite" | "dfn" | "var" | "u" | "ins" => marks[EMPHASIS] = 1,
        "strong" | "b" | "mark" => marks[STRONG] = 1,
        "del" | "s" | "strike" => marks[STRIKE] = 1,
        _ => {}
    }
    let has = |property: &str, values: &[&str]| {
        let declared = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        let mut declared = declared.filter(|(name, _)| name.starts_with(property));
        declared.any(|(_, value)| values.iter().any(|known| value.contains(known)))
    };
    marks[EMPHASIS] |= usize::from(has("font-style", &["italic"]) || has("text-decoration", &["underline"]));
    marks[STRONG] |= usize::from(has("font-weight", &["bold", "600", "700", "800", "900"]));
    marks[STRIKE] |= usize::from(has("text-decoration", &["line-through"]));
    marks
}
