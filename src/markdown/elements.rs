//! The elements of HTML, and how each is converted: the same rule for files of all formats.
//!
//! Elements that contain text are read. Elements that show something that text cannot represent are rejected with a
//! reason. Hidden elements are left out with their content. Any other name is not an element: `<bucket-name>` is text.

/// The class of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Inline; its end tag is required.
    Inline,
    /// A block; its end tag is required.
    Block,
    /// Its end tag may be left out.
    Open,
    /// It has no end tag.
    Void,
    /// It is hidden, with its content.
    Hidden,
    /// Its content cannot be represented as text.
    Unheld(&'static str),
}

const INLINE: &str = "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr nolink o:p \
    picture q ruby s samp slot small span strike strong sub sup time tt u var";
const BLOCK: &str = "address article aside blockquote body center details dialog dir div dl fieldset figcaption figure \
    footer form h1 h2 h3 h4 h5 h6 header hgroup html legend listing main menu nav noscript ol pre search section summary \
    table ul xmp";
const OPEN: &str = "caption colgroup dd dt li p rb rp rt rtc tbody td tfoot th thead tr";
const VOID: &str = "area base br col hr img link meta param source track wbr";
const HIDDEN: &str = "head noembed noframes style template title";
const UNHELD: [(&str, &str); 7] = [
    ("svg image map", "a drawing"),
    ("canvas", "a drawing by a script"),
    ("video audio", "a video or a sound"),
    ("iframe frame frameset", "a page in a frame"),
    ("object embed applet", "an embedded object"),
    ("button datalist input meter optgroup option output progress select textarea", "a form control"),
    ("script", "a script"),
];
/// Unsupported elements without an end tag.
const UNHELD_VOID: [&str; 4] = ["embed", "frame", "image", "input"];
/// Elements whose content is not markup.
const RAW: [&str; 8] = ["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"];

/// The class of an element by its name in lower case. `None` if there is no such element.
pub(super) fn class(name: &str) -> Option<Class> {
    let is_in = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    let held = [
        (INLINE, Class::Inline),
        (BLOCK, Class::Block),
        (OPEN, Class::Open),
        (VOID, Class::Void),
        (HIDDEN, Class::Hidden),
        ("math", Class::Unheld("a formula in MathML")),
    ];
    let unheld = UNHELD.iter().map(|&(names, what)| (names, Class::Unheld(what)));
    held.into_iter().chain(unheld).find(|(names, _)| is_in(names)).map(|(_, class)| class)
}

/// The elements that an element must be inside of.
pub(super) fn containers(name: &str) -> &'static [&'static str] {
    match name {
        "li" => &["ul", "ol", "menu", "dir"],
        "dd" | "dt" => &["dl"],
        "caption" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr" => &["table"],
        "rb" | "rp" | "rt" | "rtc" => &["ruby"],
        _ => &[],
    }
}

/// Whether an element never has an end tag.
pub(super) fn is_void(name: &str) -> bool {
    class(name) == Some(Class::Void) || UNHELD_VOID.contains(&name)
}

/// Whether an element is never shown, wherever it stands.
pub(super) fn shows_nothing(name: &str) -> bool {
    class(name) == Some(Class::Hidden) || matches!(name, "base" | "link" | "meta")
}

/// Whether the content of an element is only text, tags included.
pub(super) fn is_raw(name: &str) -> bool {
    RAW.contains(&name)
}

/// Whether an element is a block.
pub(super) fn is_block(name: &str) -> bool {
    match class(name) {
        Some(Class::Block) => true,
        Some(Class::Open) => !matches!(name, "rb" | "rp" | "rt" | "rtc" | "td" | "th" | "li" | "colgroup"),
        _ => matches!(name, "option" | "select"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_the_unsupported_elements() {
        let documentation = include_str!("../../docs/formats.md").replace("\n  ", " ");
        for (names, what) in UNHELD {
            assert!(documentation.contains(what), "{names}: {what}");
        }
    }

    #[test]
    fn every_element_has_one_class() {
        let held = [INLINE, BLOCK, OPEN, VOID, HIDDEN].into_iter().chain(UNHELD.iter().map(|(names, _)| *names));
        let mut all: Vec<&str> = held.flat_map(str::split_ascii_whitespace).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
    }
}
