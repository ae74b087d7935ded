//! Questions that were stored before texts had a normal form, or by an older release that still runs next to this one.

use super::{
    keys,
    model::{AnswerContent, Content, Question, Reference},
    queries, search,
};
use crate::{db::DbConnection, error::Error, exams, markdown};

/// The number of questions that are converted in one transaction.
const BATCH: i64 = 200;

/// Converts the texts of some questions to normal form in place, without new revisions, and derives their keys again
/// if they were derived from texts. Returns the number of questions; 0 means that none are left.
pub fn run(conn: &mut DbConnection) -> Result<usize, Error> {
    let found = queries::lock_not_normalized(conn, BATCH)?;
    let mut unchanged = Vec::new();
    for (question, answers) in &found {
        let before = Content::of(question, answers);
        let after = normalized(&before);
        let key = new_key(conn, question)?;
        if after == before && key == question.external_key {
            unchanged.push(question.id);
            continue;
        }
        queries::put_normalized(conn, question, answers, &after, key.as_deref())?;
        queries::put_words(conn, &[(question.id, search::words(&after, key.as_deref()))], true)?;
    }
    queries::mark_normalized(conn, &unchanged)?;
    Ok(found.len())
}

fn normalized(content: &Content) -> Content {
    let reference = |one: &Reference| Reference {
        title: markdown::clean(&one.title).replace('\n', " "),
        url: markdown::encoded_url(&one.url),
    };
    let answer = |answer: &AnswerContent| AnswerContent {
        body: markdown::clean(&answer.body),
        is_correct: answer.is_correct,
        rationale: markdown::clean(&answer.rationale),
        match_body: answer.match_body.as_deref().map(markdown::clean),
    };
    Content {
        stem: markdown::clean(&content.stem),
        explanation: markdown::clean(&content.explanation),
        references: content.references.iter().map(reference).collect(),
        answers: content.answers.iter().map(answer).collect(),
        ..content.clone()
    }
}

/// The external key that an import of the same file will derive: from the first revision, which is the imported one.
fn new_key(conn: &mut DbConnection, question: &Question) -> Result<Option<String>, Error> {
    let Some(key) = &question.external_key else { return Ok(None) };
    let exam = exams::queries::get(conn, question.exam_id)?.code;
    if !keys::is_derived(&exam, key) {
        return Ok(Some(key.clone()));
    }
    let first = queries::revisions(conn, question.id)?.first().copied().unwrap_or(question.id);
    let Some((first, answers)) = queries::find(conn, first)? else { return Ok(Some(key.clone())) };
    let derived = keys::derived(&exam, &Content::of(&first, &answers));
    let is_free = queries::find_by_external_keys(conn, &[derived.as_str()])?.is_empty();
    Ok(Some(if is_free { derived } else { key.clone() }))
}
