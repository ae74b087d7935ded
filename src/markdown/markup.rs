//! Decides which `<` of a text begin markup. Every other one is text: a placeholder such as `<region>`, a type such as
//! `List<String>`, a comparison, or a tag that is mentioned and never closed.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::elements::{self, Class};

/// The format of a text with markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// HTML.
    Html,
    /// HTML where line ends are kept, as in Moodle's own format.
    Lines,
    /// A page made from Markdown.
    Markdown,
}

/// Attributes without a value.
const BOOLEAN: &str = "allowfullscreen async autofocus autoplay checked compact controls default defer disabled hidden \
    inert ismap itemscope loop multiple muted nohref noshade novalidate nowrap open playsinline readonly required \
    reversed selected";
/// The longest name of an element.
const NAME_LIMIT: usize = 12;
/// The most attributes of one tag.
const ATTRIBUTE_LIMIT: usize = 64;

/// A tag of a known element.
#[derive(Debug)]
struct Tag {
    at: usize,
    end: usize,
    name: String,
    class: Class,
    is_end: bool,
    is_empty: bool,
    has_attributes: bool,
}

/// A text in which every `<` that does not begin markup is escaped as `&lt;`.
pub(super) fn escaped(text: &str, source: Source) -> Cow<'_, str> {
    let strays = Scan { text, tags: Vec::new(), strays: Vec::new() }.strays(source);
    if strays.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut escaped, mut from) = (String::with_capacity(text.len() + 3 * strays.len()), 0);
    for at in strays {
        escaped += text.get(from..at).unwrap_or_default();
        escaped += "&lt;";
        from = at + 1;
    }
    escaped += text.get(from..).unwrap_or_default();
    Cow::Owned(escaped)
}

/// Whether a text has tags of HTML.
pub fn has_tags(text: &str) -> bool {
    let mut scan = Scan { text, tags: Vec::new(), strays: Vec::new() };
    scan.run();
    let strays = scan.unpaired(Source::Html);
    scan.tags.len() > strays.len()
}

struct Scan<'t> {
    text: &'t str,
    tags: Vec<Tag>,
    strays: Vec<usize>,
}

