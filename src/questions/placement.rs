//! Answers that refer to others by position, and so must stay in their written position.

use std::collections::HashSet;

/// "All of the above": an answer that refers to those before it.
pub fn names_all_above(body: &str) -> bool {
    let body = body.to_lowercase();
    ["all of the above", "none of the above", "all of these", "none of these", "all the above"]
        .iter()
        .any(|phrase| body.contains(phrase))
}

/// "Both A and B", "A and C", "B or D": an answer that refers to others by their letters.
pub fn names_letters(body: &str) -> bool {
    let words: Vec<&str> = body.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letter = |word: &str| matches!(word, "A" | "B" | "C" | "D" | "E" | "F");
    let joined = |triple: &[&str]| letter(triple[0]) && matches!(triple[1], "and" | "or" | "nor") && letter(triple[2]);
    let different: HashSet<&&str> = words.iter().collect();
    different.len() > 2 && words.windows(3).any(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_refer_to_others_are_recognized() {
        assert!(names_all_above("None of the above.") && names_all_above("All of these"));
        assert!(names_letters("Both A and B") && names_letters("B or D"));
        assert!(!names_letters("Amazon S3 and AWS Lambda") && !names_letters("A and the other"));
    }
}
