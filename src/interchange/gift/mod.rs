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
//! A block that breaks the syntax is a `Malformed` at its line, and the reading goes on with the next. A question that is
//! well-formed, and that the bank cannot hold (an essay, a number, a word to be typed), is found with the reason.
//!
//! What is read as what:
//! - A blank line ends a question, even between its braces. Lines that begin with `//` are comments; `[id:…]` and
//!   `[tag:…]` in those right above a question are its key and tags, where `\]` stands for `]` and `\\` for `\`.
//! - Texts have a format: `[html]`, `[markdown]`, `[plain]` or `[moodle]`. Answers and feedback that tell none have
//!   that of the question, and a question that tells none is `[moodle]`: HTML where it has elements or entities of it,
//!   else plain text. In both, and in `[plain]`, lines end where they end in the file or at `\n`.
//! - With a `=`, one answer is right, and it alone earns something; else those that earn something are right together.
//!   Several answers that earn everything each, and part of the marks for another answer, are told.
//! - Blank answers are passed over, as Moodle does. What is said about the question stands behind the last `####`.
//! - In a matching question the right-hand sides are plain text, and pairs have no feedback.
//! - A category's leading `$course$` or the like, and `top` or `tom`, tell no subject and are left out.
//!
//! What is written is read back as it was, but for the formatting of right-hand sides and the rationales of pairs, for
//! which GIFT has no place. Ordering questions do not exist in GIFT, nor does a left-hand side with `->` in it, nor a
//! key or a tag of more than one line: such questions are left out.

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
/// The mark of what is said about the question as a whole.
const GENERAL: &str = "####";
/// The mark of a category.
const CATEGORY: &str = "$CATEGORY:";

#[cfg(test)]
mod round_trips;
