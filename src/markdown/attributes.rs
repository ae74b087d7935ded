//! Interprets the attributes of elements.

use std::collections::BTreeMap;

use html5gum::HtmlString;

use super::{
    colors::is_highlighted,
    inline::{EMPHASIS, STRIKE, STRONG},
    tree::Marker,
};

/// The most columns or rows that one cell of a table spans.
const SPAN_LIMIT: usize = 100;

pub(super) type Attributes = BTreeMap<HtmlString, html5gum::Spanned<HtmlString, ()>>;

/// The value of an attribute, empty if there is none.
pub(super) fn attribute(attributes: &Attributes, name: &str) -> String {
    attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// The alignment of a table column, in Markdown's notation.
pub(super) fn alignment(attributes: &Attributes) -> &'static str {
    let style = attribute(attributes, "style").replace(' ', "") + "align:" + &attribute(attributes, "align");
    match style.split("align:").skip(1).find(|value| !value.is_empty()).unwrap_or_default() {
        value if value.starts_with("left") => ":---",
        value if value.starts_with("center") => ":---:",
        value if value.starts_with("right") => "---:",
        _ => "---",
    }
}

/// The language in a class such as `language-rust`.
pub(super) fn language_of(class: &str) -> String {
    let language = class.split_ascii_whitespace().find_map(|class| class.strip_prefix("language-")).unwrap_or_default();
    plain_language(language)
}

/// The name of a language without characters that some readers do not accept in a fence.
pub(super) fn plain_language(name: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_alphanumeric() || "+#.-".contains(*c)).collect();
    kept.trim_start_matches('.').to_owned()
}

/// The number of columns or rows that a cell spans. 0 means all following rows.
pub(super) fn span(attributes: &Attributes, name: &str) -> usize {
    match attribute(attributes, name).trim().parse() {
        Ok(0) if name == "rowspan" => SPAN_LIMIT,
        number => number.unwrap_or(1).clamp(1, SPAN_LIMIT),
    }
}

/// Whether an element and its content are hidden.
pub(super) fn is_hidden(attributes: &Attributes, style: &str) -> bool {
    let is_named = attributes.contains_key(b"hidden".as_slice());
    let properties = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let mut properties = properties.map(|(name, value)| (name, value.trim_end_matches("!important")));
    is_named
        || properties.any(|property| match property {
            ("display", "none") | ("visibility", "hidden" | "collapse") => true,
            ("opacity" | "font-size", size) => size.trim_end_matches(char::is_alphabetic).parse() == Ok(0.0),
            _ => false,
        })
}

/// The number of a list item from an attribute.
pub(super) fn number(attributes: &Attributes, name: &str) -> Option<u32> {
    attribute(attributes, name).trim().parse().ok().filter(|number| *number < 100_000_000)
}

/// The marker of a list's items, ordered or not.
pub(super) fn marker(attributes: &Attributes, is_ordered: bool) -> Marker {
    let start = attribute(attributes, "start").trim().parse::<i64>().ok();
    let start = start.filter(|start| (-100_000_000..100_000_000).contains(start));
    let is_reversed = is_ordered && attributes.contains_key(b"reversed".as_slice());
    let style = attribute(attributes, "style").to_ascii_lowercase();
    let by_style = [
        ("lower-alpha", 'a'),
        ("lower-latin", 'a'),
        ("upper-alpha", 'A'),
        ("upper-latin", 'A'),
        ("lower-roman", 'i'),
        ("upper-roman", 'I'),
        ("lower-greek", 'α'),
        ("decimal", '1'),
    ];
    let styled = by_style.into_iter().find(|(name, _)| style.contains(name)).map(|(_, kind)| kind);
    let kind = styled.or(attribute(attributes, "type").trim().chars().next());
    match kind.filter(|kind| matches!(kind, 'a' | 'A' | 'i' | 'I' | 'α' | '1')).or(is_ordered.then_some('1')) {
        Some(kind) if is_reversed => Marker::Reversed(kind, start),
        Some('1') => match u32::try_from(start.unwrap_or(1)) {
            Ok(first) => Marker::Number(first),
            Err(_) => Marker::Written('1', start.unwrap_or(1)),
        },
        Some(kind) => Marker::Written(kind, start.unwrap_or(1)),
        None => Marker::Bullet,
    }
}

/// How often an inline element turns each mark on.
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
    // Some editors wrap copied text in a <b> that is not bold.
    if has("font-weight", &["normal", "400"]) && name == "b" {
        marks[STRONG] = 0;
    }
    marks[STRONG] |= usize::from(is_highlighted(style));
    marks[EMPHASIS] |= usize::from(has("font-style", &["italic"]) || has("text-decoration", &["underline"]));
    marks[STRONG] |= usize::from(has("font-weight", &["bold", "600", "700", "800", "900"]));
    marks[STRIKE] |= usize::from(has("text-decoration", &["line-through"]));
    marks
}
