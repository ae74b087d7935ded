//! Amazon Bedrock's Converse API: one message and one tool, which the model is forced to call.
//!
//! The SDK retries transient errors: throttling, models that are not ready, server errors and broken connections. In
//! addition, a call is sent once more if the model failed, took too long, or does not support a temperature.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_bedrockruntime::{
    Client,
    config::http::HttpResponse,
    error::{BuildError, SdkError},
    operation::converse::{ConverseError, ConverseOutput},
    types::{
        ContentBlock, ConversationRole, GuardrailConfiguration, InferenceConfiguration, Message, SpecificToolChoice,
        SystemContentBlock, Tool, ToolChoice, ToolConfiguration, ToolInputSchema, ToolSpecification,
    },
};
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use crate::{
    aws::Aws,
    generation::{
        converse::{self, Call, Converse, Failure, FailureClass, Reply},
        settings::{GenerationSettings, Guardrail},
    },
};

mod document;
mod failure;
mod limit;
mod reply;

use failure::{Circumstances, Remedy};

type CallError = SdkError<ConverseError, HttpResponse>;

/// Calls models of Amazon Bedrock.
pub struct Bedrock {
    aws: Arc<Aws>,
    client: OnceCell<Client>,
    guardrail: Option<Guardrail>,
    /// The limit of a whole call. There is none for an attempt: one that the model is still working on would be paid
    /// for and thrown away. The SDK has its own limits for connecting and for responses that stall.
    limit: Duration,
    /// Models that do not support a temperature, as far as is known.
    without_temperature: Mutex<HashSet<String>>,
}

impl Bedrock {
    /// Does not connect yet.
    pub fn new(settings: &GenerationSettings, aws: Arc<Aws>) -> Self {
        Self {
            aws,
            client: OnceCell::new(),
            guardrail: settings.guardrail.clone(),
            limit: settings.timeout,
            without_temperature: Mutex::default(),
        }
    }

    async fn ask(&self, call: &Call) -> Result<Reply, Failure> {
        let config = self.aws.config().await;
        let client = self.client.get_or_init(|| async { limit::client(config) }).await;
        let region = config.region().map_or("", |region| region.as_ref());
        let (limit, profile) = (self.limit, self.aws.profile());
        let told = |error: &CallError| failure::of(error, Circumstances { call, region, limit, profile });
        let mut sent = Sent { max_tokens: call.max_tokens, temperature: self.temperature(call) };
        let output = match self.send(client, call, &sent).await {
            Ok(output) => output,
            Err(error) => {
                match failure::remedy(&error, sent.temperature.is_some()).ok_or_else(|| told(&error))? {
                    Remedy::AsItIs => {}
                    Remedy::Smaller => sent.max_tokens = (call.max_tokens / 2).max(1),
                    Remedy::WithoutTemperature => {
                        self.without_temperature().insert(call.model.clone());
                        sent.temperature = None;
                    }
                }
                self.send(client, call, &sent).await.map_err(|error| told(&error))?
            }
        };
        reply::read(output, call)
    }

    async fn send(&self, client: &Client, call: &Call, sent: &Sent) -> Result<ConverseOutput, CallError> {
        let inference = InferenceConfiguration::builder()
            .max_tokens(i32::try_from(sent.max_tokens).unwrap_or(i32::MAX))
            .set_temperature(sent.temperature)
            .build();
        let message = Message::builder()
            .role(ConversationRole::User)
            .content(ContentBlock::Text(call.message.clone()))
            .build()
            .map_err(SdkError::construction_failure)?;
        let guardrail = self.guardrail.as_ref().map(|guardrail| {
            GuardrailConfiguration::builder()
                .guardrail_identifier(&guardrail.id)
                .guardrail_version(&guardrail.version)
                .build()
        });
        client
            .converse()
            .model_id(&call.model)
            .system(SystemContentBlock::Text(call.system.clone()))
            .messages(message)
            .tool_config(forced(&call.tool).map_err(SdkError::construction_failure)?)
            .inference_config(inference)
            .set_guardrail_config(guardrail)
            .send()
            .await
    }

    fn temperature(&self, call: &Call) -> Option<f32> {
        (!self.without_temperature().contains(&call.model)).then_some(call.temperature)
    }

    fn without_temperature(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.without_temperature.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Converse for Bedrock {
    fn converse<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let too_late = |_| Failure { class: FailureClass::TimedOut, detail: failure::too_late(self.limit) };
            tokio::time::timeout(self.limit, self.ask(call)).await.map_err(too_late)?
        })
    }
}

/// What may differ between attempts.
struct Sent {
    max_tokens: u32,
    temperature: Option<f32>,
}

/// One tool, which the model has to call.
fn forced(tool: &converse::Tool) -> Result<ToolConfiguration, BuildError> {
    let specification = ToolSpecification::builder()
        .name(tool.name)
        .description(tool.description)
        .input_schema(ToolInputSchema::Json(document::from_json(&tool.schema)))
        .build()?;
    let choice = SpecificToolChoice::builder().name(tool.name).build()?;
    ToolConfiguration::builder().tools(Tool::ToolSpec(specification)).tool_choice(ToolChoice::Tool(choice)).build()
}
