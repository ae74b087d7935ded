//! Commands of the bank: import, export, lint.

use std::{
    io::{self, Seek, Write},
    path::PathBuf,
};

use clap::Args;
use serde::Serialize;

use super::{
    number::number,
    output::{List, ListArgs, OutputFormat, print},
    pool, progress,
};
use crate::{
    clock::Clock,
    config::Config,
    db::{DbConnection, day::Day},
    error::{Error, FieldError},
    exams::{self, model::ExamCode},
    interchange::{
        export,
        import::{self, Plan, Step, Target, faults},
        json,
        messages::{ExportFormat, ImportStatus, Imported, Outcome},
        source::{Format, Source},
    },
    questions::{
        lint::{self, Subjects, Warning},
        model::QuestionStatus,
        validation,
    },
    seed,
    subjects::model::Subject,
};

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file to import
    file: PathBuf,
    /// The code of the exam
    #[arg(long, value_parser = exam_code)]
    exam: ExamCode,
    /// gift, aiken, moodle_xml, qti, csv or json [default: detected from the file's name and content]
    #[arg(long, value_parser = str::parse::<Format>)]
    format: Option<Format>,
    /// The number of the domain for questions whose category and tags do not name one
    #[arg(long, value_parser = number(1..=i32::MAX))]
    domain: Option<i32>,
    /// The status of new and changed questions: draft, in_review or published
    #[arg(long, default_value = "draft", value_parser = str::parse::<ImportStatus>)]
    status: ImportStatus,
    /// Store nothing; only print what an import would do
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The code of the exam
    #[arg(long, value_parser = exam_code)]
    exam: ExamCode,
    /// gift, aiken, moodle_xml, qti, csv, json or anki
    #[arg(long, value_parser = str::parse::<ExportFormat>)]
    format: ExportFormat,
    /// Export only questions with this status

    #[arg(long, default_value = "published", value_parser = str::parse::<QuestionStatus>)]
    status: QuestionStatus,
    /// The file to write [default: stdout]
    #[arg(long, short)]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct LintArgs {
    /// Seed files, or files that `import` accepts
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// gift, aiken, moodle_xml, qti, csv or json [default: detected from each file's name and content]
    #[arg(long, value_parser = str::parse::<Format>)]
    format: Option<Format>,
    /// A file of subjects in addition to the built-in ones; can be repeated
    #[arg(long, value_name = "FILE")]
    subjects: Vec<PathBuf>,
    /// Also exit with code 1 for warnings that are not accepted
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// The JSON output for a finding of `lint`.
#[derive(Serialize)]
struct Finding<'a> {
    /// The file, and the place in it.
    place: &'a str,
    /// The rule that the question breaks: an item-writing rule, `invalid`, or `cannot-be-held`.
    rule: &'a str,
    /// Where in the question.
    pointer: Option<&'a str>,
    reason: &'a str,
    /// Why a warning is accepted.
    accepted: Option<&'a str>,
}

pub fn exam_code(code: &str) -> Result<ExamCode, &'static str> {
    code.to_owned().try_into()
}

/// A file with its bytes and its format.
fn open(path: &PathBuf, format: Option<Format>) -> Result<(String, Vec<u8>, Format), Error> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Error::Refused(format!("{name}: {error}")))?;
    let guessed = format.or_else(|| Format::guess(&name, &bytes));
    let unknown = || {
        let formats = Format::WORDS.join(", ");
        format!(
            "{name}: the format is unknown: set it with --format to one of {formats}; Anki decks cannot be imported"
        )
    };
    let format = guessed.ok_or_else(|| Error::Refused(unknown()))?;
    Ok((name, bytes, format))
}

/// Prints a line for each question that is not simply unchanged, and the counts to stderr.
pub fn import(args: &ImportArgs, config: &Config) -> Result<(), Error> {
    let (name, bytes, format) = open(&args.file, args.format)?;
    let target =
        Target { exam: args.exam.clone(), domain: args.domain, status: args.status.into(), dry_run: args.dry_run };
    let pool = pool(config)?;
    let exam = pool.read(|conn| target.find(conn, None)).map_err(|error| match error {
        Error::NotFound("exam") => Error::Refused(format!("there is no exam {}", args.exam)),
        Error::NoneOf(what) => Error::Refused(what),
        other => other,
    })?;
    let plan = Plan::read(format, &bytes, target, exam);
    let plan = plan.map_err(|import::Unreadable(flaws)| {
        let flaws: Vec<String> = flaws.iter().map(|flaw| format!("{name}: {flaw}")).collect();
        Error::Refused(flaws.join("\n"))
    })?;
    drop(bytes);
    let clock = Clock::system();
    let bar = progress::bar(Some(plan.count() as u64), "questions");
    let store = async |step: Step| {
        let now = clock.now();
        let work = |conn: &mut DbConnection| step.run(conn, None, now);
        let done = if args.dry_run { pool.read(work) } else { pool.write(work) }?;
        bar.inc(done.count() as u64);
        Ok(done)
    };
    let outcome = actix_web::rt::System::new().block_on(import::run(plan, store));
    bar.finish_and_clear();
    let report = outcome?.report();
    let is_told = |question: &&Imported| question.outcome != Outcome::Unchanged || question.reason.is_some();
    for question in report.questions.iter().filter(is_told) {
        let place = match &question.file {
            Some(file) => format!("{name}/{file}:{}", question.line),
            None => format!("{name}:{}", question.line),
        };
        let reason = question.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let notes: String = question.notes.iter().map(|note| format!("; {note}")).collect();
        print(&format!("{place}: {} {:?}{reason}{notes}", question.outcome, question.name))?;
    }
    log::info!(
        created = report.created, superseded = report.superseded, changed = report.changed, unchanged = report.unchanged,
        skipped = report.skipped;
        "{}: {} created, {} superseded, {} changed, {} unchanged, {} skipped",
        if args.dry_run { "dry run, nothing was stored" } else { "imported" },
        report.created, report.superseded, report.changed, report.unchanged, report.skipped
    );
    if let Some(id) = report.id {
        print(&format!("import {id}"))?;
    }
    Ok(())
}

