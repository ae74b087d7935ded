//! How values are written to cells and read from them.

use std::{borrow::Cow, collections::HashSet};

use super::columns::ANSWERS;
use crate::{
    interchange::bounds,
    markdown,
    questions::model::{QuestionKind, Reference},
};

const KINDS: [(&str, QuestionKind); 4] = [
    ("single_choice", QuestionKind::SingleChoice),
    ("multiple_response", QuestionKind::MultipleResponse),
    ("ordering", QuestionKind::Ordering),
    ("matching", QuestionKind::Matching),
];

/// Escapes a text so that no spreadsheet runs it as a formula.
pub(super) fn guard(text: Cow<'_, str>) -> Cow<'_, str> {
    if looks_like_formula(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

/// Removes the escape.
pub(super) fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| looks_like_formula(text)).unwrap_or(cell)
}

/// Whether a text looks like a formula, without its leading apostrophes.
fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The name of a kind.
pub(super) fn kind_name(kind: QuestionKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name)
}

/// The kind with a name. Spaces and hyphens may replace underscores.
pub(super) fn kind(name: &str) -> Result<QuestionKind, String> {
    let plain = name.to_lowercase().replace([' ', '-'], "_");
    KINDS.iter().find(|(known, _)| *known == plain).map(|(_, kind)| *kind).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        format!("`kind` is {}: it must be one of {}", quoted(name), known.join(", "))
    })
}

/// Tags as one text.
pub(super) fn join_tags(tags: &[String]) -> String {
    let escape = |tag: &String| tag.replace('\\', "\\\\").replace(';', "\\;").replace('|', "\\|");
    tags.iter().map(escape).collect::<Vec<_>>().join(";")
}

/// The tags of a text, each once.
pub(super) fn split_tags(cell: &str) -> Vec<String> {
    let mut tags = vec![String::new()];
    let mut chars = cell.chars().peekable();
    while let Some(char) = chars.next() {
        let escaped = if char == '\\' { chars.next_if(|next| matches!(next, '\\' | ';' | '|')) } else { None };
        match (char, escaped, tags.last_mut()) {
            (';' | '|', None, _) => tags.push(String::new()),
            (_, _, Some(tag)) => tag.push(escaped.unwrap_or(char)),
            (_, _, None) => {}
        }
    }
    let mut seen = HashSet::new();
    let tags = tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty() && seen.insert(*tag));
    tags.map(str::to_owned).collect()
}

/// References as lines.
pub(super) fn join_references(references: &[Reference]) -> String {
    let one_line = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let line = |reference: &Reference| {
        let url = one_line(&reference.url).replace('<', "%3C").replace('>', "%3E");
        format!("{} <{url}>", one_line(&reference.title))
    };
    references.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The references of lines.
pub(super) fn split_references(cell: &str) -> Result<Vec<Reference>, String> {
    // More than the bank allows, so that the error can give their number.
    let lines = cell.lines().map(str::trim).filter(|line| !line.is_empty()).take(bounds::ANSWER_LIMIT);
    lines
        .map(|line| {
            let advice = "write `title <https://…>`, one reference per line";
            reference(line).ok_or_else(|| format!("`references` has no address in {}: {advice}", quoted(line)))
        })
        .collect()
}

fn reference(line: &str) -> Option<Reference> {
    if line.len() > bounds::RAW_LIMIT {
        return None;
    }
    let angled = |line: &str| {
        let (title, url) = line.strip_suffix('>')?.rsplit_once('<')?;
        let title = title.trim();
        let markdown = markdown::normalize(title).map(Cow::into_owned);
        Some((markdown.unwrap_or_else(|_| markdown::from_plain(title)), url.to_owned()))
    };
    let listed = |line: &str| markdown::split_link_item(&format!("- {}", line.trim_start_matches(['-', '*', ' '])));
    let (title, url) = if let Some(found) = listed(line).or_else(|| angled(line)) {
        found
    } else if !line.contains(char::is_whitespace) {
        (String::new(), line.to_owned())
    } else {
        return None;
    };
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let title = if title.is_empty() { markdown::from_plain(&url) } else { title };
    is_web.then_some(Reference { title, url })
}

/// The letter of an answer, which is counted from 0.
pub(super) fn letter(index: usize) -> char {
    ('A'..='Z').nth(index).unwrap_or('?')
}

/// The letters and numbers in the cell of the key.
pub(super) fn names(cell: &str) -> impl Iterator<Item = &str> {
    let names = cell.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'));
    names.map(|name| name.trim_start_matches('(').trim_end_matches(['.', ')'])).filter(|name| !name.is_empty())
}

/// The answers that these letters or numbers name, counted from 0.
pub(super) fn named_answers(cell: &str) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    for name in names(cell) {
        let index = (0..ANSWERS).find(|index| {
            let letter = letter(*index).encode_utf8(&mut [0; 4]).eq_ignore_ascii_case(name);
            letter || name.parse() == Ok(index + 1)
        });
        match index {
            Some(index) if found.contains(&index) => return Err(format!("`correct` names {} twice", quoted(name))),
            Some(index) => found.push(index),
            None => {
                let last = letter(ANSWERS - 1);
                let advice = format!("write letters from A to {last} or numbers from 1 to {ANSWERS}, such as `A,C`");
                return Err(format!("`correct` has {}, which names no answer: {advice}", quoted(name)));
            }
        }
    }
    Ok(found)
}

