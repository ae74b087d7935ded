//! Which of the bytes that came Actix may have now: those of one request at a time. Pure logic over bytes.
//!
//! Actix decodes what it has. Its encoder then takes each response to be that of the head decoded last, so that a HEAD
//! that was pipelined would take the body from the response before it, and what is malformed would be answered too early.

use std::task::Waker;

/// How much of a connection's bytes may be handed on.
#[derive(Debug)]
pub struct Intake {
    stage: Stage,
    /// Whether the response is written, while the rest of the request's body may still come.
    answered: bool,
    /// How long the request line is, as far as it came.
    request_line: usize,
    /// Who waits for the next bytes to be handed on.
    waiting: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// A head may come.
    Head(Line),
    /// A head is complete, and Actix has yet to read it.
    Unread,
    /// The body of the request may come.
    Body(Body),
    /// The whole request is there, and its response is to be written.
    Whole,
}

/// What is known of the lines of a head or of trailers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Empty lines before a head do not count.
    Before,
    /// The first line.
    First,
    /// The beginning of a later line: another line break ends all.
    Empty,
    /// Within a later line.
    Later,
}

/// How long the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// So many bytes.
    Length(u64),
    /// As its chunks say.
    Chunked(Chunk),
    /// Until the connection ends.
    Unbounded,
}

/// Where in a chunked body the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk {
    /// In the digits of a size.
    Size(u64),
    /// Between a size and the end of its line.
    Extension(u64),
    /// In the data, of which so many bytes are to come.
    Data(u64),
    /// In the line break after the data.
    Break,
    /// After the last chunk: whether the line is empty.
    Trailer(bool),
}

impl Body {
    /// A chunked body, of which nothing came.
    pub const CHUNKED: Self = Self::Chunked(Chunk::Size(0));
}

impl Default for Intake {
    fn default() -> Self {
        Self { stage: Stage::Head(Line::Before), answered: false, request_line: 0, waiting: None }
    }
}

