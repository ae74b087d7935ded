//! Superscripts and subscripts: as Unicode characters, or else after a sign, `2^k` and `x_(max)`.

use super::inline::{Line, Piece, Style};

const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
/// Ordinal suffixes, which are superscripts only for their looks.
const ORDINALS: [&str; 4] = ["st", "nd", "rd", "th"];

/// A superscript or subscript in a line or in preformatted text, from an offset on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub is_raised: bool,
    pub from: usize,
}

impl Script {
    /// Writes the superscript or subscript, which is the end of the line.
    pub(super) fn write(self, line: &mut Line, style: Style) {
        let from = self.from.min(line.len());
        let before = from.checked_sub(1).and_then(|at| line.get(at)).and_then(|(piece, _)| char_of(piece));
        let part = line.split_off(from);
        let code: Option<String> = part.iter().map(|(piece, _)| code_of(piece)).collect();
        let code = code.filter(|code| !code.is_empty());
        let chars = match &code {
            Some(code) => Some(code.chars().collect()),
            None => part.iter().map(|(piece, _)| char_of(piece)).collect::<Option<Vec<char>>>(),
        };
        let said = chars.map_or(Said::Bracketed, |chars| self.said(&chars, before));
        let mut write = |text: &str| match (&code, text.chars().next()) {
            (None, Some(c)) => line.push((Piece::Char(c), style)),
            _ => line.push((Piece::Code(text.to_owned()), style)),
        };
        match said {
            Said::Same => line.extend(part),
            Said::Characters(chars) if code.is_some() => write(&chars.into_iter().collect::<String>()),
            Said::Characters(chars) => {
                line.extend(part.into_iter().zip(chars).map(|((_, style), c)| (Piece::Char(c), style)));
            }
            Said::Marked => {
                write(self.mark());
                line.extend(part);
            }
            Said::Bracketed => {
                [self.mark(), "("].into_iter().for_each(&mut write);
                line.extend(part);
                line.push(match code {
                    Some(_) => (Piece::Code(")".to_owned()), style),
                    None => (Piece::Char(')'), style),
                });
            }
        }
    }

    /// The same for preformatted text.
    pub(super) fn write_code(self, code: &mut String) {
        let part = code.split_off(self.from.min(code.len()));
        let chars: Vec<char> = part.chars().collect();
        match self.said(&chars, code.chars().next_back()) {
            Said::Same => code.push_str(&part),
            Said::Characters(chars) => code.extend(chars),
            Said::Marked => code.extend([self.mark(), &part]),
            Said::Bracketed => code.extend([self.mark(), "(", &part, ")"]),
        }
    }

    fn mark(self) -> &'static str {
        if self.is_raised { "^" } else { "_" }
    }

    fn said(self, chars: &[char], before: Option<char>) -> Said {
        let text: String = chars.iter().collect();
        let is_sign =
            |c: &char| c.is_whitespace() || matches!(c, '™' | '®' | '©' | '℠' | '°' | '*' | '†' | '‡' | '′' | '″');
        let is_number = before.is_some_and(|c| c.is_ascii_digit());
        if chars.iter().all(is_sign) || (self.is_raised && is_number && ORDINALS.contains(&&*text)) {
            return Said::Same;
        }
        let moved = if self.is_raised { raised } else { lowered };
        // A superscript character in a part with others is raised twice: `2ⁿ` above a 2 is not `²ⁿ`.
        match chars.iter().filter(|&&c| moved(c) == Some(c)).count() {
            0 => {}
            count if count == chars.len() => return Said::Same,
            _ => return Said::Bracketed,
        }
        match (chars.iter().map(|&c| moved(c)).collect(), chars.len()) {
            (Some(chars), _) => Said::Characters(chars),
            (None, 1) => Said::Marked,
            (None, _) => Said::Bracketed,
        }
    }
}

enum Said {
    /// It reads the same without the raising or lowering.
    Same,
    Characters(Vec<char>),
    Marked,
    Bracketed,
}

fn char_of(piece: &Piece) -> Option<char> {
    match piece {
        Piece::Char(c) => Some(*c),
        Piece::Code(_) | Piece::Image { .. } | Piece::Break => None,
    }
}

fn code_of(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Code(code) => Some(code),
        Piece::Char(_) | Piece::Image { .. } | Piece::Break => None,
    }
}

/// The superscript of a character that has one.
fn raised(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' => RAISED[c as usize - '0' as usize],
        '+' => '⁺',
        '-' | '−' => '⁻',
        '=' => '⁼',
        '(' => '⁽',
        ')' => '⁾',
        'n' => 'ⁿ',
        'i' => 'ⁱ',
        '⁰'..='ⁿ' | '¹' | '²' | '³' => c,
        _ => return None,
    })
}

/// The subscript of a character that has one.
fn lowered(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' => char::from_u32('₀' as u32 + c as u32 - '0' as u32)?,
        '+' => '₊',
        '-' | '−' => '₋',
        '=' => '₌',
        '(' => '₍',
        ')' => '₎',
        '₀'..='₎' => c,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::markdown::from_html;

    #[test]
    fn superscripts_and_subscripts_are_distinguished_from_other_text() {
        for (html, markdown) in [
            ("10<sup>-3</sup> H<sub>2</sub>O x<sup>n+1</sup> x<sup>(2)</sup>", "10⁻³ H₂O xⁿ⁺¹ x⁽²⁾"),
            ("2<sup>k</sup> e<sup>2x</sup> x<sub>max</sub>", "2^k e^(2x) x\\_(max)"),
            ("the 1<sup>st</sup> and 24<sup>th</sup> Tripos<sup>®</sup>", "the 1st and 24th Tripos®"),
            ("a<sup>b<sub>c</sub></sup>", "a^(b_c)"),
            ("2<sup>2<sup>n</sup></sup> x<sub>1<sub>2</sub></sub>", "2^(2ⁿ) x\\_(1₂)"),
            ("x<sup>²</sup> x<sup>n²</sup> <code>2<sup>3<sup>4</sup></sup></code>", "x² x^(n²) `2^(3⁴)`"),
            ("x<sup><b>k</b></sup> y<sup></sup>", "x^**k** y"),
            ("<code>x<sup>2</sup> y<sup>k</sup> z<sup>ab</sup></code>", "`x² y^k z^(ab)`"),
            ("<pre>x<sup>2</sup>\ny<sub>ab</sub></pre>", "```\nx²\ny_(ab)\n```"),
            ("x<span style='vertical-align: super'>2</span>", "x²"),
            ("x<sup>a<p>b</p></sup>c", "x^a\n\n^b\n\nc"),
        ] {
            assert_eq!(from_html(html), markdown, "{html}");
        }
    }
}
