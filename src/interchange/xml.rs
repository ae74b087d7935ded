//! Parses XML to a tree, with limits on everything that a malicious file could make large.

use std::fmt::Display;

use quick_xml::{
    Reader, XmlVersion,
    errors::{Error, SyntaxError},
    events::{BytesRef, BytesStart, Event},
};

use super::{bounds::QUESTION_LIMIT, model::Malformed};
use crate::characters::words_within;

/// The deepest nesting of elements.
const DEPTH_LIMIT: usize = 100;
/// The most elements of one tree. Attributes and CDATA sections count as well, because they take as much memory.
const ELEMENT_LIMIT: usize = 50_000;

/// The error for a truncated file.
const CUT_OFF: &str = "ends before all elements are closed: send the whole file";
/// The longest part of a parser's error that is shown, in characters: it may quote the file.
const ERROR_LIMIT: usize = 200;
/// The most attributes of one element.
const ATTRIBUTE_LIMIT: usize = 1000;

/// Converts names, which come without prefixes: unchanged, or to a form that is the same in all versions of a format.
pub type Naming = fn(&str) -> String;

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// The name.
    pub name: String,
    /// The line of its start tag, from 1.
    pub line: usize,
    /// Names and values.
    pub attributes: Vec<(String, String)>,
    /// Its content.
    pub children: Vec<Node>,
    /// For the root of a tree: whether it has more text than a question may have, so that this is only the beginning.
    pub is_cut: bool,
}

