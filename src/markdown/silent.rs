//! Content that Markdown drops silently.

use std::collections::HashSet;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{is_safe_url, parse};

/// The offsets of link definitions that nothing refers to, such as `[Note]: important`, in order.
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

/// The offsets of the brackets of code that looks like a link, such as `handlers[event](argument)`, in order.
///
/// It is code if its URL is not a web address and one of these holds: it follows a name or another bracket, its URL has
/// a backslash, or its URL does not look like a path because it has no dot, slash, `#` or colon.
pub(super) fn code_as_links(text: &str) -> Vec<usize> {
    let mut brackets = Vec::new();
    // Without it there is no such link.
    if !text.contains("](") {
        return brackets;
    }
    // The offset of the open link, the end of its text so far, and whether it is code as far as is known.
    let mut open: Option<(usize, usize, bool)> = None;
    for (event, range) in parse(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, .. }) if !is_safe_url(&dest_url) => {
                let before = text.get(..range.start).and_then(|before| before.chars().next_back());
                let follows = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ']' | ')'));
                let is_path = dest_url.contains(['.', '/', '#', ':']);
                open = Some((range.start, range.start + 1, follows || !is_path));
            }
            Event::End(TagEnd::Link) => {
                let Some((begin, end, is_code)) = open.take() else { continue };
                let rest = text.get(end..range.end).unwrap_or_default();
                let close = rest.find("](").filter(|close| is_code || rest[*close..].contains('\\'));
                brackets.extend(close.into_iter().flat_map(|close| [begin, end + close]));
            }
            _ => {
                if let Some((_, end, _)) = &mut open {
                    *end = range.end.max(*end);
                }
            }
        }
    }
    brackets
}

/// The offsets of backslashes that Markdown takes as unnecessary escapes: in `[a-z]\.com`, `\(`, and in
/// `\\server\share`. The normal form has none of these.
pub(super) fn needless_escapes(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    if !text.contains('\\') {
        return found;
    }
    let mut is_code = false;
    for (event, range) in parse(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            // An escaped character begins a text event of its own.
            Event::Text(said) if !is_code => {
                let Some(before) = text.get(..range.start).and_then(|before| before.strip_suffix('\\')) else {
                    continue;
                };
                let is_needless = match said.chars().next() {
                    Some('.' | ')') => !numbers_item(before, &said[1..]),
                    Some('(' | '/' | '?' | '{' | '}') => true,
                    Some('\\') => names_server(before, &text[range.start + 1..]),
                    _ => false,
                };
                found.extend(is_needless.then_some(before.len()));
            }
            _ => {}
        }
    }
    found
}

/// Whether a number would begin a list item without the escape after it.
fn numbers_item(before: &str, behind: &str) -> bool {
    let start = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let begins = start.is_empty() || start.ends_with(|c: char| c.is_whitespace() || "*~_[>".contains(c));
    begins && start.len() < before.len() && (behind.is_empty() || behind.starts_with(char::is_whitespace))
}

/// Whether two backslashes begin the name of a shared folder, `\\server\share`.
fn names_server(before: &str, behind: &str) -> bool {
    let server = behind.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.$-".contains(byte)).count();
    let share = behind[server..].strip_prefix('\\').unwrap_or_default();
    let begins = before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || "('\"".contains(c));
    begins && server > 0 && share.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// The offsets where a backslash is needed before list, rule and quote marks that are signs and numbers:
/// `+ 5`, `007. Bond`, `* * *`, `>= 5`.
///
/// A list of several items is a list. A list of one item is not, if its mark differs from the normal form, which uses
/// other marks for a list directly after another one. A rule with spaces is not a rule, and neither is a quote with one
/// mark and no space after it.
pub(super) fn signs_as_marks(text: &str) -> Vec<usize> {
    let mut signs = Vec::new();
    let mut open: Vec<List> = Vec::new();
    // Whether a list has just ended, and whether it was a numbered one.
    let mut ended = None;
    for (event, range) in parse(text).into_offset_iter() {
        let before = ended.take();
        match event {
            Event::Start(Tag::List(first)) => {
                let is_second = before == Some(first.is_some());
                open.push(List { is_second, first: range.start, items: 0 });
            }
            Event::Start(Tag::Item) => {
                if let Some(list) = open.last_mut() {
                    list.first = if list.items == 0 { range.start } else { list.first };
                    list.items += 1;
                }
            }
            Event::End(TagEnd::List(is_numbered)) => {
                ended = Some(is_numbered);
                signs.extend(open.pop().and_then(|list| list.sign(text)));
            }
            Event::Start(Tag::BlockQuote(_)) => {
                let quote = text.get(range.clone()).unwrap_or_default();
                let blanks = quote.len() - quote.trim_start().len();
                let mut lines = quote.trim().lines();
                let rest = lines.next().and_then(|line| line.strip_prefix('>')).unwrap_or_default();
                let is_sign = !rest.is_empty() && !rest.starts_with([' ', '\t']);
                let is_lone = !lines.any(|line| line.trim_start().starts_with('>'));
                signs.extend((is_sign && is_lone).then_some(range.start + blanks));
            }
            Event::Rule => {
                let rule = text.get(range.clone()).unwrap_or_default();
                let blanks = rule.len() - rule.trim_start().len();
                signs.extend(rule.trim().contains([' ', '\t']).then_some(range.start + blanks));
            }
            _ => {}
        }
    }
    signs.sort_unstable();
    signs
}

