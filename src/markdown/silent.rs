//! What Markdown passes over without a word.

use std::collections::HashSet;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::parse;

/// Where each definition of a link begins that nothing refers to, such as `[Note]: important`, in order.
pub(super) fn unused_definitions(text: &str) -> Vec<usize> {
    // Without it there is no definition.
    if !text.contains("]:") {
        return Vec::new();
    }
    let label = |label: &str| label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut parser = parse(text).into_offset_iter();
    let used: HashSet<String> = parser
        .by_ref()
        .filter_map(|(event, _)| match event {
            Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) => Some(label(&id)),
            _ => None,
        })
        .collect();
    let unused = parser.reference_definitions().iter().filter(|(name, _)| !used.contains(&label(name)));
    let mut starts: Vec<usize> = unused.map(|(_, definition)| definition.span.start).collect();
    starts.sort_unstable();
    starts
}

/// Where the first row of a table begins that has more cells than the head has columns.
pub(super) fn row_with_too_many_cells(text: &str) -> Option<usize> {
    if !text.contains('|') {
        return None;
    }
    let mut end_of_cell = 0;
    for (event, range) in parse(text).into_offset_iter() {
        match event {
            Event::End(TagEnd::TableCell) => end_of_cell = range.end,
            Event::End(TagEnd::TableRow) => {
                let rest = text.get(end_of_cell..range.end).unwrap_or_default();
                // What ends the last cell is no part of it.
                if rest.chars().any(|c| c != '|' && !c.is_whitespace()) {
                    return Some(range.start);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::markdown::{held_markdown, normalize, to_plain};

    #[test]
    fn definitions_that_nothing_refers_to_are_text() {
        for (text, held) in [
            ("[Note]: important", "\\[Note&#93;: important"),
            ("[a]\n\n[A]: https://a.b\n[c]: d", "[a](https://a.b)\n\n\\[c&#93;: d"),
            ("[one\n two][One Two]\n\n[one  two]: https://a.b", "[one two](https://a.b)"),
            ("> [x]: y", "> \\[x&#93;: y"),
        ] {
            let read = held_markdown(text).unwrap();
            assert_eq!(to_plain(&read), to_plain(held), "{text}: {read}");
            assert_eq!(held_markdown(&read).as_deref(), Ok(read.as_str()));
        }
        assert_eq!(normalize("Which?\n\n[Note]: important").unwrap_err().line, 3);
        assert!(normalize("[a]\n\n[A]: https://a.b").is_ok());
    }

    #[test]
    fn a_cell_beyond_the_columns_is_told() {
        let table = "| a | b |\n| --- | --- |\n| 1 | 2 |";
        assert!(held_markdown(table).is_ok());
        for (row, is_held) in [("| 3 |", true), ("3 | 4", true), ("| 3 | 4 | |", true), ("| 3 | 4 | 5 |", false)] {
            let text = format!("{table}\n{row}\n\nWhich?");
            assert_eq!(held_markdown(&text).is_ok(), is_held, "{row}");
            assert_eq!(normalize(&text).map_err(|flaw| flaw.line).err(), (!is_held).then_some(4), "{row}");
        }
    }
}
