//! All models behind one interface: Amazon Bedrock and the built-in script. Counts calls, and remembers whether the
//! last call to AWS succeeded.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;

use super::{
    bedrock::Bedrock,
    converse::{Answer, Call, Converse, Failure, FailureClass, Reply},
    scripted::Scripted,
    settings::{GenerationSettings, SCRIPTED},
};
use crate::{
    aws::{Aws, CredentialsState},
    clock::Clock,
    telemetry::metrics::Metrics,
};

/// How long AWS counts as unhealthy after a failed call, unless another one succeeds.
const REMEMBERED: Duration = Duration::from_secs(300);

/// All models. Created once by a server or a command, and shared as `Arc<dyn Converse>`.
pub struct Models {
    bedrock: Bedrock,
    scripted: Scripted,
    aws: Arc<Aws>,
    /// Whether a model of Amazon Bedrock is set, so that missing credentials are an error.
    wanted: bool,
    clock: Clock,
    metrics: Metrics,
    last_failure: Mutex<Option<(Duration, FailureClass)>>,
}

/// The health of AWS, as far as this process knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsHealth {
    /// There are credentials, and the last call did not fail recently.
    Healthy,
    /// The credentials cannot be resolved, or the last call failed in this way.
    Unhealthy(FailureClass),
    /// No credentials are configured, and no model needs them.
    Unconfigured,
}

impl Models {
    /// Does not connect yet.
    pub fn new(settings: &GenerationSettings, aws: Aws, clock: Clock, metrics: Metrics) -> Self {
        let aws = Arc::new(aws);
        Self {
            bedrock: Bedrock::new(settings, aws.clone()),
            scripted: Scripted::default(),
            aws,
            wanted: settings.models.iter().any(|model| model != SCRIPTED),
            clock,
            metrics,
            last_failure: Mutex::new(None),
        }
    }

    /// The health of AWS, from its credentials and from the last call to it.
    pub async fn aws_health(&self) -> AwsHealth {
        match self.aws.credentials().await {
            CredentialsState::Absent if !self.wanted => AwsHealth::Unconfigured,
            CredentialsState::Absent | CredentialsState::Failed => AwsHealth::Unhealthy(FailureClass::Credentials),
            CredentialsState::Resolved => self.last_failure().map_or(AwsHealth::Healthy, AwsHealth::Unhealthy),
        }
    }

    /// The class of failure of the last call to AWS, if it failed recently.
    fn last_failure(&self) -> Option<FailureClass> {
        let last = *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner);
        last.filter(|(when, _)| self.clock.elapsed().saturating_sub(*when) < REMEMBERED).map(|(_, class)| class)
    }

    async fn ask(&self, call: &Call) -> Result<Reply, Failure> {
        if call.model == SCRIPTED {
            return self.scripted.converse(call).await;
        }
        let result = self.bedrock.converse(call).await;
        let failure = result.as_ref().err().map(|failure| (self.clock.elapsed(), failure.class));
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        result
    }
}

impl Converse for Models {
    fn converse<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let started = self.clock.elapsed();
            let result = self.ask(call).await;
            let (outcome, usage) = match &result {
                Ok(Reply { answer: Answer::Tool(_), usage }) => ("ok", *usage),
                Ok(Reply { answer: Answer::Refused { rule, .. }, usage }) => (*rule, *usage),
                Err(failure) => (failure.class.as_str(), Default::default()),
            };
            let took = self.clock.elapsed().saturating_sub(started);
            self.metrics.model_called(&call.model, call.purpose.as_str(), outcome, took);
            self.metrics.model_tokens(&call.model, usage.input_tokens, usage.output_tokens);
            result
        })
    }
}
