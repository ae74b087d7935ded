//! Rules about outdated content and accepted warnings. Unlike the others, they depend on upkeep, subjects and the
//! current day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Warning, item::Item, text::words};
use crate::{
    db::day::Day,
    markdown,
    questions::{model::Content, upkeep::Upkeep},
    subjects::model::{Subject, SubjectId, SubjectStatus},
};

const AGED_SUBJECT: &str = "aged-subject";
const PAST_REVIEW_DATE: &str = "past-review-date";
const STALE_ACCEPTANCE: &str = "stale-acceptance";

/// The rules about outdated content and accepted warnings: the name of each and what it finds.
pub const AGE_RULES: &[(&str, &str)] = &[
    (AGED_SUBJECT, "A subject that was renamed, closed or ended, among `subjects` or by its name in stem or answers."),
    (PAST_REVIEW_DATE, "A question that should have been reviewed by now."),
    (STALE_ACCEPTANCE, "An accepted warning of a rule that finds nothing."),
];

/// The known subjects.
#[derive(Debug, Default)]
pub struct Subjects {
    /// Those whose status is not `current`.
    aged: Vec<Subject>,
    by_id: HashMap<SubjectId, usize>,
    /// The words of all official names, old and new, each with the index of the aged subject that it names.
    names: HashMap<String, Option<usize>>,
    /// The number of words of the longest name.
    longest: usize,
}

impl Subjects {
    /// If several have the same id, the last one counts.
    pub fn new(subjects: impl IntoIterator<Item = Subject>) -> Self {
        let latest: BTreeMap<SubjectId, Subject> =
            subjects.into_iter().map(|subject| (subject.id.clone(), subject)).collect();
        let mut known = Self::default();
        for subject in latest.into_values() {
            let aged = (subject.status != SubjectStatus::Current).then_some(known.aged.len());
            // A name that one subject gave up and another one uses now is a current name.
            known.add_name(&subject.name, aged);
            if let Some(new_name) = &subject.renamed_to {
                known.add_name(new_name, None);
            }
            if let Some(index) = aged {
                known.by_id.insert(subject.id.clone(), index);
                known.aged.push(subject);
            }
        }
        known
    }

    fn add_name(&mut self, name: &str, aged: Option<usize>) {
        let words: Vec<&str> = words(name).collect();
        if words.is_empty() {
            return;
        }
        self.longest = self.longest.max(words.len());
        let known = self.names.entry(words.join(" ")).or_insert(aged);
        *known = known.and(aged);
    }

