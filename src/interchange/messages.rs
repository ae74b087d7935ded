//! Requests and responses of imports and exports.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

use super::{import::model::Import, source::Format};
use crate::{
    auth::model::{Names, UserId},
    db::types::{Timestamp, text_enum},
    questions::{
        deletion::KeptReason,
        model::{ImportId, QuestionId, QuestionStatus},
    },
};

text_enum!(
    /// The status of imported questions.
    ImportStatus {
        /// Drafts.
        Draft = "draft",
        /// Waiting for a reviewer.
        InReview = "in_review",
        /// Served at once.
        Published = "published",
    }
);

impl From<ImportStatus> for QuestionStatus {
    fn from(status: ImportStatus) -> Self {
        match status {
            ImportStatus::Draft => Self::Draft,
            ImportStatus::InReview => Self::InReview,
            ImportStatus::Published => Self::Published,
        }
    }
}

text_enum!(
    /// The result of importing a question.
    Outcome {
        /// The question is new.
        Created = "created",
        /// The bank already has it, unchanged.
        Unchanged = "unchanged",
        /// A new revision was stored. The published revision stays in use until the new one is published, which happens at
        /// once if that status was requested.
        Superseded = "superseded",
        /// It was changed in place: a draft, or the subjects, review date or accepted warnings of any question.
        Changed = "changed",
        /// It was left out. `reason` says why.
        Skipped = "skipped",
    }
);

/// What an import did, or would do in a dry run.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportReport {
    /// The import. Absent if nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ImportId>,
    /// Whether this was a dry run, which stores nothing.
    pub dry_run: bool,
    /// New questions.
    pub created: usize,
    /// Questions that are already in the bank, unchanged.
    pub unchanged: usize,
    /// Published questions of which a new revision was stored. It replaces the published revision when it is published.
    pub superseded: usize,
    /// Questions that were changed in place: drafts, or the subjects, review date and accepted warnings of any
    /// question.
    pub changed: usize,
    /// Questions that were skipped.
    pub skipped: usize,
    /// The result for each question, in the order of the file.
    pub questions: Vec<Imported>,
}

/// A question of a file, with the result of importing it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// The name of the file inside the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line where the question begins, from 1.
    pub line: usize,
    /// The title of the question, or its first words.
    pub name: String,
    /// The result.
    pub outcome: Outcome,
    /// Why the question was skipped or does not have the requested status, which key it has in the bank, or which
    /// revision of it is not published yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Parts of the question in the file that the bank cannot store.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The question in the bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<QuestionId>,
}

impl ImportReport {
    /// Adds a question.
    pub fn add(&mut self, question: Imported) {
        match question.outcome {
            Outcome::Created => self.created += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Superseded => self.superseded += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Skipped => self.skipped += 1,
        }
        self.questions.push(question);
    }
}

/// An import that stored something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReply {
    /// The id.
    pub id: ImportId,
    /// The code of the exam.
    pub exam: String,
    /// The format of the file.
    pub format: Format,
    /// The user who imported the file. Null for an import on the command line.
    pub imported_by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub imported_by_name: Option<String>,
    /// New questions.
    pub created: i32,
    /// Questions that were already in the bank, unchanged.
    pub unchanged: i32,
    /// Published questions of which a new revision was stored. It replaces the published revision when it is published.
    pub superseded: i32,
    /// Questions that were changed in place: drafts, or subjects, review date and accepted warnings of any question.
    pub changed: i32,
    /// Questions that were skipped.
    pub skipped: i32,
    /// Questions that were deleted when it was undone.
    pub deleted: i32,
    /// When it began.
    pub created_at: Timestamp,
}

impl ImportReply {
    /// An import as it is shown.
    pub fn new((import, exam): (Import, String), names: &Names) -> Self {
        let Import { id, user_id, format, counts, deleted, created_at, .. } = import;
        Self {
            id,
            exam,
            format,
            imported_by: user_id,
            imported_by_name: names.of(user_id).map(str::to_owned),
            created: counts.created,
            unchanged: counts.unchanged,
            superseded: counts.superseded,
            changed: counts.changed,
            skipped: counts.skipped,
            deleted,
            created_at,
        }
    }
}

/// A page of imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPage {
    /// The imports, newest first.
    pub items: Vec<ImportReply>,
    /// The cursor of the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The result of deleting the questions of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct UndoReport {
    /// The number of deleted questions.
    pub deleted: usize,
    /// The questions that were not deleted, and those that the import changed but did not create.
    pub kept: Vec<KeptQuestion>,
}

/// A question that was not deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptQuestion {
    /// The question.
    pub id: QuestionId,
    /// Why it was not deleted.
    pub reason: KeptReason,
    /// With `not_created`: the import that created it, if one did. Undo that import to delete the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub import: Option<ImportId>,
}

text_enum!(
    /// A file format for exports, with its media type: `gift` and `aiken` (`text/plain`), `moodle_xml`
    /// (`application/xml`), `qti` (`application/zip`), `csv` (`text/csv`), `json` (`application/json`), `anki`
    /// (`application/octet-stream`).
    ExportFormat {
        /// GIFT, Moodle's text format.
        Gift = "gift",
        /// Aiken, the simplest text format.
        Aiken = "aiken",
        /// Moodle XML.
        MoodleXml = "moodle_xml",
        /// A package of QTI 3.0.
        Qti = "qti",
        /// A table with a row for each question.
        Csv = "csv",
        /// The format of seed files.
        Json = "json",
        /// A deck for Anki.
        Anki = "anki",
    }
);

impl From<Format> for ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Gift => Self::Gift,
            Format::Aiken => Self::Aiken,
            Format::MoodleXml => Self::MoodleXml,
            Format::Qti => Self::Qti,
            Format::Csv => Self::Csv,
            Format::Json => Self::Json,
        }
    }
}

impl ExportFormat {
    /// The file name extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Gift => "gift",
            Self::Aiken => "txt",
            Self::MoodleXml => "xml",
            Self::Qti => "zip",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Anki => "apkg",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Gift | Self::Aiken => "text/plain; charset=utf-8",
            Self::MoodleXml => "application/xml",
            Self::Qti => "application/zip",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Anki => "application/octet-stream",
        }
    }
}

/// The schema of a file in the description of the API.
pub struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("The bytes of a file."))
            .into()
    }
}

impl ToSchema for FileBytes {}

/// What an export contains, and what it leaves out.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ExportReport {
    /// The number of questions in the file.
    pub written: usize,
    /// The questions that are left out.
    pub left_out: Vec<LeftOut>,
}

/// A question that is left out: the format cannot represent it, or it is a draft from the built-in script.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// The question.
    pub id: QuestionId,
    /// Why it is left out.
    pub reason: String,
}
