//! Exports questions from the bank to a file.

use std::io::{self, BufWriter, Seek, Write};

use super::{
    aiken, anki, csv, gift, json,
    messages::{ExportFormat, ExportReport, LeftOut},
    model::{ExamHead, Export},
    moodle, qti,
};
use crate::{
    db::{DbConnection, types::Timestamp},
    error::Error,
    exams::{self, Blueprint, messages::ExamBody, model::Exam},
    questions::{
        cache::QuestionCache,
        drafts::SCRIPTED_DRAFT,
        filed::Filed,
        model::{QuestionId, QuestionStatus},
        queries::{self, Filter, Sort},
    },
};

/// The number of questions that are read at a time.
const BATCH: i64 = 500;

/// A writer of any format.
enum Writer<W: Write + Seek> {
    Gift(gift::Writer<W>),
    Aiken(aiken::Writer<W>),
    MoodleXml(moodle::Writer<W>),
    Qti(Box<qti::Writer<W>>),
    Csv(Box<csv::Writer<W>>),
    Json(json::Writer<W>),
    Anki(anki::Writer<W>),
}

impl<W: Write + Seek> Writer<W> {
    fn new(format: ExportFormat, out: W, exam: &ExamBody, status: QuestionStatus, now: Timestamp) -> io::Result<Self> {
        let head = ExamHead { code: exam.code.to_string(), name: exam.name.clone() };
        Ok(match format {
            ExportFormat::Gift => Self::Gift(gift::Writer::new(out, &head)?),
            ExportFormat::Aiken => Self::Aiken(aiken::Writer::new(out, &head)?),
            ExportFormat::MoodleXml => Self::MoodleXml(moodle::Writer::new(out, &head)?),
            ExportFormat::Qti => Self::Qti(Box::new(qti::Writer::new(out, &head)?)),
            ExportFormat::Csv => Self::Csv(Box::new(csv::Writer::new(out, &head)?)),
            ExportFormat::Json => Self::Json(json::Writer::new(out, exam, status)?),
            ExportFormat::Anki => Self::Anki(anki::Writer::new(out, &head, now.as_microseconds() / 1_000_000)?),
        })
    }

    /// Adds a question, or returns why the format cannot represent it.
    fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        match self {
            Self::Gift(writer) => writer.add(question),
            Self::Aiken(writer) => writer.add(question),
            Self::MoodleXml(writer) => writer.add(question),
            Self::Qti(writer) => writer.add(question),
            Self::Csv(writer) => writer.add(question),
            Self::Json(writer) => writer.add(question),
            Self::Anki(writer) => writer.add(question),
        }
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::Gift(writer) => writer.finish(),
            Self::Aiken(writer) => writer.finish(),
            Self::MoodleXml(writer) => writer.finish(),
            Self::Qti(writer) => writer.finish(),
            Self::Csv(writer) => writer.finish(),
            Self::Json(writer) => writer.finish(),
            Self::Anki(writer) => writer.finish(),
        }
    }
}

/// An export in progress. Questions are read a page at a time and written without a connection, so that
/// an export of any size does not block others.
pub struct Run<W: Write + Seek> {
    writer: Writer<BufWriter<W>>,
    blueprint: Blueprint,
    report: ExportReport,
    next: Page,
}

/// The questions to read next.
#[derive(Debug, Clone)]
pub struct Page {
    filter: Filter,
    after: Option<(i64, QuestionId)>,
}

impl Page {
    /// Reads the page; it is empty after the last one.
    pub fn read(&self, conn: &mut DbConnection) -> Result<Vec<Filed>, Error> {
        let cache = QuestionCache::new(0);
        let page = queries::page(conn, &cache, &self.filter, Sort::Created, self.after, BATCH)?;
        Ok(page.into_iter().map(Filed::from).collect())
    }
}

impl<W: Write + Seek> Run<W> {
    /// Begins a file with the questions that have a status.
    pub fn begin(
        conn: &mut DbConnection,
        exam: Exam,
        status: QuestionStatus,
        format: ExportFormat,
        out: W,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let filter = Filter { exam_id: Some(exam.id), status: Some(status), ..Filter::default() };
        let blueprint = exams::queries::blueprint(conn, exam)?;
        let body = ExamBody::of(&blueprint)?;
        let writer = Writer::new(format, BufWriter::new(out), &body, status, now).map_err(failed)?;
        Ok(Self { writer, blueprint, report: ExportReport::default(), next: Page { filter, after: None } })
    }

    /// The page to read next, oldest questions first.
    pub fn next(&self) -> Page {
        self.next.clone()
    }

    /// Writes a page.
    pub fn write(mut self, page: Vec<Filed>) -> Result<Self, Error> {
        if let Some(last) = page.last() {
            self.next.after = Some((0, last.question.id));
        }
        for filed in page {
            let id = filed.question.id;
            // A file would not show that the question comes from the script.
            if filed.draft.as_ref().is_some_and(|draft| draft.scripted) {
                self.report.left_out.push(LeftOut { id, reason: SCRIPTED_DRAFT.into() });
                continue;
            }
            let domain = self.blueprint.domain(filed.domain);
            let task = filed.question.task_id.and_then(|id| self.blueprint.tasks.iter().find(|task| task.id == id));
            let question = Export {
                key: key(&filed),
                domain: (filed.domain, domain.map(|domain| domain.name.clone()).unwrap_or_default()),
                task: task.map(|task| (task.code.clone(), task.name.clone())),
                content: filed.content(),
                upkeep: filed.question.upkeep,
            };
            match self.writer.add(&question).map_err(failed)? {
                Some(reason) => self.report.left_out.push(LeftOut { id, reason }),
                None => self.report.written += 1,
            }
        }
        Ok(self)
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(ExportReport, W), Error> {
        let out = self.writer.finish().map_err(failed)?;
        let out = out.into_inner().map_err(|error| failed(error.into_error()))?;
        Ok((self.report, out))
    }
}

fn failed(error: io::Error) -> Error {
    Error::Internal(format!("export: {error}"))
}

fn key(filed: &Filed) -> String {
    filed.question.external_key.clone().unwrap_or_else(|| filed.question.id.to_string())
}