    /// The aged subjects that a text names, by index. If several names begin at the same word, the longest one counts,
    /// so that a new name may contain an old one.
    fn named(&self, text: &str) -> Vec<usize> {
        let words: Vec<&str> = words(text).collect();
        let (mut found, mut at) = (Vec::new(), 0);
        while at < words.len() {
            let most = self.longest.min(words.len() - at);
            let name = (1..=most).rev().find_map(|count| {
                let name = words.get(at..at + count)?.join(" ");
                Some((count, *self.names.get(&name)?))
            });
            let (count, aged) = name.unwrap_or((1, None));
            found.extend(aged);
            at += count;
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What happened to an aged subject, and what to do.
fn reason(subject: &Subject) -> String {
    let Subject { name, as_of, source, .. } = subject;
    let (became, advice) = match (subject.status, &subject.renamed_to) {
        (SubjectStatus::Renamed, Some(new_name)) => (format!("was renamed {new_name}"), "use the new name"),
        (SubjectStatus::Closed, _) => ("is closed to new customers".to_owned(), "ask about something else"),
        _ => ("has ended".to_owned(), "ask about something else"),
    };
    format!("{name} {became} ({as_of}, {source}): {advice}")
}

/// Aged subjects that a question names in its stem or answers or, if they are not named there, in its list of subjects.
pub fn aged(content: &Content, listed: &BTreeSet<SubjectId>, known: &Subjects) -> Vec<Warning> {
    let item = Item::new(content);
    let matched = |text: &Option<String>| text.as_deref().map(markdown::to_plain).unwrap_or_default();
    let bodies = item.bodies.iter().enumerate().map(|(index, body)| (format!("/answers/{index}/body"), body.clone()));
    let matches = content.answers.iter().enumerate();
    let matches = matches.map(|(index, answer)| (format!("/answers/{index}/match_body"), matched(&answer.match_body)));
    let mut named = Vec::new();
    for (pointer, text) in [("/stem".to_owned(), item.stem.clone())].into_iter().chain(bodies).chain(matches) {
        named.extend(known.named(&text).into_iter().map(|index| (index, pointer.clone())));
    }
    for (place, id) in listed.iter().enumerate() {
        if let Some(&index) = known.by_id.get(id)
            && named.iter().all(|(other, _)| *other != index)
        {
            named.push((index, format!("/subjects/{place}")));
        }
    }
    let warn = |(index, pointer): (usize, String)| {
        let subject = known.aged.get(index)?;
        Some(Warning { rule: AGED_SUBJECT, pointer, reason: reason(subject), accepted: None })
    };
    named.into_iter().filter_map(warn).collect()
}

/// A review date in the past.
pub fn past_review(upkeep: &Upkeep, today: Day) -> Option<Warning> {
    let review_by = upkeep.review_by.filter(|review_by| *review_by < today)?;
    let reason = format!("is in the past ({review_by}): check that the question is still correct, and set a new date");
    Some(Warning { rule: PAST_REVIEW_DATE, pointer: "/review_by".into(), reason, accepted: None })
}

/// Marks accepted warnings, and warns of acceptances without a warning.
pub fn accept(warnings: &mut Vec<Warning>, upkeep: &Upkeep) {
    for (rule, why) in &upkeep.accepted_warnings.0 {
        let mut is_stale = true;
        for warning in warnings.iter_mut().filter(|warning| warning.rule == rule) {
            warning.accepted = Some(why.clone());
            is_stale = false;
        }
        if is_stale {
            let pointer = format!("/accepted_warnings/{}", rule.replace('~', "~0").replace('/', "~1"));
            let reason = format!("accepts warnings of {rule}, which finds nothing here: remove the acceptance");
            warnings.push(Warning { rule: STALE_ACCEPTANCE, pointer, reason, accepted: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::item::sample, *};
    use crate::db::types::Json;

    fn day(text: &str) -> Day {
        serde_json::from_value(text.into()).unwrap()
    }

    fn id(id: &str) -> SubjectId {
        id.to_owned().try_into().unwrap()
    }

    fn subject(slug: &str, name: &str, status: SubjectStatus, renamed_to: Option<&str>) -> Subject {
        let (as_of, source) = (day("2026-07-30"), "https://example.org/".to_owned());
        let (id, name, renamed_to) = (id(slug), name.to_owned(), renamed_to.map(str::to_owned));
        Subject { id, name, status, renamed_to, as_of, source, written_by: None }
    }

    fn known() -> Subjects {
        use SubjectStatus::{Closed, Current, Ended, Renamed};
        Subjects::new([
            subject("aws:kendra", "Amazon Kendra", Closed, None),
            subject("aws:mgn", "AWS Application Migration Service", Renamed, Some("AWS Transform MGN")),
            subject("aws:transform", "AWS Transform", Ended, None),
            subject("aws:q", "Amazon Q", Current, None),
            subject("aws:q-business", "Amazon Q Business", Closed, None),
            subject("aws:appstream", "Amazon AppStream 2.0", Renamed, Some("Amazon WorkSpaces Applications")),
        ])
    }

    fn pointers(content: &Content, listed: &[&str]) -> Vec<String> {
        let listed: BTreeSet<SubjectId> = listed.iter().map(|slug| id(slug)).collect();
        aged(content, &listed, &known()).into_iter().map(|warning| warning.pointer).collect()
    }

    #[test]
    fn aged_subjects_are_found_by_name_in_keys_and_distractors() {
        let stem = "Which service searches documents?";
        assert_eq!(
            pointers(&sample(stem, &["*Amazon Kendra", "Amazon Q", "**Amazon AppStream 2.0**"]), &[]),
            ["/answers/0/body", "/answers/2/body"]
        );
        assert_eq!(pointers(&sample("A company uses Amazon Kendra.", &["*a", "b", "c"]), &[]), ["/stem"]);
        let told =
            &aged(&sample(stem, &["*a", "b", "AWS Application Migration Service"]), &BTreeSet::new(), &known())[0];
        let reason = "AWS Application Migration Service was renamed AWS Transform MGN (2026-07-30, https://example.org/): use \
                      the new name";
        assert_eq!((told.rule, told.reason.as_str()), (AGED_SUBJECT, reason));
    }

    #[test]
    fn names_are_whole_words_and_the_longest_counts() {
        let stem = "Which?";
        assert_eq!(
            pointers(&sample(stem, &["*Amazon Kendras", "amazon kendra", "Application Migration"]), &[]),
            [""; 0]
        );
        assert_eq!(
            pointers(&sample(stem, &["*AWS Transform MGN", "AWS Transform", "Amazon Q"]), &[]),
            ["/answers/1/body"]
        );
        assert_eq!(pointers(&sample(stem, &["*Amazon Q Business", "b", "c"]), &[]), ["/answers/0/body"]);
    }

    #[test]
    fn listed_subjects_are_reported_if_no_text_names_them() {
        let content = sample("Which?", &["*Amazon Kendra", "b", "c"]);
        let listed = ["aws:s3", "aws:kendra", "aws:q", "aws:q-business"];
        assert_eq!(pointers(&content, &listed), ["/answers/0/body", "/subjects/2"]);
    }

    #[test]
    fn of_two_rows_with_one_id_the_last_counts() {
        let rows = [SubjectStatus::Ended, SubjectStatus::Current].map(|status| subject("aws:x", "AWS X", status, None));
        assert!(
            aged(&sample("Which?", &["*AWS X", "b", "c"]), &BTreeSet::from([id("aws:x")]), &Subjects::new(rows))
                .is_empty()
        );
    }

    #[test]
    fn the_day_of_review_itself_is_not_past() {
        let upkeep = Upkeep { review_by: Some(day("2026-11-23")), ..Upkeep::default() };
        assert_eq!(past_review(&upkeep, day("2026-11-23")), None);
        assert_eq!(past_review(&upkeep, day("2026-11-24")).unwrap().rule, PAST_REVIEW_DATE);
        assert_eq!(past_review(&Upkeep::default(), day("2026-11-24")), None);
    }

    #[test]
    fn accepted_warnings_stay_and_stale_acceptances_are_reported() {
        let reasons = [("few-answers", "there are but two"), ("no/such", "whatever")];
        let reasons = reasons.iter().map(|(rule, why)| ((*rule).to_owned(), (*why).to_owned())).collect();
        let upkeep = Upkeep { accepted_warnings: Json(reasons), ..Upkeep::default() };
        let content = sample("Which?", &["*Amazon Kendra", "b"]);
        let warnings = super::super::maintained(&content, &upkeep, &known(), day("2026-11-23"));
        let told: Vec<_> = warnings.iter().map(|w| (w.rule, w.pointer.as_str(), w.accepted.as_deref())).collect();
        assert_eq!(told[0], ("few-answers", "/answers", Some("there are but two")));
        assert!(told.contains(&(AGED_SUBJECT, "/answers/0/body", None)));
        assert_eq!(told.last(), Some(&(STALE_ACCEPTANCE, "/accepted_warnings/no~1such", None)));
    }
}
