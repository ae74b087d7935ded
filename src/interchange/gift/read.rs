//! Reads questions from GIFT.

use super::{
    GENERAL,
    answers::{self, Answers},
    blocks::{Block, Flaw, TAG_LIMIT, blocks},
    escapes::{find, rsplit_once, unescape, unescaped},
    texts::{Format, beginning, format, to_markdown, to_plain},
};
use crate::{
    interchange::{
        bounds::{self, Part},
        labels::{split_explanation, split_tags},
        lines::first_words,
        model::{Found, Item, Malformed},
        notes,
    },
    questions::model::Content,
};

/// The gap in a text in place of the answers.
const GAP: &str = "_____";

/// The note on a text that begins with an id or a tag.
const LABEL_IN_TEXT: &str = "its text begins with [id: or [tag:, which is part of the text here: write ids and tags in a \
                             comment above the question, // [id:x1] [tag:abc]";

/// The questions of a file, one at a time. After an error, reading goes on with the next block, to collect all errors.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    blocks(text).map(|block| question(block?))
}

fn question(block: Block) -> Result<Found, Malformed> {
    if block.is_cut {
        let name = first_words(&beginning(&block.text));
        return Ok(Found { place: block.place(), name, outcome: Err(bounds::too_long()) });
    }
    let parts = Parts::split(&block.text).map_err(|flaw| block.malformed(flaw))?;
    let stem = || match &parts.stem {
        Ok(stem) => bounds::beginning(stem),
        Err(_) => beginning(&parts.source),
    };
    let name = parts.title.clone().unwrap_or_else(|| first_words(&stem()));
    Ok(Found { place: block.place(), name, outcome: item(block.category, block.key, block.tags, parts) })
}

fn item(category: Vec<String>, key: Option<String>, tags: Vec<String>, parts: Parts) -> Result<Item, String> {
    let (kind, answers) = parts.answers?;
    if tags.len() > TAG_LIMIT {
        return Err(format!("it has more than {TAG_LIMIT} tags"));
    }
    let (tags, difficulty) = split_tags(tags);
    let (explanation, references) = split_explanation(&parts.general?);
    let content = Content { kind, stem: parts.stem?, explanation, references, tags, difficulty, answers };
    Ok(Item { key, title: parts.title, category, content, upkeep: None, notes: parts.notes })
}

/// The parts of a question. Its texts are Markdown, or the reason why they cannot be converted.
struct Parts {
    title: Option<String>,
    /// The stem as in the file.
    source: String,
    stem: Result<String, String>,
    answers: Answers,
    general: Result<String, String>,
    /// Notes on the question, although it is accepted.
    notes: Vec<String>,
}

impl Parts {
    fn split(text: &str) -> Result<Self, Flaw> {
        let (title, body) = title(text)?;
        let within = |at| text.len() - body.len() + at;
        let Some((open, close)) = braces(body).map_err(|flaw| Flaw { at: within(flaw.at), ..flaw })? else {
            let answers = Err("it has no answers: the bank does not support descriptions".to_owned());
            let stem = to_markdown(Part::Stem, body, Format::Moodle);
            let (source, general, notes) = (body.to_owned(), Ok(String::new()), Vec::new());
            return Ok(Self { title, source, stem, answers, general, notes });
        };
        let (before, inside, after) = (&body[..open], &body[open + 1..close], &body[close + 1..]);
        let is_gap = !after.trim().is_empty();
        let stem = if is_gap { format!("{before}{GAP}{after}") } else { before.to_owned() };
        let (format, _) = format(&stem, Format::Moodle);
        let (inside, general) = rsplit_once(inside, GENERAL).unwrap_or((inside, ""));
        let answers = answers::read(inside, format).map_err(|flaw| Flaw { at: within(open + 1 + flaw.at), ..flaw })?;
        let general = to_markdown(Part::Explanation, general, format);
        let label = begins_with_label(body).then(|| LABEL_IN_TEXT.to_owned());
        let shares = notes::of_shares(&answers::shares(inside), answers::FULL);
        let told = [label, shares, answers::empty_feedback(inside)];
        let notes = told.into_iter().flatten().chain(notes::of_texts([unescape(body).as_str()].into_iter())).collect();
        Ok(Self { title, stem: to_markdown(Part::Stem, &stem, Format::Moodle), source: stem, answers, general, notes })
    }
}

/// Whether a text begins with something that would be an id or a tag in a comment.
fn begins_with_label(text: &str) -> bool {
    let text = text.trim_start();
    ["[id:", "[tag:"].iter().any(|label| text.starts_with(label))
}

/// The title, and the rest.
fn title(text: &str) -> Result<(Option<String>, &str), Flaw> {
    let Some(text) = text.strip_prefix("::") else { return Ok((None, text)) };
    let detail = "the title has no end: write :: after it";
    let end = find(text, "::").ok_or(Flaw { at: 0, detail })?;
    Ok((Some(to_plain(&text[..end])).filter(|title| !title.is_empty()), &text[end + 2..]))
}