/// Writes a file, and logs the questions that the format cannot hold.
pub fn export(args: &ExportArgs, config: &Config) -> Result<(), Error> {
    let now = Clock::system().now();
    let failed = |error: io::Error| Error::Refused(format!("cannot write the file: {error}"));
    let pool = pool(config)?;
    let mut run = pool.read(|conn| {
        let exam = exams::queries::find(conn, &args.exam)?;
        let exam = exam.ok_or_else(|| Error::Refused(format!("there is no exam {}", args.exam)))?;
        let file = tempfile::tempfile().map_err(failed)?;
        export::Run::begin(conn, exam, args.status, args.format, file, now)
    })?;
    let bar = progress::bar(None, "questions");
    let (report, mut file) = loop {
        let page = pool.read(|conn| run.next().read(conn))?;
        if page.is_empty() {
            break run.finish()?;
        }
        bar.inc(page.len() as u64);
        run = run.write(page)?;
    };
    bar.finish_and_clear();
    file.rewind().map_err(failed)?;
    match &args.output {
        Some(path) => {
            let mut out = std::fs::File::create(path).map_err(failed)?;
            io::copy(&mut file, &mut out).and_then(|_| out.flush()).map_err(failed)?;
        }
        None => match io::copy(&mut file, &mut io::stdout().lock()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
            _ => {}
        },
    }
    for question in &report.left_out {
        log::warn!(id:% = question.id; "skipped {}: {}", question.id, question.reason);
    }
    log::info!("exported {} questions, skipped {}", report.written, report.left_out.len());
    Ok(())
}

/// The subjects of files.
pub fn subjects(files: &[PathBuf]) -> Result<Vec<Subject>, Error> {
    let mut subjects = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| Error::Refused(format!("{name}: {error}")))?;
        subjects.extend(seed::parse_subjects(&name, &text)?);
    }
    Ok(subjects)
}

/// Prints a line for each error and warning. Errors make the command fail, and with `--strict`, so do warnings that are
/// not accepted.
pub fn lint(args: &LintArgs) -> Result<(), Error> {
    let (mut questions, mut warnings, mut accepted, mut faults) = (0, 0, 0, 0);
    // A subject of the files replaces the built-in one.
    let known = seed::bundled_subjects()?.into_iter().chain(subjects(&args.subjects)?);
    let subjects = Subjects::new(known);
    let today = Day::of(Clock::system().now());
    let bar = progress::bar(None, "questions");
    let mut list = List::new(&args.list);
    let mut tell = |text: String, finding: &Finding<'_>| bar.suspend(|| list.item(text, finding));
    for path in &args.files {
        let (name, bytes, format) = open(path, args.format)?;
        let source = Source::new(format, &bytes).map_err(|malformed| Error::Refused(format!("{name}: {malformed}")))?;
        let mut flaws = Vec::new();
        for found in source.questions() {
            let found = match found {
                Ok(found) => found,
                Err(malformed) => {
                    flaws.push(format!("{name}: {malformed}"));
                    if flaws.len() == import::FLAWS {
                        break;
                    }
                    continue;
                }
            };
            questions += 1;
            bar.inc(1);
            let place = &format!("{name}: {}", found.place);
            let item = match found.outcome {
                Ok(item) => item,
                Err(reason) if reason == json::RETIRED => continue,
                Err(reason) => {
                    faults += 1;
                    let finding =
                        Finding { place, rule: "cannot-be-held", pointer: None, reason: &reason, accepted: None };
                    tell(format!("{place}: cannot be imported: {reason}"), &finding)?;
                    continue;
                }
            };
            let upkeep = item.upkeep.unwrap_or_default();
            let invalid = validation::checked(item.content.clone()).err().unwrap_or_default();
            for fault in invalid.into_iter().chain(upkeep.faults()) {
                faults += 1;
                let reason = &faults::in_words(format, &item.content, &fault);
                let finding = Finding { place, rule: "invalid", pointer: Some(&fault.pointer), reason, accepted: None };
                tell(format!("{place}: invalid: {reason}"), &finding)?;
            }
            for Warning { rule, pointer, reason, accepted: why } in
                lint::maintained(&item.content, &upkeep, &subjects, today)
            {
                *if why.is_some() { &mut accepted } else { &mut warnings } += 1;
                let because = why.as_ref().map(|why| format!(" (accepted: {why})")).unwrap_or_default();
                let fault = FieldError { pointer, detail: reason };
                let told = faults::in_words(format, &item.content, &fault);
                let text = format!("{place}: {rule}: {told}{because}");
                let (pointer, reason) = (Some(fault.pointer.as_str()), fault.detail);
                tell(text, &Finding { place, rule, pointer, reason: &reason, accepted: why.as_deref() })?;
            }
        }
        if !flaws.is_empty() {
            return Err(Error::Refused(flaws.join("\n")));
        }
    }
    bar.finish_and_clear();
    list.end()?;
    let told = format!("{questions} questions, {faults} errors, {warnings} warnings, {accepted} accepted");
    match args.list.output {
        _ if faults > 0 || (args.strict && warnings > 0) => Err(Error::Refused(told)),
        OutputFormat::Text => print(&told),
        OutputFormat::Json => Ok(()),
    }
}
