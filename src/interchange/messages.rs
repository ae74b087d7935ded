//! What is told of imports and exports.

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
    /// What imported questions become.
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
    /// What came of a question of a file.
    Outcome {
        /// It is new.
        Created = "created",
        /// The bank has it as it is.
        Unchanged = "unchanged",
        /// A new revision was stored. The published one stays in service until the new one is published: at once if that
        /// status was asked for.
        Superseded = "superseded",
        /// It was changed where it stands: a draft, or the subjects, review date or accepted warnings of any question.
        Changed = "changed",
        /// It was left out, for a reason.
        Skipped = "skipped",
    }
);

/// What an import did, or would do.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportReport {
    /// The import, if it stored anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ImportId>,
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// Questions that are new.
    pub created: usize,
    /// Questions that the bank has as they are.
    pub unchanged: usize,
    /// Questions that the bank has published, with a new revision: it takes their place when it is published.
    pub superseded: usize,
    /// Questions that were changed where they stand: drafts, or subjects, review date and accepted warnings of any question.
    pub changed: usize,
    /// Questions that were left out.
    pub skipped: usize,
    /// Each question, in the order of the file.
    pub questions: Vec<Imported>,
}

/// A question of a file, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// The file inside a package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line where it begins, from 1.
    pub line: usize,
    /// Its title or its first words.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was left out, is not in the status that was asked for, or under which key the bank has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the file says of it that the bank has no place for, though it was taken.
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
    /// Who imported; null at the command line.
    pub imported_by: Option<UserId>,
    /// The name of that user; null when the account was deleted, too.
    pub imported_by_name: Option<String>,
    /// Questions that were new.
    pub created: i32,
    /// Questions that the bank had as they are.
    pub unchanged: i32,
    /// New revisions of published questions: each takes their place when it is published.
    pub superseded: i32,
    /// Drafts that were changed where they stand.
    pub changed: i32,
    /// Questions that were left out.
    pub skipped: i32,
    /// Questions that were deleted when it was undone.
    pub deleted: i32,
    /// When it began.
    pub created_at: Timestamp,
}

impl ImportReply {
    /// How an import into an exam is told.
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
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What came of the questions of an import when they were to be deleted.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct UndoReport {
    /// How many were deleted.
    pub deleted: usize,
    /// Those that stay, and those that it changed and did not create.
    pub kept: Vec<KeptQuestion>,
}

/// A question that stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptQuestion {
    /// The question.
    pub id: QuestionId,
    /// Why it stays.
    pub reason: KeptReason,
    /// With `not_created`: the import that created it, if one did. Undo that import to delete the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub import: Option<ImportId>,
}

text_enum!(
    /// A format that questions are written in: `gift` and `aiken` as `text/plain`, `moodle_xml` as `application/xml`, `qti`
    /// as `application/zip`, `csv` as `text/csv`, `json` as `application/json`, `anki` as `application/octet-stream`.
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
    /// How files of this format are named.
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

/// A file as it is, in the description of the API.
pub struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A file, byte for byte."))
            .into()
    }
}

impl ToSchema for FileBytes {}

/// What an export holds, and what it does not.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ExportReport {
    /// Questions in the file.
    pub written: usize,
    /// Questions that the format cannot hold.
    pub left_out: Vec<LeftOut>,
}

/// A question that a format cannot hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// The question.
    pub id: QuestionId,
    /// Why.
    pub reason: String,
}
