//! Amazon Bedrock's Converse API.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    aws::Aws,
    generation::{
        converse::{Call, Converse, Failure, FailureClass, Reply},
        settings::GenerationSettings,
    },
};

/// Calls models of Amazon Bedrock.
pub struct Bedrock {
    aws: Arc<Aws>,
}

impl Bedrock {
    /// Connects to nothing yet.
    pub fn new(_settings: &GenerationSettings, aws: Arc<Aws>) -> Self {
        Self { aws }
    }
}

impl Converse for Bedrock {
    fn converse<'a>(&'a self, _call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            self.aws.config().await;
            Err(Failure { class: FailureClass::Unavailable, detail: "not there yet".to_owned() })
        })
    }
}
