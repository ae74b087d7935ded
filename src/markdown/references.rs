//! References as list items with links, as the explanations of some formats contain them.

use super::{
    inline::{self, LINK, Place},
    markup::Source,
    read, tidy, to_html,
    write::{Block, Document},
};

/// A list item that is a link. The title is Markdown of one line.
pub fn link_item(title: &str, url: &str) -> String {
    let Document { blocks, .. } = read::document(&to_html(title), Source::Html);
    let mut line = match blocks.into_iter().next() {
        Some(Block::Paragraph(line) | Block::Heading(_, line)) => line,
        _ => inline::plain(title),
    };
    line.iter_mut().for_each(|(_, style)| style[LINK] = 1);
    let line = tidy::tidy(line, Place::Paragraph);
    format!("- {}", inline::write(&line, &[url.to_owned()], Place::Paragraph))
}

/// The title, in normal form, and the URL of a list item that is only a link.
pub fn split_link_item(item: &str) -> Option<(String, String)> {
    let text = item.trim().strip_prefix(['-', '*'])?.trim_start();
    let Document { blocks, links, .. } = read::document(&to_html(text), Source::Html);
    let [Block::Paragraph(line)] = blocks.as_slice() else { return None };
    let [url] = links.as_slice() else { return None };
    let mut line = line.clone();
    for (_, style) in &mut line {
        if std::mem::take(&mut style[LINK]) != 1 {
            return None;
        }
    }
    let line = tidy::tidy(line, Place::Paragraph);
    Some((super::clean(&inline::write(&line, &[], Place::Paragraph)), url.clone()))
}
