//! All models that can be asked, behind one door: Amazon Bedrock, and the script. Counts what is asked, and remembers how
//! the last call to AWS went.

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

/// How long a failed call makes AWS unhealthy, unless another one succeeds.
const REMEMBERED: Duration = Duration::from_secs(300);

/// Everything that answers calls. Made once by a server or a command, and handed around as `Arc<dyn Converse>`.
pub struct Models {
    bedrock: Bedrock,
    scripted: Scripted,
    aws: Arc<Aws>,
    /// Whether a model of Amazon Bedrock is set, so that absent credentials are a mistake.
    wanted: bool,
    clock: Clock,
    metrics: Metrics,
    last_failure: Mutex<Option<(Duration, FailureClass)>>,
}

/// How well AWS is, as far as this process knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsHealth {
    /// There are credentials, and no call failed lately.
    Healthy,
    /// The credentials cannot be resolved, or the last call failed with this.
    Unhealthy(FailureClass),
    /// No credentials are set up, and no model needs them.
    Unconfigured,
}

impl Models {
    /// Connects to nothing yet.
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

    /// How well AWS is, by its credentials and by the last call to it.
    pub async fn aws_health(&self) -> AwsHealth {
        match self.aws.credentials().await {
            CredentialsState::Absent if !self.wanted => AwsHealth::Unconfigured,
            CredentialsState::Absent | CredentialsState::Failed => AwsHealth::Unhealthy(FailureClass::Credentials),
            CredentialsState::Resolved => self.last_failure().map_or(AwsHealth::Healthy, AwsHealth::Unhealthy),
        }
    }

    /// The class of failure of the last call to AWS, if it failed in the last minutes.
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
