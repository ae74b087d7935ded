//! Splits a file into blocks of lines, one for each question, before they are parsed.

use std::{iter, iter::Peekable};

use super::{CATEGORY, escapes::unescape_label};
use crate::interchange::{
    bounds::QUESTION_LIMIT,
    labels,
    lines::numbered,
    model::{Location, Malformed},
};

/// The most tags of one question.
pub const TAG_LIMIT: usize = 100;

/// The lines of one question, without its comments.
#[derive(Debug, Default)]
pub struct Block {
    /// The path of its category, outermost first.
    pub category: Vec<String>,
    /// The `[id:…]` of the comments above it.
    pub key: Option<String>,
    /// The `[tag:…]` of the comments above it.
    pub tags: Vec<String>,
    /// The lines, joined by \n.
    pub text: String,
    /// Whether the question is too long, so that this is only its beginning.
    pub is_cut: bool,
    /// The line number in the file of each line.
    numbers: Vec<usize>,
}

/// An error in a block.
#[derive(Debug)]
pub struct Flaw {
    /// The offset in its text.
    pub at: usize,
    /// What to change.
    pub detail: &'static str,
}

impl Block {
    /// The location of its beginning.
    pub fn place(&self) -> Location {
        Location::line(self.numbers.first().copied().unwrap_or(1))
    }

    /// Converts an error in this block to an error in the file.
    pub fn malformed(&self, flaw: Flaw) -> Malformed {
        let before = self.text.bytes().take(flaw.at).filter(|&byte| byte == b'\n').count();
        let place = self.numbers.get(before).map_or_else(|| self.place(), |&number| Location::line(number));
        Malformed { place, detail: flaw.detail.to_owned() }
    }

    fn push(&mut self, number: usize, line: &str) {
        // An empty line takes memory, too.
        let length = self.text.len() + size_of::<usize>() * self.numbers.len();
        if self.is_cut || length + line.len() > QUESTION_LIMIT {
            self.is_cut = true;
            if self.is_empty() {
                self.numbers.push(number);
            }
            return;
        }
        if self.is_empty() {
            self.text.push_str(line.trim_start());
        } else {
            self.text.push('\n');
            self.text.push_str(line);
        }
        self.numbers.push(number);
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    fn note_labels(&mut self, comment: &str) {
        let mut rest = comment;
        while let Some((_, after)) = rest.split_once('[') {
            rest = after;
            let is_key = after.starts_with("id:");
            let Some(text) = after.strip_prefix("id:").or_else(|| after.strip_prefix("tag:")) else { continue };
            let Some((label, after)) = unescape_label(text) else { return };
            rest = after;
            match label.trim() {
                "" => {}
                key if is_key => self.key = self.key.take().or_else(|| Some(key.to_owned())),
                // One more than the limit, to detect that there are too many.
                tag if self.tags.len() <= TAG_LIMIT => self.tags.push(tag.to_owned()),
                _ => {}
            }
        }
    }
}

/// The blocks of a file, in order.
pub fn blocks(text: &str) -> impl Iterator<Item = Result<Block, Malformed>> + '_ {
    let mut lines = numbered(text).peekable();
    let mut category = Vec::new();
    iter::from_fn(move || next_block(&mut lines, &mut category).transpose())
}

fn next_block<'a>(
    lines: &mut Peekable<impl Iterator<Item = (usize, &'a str)>>,
    category: &mut Vec<String>,
) -> Result<Option<Block>, Malformed> {
    let mut block = Block::default();
    while let Some((number, line)) = lines.next_if(|(_, line)| block.is_empty() || path(line).is_none()) {
        if let Some(path) = path(line) {
            *category = labels::split_category(path, split_path).map_err(|detail| Malformed::at(number, detail))?;
            block = Block::default();
        } else if line.trim().is_empty() {
            if !block.is_empty() {
                break;
            }
            block = Block::default();
        } else if !line.trim_start().starts_with("//") {
            block.push(number, line);
        } else if block.is_empty() {
            block.note_labels(line);
        }
    }
    Ok((!block.is_empty()).then(|| Block { category: category.clone(), ..block }))
}

fn path(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix(CATEGORY)
}

/// The names in a path: `/` separates them, and `//` is a slash in a name.
fn split_path(path: &str) -> Vec<String> {
    let path = path.replace("//", "\0");
    let names = path.split('/').map(|name| name.replace('\0', "/").trim().to_owned());
    let mut names = names.filter(|name| !name.is_empty()).peekable();
    names.next_if(|name| name.len() > 1 && name.starts_with('$') && name.ends_with('$'));
    names.next_if(|name| name == "top" || name == "tom");
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Block> {
        blocks(text).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn blank_lines_separate_blocks_and_comments_are_ignored() {
        let found = all("// head\n\n  a\n // in between\nb\n \t\r\n\rc\n// tail");
        let texts: Vec<_> = found.iter().map(|block| (block.place().line, block.text.as_str())).collect();
        assert_eq!(texts, [(3, "a\nb"), (8, "c")]);
        let flaw = found[0].malformed(Flaw { at: 2, detail: "is b" });
        assert_eq!(flaw.to_string(), "line 5: is b");
    }

    #[test]
    fn labels_belong_to_the_question_right_below() {
        let found = all("// [id: q 1 ] [x] [tag:a] [tag:]\n// [tag:b\\]\\\\] [id:other]\na\n// [tag:late]\n\n\
                         // [id:nobody]\n\nb\n\n// [tag:open\n// [id:]\nc");
        assert_eq!(found[0].key.as_deref(), Some("q 1"));
        assert_eq!(found[0].tags, ["a", "b]\\"]);
        for bare in &found[1..] {
            assert_eq!((&bare.key, bare.tags.len()), (&None, 0));
        }
    }

    #[test]
    fn a_category_holds_until_the_next() {
        let found = all("a\n$CATEGORY: $course$/top/x//y/z\n\nb\n\nc\n\n $CATEGORY:w\nd");
        let categories: Vec<_> = found.iter().map(|block| block.category.join("|")).collect();
        assert_eq!(categories, ["", "x/y|z", "x/y|z", "w"]);
    }

    #[test]
    fn paths_are_split_at_single_slashes() {
        for (path, names) in [
            ("$system$/top/a/b", vec!["a", "b"]),
            ("tom/dick/harry", vec!["dick", "harry"]),
            ("$course$/top/top", vec!["top"]),
            ("a/ //b// /c", vec!["a", "/b/", "c"]),
            ("/a///b/", vec!["a/", "b"]),
            ("$", vec!["$"]),
            (" ", vec![]),
        ] {
            assert_eq!(split_path(path), names, "{path}");
        }
        for long in ["x/".repeat(21), "x".repeat(8_000)] {
            let text = format!("\n$CATEGORY: {long}\n\na");
            assert_eq!(blocks(&text).next().unwrap().unwrap_err().place.line, 2);
        }
    }
}
