//! Drafting questions into a file.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use indicatif::ProgressBar;

use self::{
    file::{Drafts, Parameters},
    lock::OutputLock,
};
use super::{bank::exam_code, number::number, output::print, pool, progress};
use crate::{
    aws::Aws,
    characters::printable,
    clock::Clock,
    config::Config,
    error::Error,
    exams::{
        self,
        messages::ExamBody,
        model::{Exam, ExamCode},
    },
    generation::{
        bank::{Bank, BankQuestion},
        cold::Unkeyed,
        converse::Call,
        messages::{NewGenerationJob, Progress},
        model::OutcomeKind,
        models::Models,
        prompt,
        settings::GenerationSettings,
        writer::{self, Brief},
    },
    questions::{
        cache::QuestionCache,
        filed::Filed,
        lint::Subjects,
        model::{QuestionKind, QuestionStatus},
        queries::{self, Filter, Sort},
    },
    seed, subjects,
    telemetry::metrics::Metrics,
};

mod file;
mod lock;

/// How many questions are read at a time.
const PAGE: i64 = 500;

#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The code of the exam
    #[arg(long, value_parser = exam_code)]
    exam: ExamCode,
    /// The number of the domain; not needed with --task
    #[arg(long, required_unless_present = "task", value_parser = number(1..=i64::from(i32::MAX)))]
    domain: Option<i64>,
    /// The code of the task [default: tasks with few questions first]
    #[arg(long)]
    task: Option<String>,
    /// single_choice, multiple_response, ordering or matching
    #[arg(long, default_value = "single_choice", value_parser = str::parse::<QuestionKind>)]
    kind: QuestionKind,
    /// How many questions to request, from 1 to 200; automatic checks may refuse some of them
    #[arg(long, value_parser = number(1..=200_i32))]
    count: i32,
    /// The language to write in, such as en, pt-BR or zh-Hant
    #[arg(long, default_value = "en")]
    language: String,
    /// Notes for the model in addition to the blueprint; they are data, not instructions
    #[arg(long, default_value = "")]
    notes: String,
    /// Skip the check in which the model answers each draft without its key
    #[arg(long)]
    no_verify: bool,
    /// The model, one of BEDROCK_MODELS [default: BEDROCK_MODEL_ID]
    #[arg(long)]
    model: Option<String>,
    /// The seed file with the exam and its bank [default: the database of DATABASE_URL]
    #[arg(long, value_name = "FILE")]
    bank: Option<PathBuf>,
    /// The file for the drafts; running the command again with the same arguments continues the file
    #[arg(long, short, value_name = "FILE", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Call no model; print the input for the first question, and a cost estimate
    #[arg(long)]
    dry_run: bool,
}

impl GenerateArgs {
    /// Whether the bank comes from a file, so that no database is needed.
    pub fn needs_database(&self) -> bool {
        self.bank.is_none()
    }

    fn asked(&self) -> NewGenerationJob {
        NewGenerationJob {
            exam: self.exam.clone(),
            domain: self.domain,
            task: self.task.clone(),
            kind: self.kind,
            count: self.count,
            language: self.language.clone(),
            notes: self.notes.clone(),
            verify: !self.no_verify,
            model: self.model.clone(),
        }
    }
}