/// A part of an element.
#[derive(Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text without markup, as a reader sees it.
    Text(String),
    /// A CDATA section.
    Exact(String),
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Exact(_) => None,
        })
    }

    /// The child elements with this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first child element with this name.
    pub fn child<'a>(&'a self, name: &'a str) -> Option<&'a Element> {
        self.named(name).next()
    }

    /// The element and all its descendants, in the order of their start tags.
    pub fn all(&self) -> impl Iterator<Item = &Element> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let element = open.pop()?;
            let below: Vec<&Element> = element.elements().collect();
            open.extend(below.into_iter().rev());
            Some(element)
        })
    }

    /// All text in it.
    pub fn text(&self) -> String {
        let parts = self.all().flat_map(|element| &element.children).filter_map(|node| match node {
            Node::Text(text) | Node::Exact(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        parts.collect()
    }

    fn push_text(&mut self, more: &str) {
        match self.children.last_mut() {
            Some(Node::Text(text)) => text.push_str(more),
            _ => self.children.push(Node::Text(more.to_owned())),
        }
    }
}

/// The root of a document.
pub fn document(text: &str, naming: Naming) -> Result<Element, Malformed> {
    let mut parser = Parser::new(text, naming);
    let root = loop {
        match parser.step()? {
            Step::Open(root) => break parser.tree(root)?,
            Step::Text(text) if text.trim().is_empty() => {}
            _ => return Err(Malformed::at(parser.line, "must be an XML document")),
        }
    };
    loop {
        match parser.step()? {
            Step::End => return Ok(root),
            Step::Text(text) if text.trim().is_empty() => {}
            _ => return Err(Malformed::at(parser.line, "has content after its root element")),
        }
    }
}

/// An event of the parser.
pub enum Step {
    /// A start tag, as an element without content.
    Open(Element),
    /// An end tag.
    Close,
    /// A part of a text.
    Text(String),
    /// A CDATA section.
    Exact(String),
    /// The end of the document.
    End,
}

/// A parser that reads a document step by step.
pub struct Parser<'a> {
    reader: Reader<&'a [u8]>,
    bytes: &'a [u8],
    position: usize,
    /// The current line, from 1.
    pub line: usize,
    depth: usize,
    /// Whether the document is not well-formed XML, so that nothing can be read after the error.
    pub is_broken: bool,
    naming: Naming,
}

impl<'a> Parser<'a> {
    /// Starts at the beginning of a document.
    pub fn new(text: &'a str, naming: Naming) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, bytes: text.as_bytes(), position: 0, line: 1, depth: 0, is_broken: false, naming }
    }

    /// The next event.
    pub fn step(&mut self) -> Result<Step, Malformed> {
        loop {
            let line = self.line;
            let event = self.reader.read_event();
            let event = event.map_err(|error| {
                self.is_broken = true;
                let lines = self.lines(self.position, self.reader.error_position());
                let detail = match error {
                    Error::Syntax(cut) if cut != SyntaxError::InvalidBangMarkup => CUT_OFF.to_owned(),
                    error => not_well_formed(&error),
                };
                Malformed::at(line + lines, detail)
            })?;
            let position = self.reader.buffer_position();
            self.line += self.lines(self.position, position);
            self.position = usize::try_from(position).unwrap_or(usize::MAX);
            return Ok(match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        self.is_broken = true;
                        return Err(Malformed::at(line, format!("nests elements deeper than {DEPTH_LIMIT}")));
                    }
                    Step::Open(self.element(&tag, line)?)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Step::Close
                }
                Event::Text(text) => Step::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Step::Exact(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => Step::Text(character(&name, line)?.to_string()),
                Event::DocType(text) if text.to_ascii_uppercase().contains("<!ENTITY") => {
                    self.is_broken = true;
                    return Err(Malformed::at(line, "must not declare entities: remove the DOCTYPE"));
                }
                Event::Eof if self.depth > 0 => {
                    self.is_broken = true;
                    return Err(Malformed::at(self.line, CUT_OFF));
                }
                Event::Eof => Step::End,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => continue,
            });
        }
    }

    /// The element that was just opened, with its content.
    pub fn tree(&mut self, root: Element) -> Result<Element, Malformed> {
        let mut above: Vec<Element> = Vec::new();
        let mut current = root;
        let mut room = Room { nodes: ELEMENT_LIMIT, bytes: QUESTION_LIMIT, is_cut: false };
        room.take(&mut current, self.line)?;
        loop {
            match self.step()? {
                Step::Open(mut element) => {
                    room.take(&mut element, self.line)?;
                    above.push(std::mem::replace(&mut current, element));
                }
                Step::Text(text) if room.has(text.len()) => current.push_text(&text),
                Step::Exact(text) if room.has(text.len()) => {
                    room.take_nodes(1, self.line)?;
                    current.children.push(Node::Exact(text));
                }
                Step::Text(_) | Step::Exact(_) => {}
                Step::Close | Step::End => match above.pop() {
                    None => return Ok(Element { is_cut: room.is_cut, ..current }),
                    Some(parent) => {
                        let child = std::mem::replace(&mut current, parent);
                        current.children.push(Node::Element(child));
                    }
                },
            }
        }
    }

    /// Skips the rest of the open elements, except for the outermost `depth`.
    pub fn skip_to(&mut self, depth: usize) -> Result<(), Malformed> {
        while self.depth > depth {
            self.step()?;
        }
        Ok(())
    }

    fn element(&self, tag: &BytesStart, line: usize) -> Result<Element, Malformed> {
        let name = (self.naming)(tag.local_name().as_ref());
        let mut element = Element { name, line, ..Element::default() };
        for attribute in tag.attributes() {
            if element.attributes.len() == ATTRIBUTE_LIMIT {
                return Err(Malformed::at(line, format!("has more than {ATTRIBUTE_LIMIT} attributes in one tag")));
            }
            let attribute = attribute.map_err(|error| Malformed::at(line, not_well_formed(&error)))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| Malformed::at(line, not_well_formed(&error)))?;
            element.attributes.push(((self.naming)(attribute.key.local_name().as_ref()), value.into_owned()));
        }
        Ok(element)
    }

    fn lines(&self, from: usize, to: u64) -> usize {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.get(from..to).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count()
    }
}

/// The remaining limits of a tree.
struct Room {
    nodes: usize,
    bytes: usize,
    is_cut: bool,
}

impl Room {
    /// An element without its content. Attributes beyond the limit are left out.
    fn take(&mut self, element: &mut Element, line: usize) -> Result<(), Malformed> {
        self.take_nodes(1 + element.attributes.len(), line)?;
        element.attributes.retain(|(name, value)| self.has(name.len() + value.len()));
        Ok(())
    }