impl Scan<'_> {
    /// The offset of each `<` that does not begin markup, in order.
    fn strays(mut self, source: Source) -> Vec<usize> {
        self.run();
        let unpaired = self.unpaired(source);
        self.strays.extend(unpaired);
        self.strays.sort_unstable();
        self.strays
    }

    fn run(&mut self) {
        let mut from = 0;
        let mut never_ends: Vec<String> = Vec::new();
        let has_comment_end = self.text.rfind("-->");
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find('<')).map(|length| from + length) {
            from = at + 1;
            let rest = self.text.get(at..).unwrap_or_default();
            if rest.starts_with("<!--") && has_comment_end.is_some_and(|end| end > at) {
                from = rest.get(2..).and_then(|rest| rest.find("-->")).map_or(from, |length| at + 2 + length + 3);
            } else if is_doctype(rest) && self.text.get(..at).is_some_and(|before| before.trim().is_empty()) {
                from = at + rest.find('>').unwrap_or(0) + 1;
            } else if let Some(tag) = tag(rest, at) {
                from = tag.end;
                if !tag.is_end && elements::is_raw(&tag.name) {
                    let is_endless = never_ends.contains(&tag.name);
                    match if is_endless { None } else { raw_end(self.text, tag.end, &tag.name) } {
                        Some(end) => from = end,
                        None => {
                            if !is_endless {
                                never_ends.push(tag.name.clone());
                            }
                            self.strays.push(at);
                            continue;
                        }
                    }
                }
                self.tags.push(tag);
            } else {
                self.strays.push(at);
            }
        }
    }

    /// The offsets of tags that need a partner and have none, or that have no meaning on their own.
    fn unpaired(&self, source: Source) -> Vec<usize> {
        let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
        let (mut strays, mut filled) = (Vec::new(), HashSet::new());
        for (index, tag) in self.tags.iter().enumerate() {
            // Somebody who wrote no HTML wants to show the tag.
            if source != Source::Html && elements::shows_nothing(&tag.name) {
                strays.push(tag.at);
                continue;
            }
            let needs_end = match tag.class {
                Class::Block => source != Source::Html,
                Class::Open => source == Source::Markdown,
                Class::Inline | Class::Hidden | Class::Unheld(_) => true,
                Class::Void => false,
            };
            if elements::is_void(&tag.name) {
                let says_nothing = !tag.has_attributes && !matches!(tag.name.as_str(), "br" | "hr" | "wbr");
                strays.extend((says_nothing || (tag.is_end && tag.name != "br")).then_some(tag.at));
            } else if tag.is_end {
                let is_paired = open.get_mut(tag.name.as_str()).is_some_and(|open| open.pop().is_some());
                strays.extend((needs_end && !is_paired).then_some(tag.at));
                filled.extend(is_paired.then_some(tag.name.as_str()));
            } else if !tag.is_empty {
                open.entry(&tag.name).or_default().push(index);
                filled.extend(self.begins_with_item(index).then_some(tag.name.as_str()));
            }
        }
        for (name, left) in open {
            let needs_end = match elements::class(name) {
                Some(Class::Block) => source != Source::Html,
                Some(Class::Open) => source == Source::Markdown,
                _ => true,
            };
            let is_in_place = elements::containers(name).iter().any(|container| filled.contains(container));
            let is_text = |index: &usize| needs_end || (!is_in_place && self.is_mentioned(*index));
            strays.extend(left.into_iter().filter(is_text).filter_map(|index| Some(self.tags.get(index)?.at)));
        }
        strays
    }

    /// Whether the tag directly after a tag belongs inside its element.
    fn begins_with_item(&self, index: usize) -> bool {
        let (Some(tag), Some(next)) = (self.tags.get(index), self.tags.get(index + 1)) else { return false };
        let is_item = !next.is_end && elements::containers(&next.name).contains(&tag.name.as_str());
        is_item && self.text.get(tag.end..next.at).is_some_and(|gap| gap.trim().is_empty())
    }

    /// Whether a tag without an end tag is a word of a sentence: `Run cd <dir>`, `the <p> element`. As markup it would
    /// have no meaning.
    fn is_mentioned(&self, index: usize) -> bool {
        let Some(tag) = self.tags.get(index).filter(|tag| !tag.has_attributes) else { return false };
        if self.begins_with_item(index) {
            return false;
        }
        let before = index.checked_sub(1).and_then(|index| self.tags.get(index));
        let ahead = self.text.get(before.map_or(0, |before| before.end)..tag.at).unwrap_or_default();
        let behind = self.text.get(tag.end..).unwrap_or_default();
        let is_block = tag.class == Class::Block;
        if is_block && behind.trim_start().is_empty() {
            return true;
        }
        let said = ahead.trim_end();
        let is_in_line = before.is_some_and(|before| before.class == Class::Inline);
        let Some(last) = said.chars().next_back().or(is_in_line.then_some('x')) else { return false };
        let blanks = ahead.get(said.len()..).unwrap_or_default();
        if blanks.contains('\n') {
            return false;
        }
        let next = behind.chars().next();
        let (is_text_next, is_blank_next) =
            (next.is_some_and(|c| c.is_alphanumeric() || c == '<'), next.is_none_or(char::is_whitespace));
        let ends_sentence = matches!(last, '.' | '?' | '!' | ':' | ';' | '…' | '。');
        match (blanks.is_empty(), is_block) {
            // A paragraph may begin after a sentence.
            (false, _) if ends_sentence => is_block && !is_text_next,
            (false, _) => is_block || !is_text_next,
            (true, true) if !last.is_alphanumeric() => !is_text_next || !ends_sentence,
            (true, _) => !is_text_next && !is_blank_next && (is_block || !last.is_alphanumeric()),
        }
    }
}

/// The tag at the beginning of a text, which is at this offset.
fn tag(text: &str, at: usize) -> Option<Tag> {
    let after = text.strip_prefix('<')?;
    let is_end = after.starts_with('/');
    let after = after.strip_prefix('/').unwrap_or(after);
    let length =
        after.bytes().take(NAME_LIMIT).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b':').count();
    let (name, rest) = after.split_at_checked(length)?;
    let name = name.to_ascii_lowercase();
    let class = elements::class(&name)?;
    let mut attributes = Attributes { rest, count: 0, is_empty: false };
    while attributes.next()? {}
    let end = at + text.len() - attributes.rest.len();
    let (is_empty, has_attributes) = (attributes.is_empty, attributes.count > 0);
    (!is_end || !has_attributes).then_some(Tag { at, end, name, class, is_end, is_empty, has_attributes })
}

/// Skips the attributes of a tag.
struct Attributes<'t> {
    rest: &'t str,
    count: usize,
    is_empty: bool,
}

impl Attributes<'_> {
    /// Skips the next attribute or the end of the tag, after which there is none. `None` if it is not a valid tag.
    fn next(&mut self) -> Option<bool> {
        let rest = self.rest.trim_ascii_start();
        if let Some(end) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            self.is_empty = rest.starts_with('/');
            self.rest = end;
            return Some(false);
        }
        if let Some(rest) = rest.strip_prefix('/') {
            self.rest = rest;
            return Some(true);
        }
        self.count += 1;
        let length = rest.find(|c: char| c.is_ascii_whitespace() || "\"'<>/=".contains(c))?;
        let is_first_apart = self.count > 1 || self.rest.len() > rest.len();
        if length == 0 || self.count > ATTRIBUTE_LIMIT || !is_first_apart {
            return None;
        }
        let (name, rest) = rest.split_at_checked(length)?;
        let Some(value) = rest.trim_ascii_start().strip_prefix('=') else {
            let is_boolean = BOOLEAN.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(name));
            self.rest = rest;
            return (is_boolean || name.contains('-')).then_some(true);
        };
        let value = value.trim_ascii_start();
        self.rest = match value.chars().next()? {
            quote @ ('"' | '\'') => value.get(1..)?.split_once(quote)?.1,
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace() || c == '<' || c == '>')?;
                value.get(end..).filter(|rest| !rest.starts_with('<'))?
            }
        };
        Some(true)
    }
}

