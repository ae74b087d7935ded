//! The table of notes.

use diesel::Insertable;

diesel::table! {
    notes (id) {
        id -> BigInt,
        guid -> Text,
        mid -> BigInt,
        #[sql_name = "mod"]
        modified -> BigInt,
        usn -> Integer,
        tags -> Text,
        flds -> Text,
        sfld -> Text,
        csum -> BigInt,
        flags -> Integer,
        data -> Text,
    }
}

/// A note to be inserted.
#[derive(Insertable)]
#[diesel(table_name = notes)]
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) guid: String,
    pub(super) mid: i64,
    pub(super) modified: i64,
    pub(super) usn: i32,
    pub(super) tags: String,
    pub(super) flds: String,
    pub(super) sfld: String,
    pub(super) csum: i64,
    pub(super) flags: i32,
    pub(super) data: &'static str,
}
