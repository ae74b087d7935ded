//! Keys of questions whose file gives them no name.

use sha2::{Digest, Sha256};

use super::model::Content;
use crate::markdown;

/// How many hexadecimal digits a derived key has.
const DIGITS: usize = 24;

/// The external key of a question that its file does not name: the exam's code, and a hash of what the question asks and
/// of its answers, as readers see them. The way in which a text is written makes no difference.
pub fn derived(exam: &str, content: &Content) -> String {
    let mut hash = Sha256::new_with_prefix(content.kind.as_str());
    let of_answers =
        content.answers.iter().flat_map(|a| [a.body.as_str(), a.match_body.as_deref().unwrap_or_default()]);
    for text in [content.stem.as_str()].into_iter().chain(of_answers) {
        let visible = markdown::visible(text);
        hash.update((visible.len() as u64).to_le_bytes());
        hash.update(visible);
    }
    let digest = hash.finalize();
    format!("{exam}#{}", data_encoding::HEXLOWER.encode(digest.get(..DIGITS / 2).unwrap_or_default()))
}

/// Whether a key has the form of those that are derived for questions of this exam.
pub fn is_derived(exam: &str, key: &str) -> bool {
    let digits = key.strip_prefix(exam).and_then(|rest| rest.strip_prefix('#'));
    digits
        .is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}
