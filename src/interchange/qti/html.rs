//! What stands in an element, as HTML.

use crate::interchange::xml::{Element, Node, short};

/// The elements of HTML that carry text. All others are not ours to drop: an item that uses one is refused.
const TEXTUAL: &str = "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col \
    colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd \
    label li main mark nav ol p pre q rb rp rt rtc ruby s samp section small span strike strong sub summary sup table \
    tbody td tfoot th thead time tr tt u ul var wbr";
const VOID: &[&str] = &["br", "col", "hr", "img", "wbr"];

/// The HTML of what stands in an element, without what `aside` takes, or why the bank cannot hold it.
pub fn inner<'a>(element: &'a Element, aside: &mut dyn FnMut(&'a Element) -> bool) -> Result<String, String> {
    let mut html = String::new();
    write_inner(element, aside, &mut html)?;
    Ok(html)
}

fn write_inner<'a>(
    element: &'a Element,
    aside: &mut dyn FnMut(&'a Element) -> bool,
    html: &mut String,
) -> Result<(), String> {
    for node in &element.children {
        match node {
            Node::Text(text) | Node::Exact(text) => html.push_str(&quick_xml::escape::partial_escape(text.as_str())),
            Node::Element(child) if aside(child) => {}
            Node::Element(child) => write(child, aside, html)?,
        }
    }
    Ok(())
}

fn write<'a>(
    element: &'a Element,
    aside: &mut dyn FnMut(&'a Element) -> bool,
    html: &mut String,
) -> Result<(), String> {
    let name = element.name.as_str();
    match name {
        "contentbody" => return write_inner(element, aside, html),
        "rubricblock" if is_for_candidates(element) => return write_inner(element, aside, html),
        "rubricblock" => return Err("has a rubric that candidates are not shown".into()),
        "img" => check_picture(element)?,
        _ if TEXTUAL.split(' ').any(|textual| textual == name) => {}
        _ => return Err(format!("uses the element {}, which is no text", short(name))),
    }
    html.push('<');
    html.push_str(name);
    for (key, value) in element.attributes.iter().filter(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase())) {
        html.push_str(&format!(" {key}=\"{}\"", quick_xml::escape::escape(value.as_str())));
    }
    html.push('>');
    if !VOID.contains(&name) {
        write_inner(element, aside, html)?;
        html.push_str(&format!("</{name}>"));
    }
    Ok(())
}

fn is_for_candidates(rubric: &Element) -> bool {
    rubric.attribute("view").is_none_or(|views| views.split_whitespace().any(|view| view == "candidate"))
}

fn check_picture(picture: &Element) -> Result<(), String> {
    let source = picture.attribute("src").unwrap_or_default().trim();
    let scheme = source.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if matches!(scheme.as_deref(), Some("http" | "https")) {
        return Ok(());
    }
    Err(format!("shows the picture {:?} that only the package has: link to it by https://", short(source)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::qti::document;

    fn html(xml: &str) -> Result<String, String> {
        inner(&document(xml).unwrap(), &mut |element| element.name == "prompt")
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
    fn what_is_no_text_is_refused() {
        for xml in [
            "<b><img src='images/a.png'/></b>",
            "<b><img src='data:image/png;base64,AA=='/></b>",
            "<b><img/></b>",
            "<b><object data='a.swf'/></b>",
            "<b><m:math xmlns:m='n'/></b>",
            "<b><p><printedVariable identifier='X'/></p></b>",
            "<b><rubricBlock view='scorer'>s</rubricBlock></b>",
        ] {
            assert!(html(xml).is_err(), "{xml}");
        }
    }
}