impl Intake {
    /// How many of these bytes may be handed on, which they then are.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let (step, next) = match self.stage {
                Stage::Unread | Stage::Whole => break,
                Stage::Head(line) => {
                    let (step, line) = self.head(line, rest);
                    (step, line.map_or(Stage::Unread, Stage::Head))
                }
                Stage::Body(body) => {
                    let (step, body) = body.next(rest);
                    (step, body.map_or(Stage::Whole, Stage::Body))
                }
            };
            self.stage = next;
            taken += step;
            if self.answered && matches!(self.stage, Stage::Whole) {
                self.begin();
            }
        }
        taken
    }

    /// How many bytes belong to a head, and where in it the next one stands; none when it is complete.
    fn head(&mut self, mut line: Line, bytes: &[u8]) -> (usize, Option<Line>) {
        for (index, byte) in bytes.iter().enumerate() {
            line = match (line, byte) {
                (Line::Before, b'\r' | b'\n') => Line::Before,
                (Line::Empty, b'\n') => return (index + 1, None),
                (Line::First | Line::Later, b'\n') | (Line::Empty, b'\r') => Line::Empty,
                (Line::Before | Line::First, _) => {
                    self.request_line += 1;
                    Line::First
                }
                (Line::Empty | Line::Later, _) => Line::Later,
            };
        }
        (bytes.len(), Some(line))
    }

    /// Whether nothing may be handed on now.
    pub fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Unread | Stage::Whole)
    }

    /// Wakes this when more may be handed on.
    pub fn wait(&mut self, waker: &Waker) {
        self.waiting = Some(waker.clone());
    }

    /// A head was read, and this follows it.
    pub fn head_read(&mut self, body: Body) {
        self.answered = false;
        self.stage = if body == Body::Length(0) { Stage::Whole } else { Stage::Body(body) };
        if !self.is_held() {
            self.wake();
        }
    }

    /// All that was answered is written. Actix closes the connection by itself where a body of some length was not read.
    pub fn answer_written(&mut self) {
        match self.stage {
            Stage::Whole => self.begin(),
            Stage::Body(Body::Length(_)) => self.stage = Stage::Body(Body::Unbounded),
            Stage::Body(_) => self.answered = true,
            Stage::Head(_) | Stage::Unread => {}
        }
    }

    /// How long the request line is, as far as it came.
    pub fn request_line(&self) -> usize {
        self.request_line
    }

    /// The next head may come.
    fn begin(&mut self) {
        (self.stage, self.answered, self.request_line) = (Stage::Head(Line::Before), false, 0);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

impl Body {
    /// How many of these bytes belong to it, and what is still to come.
    fn next(self, bytes: &[u8]) -> (usize, Option<Self>) {
        match self {
            Self::Unbounded => (bytes.len(), Some(self)),
            Self::Length(left) => {
                let step = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - step as u64;
                (step, (left > 0).then_some(Self::Length(left)))
            }
            Self::Chunked(chunk) => {
                let (step, chunk) = chunk.next(bytes);
                (step, chunk.map(Self::Chunked))
            }
        }
    }
}

impl Chunk {
    /// How many of these bytes, of which there is one at least, belong to this part, and which part is next.
    fn next(self, bytes: &[u8]) -> (usize, Option<Self>) {
        let byte = bytes.first().copied().unwrap_or_default();
        let after_size = |size: u64| if size == 0 { Self::Trailer(true) } else { Self::Data(size) };
        let next = match self {
            Self::Data(left) => {
                let step = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - step as u64;
                return (step, Some(if left > 0 { Self::Data(left) } else { Self::Break }));
            }
            Self::Size(size) | Self::Extension(size) if byte == b'\n' => after_size(size),
            Self::Size(size) => match char::from(byte).to_digit(16) {
                Some(digit) => Self::Size(size.saturating_mul(16).saturating_add(digit.into())),
                None => Self::Extension(size),
            },
            Self::Extension(size) => Self::Extension(size),
            Self::Break if byte == b'\n' => Self::Size(0),
            Self::Break => Self::Break,
            Self::Trailer(true) if byte == b'\n' => return (1, None),
            Self::Trailer(empty) => Self::Trailer(byte == b'\n' || empty && byte == b'\r'),
        };
        (1, Some(next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GET: &[u8] = b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const BODY: &[u8] = b"4;a=b\r\n\r\n\r\n\r\nb\r\n\n0\r\n\r\n12345\r\n0\r\nTrailer: x\r\n\r\n";

    #[test]
    fn one_request_is_handed_on_at_a_time() {
        let mut intake = Intake::default();
        let twice = GET.repeat(2);
        assert_eq!(intake.take(&twice), GET.len());
        assert_eq!((intake.take(GET), intake.is_held(), intake.request_line()), (0, true, 14));
        // What is written meanwhile is not its answer.
        intake.answer_written();
        assert_eq!(intake.take(GET), 0);
        intake.head_read(Body::Length(0));
        assert_eq!(intake.take(GET), 0);
        intake.answer_written();
        assert_eq!(intake.take(&twice), GET.len());
        intake.head_read(Body::Length(7));
        assert_eq!(intake.take(GET), 7);
        intake.answer_written();
        assert_eq!(intake.take(GET), GET.len());
    }

    #[test]
    fn a_body_that_nobody_read_may_still_come() {
        let mut intake = Intake::default();
        assert_eq!(intake.take(GET), GET.len());
        intake.head_read(Body::CHUNKED);
        assert_eq!(intake.take(&BODY[..5]), 5);
        intake.answer_written();
        // The next request behind it is the next one.
        assert_eq!(intake.take(&[&BODY[5..], GET, GET].concat()), BODY.len() - 5 + GET.len());
        assert!(intake.is_held());
        intake.head_read(Body::Length(9));
        intake.answer_written();
        assert_eq!(intake.take(&GET.repeat(3)), 3 * GET.len(), "the connection is about to be closed");
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(cut in 1_usize..60) {
            let mut intake = Intake::default();
            let mut whole = [GET, BODY].concat();
            let length = whole.len();
            whole.extend_from_slice(GET);
            let (mut taken, mut waited) = (0, 0);
            while waited < 2 {
                let end = (taken + cut).min(whole.len());
                let step = intake.take(&whole[taken..end]);
                taken += step;
                if step == 0 {
                    prop_assert_eq!(taken, [GET.len(), length][waited]);
                    waited += 1;
                    intake.head_read(Body::CHUNKED);
                    if waited == 2 { break }
                }
            }
        }
    }
}
