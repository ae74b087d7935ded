//! Elements of an XML file, one after the other, with bounds on what a hostile file could let grow.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

use crate::{
    interchange::model::{Malformed, Place},
    markdown::is_xml_char,
};

/// The deepest nesting of elements.
const DEPTH_LIMIT: usize = 100;
/// The most elements of one question.
const ELEMENT_LIMIT: usize = 10_000;

/// An element with all that is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// All text right in it: that of CDATA sections as it is, any other without white space around it.
    pub text: String,
    pub children: Vec<Element>,
    /// Whether its text has CDATA sections.
    is_exact: bool,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The elements of one name right in it.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element of one name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text in `<text>`.
    pub(super) fn inner_text(&self) -> &str {
        self.child("text").map_or("", |child| &child.text)
    }

    /// Whether something holds of it or of an element in it.
    pub(super) fn any(&self, holds: &impl Fn(&Element) -> bool) -> bool {
        holds(self) || self.children.iter().any(|child| child.any(holds))
    }

    fn push(&mut self, text: &str, is_exact: bool) {
        if is_exact && !self.is_exact {
            self.text.truncate(self.text.trim_end().len());
        }
        let is_layout = text.trim().is_empty() && (self.is_exact || self.text.is_empty());
        self.is_exact |= is_exact;
        if is_exact || !is_layout {
            self.text.extend(text.chars().filter(|&c| is_xml_char(c)));
        }
    }

    fn close(&mut self) {
        if !self.is_exact {
            self.text = self.text.trim().to_owned();
        }
    }
}

/// What comes next.
pub(super) enum Step {
    /// A start tag, and its line.
    Open(Element, usize),
    /// An end tag.
    Close,
    /// A part of a text, and whether it is a CDATA section.
    Text(String, bool),
    /// The end of the file.
    End,
}

/// A file that is read step by step.
pub(super) struct Parser<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    position: usize,
    /// The line of `position`.
    pub line: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, reader, position: 0, line: 1, depth: 0 }
    }

    pub(super) fn step(&mut self) -> Result<Step, Malformed> {
        loop {
            let line = self.line;
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    self.advance(self.reader.error_position());
                    return Err(malformed(self.line, format!("must be well-formed XML: {error}")));
                }
            };
            self.advance(self.reader.buffer_position());
            return Ok(match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        return Err(malformed(line, format!("nests elements deeper than {DEPTH_LIMIT}")));
                    }
                    Step::Open(element(&tag, line)?, line)
                }
                Event::End(_) => {
                    self.depth -= 1;
                    Step::Close
                }
                Event::Text(text) => Step::Text(text.xml10_content().into_owned(), false),
                Event::CData(text) => Step::Text(text.xml10_content().into_owned(), true),
                Event::GeneralRef(name) => Step::Text(character(&name, line)?.to_string(), false),
                Event::DocType(text) if text.contains("<!ENTITY") => {
                    return Err(malformed(line, "must not declare entities: take the DOCTYPE out"));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(malformed(self.line, "ends before all elements are closed: send the whole file"));
                }
                Event::Eof => Step::End,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => continue,
            });
        }
    }

    /// The rest of an element that was just opened.
    pub(super) fn whole(&mut self, opened: Element) -> Result<Element, Malformed> {
        let mut above = Vec::new();
        let mut current = opened;
        let mut count = 1;
        loop {
            match self.step()? {
                Step::Open(_, line) if count == ELEMENT_LIMIT => {
                    return Err(malformed(line, format!("has more than {ELEMENT_LIMIT} elements in one question")));
                }
                Step::Open(child, _) => {
                    count += 1;
                    above.push(std::mem::replace(&mut current, child));
                }
                Step::Text(text, is_exact) => current.push(&text, is_exact),
                Step::Close | Step::End => {
                    current.close();
                    let Some(parent) = above.pop() else { return Ok(current) };
                    let child = std::mem::replace(&mut current, parent);
                    current.children.push(child);
                }
            }
        }
    }

    /// Passes over the rest of an element that was just opened.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        let depth = self.depth;
        while self.depth >= depth {
            self.step()?;
        }
        Ok(())
    }

    fn advance(&mut self, position: u64) {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.position..position).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.position = position;
    }
}

/// Why a file cannot be read.
pub(super) fn malformed(line: usize, detail: impl Into<String>) -> Malformed {
    Malformed { place: Place::line(line), detail: detail.into() }
}

fn element(tag: &BytesStart<'_>, line: usize) -> Result<Element, Malformed> {
    let mut element = Element { name: tag.name().as_ref().to_owned(), ..Element::default() };
    for attribute in tag.attributes() {
        let wrong = |error: &dyn std::fmt::Display| malformed(line, format!("must be well-formed XML: {error}"));
        let attribute = attribute.map_err(|error| wrong(&error))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| wrong(&error))?;
        element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn character(name: &BytesRef<'_>, line: usize) -> Result<char, Malformed> {
    match (name.resolve_char_ref(), &**name) {
        (Ok(Some(character)), _) => Ok(character),
        (Ok(None), "amp") => Ok('&'),
        (Ok(None), "lt") => Ok('<'),
        (Ok(None), "gt") => Ok('>'),
        (Ok(None), "quot") => Ok('"'),
        (Ok(None), "apos") => Ok('\''),
        (Ok(None), name) => {
            Err(malformed(line, format!("has &{name}; which XML does not know: write the character itself")))
        }
        (Err(error), _) => Err(malformed(line, format!("must be well-formed XML: {error}"))),
    }
}
