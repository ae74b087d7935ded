//! Makes a line representable in Markdown.

use super::{
    inline::{EMPHASIS, LINK, Line, NO_BREAK, Piece, Place, STRIKE, STRONG, Style, is_space, wide_space},
    is_text_char,
};

/// Makes a line representable in Markdown: white space is collapsed, marks begin and end at words, and code that does
/// not fit in a code span becomes text.
pub(super) fn tidy(mut line: Line, place: Place) -> Line {
    loop {
        line = level(join(line));
        let meets = |pair: &[(Piece, Style)]| match pair {
            [(Piece::Code(_), one), (Piece::Code(_), other)] => one == other,
            _ => false,
        };
        // Code that lost a mark may now be adjacent to code without it.
        if !spell(&mut line, place) && !line.windows(2).any(meets) {
            return line;
        }
    }
}

/// Turns code that does not fit in a code span into text. Returns whether there was any.
fn spell(line: &mut Line, place: Place) -> bool {
    let mut url = BareUrl::default();
    let has_span = |(piece, style): &(Piece, Style)| {
        let is_touched = url.goes_on(piece);
        let Piece::Code(code) = piece else { return true };
        !is_touched && fits_span(code, style[LINK] != 0, place)
    };
    let spans: Vec<bool> = line.iter().map(has_span).collect();
    if spans.iter().all(|has_span| *has_span) {
        return false;
    }
    for ((piece, style), has_span) in std::mem::take(line).into_iter().zip(spans) {
        match piece {
            Piece::Code(code) if !has_span => line.extend(code.chars().map(|c| (Piece::Char(c), style))),
            piece => line.push((piece, style)),
        }
    }
    true
}

/// Whether every reader sees the same code span: in a table, some split the cells first; in a link, some look for its
/// brackets first; and at the beginning of a line, a delimiter of three backticks could begin a block.
pub(super) fn fits_span(code: &str, is_in_link: bool, place: Place) -> bool {
    let is_cut_first = (place == Place::Cell && code.contains('|')) || (is_in_link && code.contains(['[', ']']));
    delimiter(code).is_some() && !is_cut_first
}

/// A URL in a text, which some readers turn into a link. It extends to the next ASCII white space, over backticks and
/// other white space.
#[derive(Default)]
pub(super) struct BareUrl {
    last: [char; 4],
    has_begun: bool,
}

impl BareUrl {
    /// Whether a piece continues a URL that has begun before it.
    pub(super) fn goes_on(&mut self, piece: &Piece) -> bool {
        let has_begun = self.has_begun;
        match piece {
            Piece::Char(c) if !c.is_ascii_whitespace() => {
                self.last.rotate_left(1);
                self.last[3] = c.to_ascii_lowercase();
                self.has_begun |= self.last == ['w', 'w', 'w', '.'] || self.last.ends_with(&[':', '/', '/']);
            }
            Piece::Char(_) | Piece::Break => *self = Self::default(),
            Piece::Code(_) | Piece::Image { .. } => {}
        }
        has_begun
    }
}

/// One or two backticks, whichever does not occur in the code.
pub(super) fn delimiter(code: &str) -> Option<&'static str> {
    ["`", "``"].into_iter().find(|delimiter| code.split(|c| c != '`').all(|run| run.len() != delimiter.len()))
}

/// Collapses white space, and joins adjacent code.
fn join(line: Line) -> Line {
    let mut tidied: Line = Vec::with_capacity(line.len());
    for (piece, style) in line {
        match (piece, tidied.last_mut()) {
            (Piece::Char(c), _) if !is_text_char(c) => {}
            (piece, last) if is_blank(&piece) => {
                if !matches!(last, None | Some((Piece::Char(' ') | Piece::Break, _))) {
                    tidied.push((Piece::Char(' '), style));
                }
            }
            (Piece::Break, _) => {
                while tidied.pop_if(|(piece, _)| is_space(piece)).is_some() {}
                if !tidied.is_empty() {
                    tidied.push((Piece::Break, style));
                }
            }
            // Indentation consists of no-break spaces.
            (Piece::Char(c), None | Some((Piece::Break, _))) if c.is_whitespace() && c != NO_BREAK => {
                tidied.extend(std::iter::repeat_n((Piece::Char(NO_BREAK), style), wide_space(c)));
            }
            (Piece::Code(more), Some((Piece::Code(code), before))) if *before == style => code.push_str(&more),
            (piece, _) => tidied.push((piece, style)),
        }
    }
    while tidied.pop_if(|(piece, _)| is_space(piece)).is_some() {}
    tidied
}

