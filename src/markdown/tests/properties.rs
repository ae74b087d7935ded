//! Properties of any text.

use std::borrow::Cow;

use proptest::{prelude::*, sample::select};

use super::*;

const MARKUP: [&str; 106] = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<s>",
    "</s>",
    "<code>",
    "</code>",
    "<pre>",
    "</pre>",
    "<ul>",
    "</ul>",
    "<ol start=7>",
    "</ol>",
    "<li>",
    "</li>",
    "<blockquote>",
    "</blockquote>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "<th align=left>",
    "</td>",
    "<h1>",
    "</h1>",
    "<br>",
    "</span>",
    "<span style='font-weight:bold'>",
    "<x-y>",
    "</q>",
    "<q>",
    "</ruby>",
    "<rt>",
    "<ruby>",
    "<td rowspan=2>",
    "</sub>",
    "<sub>",
    "</u>",
    "<u>",
    "<ol type=a>",
    "<hr>",
    "<a href='https://a.b/(c)?d=1&amp;copy;'>",
    "</a>",
    "<a href='javascript:x'>",
    "<img src='http://a.b/c d' alt='e]f'>",
    "<sup>",
    "</sup>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<div>",
    "</div>",
    "&lt;",
    "&amp;",
    "&#96;",
    "&nbsp;",
    "&#x9;",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "`",
    "```",
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "](https://x.y)",
    "]: javascript:x",
    "\\",
    "|",
    "| - |",
    "---",
    "===",
    "#",
    "> ",
    "- ",
    "1. ",
    "12)",
    "+ ",
    "!",
    ":",
    ";",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "    ",
    "<https://a.b>",
    "\r",
    "\u{c}",
    "\u{2028}",
    "\u{a0}",
    "``",
    "````",
    "\n    ",
    "\n```\n",
];

fn soup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => select(&MARKUP[..]).prop_map(str::to_owned),
        2 => "[a-c]{1,3}",
        1 => "\\PC{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

/// The part in which a reader that knows only fences and code spans could see more than text.
fn unsafe_part(markdown: &str) -> Option<&str> {
    let mut fence = None;
    for line in markdown.split('\n') {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some(ticks),
            None if !is_harmless(line) => return Some(line),
            None => {}
        }
    }
    markdown.contains(|c| !is_text_char(c)).then_some(markdown)
}

fn is_harmless(line: &str) -> bool {
    let Some(open) = line.find('`') else { return !line.contains('<') && has_safe_links(line) };
    let (before, rest) = line.split_at(open);
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let rest = &rest[ticks..];
    let closing = rest.match_indices('`').map(|(at, _)| at).find(|&at| {
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        run == ticks && !rest[..at].ends_with('`')
    });
    let Some(close) = closing else { return false };
    ticks < 3 && !before.contains('<') && has_safe_links(before) && is_harmless(&rest[close + ticks..])
}

fn has_safe_links(text: &str) -> bool {
    let targets = text.match_indices("](").filter(|(at, _)| !text[..*at].ends_with('\\'));
    targets.map(|(at, _)| &text[at + 2..]).all(is_safe_url)
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn a_rule_alone_is_a_rule() {
    let lines = converted("<hr>", Source::Lines);
    for markdown in [from_html("<hr>"), clean("<hr>"), lines, from_html("a<hr>b"), from_html("<hr>b")] {
        assert_eq!(clean(&markdown), markdown);
    }
}

proptest! {
    #[test]
    fn everything_becomes_markdown_in_normal_form(text in soup()) {
        let lines = converted(&text, Source::Lines);
        let cell = held_cell(&text).unwrap_or_default();
        for markdown in [from_html(&text), from_plain(&text), clean(&text), lines, cell] {
            prop_assert!(is_normal(&markdown), "{}", markdown);
            prop_assert_eq!(unsafe_part(&markdown), None, "{}", markdown);
            prop_assert_eq!(clean(&markdown), markdown.clone());
            prop_assert_eq!(normalize(&markdown), Ok(Cow::Borrowed(markdown.as_str())));
        }
    }

    #[test]
    fn texts_of_authors_keep_their_meaning(text in soup()) {
        if let Ok(normal) = normalize(&text) {
            prop_assert!(is_normal(&normal), "{}", normal);
            prop_assert_eq!(unsafe_part(&normal), None, "{}", normal);
            if !normal::shows_nothing(&text) {
                prop_assert_eq!(visible(&normal), visible(&text));
            }
            prop_assert_eq!(clean(&text), normal);
        }
    }

    #[test]
    fn texts_from_before_the_normal_form_have_nothing_unsafe(text in soup()) {
        prop_assert!(!from_stored(&text).contains('<') || unsafe_part(&from_stored(&text)).is_none());
    }

    #[test]
    fn simple_text_is_in_normal_form(text in "[A-Za-zäß0-9 .,'\"?!()/:;%$=+@\n-]{0,40}") {
        if is_simple(&text) {
            prop_assert_eq!(rewritten(&to_html(&text)), text.as_str());
            prop_assert_eq!(to_plain(&text), text);
        }
    }

    #[test]
    fn plain_text_reads_the_same(text in soup()) {
        let markdown = from_plain(&text);
        let printable: String = text.chars().filter(|&c| is_text_char(c) || ends_line(c)).collect();
        prop_assert_eq!(squeezed(&to_plain(&markdown)), squeezed(&printable), "{}", markdown);
    }

    #[test]
    fn html_of_anything_is_well_formed(text in soup()) {
        let page = format!("<x>{}</x>", to_html(&text));
        prop_assert!(page.chars().all(is_xml_char));
        let mut reader = quick_xml::Reader::from_str(&page);
        reader.config_mut().check_end_names = true;
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{} in {}", error, page),
            }
        }
    }
}
