//! The content of an element as HTML.

use crate::{
    interchange::xml::{Element, Node, short},
    markdown,
};

/// How to handle an element that may not be part of the text.
pub enum Aside<'a> {
    /// It is a part of the text.
    Part,
    /// It is removed.
    Out,
    /// It is replaced.
    Instead(&'a Element),
}

/// The content of an element as HTML, except for what `aside` selects, or why the bank cannot store it.
pub fn inner<'a>(element: &'a Element, aside: &mut dyn FnMut(&'a Element) -> Aside<'a>) -> Result<String, String> {
    let mut html = String::new();
    write_inner(element, aside, &mut html)?;
    Ok(html)
}

fn write_inner<'a>(
    element: &'a Element,
    aside: &mut dyn FnMut(&'a Element) -> Aside<'a>,
    html: &mut String,
) -> Result<(), String> {
    for node in &element.children {
        match node {
            Node::Text(text) | Node::Exact(text) => html.push_str(&quick_xml::escape::partial_escape(text.as_str())),
            Node::Element(child) => match aside(child) {
                Aside::Out => {}
                Aside::Part => write(child, aside, html)?,
                Aside::Instead(other) => {
                    html.push_str("<div>");
                    write_inner(other, aside, html)?;
                    html.push_str("</div>");
                }
            },
        }
    }
    Ok(())
}

/// Writes an element that contains text. Other elements must not be dropped: an item that uses one is rejected.
fn write<'a>(
    element: &'a Element,
    aside: &mut dyn FnMut(&'a Element) -> Aside<'a>,
    html: &mut String,
) -> Result<(), String> {
    let name = element.name.as_str();
    match name {
        "contentbody" => return write_inner(element, aside, html),
        "rubricblock" if is_for_candidates(element) => return write_inner(element, aside, html),
        "rubricblock" => return Err("has a rubric that is hidden from candidates".into()),
        _ if markdown::is_textual(name) => {}
        "math" => return Err("has a formula in MathML, which no text can show".into()),
        _ => return Err(format!("uses the element {}, which is not text", short(name))),
    }
    html.push('<');
    html.push_str(name);
    for (key, value) in element.attributes.iter().filter(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase())) {
        html.push_str(&format!(" {key}=\"{}\"", quick_xml::escape::escape(value.as_str())));
    }
    html.push('>');
    if !markdown::is_void(name) {
        write_inner(element, aside, html)?;
        html.push_str(&format!("</{name}>"));
    }
    Ok(())
}

fn is_for_candidates(rubric: &Element) -> bool {
    rubric.attribute("view").is_none_or(|views| views.split_whitespace().any(|view| view == "candidate"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::qti::document;

    fn html(xml: &str) -> Result<String, String> {
        let aside = |element: &Element| if element.name == "prompt" { Aside::Out } else { Aside::Part };
        inner(&document(xml).unwrap(), &mut |element| aside(element))
    }

    #[test]
    fn text_and_its_markup_are_kept() {
        let xml = "<b><p>1 &lt; <em class='x'>2</em></p><p/><br/><qti-prompt>not this</qti-prompt>\
                   <a href='x&quot;y'>z</a></b>";
        let kept = "<p>1 &lt; <em class=\"x\">2</em></p><p></p><br><a href=\"x&quot;y\">z</a>";
        assert_eq!(html(xml).unwrap(), kept);
        assert_eq!(html("<b><rubricBlock view='candidate author'><p>c</p></rubricBlock></b>").unwrap(), "<p>c</p>");
        let picture = "<b><img src='https://example.org/a.png' alt='a'/></b>";
        assert_eq!(html(picture).unwrap(), "<img src=\"https://example.org/a.png\" alt=\"a\">");
    }

    #[test]
    fn elements_that_are_not_text_are_refused() {
        for xml in [
            "<b><object data='a.swf'/></b>",
            "<b><m:math xmlns:m='n'/></b>",
            "<b><p><printedVariable identifier='X'/></p></b>",
            "<b><rubricBlock view='scorer'>s</rubricBlock></b>",
        ] {
            assert!(html(xml).is_err(), "{xml}");
        }
    }
}