/// The offset of the end tag of an element whose content is not markup.
fn raw_end(text: &str, from: usize, name: &str) -> Option<usize> {
    let rest = text.get(from..)?;
    let found = rest.match_indices("</").map(|(at, _)| at).find(|at| {
        let is_named = rest.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        is_named && rest.get(at + 2 + name.len()..).is_some_and(|rest| rest.trim_ascii_start().starts_with('>'))
    })?;
    Some(from + found)
}

fn is_doctype(text: &str) -> bool {
    text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_elements_are_text() {
        for (text, escaped) in [
            ("https://<bucket-name>.a.b/<key>", "https://&lt;bucket-name>.a.b/&lt;key>"),
            ("List<String> Map<K, V> Vec<Vec<u8>>", "List&lt;String> Map&lt;K, V> Vec&lt;Vec&lt;u8>>"),
            ("x<y and y>z, a<b and c>d, a < b", "x&lt;y and y>z, a&lt;b and c>d, a &lt; b"),
            ("List<A> and Set<B>", "List&lt;A> and Set&lt;B>"),
            ("if x<y then <b>stop</b>", "if x&lt;y then <b>stop</b>"),
            ("<a href='x'>y</a> <A HREF=x>y</A >", ""),
            ("<p>a<li>b<br>c<hr/>d", ""),
            ("</b> </p> <img> <input> <script> <title>", "&lt;/b> </p> &lt;img> &lt;input> &lt;script> &lt;title>"),
            ("<script>a<b>c</script> <style>x</STYLE>", ""),
            ("<!-- a <b --> <!-- b", "<!-- a <b --> &lt;!-- b"),
            ("<!DOCTYPE html><p>a</p><!DOCTYPE html>", "<!DOCTYPE html><p>a</p>&lt;!DOCTYPE html>"),
            ("<?php x ?> <![CDATA[x]]> <> </>", "&lt;?php x ?> &lt;![CDATA[x]]> &lt;> &lt;/>"),
            ("<td nowrap data-x> <ol reversed>", ""),
            ("<b x=\"y", "&lt;b x=\"y"),
            ("<o:p></o:p>", ""),
            ("x <y", "x &lt;y"),
            ("<div>a", ""),
            ("Run cd <dir>", "Run cd &lt;dir>"),
            ("<p>Run cd <dir></p> <p>b</p>", "<p>Run cd &lt;dir></p> <p>b</p>"),
            ("Run cd <dir> now, or <code>ls</code> <menu>", "Run cd &lt;dir> now, or <code>ls</code> &lt;menu>"),
            ("Syntax: <dir> [x]; s3://<dir>/<center>.txt", "Syntax: &lt;dir> [x]; s3://&lt;dir>/&lt;center>.txt"),
            ("Is it <td>, the <p> element or \"<li>\"", "Is it &lt;td>, the &lt;p> element or \"&lt;li>\""),
            ("Which?<p>One <p>Two. <p> Three\n<p> <div>four", ""),
            ("Which?<center>a <ul> <li>b <li>c", ""),
            ("Which? <ul><li>b <li> c</ul> <div>d</div>", ""),
            ("<table><tr><td>a <td> b <tr> <td>c", ""),
        ] {
            let expected = if escaped.is_empty() { text } else { escaped };
            assert_eq!(super::escaped(text, Source::Html), expected);
        }
        for text in ["What does <title>Home</title> set?", "<link rel='stylesheet' href='a.css'>", "<style>p</style>"] {
            assert_eq!(super::escaped(text, Source::Html), text);
            for source in [Source::Markdown, Source::Lines] {
                assert_eq!(super::escaped(text, source), text.replace('<', "&lt;"));
            }
        }
        let mentioned = "Is it <div>, <p>, <li> or <br>?";
        let expected = "Is it &lt;div>, &lt;p>, &lt;li> or <br>?";
        assert_eq!(super::escaped(mentioned, Source::Markdown), expected);
    }

    #[test]
    fn tags_identify_html() {
        for html in ["a<br>b", "<p>x", "<b>x</b>", "<img src=x>", "<SUP>2</SUP>"] {
            assert!(has_tags(html), "{html}");
        }
        for text in ["List<String>", "a <b> c", "a < b > c", "<>", "a</b>"] {
            assert!(!has_tags(text), "{text}");
        }
    }
}
