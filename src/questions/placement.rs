//! Answers that speak of others by their place, and so must stay where they were written.

use std::collections::HashSet;

/// "All of the above": an answer that is about those before it.
pub fn names_all_above(body: &str) -> bool {
    let body = body.to_lowercase();
    ["all of the above", "none of the above", "all of these", "none of these", "all the above"]
        .iter()
        .any(|phrase| body.contains(phrase))
}

/// "Both A and B", "A and C", "B or D": an answer that is about others by their letters.
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
    fn answers_that_speak_of_others_are_known() {
        assert!(names_all_above("None of the above.") && names_all_above("All of these"));
        assert!(names_letters("Both A and B") && names_letters("B or D"));
        assert!(!names_letters("Amazon S3 and AWS Lambda") && !names_letters("A and the other"));
    }
}
