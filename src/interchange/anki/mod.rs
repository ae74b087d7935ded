//! Flashcards: an Anki package (`.apkg`), which every version of Anki imports.
//!
//! A package is a ZIP of an SQLite database, which is the collection, and of a list of media files, which is empty. A
//! question is a note with one card. The GUIDs of notes, and the ids of deck and note type, are derived from external
//! keys and names. So a package imported later updates the existing notes, and their learning progress stays.

mod card;
mod collection;
mod note;
#[cfg(test)]
mod tests;

use std::io::{self, Seek, Write};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

use super::model::{ExamHead, Export};
use collection::{DECK_CONFIG, Ids};
use note::{Note, notes};

const SCHEMA: &str = include_str!("schema.sql");

/// Collects questions, and writes them as a package at the end.
pub struct Writer<W: Write + Seek> {
    out: W,
    collection: SqliteConnection,
    ids: Ids,
    now_seconds: i64,
    next_note: i64,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a deck that has the name of the exam. `now_seconds`, since 1970, is the time of the last change of all
    /// notes: Anki updates an existing note only if the imported one was changed later.
    pub fn new(out: W, exam: &ExamHead, now_seconds: i64) -> io::Result<Self> {
        let ids = Ids::new(exam);
        let mut collection = SqliteConnection::establish(":memory:").map_err(io::Error::other)?;
        collection.batch_execute("BEGIN").map_err(io::Error::other)?;
        collection.batch_execute(SCHEMA).map_err(io::Error::other)?;
        let milliseconds = now_seconds.saturating_mul(1000);
        sql_query("INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')")
            .bind::<BigInt, _>(now_seconds)
            .bind::<BigInt, _>(milliseconds)
            .bind::<BigInt, _>(milliseconds)
            .bind::<Text, _>(collection::settings(&ids).to_string())
            .bind::<Text, _>(collection::note_types(&ids, now_seconds).to_string())
            .bind::<Text, _>(collection::decks(&ids, exam, now_seconds).to_string())
            .bind::<Text, _>(DECK_CONFIG)
            .execute(&mut collection)
            .map_err(io::Error::other)?;
        // In Anki, the id of a note is its creation time in milliseconds.
        Ok(Self { out, collection, ids, now_seconds, next_note: milliseconds })
    }

    /// Adds a question. No question is left out.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        let note = Note {
            id: self.next_note,
            guid: collection::guid(&question.key),
            mid: self.ids.note_type,
            modified: self.now_seconds,
            usn: -1,
            tags: card::tags(question),
            flds: card::fields(question).join("\u{1f}"),
            sfld: card::sort_field(question),
            csum: collection::checksum(&question.key),
            flags: 0,
            data: "",
        };
        diesel::insert_into(notes::table).values(note).execute(&mut self.collection).map_err(io::Error::other)?;
        self.next_note = self.next_note.saturating_add(1);
        Ok(None)
    }

    /// Writes the package and returns the output.
    pub fn finish(mut self) -> io::Result<W> {
        // New cards are due in the order in which the notes were added.
        sql_query(
            "INSERT INTO cards SELECT id, id, ?, 0, mod, usn, 0, 0, row_number() OVER (ORDER BY id), \
             0, 0, 0, 0, 0, 0, 0, 0, '' FROM notes",
        )
        .bind::<BigInt, _>(self.ids.deck)
        .execute(&mut self.collection)
        .map_err(io::Error::other)?;
        self.collection.batch_execute("COMMIT").map_err(io::Error::other)?;
        let database = self.collection.serialize_database_to_buffer();
        drop(self.collection);
        let mut zip = ZipWriter::new(self.out);
        let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
        zip.start_file("collection.anki2", options)?;
        zip.write_all(database.try_as_slice().map_err(io::Error::other)?)?;
        zip.start_file("media", options)?;
        zip.write_all(b"{}")?;
        Ok(zip.finish()?)
    }
}
