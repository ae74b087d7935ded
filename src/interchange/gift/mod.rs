//! GIFT, the text format of Moodle.
//!
//! ```text
//! $CATEGORY: $course$/top/clf-c02/1 Cloud Concepts
//!
//! // [id:cc-001] [tag:s3]
//! ::A title::[markdown]Which *one*?{
//!     =right#why it is right
//!     ~wrong#why it is wrong
//!     ####why the key is right
//! }
//! ```
//!
//! A block with a syntax error is a `Malformed` at its line, and reading continues with the next one. A question that
//! is well-formed but cannot be stored in the bank (an essay, a number, a word to be typed) has the reason instead.
//!
//! How the parts are read:
//! - A blank line ends a question, even between its braces. Lines that begin with `//` are comments; `[id:…]` and
//!   `[tag:…]` in those right above a question are its external key and tags, with `\]` for `]` and `\\` for `\`.
//! - Texts have a format: `[html]`, `[markdown]`, `[plain]` or `[moodle]`. Answers and feedback without a format have
//!   that of the question, and a question without one is `[moodle]`: HTML if it contains HTML elements or entities,
//!   otherwise plain text. In both, and in `[plain]`, lines end where they end in the file or at `\n`.
//! - With a `=`, one answer is right and earns marks; otherwise all answers that earn marks are right together.
//!   Several answers with the full mark, and partial marks for other answers, are reported.
//! - Blank answers are skipped, as in Moodle. The general feedback is the text after the last `####`.
//! - In a matching question the right-hand sides are plain text, and pairs have no feedback.
//! - The leading `$course$` or the like of a category, and `top` or `tom`, are left out, because they name no subject.
//!
//! Exported questions survive a round trip, except for the formatting of right-hand sides and the rationales of pairs,
//! for which GIFT has no place. GIFT has no ordering questions, no left-hand sides with `->`, and no external keys or
//! tags of more than one line: such questions are left out.

mod answers;
mod blocks;
mod escapes;
mod read;
mod texts;
mod write;

pub use read::read;
pub use write::Writer;

/// The mark of a right-hand side.
const ARROW: &str = "->";
/// The mark of the general feedback.
const GENERAL: &str = "####";
/// The mark of a category.
const CATEGORY: &str = "$CATEGORY:";

#[cfg(test)]
mod round_trips;
