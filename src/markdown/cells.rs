//! Content that a cell of a table cannot show.

use super::{
    inline::{Piece, Style},
    write::Block,
};

/// The name that [`joined`] uses for several lines of text.
pub(super) const LINES: &str = "several lines";

/// The content of blocks that a single line cannot show.
pub(super) fn joined(blocks: &[Block]) -> Option<&'static str> {
    let is_code =
        |pieces: &[(Piece, Style)]| matches!(pieces, [(Piece::Code(_), _), (Piece::Break, _), (Piece::Code(_), _)]);
    match blocks {
        [] => None,
        [Block::Paragraph(line) | Block::Heading(_, line)] if line.windows(3).any(is_code) => Some("lines of code"),
        [Block::Paragraph(line) | Block::Heading(_, line)] => {
            line.iter().any(|(piece, _)| *piece == Piece::Break).then_some(LINES)
        }
        [Block::Code { text, .. }] => text.contains('\n').then_some("lines of code"),
        [Block::Quote(blocks)] => joined(blocks),
        [Block::List { items, .. }] if items.len() > 1 => Some("a list"),
        [Block::List { items, .. }] => items.first().and_then(|item| joined(item)),
        [Block::Table { rows, .. }] => (rows.iter().map(Vec::len).sum::<usize>() > 1).then_some("a table"),
        [Block::Rule] => None,
        blocks => {
            let parts = blocks.iter().map(|block| match block {
                Block::Code { .. } => Some("lines of code"),
                block => joined(std::slice::from_ref(block)),
            });
            parts.flatten().find(|what| *what != LINES).or(Some(LINES))
        }
    }
}
