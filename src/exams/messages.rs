//! Exams in requests and responses.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Blueprint,
    model::{Exam, ExamCode, ExamStatus, ScoringPolicy, Task},
};
use crate::{
    characters::{is_blank, is_name},
    error::{Error, FieldError},
    http::extract::integer,
};

/// The largest absolute value on a scale.
const SCALE_LIMIT: i32 = 1_000_000;

/// An exam to store, with its blueprint.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamBody {
    /// The code. It cannot be changed.
    pub code: ExamCode,
    /// The full name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The organization that offers the certification.
    #[schema(min_length = 1, max_length = 200)]
    pub provider: String,
    /// Information for learners, as plain text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 2000, pattern = r"^[^\x00]*$")]
    pub description: String,
    /// The source of the blueprint.
    pub blueprint: BlueprintBody,
    /// The number of slots in a full form.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 500)]
    pub question_count: i32,
    /// The number of slots that count toward the score, at most `question_count`.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 500)]
    pub scored_count: i32,
    /// The duration of a full form, in minutes.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 1440)]
    pub duration_minutes: i32,
    /// The scale of scores.
    pub scale: Scale,
    /// How responses are marked.
    pub scoring_policy: ScoringPolicy,
    /// The domains. Their weights add up to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub domains: Vec<DomainBody>,
}

/// The source of a blueprint.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlueprintBody {
    /// The version.
    #[schema(min_length = 1, max_length = 200)]
    pub version: String,
    /// The day from which the blueprint applies.
    #[schema(value_type = String, format = Date, example = "2023-09-19")]
    pub effective_date: jiff::civil::Date,
    /// Where the blueprint is published.
    #[schema(min_length = 1, max_length = 2000)]
    pub source: String,
}

/// The scale of an exam's scores.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The score if no response is right.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = -1_000_000, maximum = 1_000_000)]
    pub min: i32,
    /// The score if every response is right.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = -1_000_000, maximum = 1_000_000)]
    pub max: i32,
    /// The score needed to pass.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = -1_000_000, maximum = 1_000_000)]
    pub pass_mark: i32,
}

/// A domain of the blueprint to store.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainBody {
    /// The number, from 1. It cannot change, because questions refer to it.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 1000)]
    pub number: i32,
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The percentage of the scored content.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 100)]
    pub weight: i32,
    /// The task statements.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub tasks: Vec<TaskBody>,
}

/// A task statement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskBody {
    /// The code, such as `1.1`. It is unique within the exam.
    #[schema(min_length = 1, max_length = 50)]
    pub code: String,
    /// The name.
    #[schema(min_length = 1, max_length = 500)]
    pub name: String,
}

impl ExamBody {
    /// A stored exam with its domains and tasks, in the form of a request.
    pub fn of(blueprint: &Blueprint) -> Result<Self, Error> {
        let exam = &blueprint.exam;
        let stored = |what: &str| Error::Internal(format!("the exam {} has a wrong {what}", exam.code));
        let date = exam.blueprint_date.parse().map_err(|_| stored("date"))?;
        let body = |task: &Task| TaskBody { code: task.code.clone(), name: task.name.clone() };
        Ok(Self {
            code: exam.code.clone().try_into().map_err(|_| stored("code"))?,
            name: exam.name.clone(),
            provider: exam.provider.clone(),
            description: exam.description.clone(),
            blueprint: BlueprintBody {
                version: exam.blueprint_version.clone(),
                effective_date: date,
                source: exam.blueprint_source.clone(),
            },
            question_count: exam.question_count,
            scored_count: exam.scored_count,
            duration_minutes: exam.duration_minutes,
            scale: Scale { min: exam.scale_min, max: exam.scale_max, pass_mark: exam.pass_mark },
            scoring_policy: exam.scoring_policy,
            domains: blueprint
                .domains
                .iter()
                .map(|domain| DomainBody {
                    number: domain.number,
                    name: domain.name.clone(),
                    weight: domain.weight,
                    tasks: blueprint.tasks_of(domain).map(body).collect(),
                })
                .collect(),
        })
    }

    /// All errors in it, located by JSON Pointers.
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                faults.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        let mut text = |pointer: &str, text: &str, most: usize| {
            let length = text.chars().count();
            let fits = !is_blank(text) && length <= most && is_name(text);
            check(fits, pointer, &format!("must have 1 to {most} characters on one line, none of them invisible"));
        };
        text("/name", &self.name, 200);
        text("/provider", &self.provider, 200);
        text("/blueprint/version", &self.blueprint.version, 200);
        text("/blueprint/source", &self.blueprint.source, 2000);
        for (index, domain) in self.domains.iter().enumerate() {
            text(&format!("/domains/{index}/name"), &domain.name, 200);
            for (task_index, task) in domain.tasks.iter().enumerate() {
                text(&format!("/domains/{index}/tasks/{task_index}/code"), &task.code, 50);
                text(&format!("/domains/{index}/tasks/{task_index}/name"), &task.name, 500);
            }
        }
        let has_room = self.description.chars().count() <= 2000 && !self.description.contains('\0');
        check(has_room, "/description", "must have at most 2000 characters, and no U+0000");
        let weight: i64 = self.domains.iter().map(|domain| i64::from(domain.weight)).sum();
        check(weight == 100, "/domains", &format!("must have weights that add up to 100, not to {weight}"));
        let positive =
            self.domains.iter().all(|domain| (1..=100).contains(&domain.weight) && (1..=1000).contains(&domain.number));
        check(positive, "/domains", "must have numbers from 1 to 1000 and weights from 1 to 100");
        let numbers: HashSet<i32> = self.domains.iter().map(|domain| domain.number).collect();
        check(numbers.len() == self.domains.len(), "/domains", "must have different numbers");
        let codes = || self.domains.iter().flat_map(|domain| &domain.tasks).map(|task| task.code.as_str());
        let different: HashSet<&str> = codes().collect();
        check(different.len() == codes().count(), "/domains", "must have different task codes");
        let few = self.domains.len() <= 100 && self.domains.iter().all(|domain| domain.tasks.len() <= 100);
        check(few, "/domains", "must have at most 100 items, with at most 100 tasks each");
        let counts = self.scored_count > 0 && self.scored_count <= self.question_count && self.question_count <= 500;
        check(counts, "/scored_count", "must be from 1 to question_count, which must be at most 500");
        check((1..=1440).contains(&self.duration_minutes), "/duration_minutes", "must be from 1 to 1440");
        let scale = &self.scale;
        let on_scale = scale.min < scale.max && (scale.min..=scale.max).contains(&scale.pass_mark);
        check(on_scale, "/scale", "must have min below max and pass_mark between them");
        let bounds = -SCALE_LIMIT..=SCALE_LIMIT;
        check(bounds.contains(&scale.min) && bounds.contains(&scale.max), "/scale", "must be within ±1000000");
        faults
    }
}

