//! Rules on what is missing.

use super::item::{Finding, Item};

/// Answers without a rationale.
pub fn rationale(item: &Item) -> Vec<Finding> {
    let answers = item.content.answers.iter().enumerate();
    let missing = answers.filter(|(_, answer)| answer.rationale.trim().is_empty());
    missing
        .map(|(index, answer)| {
            let is = if answer.is_correct { "right" } else { "wrong" };
            Finding::at(&format!("/answers/{index}/rationale"), format!("is empty: say why this answer is {is}"))
        })
        .collect()
}

/// No explanation.
pub fn explanation(item: &Item) -> Vec<Finding> {
    let missing = item.content.explanation.trim().is_empty();
    missing
        .then(|| Finding::at("/explanation", "is empty: explain what a learner should learn from the question"))
        .into_iter()
        .collect()
}

/// No reference.
pub fn reference(item: &Item) -> Vec<Finding> {
    let missing = item.content.references.is_empty();
    missing.then(|| Finding::at("/references", "are missing: name a source for the facts")).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{super::item::sample, *};

    #[test]
    fn what_is_missing_is_named() {
        let mut content = sample("Which?", &["*a", "b", "c"]);
        let all = |content: &_| {
            let item = Item::new(content);
            [rationale(&item), explanation(&item), reference(&item)]
                .map(|found| found.into_iter().map(|f| f.pointer).collect::<Vec<_>>())
        };
        assert_eq!(all(&content), [vec![], vec![], vec![]] as [Vec<String>; 3]);
        content.answers[1].rationale = " \n".into();
        content.explanation = " ".into();
        content.references.clear();
        assert_eq!(all(&content), [["/answers/1/rationale"], ["/explanation"], ["/references"]]);
    }
}
