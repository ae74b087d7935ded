//! Out of the bank into a file.

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
    exams::{self, messages::ExamBody, model::Exam},
    questions::{
        model::{Filed, QuestionStatus},
        queries::{self, Filter, Sort},
    },
};

/// Questions that are read together.
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

    /// Adds a question, or says why the format cannot hold it.
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

/// Writes the questions of an exam that are in a status, oldest first.
pub fn run(
    conn: &mut DbConnection,
    exam: &Exam,
    status: QuestionStatus,
    format: ExportFormat,
    out: impl Write + Seek,
    now: Timestamp,
) -> Result<ExportReport, Error> {
    let failed = |error: io::Error| Error::Internal(format!("export: {error}"));
    let domains = exams::queries::domains(conn, exam.id)?;
    let tasks = exams::queries::tasks(conn, exam.id)?;
    let body = ExamBody::of(exam, &domains, &tasks)?;
    let mut writer = Writer::new(format, BufWriter::new(out), &body, status, now).map_err(failed)?;
    let mut report = ExportReport::default();
    let filter = Filter { exam_id: Some(exam.id), status: Some(status), ..Filter::default() };
    let mut after = None;
    loop {
        let page = queries::page(conn, &filter, Sort::Created, after, BATCH)?;
        let Some(last) = page.last() else { break };
        after = Some((0, last.question.id));
        for filed in page {
            let id = filed.question.id;
            let named =
                |number| domains.iter().find(|d| d.number == number).map(|d| d.name.clone()).unwrap_or_default();
            let task = filed.question.task_id.and_then(|id| tasks.iter().find(|task| task.id == id));
            let question = Export {
                key: key(&filed),
                domain: (filed.domain, named(filed.domain)),
                task: task.map(|task| (task.code.clone(), task.name.clone())),
                content: filed.content(),
            };
            match writer.add(&question).map_err(failed)? {
                Some(reason) => report.left_out.push(LeftOut { id, reason }),
                None => report.written += 1,
            }
        }
    }
    writer.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    Ok(report)
}

fn key(filed: &Filed) -> String {
    filed.question.external_key.clone().unwrap_or_else(|| filed.question.id.to_string())
}
