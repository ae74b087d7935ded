//! External keys for questions that have none in their file.

use sha2::{Digest, Sha256};

use super::model::Content;
use crate::markdown;

/// How many hexadecimal digits a derived key has.
const DIGITS: usize = 24;

/// The external key of a question without one in its file: the exam's code, and a hash of the question and its
/// answers as readers see them, however the texts are written.
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

/// Whether a key has the form of the keys that are derived for questions of this exam.
pub fn is_derived(exam: &str, key: &str) -> bool {
    let digits = key.strip_prefix(exam).and_then(|rest| rest.strip_prefix('#'));
    digits
        .is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}
