//! The rule about grammar that only the key fits.

use super::{
    item::{Finding, Item},
    text::{asking, lower_words, words},
};

/// A stem that ends with "a" or "an", or asks for one or for several, if every right answer fits and no wrong one
/// does.
pub fn cue(item: &Item) -> Vec<Finding> {
    let Some((demand, word)) = demand(&item.stem) else { return Vec::new() };
    let fits = |(_, body): (usize, &str)| demand.fits(body);
    let has_both = item.keys().next().is_some() && item.distractors().next().is_some();
    // An answer of which this is unknown is no cue.
    let is_cue = has_both
        && item.keys().all(|key| fits(key) == Some(true))
        && item.distractors().all(|d| fits(d) == Some(false));
    let reason = format!("has \"{word}\", and only the key fits it grammatically: reword it so that every answer fits");
    is_cue.then(|| Finding::at("/stem", reason)).into_iter().collect()
}

/// What a stem requires of the form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// A word after "a".
    Consonant,
    /// A word after "an".
    Vowel,
    /// One thing.
    Singular,
    /// Several things.
    Plural,
}

impl Demand {
    /// Whether an answer has that form; none if this is unknown.
    fn fits(self, body: &str) -> Option<bool> {
        match self {
            Self::Consonant => words(body).next().and_then(takes_an).map(|takes_an| !takes_an),
            Self::Vowel => words(body).next().and_then(takes_an),
            Self::Singular => is_plural(body).map(|is_plural| !is_plural),
            Self::Plural => is_plural(body),
        }
    }
}

/// The demand of the last word of the stem, or of the verb in "which of these is a", with the word that makes it.
fn demand(stem: &str) -> Option<(Demand, &'static str)> {
    let open = stem.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '_' | ':' | '.' | '…' | '*'));
    let last = open.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    match last.as_str() {
        "a" => Some((Demand::Consonant, "a")),
        "an" => Some((Demand::Vowel, "an")),
        "is" | "was" => Some((Demand::Singular, "is")),
        "are" | "were" => Some((Demand::Plural, "are")),
        _ => lower_words(asking(stem)).windows(4).find_map(|four| {
            let [of, these, verb, next] = four else { return None };
            let of_these = these == "following" || of == "of" && these == "these";
            match verb.as_str() {
                "is" | "was" if of_these && matches!(next.as_str(), "a" | "an") => Some((Demand::Singular, "is")),
                "are" | "were" if of_these && next.ends_with('s') => Some((Demand::Plural, "are")),
                _ => None,
            }
        }),
    }
}

/// Whether "an" is used before a word, by its sound. None for abbreviations, which may be read as words or by letters.
fn takes_an(word: &str) -> Option<bool> {
    const SILENT_H: [&str; 4] = ["hour", "honest", "honor", "heir"];
    const LIKE_YOU: [&str; 9] = ["eu", "uni", "use", "usu", "util", "one", "once", "ubiq", "ura"];
    let lower = word.to_lowercase();
    let begins = |parts: &[&str]| parts.iter().any(|part| lower.starts_with(part));
    let first = lower.chars().next()?;
    if first.is_numeric() {
        return Some(first == '8' || word == "11" || word == "18");
    }
    if word.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric()) || word.chars().count() == 1 {
        return None;
    }
    Some(
        begins(&SILENT_H)
            || "aeiou".contains(first)
                && (!begins(&LIKE_YOU) || lower.starts_with("unim") || lower.starts_with("unin")),
    )
}

/// Whether an answer names several things, by the last word before its first preposition; none if it may be more
/// than a name.
fn is_plural(body: &str) -> Option<bool> {
    const PREPOSITIONS: &str = "at between by for from in of on over per that to under which with without";
    let is_preposition = |word: &str| PREPOSITIONS.split(' ').any(|listed| word.eq_ignore_ascii_case(listed));
    let count = words(body).count();
    if count > 6 || body.trim_end().ends_with('.') {
        return None;
    }
    let name: Vec<&str> = words(body).take_while(|word| !is_preposition(word)).collect();
    if name.first()?.to_lowercase().ends_with("ing") {
        return Some(false);
    }
    // A capital S is part of an abbreviation.
    let last = name.last()?;
    let has_s = last.ends_with('s') && !["ss", "us", "is"].iter().any(|ending| last.ends_with(ending));
    Some(has_s || name.contains(&"and"))
}

#[cfg(test)]
mod tests {
    use super::{super::item::found, *};

    #[test]
    fn an_article_that_only_the_key_fits_is_a_cue() {
        assert_eq!(
            found(cue, "Rules for instances are kept in a:", &["*security group", "instance", "image"]),
            ["/stem"]
        );
        assert_eq!(found(cue, "Each file is stored as an ___.", &["*object", "block", "user"]), ["/stem"]);
        assert_eq!(found(cue, "Each file is stored as an", &["*object", "item", "block"]), [""; 0]);
        assert_eq!(found(cue, "Each file is stored as a(n):", &["*object", "block", "row"]), [""; 0]);
        // Read as a word or letter by letter.
        assert_eq!(found(cue, "It is an", &["*object", "NAT gateway", "row"]), [""; 0]);
    }

    #[test]
    fn a_number_that_only_the_key_fits_is_a_cue() {
        assert_eq!(
            found(cue, "The parts of a Region are:", &["*Availability Zones", "a subnet", "an edge"]),
            ["/stem"]
        );
        assert_eq!(
            found(cue, "Which of the following is a store?", &["*A bucket", "Roles", "Keys of users"]),
            ["/stem"]
        );
        assert_eq!(found(cue, "Which of these are parts?", &["*Zones", "A subnet", "DNS"]), ["/stem"]);
        for good in ["Which of these is true?", "Which service is it?", "What are Zones?"] {
            assert_eq!(found(cue, good, &["*A bucket", "Roles", "Keys"]), [""; 0], "{good}");
        }
        assert_eq!(found(cue, "The parts are:", &["*Zones", "Subnets", "an edge"]), [""; 0]);
    }

    #[test]
    fn articles_go_by_sound() {
        let all = |words: [&str; 5]| words.map(takes_an);
        assert_eq!(all(["object", "hour", "8", "unimportant", "Edge"]), [Some(true); 5]);
        assert_eq!(all(["bucket", "user", "European", "one-way", "hybrid"]), [Some(false); 5]);
        assert_eq!(all(["SQS", "S3", "EC2", "S", "IAM"]), [None; 5]);
    }

    #[test]
    fn names_of_several_things_are_plural() {
        for plural in ["Zones", "Zones of a Region", "cats and dogs", "APIs"] {
            assert_eq!(is_plural(plural), Some(true), "{plural}");
        }
        for singular in ["A Region of Zones", "DNS", "access", "Taking backups", "status"] {
            assert_eq!(is_plural(singular), Some(false), "{singular}");
        }
        for unknown in ["", "of", "It moves.", "They all of them go there and come back"] {
            assert_eq!(is_plural(unknown), None, "{unknown}");
        }
    }
}
