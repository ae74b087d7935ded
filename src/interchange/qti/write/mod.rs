//! Writes questions as a package of QTI 3.0.

mod item;

use std::io::{self, Seek, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::KEY_CATALOG;
use crate::{
    interchange::{
        labels,
        model::{ExamHead, Export},
    },
    questions::model::Content,
};

const MANIFEST_HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest xmlns="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1" xmlns:lom="http://ltsc.ieee.org/xsd/LOM""#;

/// Writes a package question by question. It keeps the manifest in memory, but not the questions.
pub struct Writer<W: Write + Seek> {
    zip: ZipWriter<W>,
    exam: ExamHead,
    count: usize,
    resources: String,
}

impl<W: Write + Seek> Writer<W> {
    /// A package of questions of `exam`.
    pub fn new(out: W, exam: &ExamHead) -> io::Result<Self> {
        Ok(Self { zip: ZipWriter::new(out), exam: exam.clone(), count: 0, resources: String::new() })
    }

    /// Writes a question. Returns why if it is left out instead.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        let name = format!("q{:06}", self.count + 1);
        let item = match item::item(question, &identifier(&question.key, &name)) {
            Ok(item) => item,
            Err(reason) => return Ok(Some(reason)),
        };
        let resource = resource(&self.exam, question, &name);
        let mut texts = texts(&question.content).chain([item.as_str(), &resource]);
        if let Some(character) = texts.find_map(|text| text.chars().find(|&character| !is_writable(character))) {
            return Ok(Some(format!("has the character U+{:04X}, which XML cannot hold", u32::from(character))));
        }
        self.zip.start_file(format!("items/{name}.xml"), SimpleFileOptions::default())?;
        self.zip.write_all(item.as_bytes())?;
        self.resources.push_str(&resource);
        self.count += 1;
        Ok(None)
    }

    /// Writes the manifest.
    pub fn finish(self) -> io::Result<W> {
        let Self { mut zip, exam, resources, .. } = self;
        let head = format!(
            "{MANIFEST_HEAD} identifier=\"{}\">\n<metadata><schema>QTI Package</schema>\
             <schemaversion>3.0.0</schemaversion><lom:lom><lom:general><lom:title><lom:string>{}</lom:string>\
             </lom:title></lom:general></lom:lom></metadata>\n<organizations/>\n<resources>\n",
            identifier(&exam.code, "manifest"),
            escaped(&exam.name.replace(|c| !is_writable(c), " ")),
        );
        zip.start_file("imsmanifest.xml", SimpleFileOptions::default())?;
        for part in [&head, &resources, "</resources>\n</manifest>\n"] {
            zip.write_all(part.as_bytes())?;
        }
        Ok(zip.finish()?)
    }
}

fn resource(exam: &ExamHead, question: &Export, name: &str) -> String {
    let string = |text: &String| format!("<lom:string>{}</lom:string>", escaped(text));
    let keywords: String =
        labels::tags(question).iter().map(|tag| format!("<lom:keyword>{}</lom:keyword>", string(tag))).collect();
    let taxons: String = labels::category(exam, question)
        .iter()
        .map(|entry| format!("<lom:taxon><lom:entry>{}</lom:entry></lom:taxon>", string(entry)))
        .collect();
    let (source, key) = (string(&exam.code), escaped(&question.key));
    format!(
        "<resource identifier=\"{name}\" type=\"imsqti_item_xmlv3p0\" href=\"items/{name}.xml\"><metadata><lom:lom>\
         <lom:general><lom:identifier><lom:catalog>{KEY_CATALOG}</lom:catalog><lom:entry>{key}</lom:entry>\
         </lom:identifier>{keywords}</lom:general><lom:classification><lom:purpose><lom:source>LOMv1.0</lom:source>\
         <lom:value>discipline</lom:value></lom:purpose><lom:taxonPath><lom:source>{source}</lom:source>{taxons}\
         </lom:taxonPath></lom:classification></lom:lom></metadata><file href=\"items/{name}.xml\"/></resource>\n"
    )
}

/// An identifier that QTI allows: the key itself if it is one, otherwise one made of the key and `unique`.
fn identifier(key: &str, unique: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && key.len() <= 64 && key.chars().all(is_plain) {
        return key.to_owned();
    }
    let plain: String = key.chars().take(64).map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("{unique}-{plain}")
}

fn escaped(text: &str) -> String {
    // XML parsers convert a bare carriage return to a line feed.
    quick_xml::escape::escape(text).replace('\r', "&#13;")
}

/// The texts of an item, before they are converted to HTML.
fn texts(content: &Content) -> impl Iterator<Item = &str> {
    let references = content.references.iter().flat_map(|reference| [&reference.title, &reference.url]);
    let answers = content.answers.iter();
    let answers = answers.flat_map(|answer| [&answer.body, &answer.rationale].into_iter().chain(&answer.match_body));
    [&content.stem, &content.explanation].into_iter().chain(references).chain(answers).map(String::as_str)
}

fn is_writable(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