/// Drafts questions into a file. The file is complete and valid after each of them.
pub fn generate(args: &GenerateArgs, config: &Config) -> Result<(), Error> {
    let (asked, settings) = (args.asked(), &config.generation);
    if let Some(fault) = asked.faults().first() {
        return Err(Error::Usage(format!("--{} {}", fault.pointer.trim_start_matches('/'), fault.detail)));
    }
    let mut bank = match &args.bank {
        Some(path) => from_file(path, &args.exam)?,
        None => from_database(&args.exam, config)?,
    };
    let exam = bank.exam.clone();
    let unknown = |fault: crate::error::FieldError| {
        Error::Usage(format!("--{}: {}", fault.pointer.trim_start_matches('/'), fault.detail))
    };
    let domain = bank.place(&asked).map_err(unknown)?.domain();
    // Only a dry run works without a model.
    let model = match settings.choose(args.model.as_deref()) {
        Ok(model) => model,
        Err(_) if args.dry_run && args.model.is_none() => "",
        Err(detail) if args.model.is_none() => return Err(Error::Usage(detail)),
        Err(detail) => return Err(Error::Usage(format!("--model: {detail}"))),
    };
    if args.dry_run {
        let place = bank.place(&asked).map_err(unknown)?;
        let brief = bank.brief(&asked, place, 1, (model, settings.max_tokens), &mut rand::rng());
        return rehearse(&brief, asked.count, settings);
    }
    let Some(path) = &args.output else { return Err(Error::Usage("--output is required".into())) };
    let path = &file::resolved(path)?;
    let parameters = Parameters {
        exam: exam.code.to_string(),
        domain,
        task: asked.task.clone(),
        kind: asked.kind,
        count: asked.count,
        language: asked.language.clone(),
        notes: asked.notes.clone(),
        verify: asked.verify,
        model: model.to_owned(),
    };
    let _lock = OutputLock::take(path)?;
    let mut drafts = Drafts::open(path, exam, parameters)?;
    let begun = drafts.questions.iter().map(|question| BankQuestion {
        key: question.external_key.clone(),
        domain,
        task: question.task.clone(),
        is_published: false,
        content: question.content(),
    });
    bank.questions.extend(begun);
    // Tokens of earlier runs count, too.
    let (input, output) = drafts.usage();
    let desk = bank.desk(u64::try_from(settings.tokens_per_job - input - output).unwrap_or_default());
    let models = Models::new(settings, Aws::new(config.aws.clone()), Clock::system(), Metrics::new()?);
    let bar = progress::bar(Some(asked.count.unsigned_abs().into()), "questions");
    bar.set_position(drafts.generation.outcomes.len() as u64);
    let work = async {
        for number in drafts.missing() {
            let brief = {
                let place = bank.place(&asked).map_err(unknown)?;
                bank.brief(&asked, place, number, (model, settings.max_tokens), &mut rand::rng())
            };
            let written = writer::write(&models, &brief, &desk, &settings.reference_sites).await?;
            let taken = |key: &str| bank.questions.iter().any(|question| question.key == key);
            let added = drafts.add(number, written, taken);
            drafts.save(path)?;
            tell(&bar, &drafts);
            // With a model that answers immediately, Ctrl-C would never be handled otherwise.
            tokio::task::yield_now().await;
            if let Some((key, content)) = added {
                desk.add(key.as_str(), &content);
                let task = drafts.questions.last().and_then(|question| question.task.clone());
                bank.questions.push(BankQuestion { key, domain, task, is_published: false, content });
            }
        }
        Ok(())
    };
    let interrupted = async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => {}
            Err(_) => std::future::pending().await,
        }
    };
    // None: interrupted. Only the question that was being written is lost.
    let outcome: Option<Result<(), writer::Stop>> = actix_web::rt::System::new().block_on(async {
        tokio::select! {
            outcome = work => Some(outcome),
            () = interrupted => None,
        }
    });
    bar.finish_and_clear();
    let why = match outcome {
        Some(Ok(())) => return print(&summary(&drafts, settings)),
        Some(Err(writer::Stop::Error(error))) => return Err(error),
        Some(Err(stop)) => stop.to_string(),
        None => "interrupted".to_owned(),
    };
    Err(Error::Refused(format!(
        "{why}; {} of {} questions have an outcome in {}: run the same command again to continue",
        drafts.generation.outcomes.len(),
        asked.count,
        path.display()
    )))
}

fn from_file(path: &PathBuf, exam: &ExamCode) -> Result<Bank, Error> {
    let name = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| Error::Usage(format!("{name}: {error}")))?;
    let mut bank = seed::parse(&name, &text)?.into_bank();
    bank.subjects = Arc::new(Subjects::new(seed::bundled_subjects()?));
    if *bank.exam.code != **exam {
        return Err(Error::Usage(format!("--exam: {name} is a bank for {}", &*bank.exam.code)));
    }
    Ok(bank)
}

