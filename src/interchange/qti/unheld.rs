//! Names of unsupported input: interactions that the bank has no kind for, and packages without items.

use std::collections::BTreeSet;

use crate::interchange::xml::short;

/// Unsupported interactions, by the names that are the same in all versions.
const INTERACTIONS: &[(&str, &str)] = &[
    ("associateinteraction", "an associateInteraction (pairs within one list)"),
    ("custominteraction", "a customInteraction"),
    ("drawinginteraction", "a drawingInteraction (a drawing)"),
    ("endattemptinteraction", "an endAttemptInteraction (a button)"),
    ("extendedtextinteraction", "an extendedTextInteraction (an essay)"),
    ("gapmatchinteraction", "a gapMatchInteraction (gaps in a text)"),
    ("graphicassociateinteraction", "a graphicAssociateInteraction (places in a picture)"),
    ("graphicgapmatchinteraction", "a graphicGapMatchInteraction (places in a picture)"),
    ("graphicorderinteraction", "a graphicOrderInteraction (places in a picture)"),
    ("hotspotinteraction", "a hotspotInteraction (places in a picture)"),
    ("hottextinteraction", "a hottextInteraction (words in a text)"),
    ("inlinechoiceinteraction", "an inlineChoiceInteraction (a choice within a text)"),
    ("mediainteraction", "a mediaInteraction (sound or film)"),
    ("portablecustominteraction", "a portableCustomInteraction"),
    ("positionobjectinteraction", "a positionObjectInteraction (places in a picture)"),
    ("selectpointinteraction", "a selectPointInteraction (places in a picture)"),
    ("sliderinteraction", "a sliderInteraction (a number)"),
    ("textentryinteraction", "a textEntryInteraction (words to be typed)"),
    ("uploadinteraction", "an uploadInteraction (a file)"),
];
/// Resources other than items, by the beginnings of their types.
const RESOURCES: &[(&str, &str)] = &[
    ("imsqti_test", "a test without its items"),
    ("imsqti_assessment", "a test without its items"),
    ("imsqti_section", "a section without its items"),
    ("imsqti_stimulus", "a stimulus"),
    ("imsqti_apip", "items of APIP, an accessible form of QTI 2.1"),
    ("apip", "items of APIP, an accessible form of QTI 2.1"),
    ("assessment/x-bb", "a test or pool of Blackboard in its own format"),
    ("resource/x-bb", "a course of Blackboard in its own format"),
    ("course/x-bb", "a course of Blackboard in its own format"),
    (SCORM, "a course of SCORM"),
    ("imscc", "a course (Common Cartridge)"),
    ("associatedcontent", "a course (Common Cartridge)"),
    ("webcontent", "files for the web"),
];
/// The placeholder for a resource of a SCORM type.
pub(super) const SCORM: &str = "scorm";
/// The most types that an error names.
const NAMED: usize = 5;

/// Whether the bank supports an interaction.
pub(super) fn is_held(name: &str) -> bool {
    matches!(name, "choiceinteraction" | "orderinteraction" | "matchinteraction")
}

/// Why an unsupported interaction cannot be imported.
pub(super) fn interaction(name: &str) -> String {
    let known = INTERACTIONS.iter().find(|(known, _)| *known == name).map(|(_, told)| (*told).to_owned());
    let told = known.unwrap_or_else(|| format!("a {}", short(name)));
    format!("is {told}: only choices, orders and matches are supported")
}

/// Why a package without items is not imported. The types of its resources are in lower case.
pub(super) fn package(types: &BTreeSet<String>) -> String {
    let name = |kind: &String| {
        let known = RESOURCES.iter().find(|(begin, _)| kind.starts_with(begin));
        known.map_or_else(|| format!("resources of the type {:?}", short(kind)), |(_, told)| (*told).to_owned())
    };
    let found: BTreeSet<String> = types.iter().map(name).take(NAMED).collect();
    let found: Vec<String> = found.into_iter().collect();
    let found = if found.is_empty() { "no resource".to_owned() } else { found.join(", ") };
    format!("lists no item of QTI 2.1, 2.2 or 3.0, but {found}: export the questions as QTI items")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactions_are_named_as_they_are_written() {
        let told = interaction("extendedtextinteraction");
        assert!(told.starts_with("is an extendedTextInteraction (an essay): only choices"), "{told}");
        assert!(interaction("newinteraction").starts_with("is a newinteraction"));
        assert!(INTERACTIONS.iter().all(|(name, told)| told.to_lowercase().contains(name)));
    }

    #[test]
    fn the_content_of_a_package_without_items_is_reported() {
        let told = |types: &[&str]| package(&types.iter().map(ToString::to_string).collect());
        assert!(told(&["assessment/x-bb-qti-pool"]).contains("Blackboard"));
        assert!(told(&["imsqti_test_xmlv2p2", "imsqti_assessment_xmlv2p2"]).contains("but a test without its items: "));
        assert!(told(&[SCORM]).contains("SCORM"));
        assert!(told(&["other/thing"]).contains("the type \"other/thing\""));
        assert!(told(&[]).contains("but no resource"));
    }
}
