//! The parts of a collection other than its notes: ids, note types, decks, settings.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::card;
use crate::interchange::model::ExamHead;

const FRONT: &str = include_str!("front.html");
const BACK: &str = include_str!("back.html");
const STYLE: &str = include_str!("style.css");
/// The id is derived from the name. If FIELDS change, change the name; otherwise learners must merge two note types.
const NOTE_TYPE: &str = "Tripos question";

/// The options of Anki's own deck, which every deck here uses.
pub(super) const DECK_CONFIG: &str = r#"{"1": {
    "id": 1, "mod": 0, "name": "Default", "usn": 0, "maxTaken": 60, "autoplay": true, "timer": 0, "replayq": true,
    "dyn": false,
    "new": {"bury": false, "delays": [1.0, 10.0], "initialFactor": 2500, "ints": [1, 4, 0], "order": 1, "perDay": 20},
    "rev": {"bury": false, "ease4": 1.3, "ivlFct": 1.0, "maxIvl": 36500, "perDay": 200, "hardFactor": 1.2},
    "lapse": {"delays": [10.0], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0.0}
}}"#;

/// The ids that notes and cards refer to.
pub(super) struct Ids {
    /// The same for all exams, so that a learner of several exams has the note type only once.
    pub(super) note_type: i64,
    /// The deck of the exam.
    pub(super) deck: i64,
}

impl Ids {
    pub(super) fn new(exam: &ExamHead) -> Self {
        Self { note_type: id(NOTE_TYPE), deck: id(&format!("Tripos exam {}", exam.code)) }
    }
}

/// A positive 48-bit id, derived from a name.
fn id(name: &str) -> i64 {
    let [a, b, c, d, e, f, ..] = hash(name);
    i64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The global id of the question with a key.
pub(super) fn guid(key: &str) -> String {
    hash(&format!("Tripos question {key}")).iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

/// Anki's checksum of a note's first field, by which it finds duplicates.
pub(super) fn checksum(field: &str) -> i64 {
    let [a, b, c, d, ..] = hash(field);
    u32::from_be_bytes([a, b, c, d]).into()
}

fn hash(text: &str) -> [u8; 20] {
    Sha1::digest(text.as_bytes()).into()
}

/// The note type of questions.
pub(super) fn note_types(ids: &Ids, now_seconds: i64) -> Value {
    let fields: Vec<Value> = card::FIELDS.iter().enumerate().map(|(ord, name)| field(ord, name)).collect();
    json!({ids.note_type.to_string(): {
        "id": ids.note_type,
        "name": NOTE_TYPE,
        "type": 0,
        "mod": now_seconds,
        "usn": -1,
        "sortf": card::SORT_FIELD,
        "did": null,
        "tmpls": [{
            "name": "Question", "ord": 0, "qfmt": FRONT, "afmt": BACK, "bqfmt": "", "bafmt": "", "did": null,
            "bfont": "", "bsize": 0,
        }],
        "flds": fields,
        "css": STYLE,
        "latexPre": "",
        "latexPost": "",
        "latexsvg": false,
        "req": [[0, "any", [1, 2]]],
        "tags": [],
        "vers": [],
    }})
}

fn field(ord: usize, name: &str) -> Value {
    json!({"name": name, "ord": ord, "sticky": false, "rtl": false, "font": "Arial", "size": 20, "media": []})
}

/// Anki's default deck, which every collection must have, and the exam's deck.
pub(super) fn decks(ids: &Ids, exam: &ExamHead, now_seconds: i64) -> Value {
    json!({"1": deck(1, "Default", 0), ids.deck.to_string(): deck(ids.deck, &exam.name, now_seconds)})
}

fn deck(id: i64, name: &str, modified: i64) -> Value {
    json!({
        "id": id,
        "name": name,
        "mod": modified,
        "usn": -1,
        "lrnToday": [0, 0],
        "revToday": [0, 0],
        "newToday": [0, 0],
        "timeToday": [0, 0],
        "collapsed": false,
        "browserCollapsed": false,
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "extendNew": 0,
        "extendRev": 0,
    })
}

/// The settings of a new collection.
pub(super) fn settings(ids: &Ids) -> Value {
    json!({
        "activeDecks": [1],
        "addToCur": true,
        "collapseTime": 1200,
        "curDeck": 1,
        "curModel": ids.note_type,
        "dueCounts": true,
        "estTimes": true,
        "newSpread": 0,
        "nextPos": 1,
        "schedVer": 2,
        "sortBackwards": false,
        "sortType": "noteFld",
        "timeLim": 0,
    })
}