/// An open list.
struct List {
    is_second: bool,
    /// The offset of its first item.
    first: usize,
    items: usize,
}

impl List {
    /// The offset of its mark if that is a sign and not a mark.
    fn sign(&self, text: &str) -> Option<usize> {
        if self.items != 1 || self.is_second {
            return None;
        }
        let rest = text.get(self.first..)?;
        let item = rest.trim_start();
        let digits = item.bytes().take_while(u8::is_ascii_digit).count();
        let is_normal = match item.get(digits..)?.chars().next()? {
            '.' => digits == 1 || !item.starts_with('0'),
            mark => mark == '-',
        };
        (!is_normal).then_some(self.first + rest.len() - item.len() + digits)
    }
}

/// The offset of the first row of a table that has more cells than the header has columns.
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
                // The delimiter at the end of the last cell is not part of it.
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
    use crate::markdown::{held_cell, held_markdown, normalize, to_plain};

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
    fn code_that_reads_as_a_link_is_text() {
        for code in [
            "handlers[event](arg)",
            "b[0](c)",
            "[0-9](\\d+)",
            "[x]()",
            "[]()",
            "[&](a)",
            "a[b[0](c)](d)",
            "f[i](g.h)",
            "m[x](a/b)[y](c)",
            "x[`k`](v) and y[*k*](v)",
        ] {
            let read = held_markdown(code).unwrap();
            let shown = code.replace(['`', '*'], "");
            assert_eq!(to_plain(&read), shown, "{read}");
            assert_eq!(held_markdown(&read).as_deref(), Ok(read.as_str()));
        }
        for (text, held) in [
            ("[page](page.html)", "page"),
            ("see [part](#part)", "see part"),
            ("[a](javascript:b)", "a"),
            ("[a](https://b.c)", "[a](https://b.c)"),
            ("f[a](https://b.c)", "f[a](https://b.c)"),
        ] {
            assert_eq!(held_markdown(text).as_deref(), Ok(held));
        }
    }

    #[test]
    fn signs_and_numbers_are_no_lists() {
        for text in [
            "+ 5",
            "* 2",
            "1) first",
            "007. Bond",
            "* * * *",
            "- - -",
            "* */5 * * *",
            "00) x",
            "a\n\n+ b",
            "+ a",
            ">=",
            ">= 5",
            ">5",
            ">>",
            ">> log",
            ">x",
            "a\n\n>= 3",
        ] {
            let read = held_markdown(text).unwrap();
            assert_eq!(to_plain(&read), text, "{read}");
            assert_eq!(held_markdown(&read).as_deref(), Ok(read.as_str()));
        }
        assert_eq!(held_markdown("+ added\n- removed").as_deref(), Ok("\\+ added\n\n- removed"));
        for (text, held) in [
            ("+ a\n+ b", "- a\n- b"),
            ("1) a\n2) b", "1. a\n2. b"),
            ("- 5", "- 5"),
            (">= 5 is\nright", "\\>= 5 is right"),
            ("> 5", "> 5"),
            (">a\n>b", "> a b"),
            ("- a\n\n* b", "- a\n\n* b"),
            ("1. a\n\n5) b", "1. a\n\n5) b"),
            ("0. a", "0. a"),
            ("a\n\n---\n\nb", "a\n\n***\n\nb"),
        ] {
            assert_eq!(held_markdown(text).as_deref(), Ok(held));
        }
    }

    #[test]
    fn backslashes_that_escape_nothing_stay_in_cells() {
        for text in [
            "^[a-z]+\\.(com|org)$",
            "\\d+\\.\\d",
            "192\\.168\\.",
            "\\(",
            "\\)",
            "s/a\\/b/c/",
            "\\{x\\}",
            "a\\?",
            "\\\\server\\share",
            "at \\\\a.b\\c$",
        ] {
            let read = held_cell(text).unwrap();
            assert_eq!(to_plain(&read), text, "{read}");
            assert_eq!(held_cell(&read).as_deref(), Ok(read.as_str()));
        }
        for (text, shown) in [
            ("1\\. x", "1. x"),
            ("a\n1\\)", "a\n1)"),
            ("**1\\. x**", "1. x"),
            ("\\*a\\*", "*a*"),
            ("\\\\d", "\\d"),
            ("\\\\a\\\\b", "\\a\\b"),
            ("[x](https://a.b/\\(c\\))", "x"),
            ("`\\.`", "\\."),
        ] {
            assert_eq!(to_plain(&held_cell(text).unwrap()), shown, "{text}");
        }
        assert_eq!(to_plain(&held_markdown("a\\.b").unwrap()), "a.b");
    }

    #[test]
    fn a_cell_beyond_the_columns_is_reported() {
        let table = "| a | b |\n| --- | --- |\n| 1 | 2 |";
        assert!(held_markdown(table).is_ok());
        for (row, is_held) in [("| 3 |", true), ("3 | 4", true), ("| 3 | 4 | |", true), ("| 3 | 4 | 5 |", false)] {
            let text = format!("{table}\n{row}\n\nWhich?");
            assert_eq!(held_markdown(&text).is_ok(), is_held, "{row}");
            assert_eq!(normalize(&text).map_err(|flaw| flaw.line).err(), (!is_held).then_some(4), "{row}");
        }
    }
}