fn level(mut line: Line) -> Line {
    for mark in [EMPHASIS, STRONG, STRIKE] {
        narrow(&mut line, mark);
    }
    level_spaces(&mut line);
    line
}

/// A line without breaks.
pub(super) fn unbroken(mut line: Line) -> Line {
    for (piece, _) in &mut line {
        if matches!(piece, Piece::Break) {
            *piece = Piece::Char(' ');
        }
    }
    line
}

/// A line without breaks, with a semicolon in place of each line end that would otherwise be lost.
pub(super) fn joined(line: Line) -> Line {
    let mut joined: Line = Vec::with_capacity(line.len());
    let mut pieces = line.into_iter().peekable();
    while let Some((piece, style)) = pieces.next() {
        if piece != Piece::Break {
            joined.push((piece, style));
            continue;
        }
        let has_ended = matches!(joined.last(), Some((Piece::Char('.' | ',' | ';' | ':' | '!' | '?'), _)));
        let goes_on = matches!(pieces.peek(), Some((Piece::Char('('), _)));
        if !(has_ended || goes_on) {
            joined.push((Piece::Char(';'), style));
        }
        joined.push((Piece::Char(' '), style));
    }
    joined
}

/// Gives white space the marks that the pieces before and after it share.
fn level_spaces(line: &mut Line) {
    let mut after = Style::default();
    let mut afters: Vec<Style> = Vec::with_capacity(line.len());
    for (piece, style) in line.iter().rev() {
        if !is_space(piece) {
            after = *style;
        }
        afters.push(after);
    }
    let mut before = Style::default();
    for ((piece, style), after) in line.iter_mut().zip(afters.into_iter().rev()) {
        if is_space(piece) {
            *style = std::array::from_fn(|mark| if before[mark] == after[mark] { after[mark] } else { 0 });
        }
        before = *style;
    }
}

/// Removes a mark from pieces next to which no delimiter can be: white space, and punctuation that touches a word.
fn narrow(line: &mut Line, mark: usize) {
    let mut start = 0;
    while start < line.len() {
        if line[start].1[mark] == 0 {
            start += 1;
            continue;
        }
        let length = line[start..].iter().take_while(|(_, style)| style[mark] != 0).count();
        let end = start + length;
        let (mut first, mut last) = (start, end);
        while first < last && !can_edge(line, first, first.checked_sub(1)) {
            line[first].1[mark] = 0;
            first += 1;
        }
        while first < last && !can_edge(line, last - 1, Some(last)) {
            last -= 1;
            line[last].1[mark] = 0;
        }
        start = end;
    }
}

fn can_edge(line: &Line, inside: usize, outside: Option<usize>) -> bool {
    let outside_is_open = match outside.and_then(|index| line.get(index)) {
        Some((Piece::Char(c), _)) => c.is_whitespace() || c.is_ascii_punctuation(),
        _ => true,
    };
    match &line[inside].0 {
        Piece::Char(c) => !c.is_whitespace() && (c.is_alphanumeric() || outside_is_open),
        Piece::Break => false,
        Piece::Code(_) | Piece::Image { .. } => outside_is_open,
    }
}

/// Whether a piece can be replaced by white space.
fn is_blank(piece: &Piece) -> bool {
    match piece {
        Piece::Char(c) => c.is_ascii_whitespace() || *c == '\u{b}',
        Piece::Code(code) => code.trim().is_empty(),
        Piece::Break | Piece::Image { .. } => false,
    }
}