/// A new status for an exam.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamStatusChange {
    /// The new status. `published` opens the exam for attempts. Only authors see exams in the other statuses.
    pub status: ExamStatus,
}

/// An exam in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamSummary {
    /// The code, such as `clf-c02`.
    #[schema(example = "clf-c02")]
    pub code: String,
    /// The full name.
    pub name: String,
    /// The organization that offers the certification.
    pub provider: String,
    /// The number of slots in a full form.
    pub question_count: i32,
    /// The duration of a full form, in minutes.
    pub duration_minutes: i32,
    /// The number of questions in the bank that can be served.
    pub published_questions: i32,
    /// The status. Learners see only published exams; authors see all exams.
    pub status: ExamStatus,
}

impl From<(Exam, i32)> for ExamSummary {
    fn from((exam, published_questions): (Exam, i32)) -> Self {
        Self {
            code: exam.code,
            name: exam.name,
            provider: exam.provider,
            question_count: exam.question_count,
            duration_minutes: exam.duration_minutes,
            published_questions,
            status: exam.status,
        }
    }
}

/// A list of exams.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamList {
    /// The exams, ordered by code.
    pub items: Vec<ExamSummary>,
}

/// An exam with its blueprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamReply {
    /// The code, such as `clf-c02`.
    #[schema(example = "clf-c02")]
    pub code: String,
    /// The full name.
    pub name: String,
    /// The organization that offers the certification.
    pub provider: String,
    /// Information for learners, as plain text. May be empty.
    pub description: String,
    /// The status. Learners see only published exams; authors see all exams.
    pub status: ExamStatus,
    /// The source of the blueprint.
    pub blueprint: BlueprintReply,
    /// The number of slots in a full form.
    pub question_count: i32,
    /// The number of slots that count toward the score. Learners see which ones only after they submit.
    pub scored_count: i32,
    /// The duration of a full form, in minutes.
    pub duration_minutes: i32,
    /// The scale of scores.
    pub scale: Scale,
    /// How responses are marked.
    pub scoring_policy: ScoringPolicy,
    /// The number of questions in the bank that can be served.
    pub published_questions: i32,
    /// The domains, ordered by number.
    pub domains: Vec<DomainReply>,
}

/// The source of a blueprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlueprintReply {
    /// The version.
    pub version: String,
    /// The day from which the blueprint applies.
    #[schema(example = "2023-09-19", format = Date)]
    pub effective_date: String,
    /// Where the blueprint is published.
    pub source: String,
}

/// A domain of a blueprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainReply {
    /// The number, from 1.
    pub number: i32,
    /// The name.
    pub name: String,
    /// The percentage of the scored content.
    pub weight: i32,
    /// The number of slots in a full form that belong to this domain.
    pub slots: u32,
    /// The number of questions of this domain that can be served.
    pub published_questions: i32,
    /// The tasks, ordered by code.
    pub tasks: Vec<TaskReply>,
}

/// A task statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskReply {
    /// The code, such as `1.1`.
    pub code: String,
    /// The name.
    pub name: String,
}

impl From<Blueprint> for ExamReply {
    fn from(blueprint: Blueprint) -> Self {
        let Blueprint { exam, domains, tasks } = blueprint;
        let weights: Vec<u32> = domains.iter().map(|domain| domain.weight.unsigned_abs()).collect();
        let plenty = vec![u32::MAX; domains.len()];
        let slots = super::apportionment::apportion(&weights, &plenty, exam.question_count.unsigned_abs());
        let published_questions = domains.iter().map(|domain| domain.published_count).sum();
        let domains = domains
            .into_iter()
            .zip(slots)
            .map(|(domain, slots)| DomainReply {
                number: domain.number,
                name: domain.name,
                weight: domain.weight,
                slots,
                published_questions: domain.published_count,
                tasks: tasks
                    .iter()
                    .filter(|task| task.domain_id == domain.id)
                    .map(|task| TaskReply { code: task.code.clone(), name: task.name.clone() })
                    .collect(),
            })
            .collect();
        Self {
            code: exam.code,
            name: exam.name,
            provider: exam.provider,
            description: exam.description,
            status: exam.status,
            blueprint: BlueprintReply {
                version: exam.blueprint_version,
                effective_date: exam.blueprint_date,
                source: exam.blueprint_source,
            },
            question_count: exam.question_count,
            scored_count: exam.scored_count,
            duration_minutes: exam.duration_minutes,
            scale: Scale { min: exam.scale_min, max: exam.scale_max, pass_mark: exam.pass_mark },
            scoring_policy: exam.scoring_policy,
            published_questions,
            domains,
        }
    }
}