/// The text of a cell, shortened for a message.
pub(super) fn quoted(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    format!("`{start}{}`", if start.len() < text.len() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_guarded() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("- a list", "'- a list"),
            ("@a", "'@a"),
            ("\ta", "'\ta"),
            ("\ra", "'\ra"),
            ("\n=1", "'\n=1"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠a", "'＠a"),
            ("'=1", "''=1"),
            ("''-", "'''-"),
            ("'tis", "'tis"),
            ("a=b", "a=b"),
            ("", ""),
            ("'", "'"),
        ] {
            assert_eq!(guard(text.into()), cell);
            assert_eq!(unguard(cell), text);
        }
        assert_eq!(unguard("-1"), "-1");
    }

    #[test]
    fn kinds_have_names() {
        for (name, kind) in KINDS {
            assert_eq!((kind_name(kind), super::kind(name)), (name, Ok(kind)));
        }
        assert_eq!(super::kind("Single-Choice"), Ok(QuestionKind::SingleChoice));
        assert!(super::kind("essay").unwrap_err().contains("`essay`: it must be one of single_choice, "));
    }

    #[test]
    fn tags_are_separated_and_escaped() {
        assert_eq!(split_tags(" s3; iam |s3;; \\x"), ["s3", "iam", "\\x"]);
        assert_eq!(split_tags("a\\;b\\|c;d\\\\;e\\"), ["a;b|c", "d\\", "e\\"]);
        assert!(split_tags("").is_empty());
    }

    #[test]
    fn references_are_read_in_three_notations() {
        let read = |cell| {
            split_references(cell)
                .map(|all| all.into_iter().map(|r| format!("{}|{}", r.title, r.url)).collect::<Vec<_>>())
        };
        let cell = "The <guide> <https://a.example/1>\r\n\n- [Link](<https://b.example/(2)>)\n\
                    [Other](http://c.example)\nhttps://d.example\n<https://e.example>";
        assert_eq!(
            read(cell).unwrap(),
            [
                "The &lt;guide>|https://a.example/1",
                "Link|https://b.example/(2)",
                "Other|http://c.example",
                "https://d.example|https://d.example",
                "https://e.example|https://e.example",
            ]
        );
        let many = "[Link](http://a.example)\n".repeat(10_000);
        assert_eq!(read(&many).unwrap().len(), bounds::ANSWER_LIMIT);
        for wrong in
            ["See the guide", "Guide <ftp://a.example>", "[x](javascript:alert(1))", "https://a.example and more"]
        {
            assert!(read(wrong).unwrap_err().contains("no address"), "{wrong}");
        }
    }

    #[test]
    fn answers_are_named_by_letters_and_numbers() {
        for (cell, answers) in [
            ("B", vec![1]),
            ("a,C", vec![0, 2]),
            ("2", vec![1]),
            ("1 3", vec![0, 2]),
            (" t; 19|", vec![19, 18]),
            ("B.", vec![1]),
            ("(a), c)", vec![0, 2]),
            ("", vec![]),
        ] {
            assert_eq!(named_answers(cell), Ok(answers), "{cell}");
        }
        for (wrong, words) in
            [("U", "`U`"), ("0", "`0`"), ("21", "`21`"), ("AC", "`AC`"), ("A 1", "twice"), ("é", "`é`")]
        {
            assert!(named_answers(wrong).unwrap_err().contains(words), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn guarded_texts_survive_a_round_trip(text in "['=+@\t\r\n＝＋－＠a-]{0,5}") {
            let cell = guard(text.as_str().into());
            prop_assert_eq!(unguard(&cell), text.as_str());
        }

        #[test]
        fn cells_are_read_without_panic(cell in any::<String>()) {
            let _ = (unguard(&cell), kind(&cell), split_tags(&cell), split_references(&cell), named_answers(&cell));
        }

        #[test]
        fn tags_survive_a_round_trip(tags in prop::collection::hash_set("[a-z;|\\\\]{1,5}", 0..5)) {
            let tags: Vec<String> = tags.into_iter().collect();
            prop_assert_eq!(split_tags(&join_tags(&tags)), tags);
        }

        #[test]
        fn references_round_trip(parts in prop::collection::vec(("\\S([ -~é]*\\S)?", "https?://[!-;=?-~]*"), 0..4)) {
            let references: Vec<_> = parts
                .into_iter()
                .map(|(title, url)| Reference { title: markdown::from_plain(&title), url: markdown::encoded_url(&url) })
                .map(|one| if one.title.is_empty() { Reference { title: markdown::from_plain(&one.url), ..one } } else { one })
                .collect();
            prop_assert_eq!(split_references(&join_references(&references)), Ok(references));
        }
    }
}
