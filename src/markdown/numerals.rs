//! Lists whose numbers Markdown cannot write: letters, Roman numerals, descending or negative numbers.

use super::{
    inline::{self, Piece, Place, Style},
    tidy,
    write::Block,
};

/// Items that begin with their letter or Roman numeral: lines of one paragraph if each has one line.
pub(super) fn written(kind: char, numbers: impl Iterator<Item = i64>, items: Vec<Vec<Block>>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let is_tight = items.iter().all(|item| matches!(item.as_slice(), [Block::Paragraph(_)]));
    for (number, item) in numbers.zip(items) {
        let mut label = inline::plain(&format!("{}. ", numeral(kind, number)));
        let mut item = item.into_iter().peekable();
        if let Some(Block::Paragraph(line)) = item.next_if(|block| matches!(block, Block::Paragraph(_))) {
            label.extend(line);
        }
        match blocks.last_mut() {
            Some(Block::Paragraph(line)) if is_tight => {
                line.push((Piece::Break, Style::default()));
                line.extend(label);
            }
            _ => blocks.push(Block::Paragraph(label)),
        }
        blocks.extend(item);
    }
    let tidied = |block| match block {
        Block::Paragraph(line) => Block::Paragraph(tidy::tidy(line, Place::Paragraph)),
        other => other,
    };
    blocks.into_iter().map(tidied).collect()
}

/// A number in a list's notation.
fn numeral(kind: char, number: i64) -> String {
    const GREEK: &str = "αβγδεζηθικλμνξοπρστυφχψω";
    const ROMAN: [(i64, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let is_roman = kind.eq_ignore_ascii_case(&'i');
    if kind == '1' || !(1..=3999).contains(&number) {
        return number.to_string();
    }
    if kind == 'α' {
        let letters = GREEK.chars().cycle().skip(usize::try_from(number - 1).unwrap_or_default());
        return letters.take(1).collect();
    }
    let (mut text, mut left) = (String::new(), number);
    if is_roman {
        for (value, sign) in ROMAN {
            while left >= value {
                text += sign;
                left -= value;
            }
        }
    }
    while !is_roman && left > 0 {
        left -= 1;
        text.insert(0, char::from(b'a' + u8::try_from(left % 26).unwrap_or_default()));
        left /= 26;
    }
    if kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

#[cfg(test)]
mod tests {
    use crate::markdown::from_html;

    #[test]
    fn numbers_that_markdown_cannot_write_become_text() {
        for (html, markdown) in [
            ("<ol type=i start=9><li>a<li>b</ol>", "ix. a  \nx. b"),
            ("<ol style='list-style-type: lower-greek' start=24><li>a<li>b</ol>", "ω. a  \nα. b"),
            ("<ol type=A start=26><li>a<li>b</ol>", "Z. a  \nAA. b"),
            ("<ol reversed><li>a<li>b<li>c</ol>", "3\\. a  \n2. b  \n1. c"),
            ("<ol reversed start=10><li>a<li>b</ol>", "10\\. a  \n9\\. b"),
            ("<ol start=-1><li>a<li>b<li>c</ol>", "-1. a  \n0\\. b  \n1\\. c"),
        ] {
            let read = from_html(html);
            assert_eq!(read.replace('\\', ""), markdown.replace('\\', ""), "{html}");
            assert_eq!(from_html(&crate::markdown::to_html(&read)), read);
        }
    }
}