fn from_database(code: &ExamCode, config: &Config) -> Result<Bank, Error> {
    let pool = pool(config)?;
    let (id, exam, subjects) = pool.read(|conn| {
        let found: Option<Exam> = exams::queries::find(conn, code)?;
        let found = found.ok_or_else(|| Error::Usage(format!("--exam: there is no exam {code}")))?;
        let blueprint = exams::queries::blueprint(conn, found)?;
        let subjects = Arc::new(Subjects::new(subjects::queries::all(conn)?));
        Ok((blueprint.exam.id, ExamBody::of(&blueprint)?, subjects))
    })?;
    let filter = Filter { exam_id: Some(id), ..Filter::default() };
    // Each question is read once.
    let cache = QuestionCache::new(0);
    let (mut questions, mut after) = (Vec::new(), None);
    loop {
        let page = pool.read(|conn| Ok(queries::page(conn, &cache, &filter, Sort::Created, after, PAGE)?))?;
        let Some(last) = page.last() else { return Ok(Bank { exam, questions, subjects }) };
        after = Some((0, last.entry.id));
        let in_use = page.into_iter().filter(|listed| listed.entry.status != QuestionStatus::Retired);
        questions.extend(in_use.map(Filed::from).map(|filed| BankQuestion {
            key: filed.question.external_key.clone().unwrap_or_else(|| filed.question.id.to_string()),
            domain: filed.domain,
            task: filed.task.clone(),
            is_published: filed.question.status == QuestionStatus::Published,
            content: filed.content(),
        }));
    }
}

/// Prints the input of the first call, and an estimate of the total cost.
fn rehearse(brief: &Brief, count: i32, settings: &GenerationSettings) -> Result<(), Error> {
    let call = prompt::draft(brief, &settings.reference_sites);
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let message = serde_json::from_str(&call.message).map_or_else(|_| call.message.clone(), |value| pretty(&value));
    let asked = format!("{}\n\n{message}\n\n{}: {}", call.system.trim_end(), call.tool.name, pretty(&call.tool.schema));
    // The texts come from a bank: escape characters that control the terminal.
    print(&printable(&asked))?;
    let sent = |call: &Call| i64::from(call.most_tokens() - call.max_tokens);
    let (mut input, mut output) = (sent(&call), i64::from(call.max_tokens));
    // For the estimate, a question of the bank replaces the draft that does not exist yet.
    if let Some(example) = brief.examples.first().filter(|_| brief.verify) {
        let answer = prompt::answer(&Unkeyed::new(example, &mut rand::rng()), &brief.model, settings.max_tokens);
        input += sent(&answer);
        output += i64::from(answer.max_tokens);
    }
    let (input, output) = (input * i64::from(count), output * i64::from(count));
    let model = &brief.model;
    let (with, cost) = match settings.cost(model, input, output) {
        _ if model.is_empty() => (String::new(), "no model is set, so there is no price (BEDROCK_MODEL_ID)".to_owned()),
        Some(dollars) => (format!(" with {model}"), format!("at most about ${dollars:.2}")),
        None => (format!(" with {model}"), format!("BEDROCK_PRICES has no price for {model}")),
    };
    print(&format!(
        "\nestimate for {count} questions{with}: about {input} input tokens and at most {output} output tokens; {cost}"
    ))
}

/// Reports the outcome of the last question.
fn tell(bar: &ProgressBar, drafts: &Drafts) {
    let Some(last) = drafts.generation.outcomes.last() else { return };
    let what = match (&last.key, &last.rule, &last.reason) {
        (Some(key), ..) if last.disagreed => format!("{key}, the model disagreed with the key"),
        (Some(key), ..) => key.clone(),
        (None, _, Some(reason)) if last.outcome == OutcomeKind::Duplicate => reason.clone(),
        (None, rule, reason) => format!("{}: {}", rule.as_deref().unwrap_or(""), reason.as_deref().unwrap_or("")),
    };
    if bar.is_hidden() {
        let count = drafts.generation.parameters.count;
        log::info!("{} of {count}: {}: {what}", last.number, last.outcome);
    } else {
        bar.inc(1);
        bar.set_message(format!("{} {what}", last.outcome));
    }
}

/// A summary of all outcomes, for people.
fn summary(drafts: &Drafts, settings: &GenerationSettings) -> String {
    let parameters = &drafts.generation.parameters;
    let mut progress = Progress::of(parameters.count);
    for record in &drafts.generation.outcomes {
        progress.add(record.outcome, record.disagreed, 1);
    }
    let (input, output) = drafts.usage();
    let cost = settings.cost(&parameters.model, input, output);
    let cost = cost.map(|dollars| format!(", about ${dollars:.2}")).unwrap_or_default();
    format!(
        "{} questions requested: {} drafted (the model disagreed with the key of {}), {} refused, {} duplicate; \
         {input} input and {output} output tokens{cost}",
        progress.asked, progress.drafted, progress.disagreed, progress.refused, progress.duplicate
    )
}