    fn take_nodes(&mut self, count: usize, line: usize) -> Result<(), Malformed> {
        let left = self.nodes.checked_sub(count);
        self.nodes = left.ok_or_else(|| Malformed::at(line, format!("has more than {ELEMENT_LIMIT} elements")))?;
        Ok(())
    }

    /// Whether there is room for this much text. Once a text was left out, there is none for later texts.
    fn has(&mut self, length: usize) -> bool {
        match self.bytes.checked_sub(length) {
            Some(left) if !self.is_cut => self.bytes = left,
            _ => self.is_cut = true,
        }
        !self.is_cut
    }
}

/// A text of a file, shortened for a message.
pub fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

fn not_well_formed(error: &impl Display) -> String {
    let what = words_within(&error.to_string(), ERROR_LIMIT);
    format!("must be well-formed XML: {what}; in a text, write &amp; for & and &lt; for <")
}

fn character(name: &BytesRef, line: usize) -> Result<char, Malformed> {
    match (name.resolve_char_ref(), &**name) {
        (Ok(Some(character)), _) => Ok(character),
        (Ok(None), "amp") => Ok('&'),
        (Ok(None), "lt") => Ok('<'),
        (Ok(None), "gt") => Ok('>'),
        (Ok(None), "quot") => Ok('"'),
        (Ok(None), "apos") => Ok('\''),
        (Ok(None), name) => {
            let detail = format!(
                "has &{};, which XML does not know: write the character itself, or &amp; for an & in a text",
                short(name)
            );
            Err(Malformed::at(line, detail))
        }
        (Err(error), _) => Err(Malformed::at(line, not_well_formed(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Result<Element, Malformed> {
        super::document(text, str::to_owned)
    }

    #[test]
    fn texts_are_resolved_and_lines_counted() {
        let root =
            document("<?xml version='1.0'?>\n<!-- c -->\n<a>1 &lt; 2<![CDATA[ & ]]>&#65;\r\n<b\nc='&quot;'/></a>\n")
                .unwrap();
        assert_eq!((root.text().as_str(), root.line), ("1 < 2 & A\n", 3));
        let b = root.child("b").unwrap();
        assert_eq!((b.line, b.attribute("c")), (4, Some("\"")));
        assert_eq!(root.all().map(|element| element.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn errors_are_reported_in_full_and_say_how_to_escape() {
        let told = |text: &str| document(text).unwrap_err().detail;
        for text in ["<a>R & D</a>", "<a b='R & D'/>"] {
            assert!(told(text).ends_with("write &amp; for & and &lt; for <"), "{}", told(text));
        }
        assert!(told("<a>AT&T; x</a>").ends_with("or &amp; for an & in a text"));
        let long = told("<qti-assessment-item><qti-simple-choice-of-a-name></qti-simple-choice></qti-assessment-item>");
        assert!(long.contains("`</qti-simple-choice>`") && !long.contains('…'), "{long}");
        assert!(told(&format!("<{}></b>", "a".repeat(9000))).len() < 400);
    }

    #[test]
    fn unsafe_xml_is_refused_with_its_line() {
        let deep = format!("\n{}{}", "<a>".repeat(101), "</a>".repeat(101));
        let many = format!("\n<a>{}</a>", "<b/>".repeat(ELEMENT_LIMIT));
        for (text, line) in [
            ("", 1),
            ("\n\nwords", 3),
            ("<a>\n<b>\n</a>", 3),
            ("<a>\n<b/>", 2),
            ("<a/>\n<b/>", 2),
            ("<a>\n&nbsp;</a>", 2),
            ("<a>\n&#0;</a>", 2),
            ("<a>\n<b c='1' c='2'/></a>", 2),
            ("<a>\n<b c=1/></a>", 2),
            ("\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 2),
            ("\n<!DOCTYPE a [<!ENTITY % b SYSTEM 'file:///c'>]><a/>", 2),
            (&deep, 2),
            (&many, 2),
        ] {
            assert_eq!(document(text).unwrap_err().place.line, line, "{:.40}", text);
        }
        assert!(document("<!DOCTYPE a SYSTEM 'a.dtd'><a/>").is_ok());
    }
}