/// The offsets of the braces, if there are any.
fn braces(text: &str) -> Result<Option<(usize, usize)>, Flaw> {
    let mut braces = unescaped(text).filter(|(_, c)| matches!(c, '{' | '}'));
    let (at, detail) = match (braces.next(), braces.next(), braces.next()) {
        (None, ..) => return Ok(None),
        (Some((at, '}')), ..) => (at, "this } has no {: write \\} for a brace in a text"),
        (Some((at, _)), None, _) => (at, "this { has no } before the next blank line: close the answers"),
        (_, Some((at, '{')), _) => (at, "this { is inside answers: close them, or write \\{ for a brace in a text"),
        (Some((open, _)), Some((close, _)), None) => return Ok(Some((open, close))),
        (_, _, Some((at, _))) => (
            at,
            "this brace follows the answers: put a blank line between questions, or write \\{ and \\} for braces in a text",
        ),
    };
    Err(Flaw { at, detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        markdown,
        questions::model::{QuestionKind, Reference},
    };

    fn all(text: &str) -> Vec<Found> {
        read(text).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_question_is_read_with_all_that_belongs_to_it() {
        let found = all("$CATEGORY: $course$/top/exam/1 Storage\n\n// [id:st-1] [tag:s3] [tag:difficulty:5]\n\
             ::Blocks\\: a title::\n[markdown]Which *one*?{\r\n=right#yes\n~wrong#[html]<p>no</p>\n\
             ####Because.\\n\\nReferences\\:\\n\\n- [Guide](<https\\://example.org>)\n}\n");
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((found.place.line, found.name.as_str()), (4, "Blocks: a title"));
        let item = found.outcome.clone().unwrap();
        assert_eq!((item.key.as_deref(), item.title.as_deref()), (Some("st-1"), Some("Blocks: a title")));
        assert_eq!(item.category, ["exam", "1 Storage"]);
        let content = item.content;
        assert_eq!((content.kind, content.difficulty), (QuestionKind::SingleChoice, 5));
        assert_eq!((content.stem.as_str(), content.explanation.as_str()), ("Which *one*?", "Because."));
        assert_eq!(content.tags, ["s3"]);
        assert_eq!(content.references, [Reference { title: "Guide".into(), url: "https://example.org".into() }]);
        let rationales: Vec<_> = content.answers.iter().map(|answer| answer.rationale.as_str()).collect();
        assert_eq!(rationales, ["yes", "no"]);
    }

    #[test]
    fn a_stem_keeps_its_format_its_lines_and_its_gap() {
        let stem = |text: &str| all(text).remove(0).outcome.unwrap().content.stem;
        assert_eq!(stem("[markdown]*a*  \nb{T}"), markdown::clean("*a*  \nb"));
        assert_eq!(stem("lines\n  stay\n// no\n{T}"), "lines  \n\u{a0}\u{a0}stay");
        assert_eq!(stem("Grant is {~a =b} in it.\n"), markdown::from_plain("Grant is _____ in it."));
        assert_eq!(stem("{~a =b} is\nin \\{\\}."), markdown::from_plain("_____ is\nin {}."));
    }

    #[test]
    fn what_the_bank_cannot_hold_is_found_with_the_reason() {
        let found = all("Write.{}\n\nRead this.\n\n::T::Two?{=2 =two ####why}\n\nHow many?{#2}\n\nLast?{F####so}");
        let told: Vec<_> = found
            .iter()
            .map(|f| (f.place.line, f.name.as_str(), f.outcome.clone().err().unwrap_or_default()))
            .collect();
        for ((line, name, reason), (in_line, named, because)) in told.iter().zip([
            (1, "Write.", "essay"),
            (3, "Read this.", "no answers"),
            (5, "T", "words"),
            (7, "How many?", "number"),
            (9, "Last?", ""),
        ]) {
            assert_eq!((*line, *name), (in_line, named));
            assert!(reason.contains(because), "{reason}");
        }
        assert_eq!(found[4].outcome.as_ref().unwrap().content.explanation, "so");
        let tags = "[tag:a]".repeat(TAG_LIMIT + 1);
        assert!(all(&format!("//{tags}\na{{T}}"))[0].outcome.clone().unwrap_err().contains("tags"));
    }

    #[test]
    fn flaws_are_located_and_the_next_block_is_read() {
        for (text, line, detail) in [
            ("a{T}\n\nb {\n~c", 3, "has no } before the next blank line"),
            ("a{T}\n\nb\n~c\n}", 5, "this } has no {"),
            ("a{T}\n\n// x\nb{\n~c\n=d\n// y\ne{T}", 8, "inside answers"),
            ("a{T}\n\nb{T}\nc{F}", 4, "blank line between questions"),
            ("a{T}\n\nb{T}}", 3, "follows the answers"),
            ("a{T}\n\nWhat is {\"a\": 1} here?\n{T}", 4, "or write \\{ and \\} for braces in a text"),
            ("a{T}\n\n::b{T}", 3, "title has no end"),
            ("a{T}\n\n::b::\nc{\nx\n~y}", 5, "before the first answer"),
            ("a{T}\n\nb{=c->d\n\t=e}", 4, "no ->"),
        ] {
            let text = format!("{text}\n\nlast{{T}}");
            let found: Vec<_> = read(&text).collect();
            assert!(found.len() == 3 && found[2].is_ok(), "{text}");
            let flaw = found[1].clone().unwrap_err();
            assert_eq!(flaw.place.line, line, "{text}: {flaw}");
            assert!(flaw.detail.contains(detail), "{text}: {flaw}");
        }
    }
}
