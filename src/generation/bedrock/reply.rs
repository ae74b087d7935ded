//! Reads the response: the input of the tool call, or why there is none.

use aws_sdk_bedrockruntime::{
    operation::converse::ConverseOutput as Output,
    types::{ContentBlock, ConverseOutput, StopReason},
};

use super::document;
use crate::generation::converse::{Answer, Call, Failure, FailureClass, Reply, Usage};

/// The most characters of a model's text that a reason quotes.
const QUOTED: usize = 120;

/// Reads the response to a call. Tokens are counted whatever the result is.
pub fn read(output: Output, call: &Call) -> Result<Reply, Failure> {
    let Output { output, stop_reason, usage, .. } = output;
    let usage = usage.map_or_else(Usage::default, |usage| Usage {
        input_tokens: usage.input_tokens.try_into().unwrap_or(0),
        output_tokens: usage.output_tokens.try_into().unwrap_or(0),
    });
    let content = match output {
        Some(ConverseOutput::Message(message)) => message.content,
        // The SDK returns an unknown message and zero tokens if the response has none.
        _ if usage == Usage::default() => {
            let detail = "the server that answered is not Amazon Bedrock: its answer has no message".to_owned();
            return Err(Failure { class: FailureClass::Malformed, detail });
        }
        _ => Vec::new(),
    };
    // A guardrail blocks a request before it costs tokens.
    let is_known = usage != Usage::default() || stop_reason == StopReason::GuardrailIntervened;
    let usage = if is_known { call.believed(usage) } else { call.reservation() };
    Ok(Reply { answer: answer(&stop_reason, content, call.tool.name), usage })
}

fn answer(stopped: &StopReason, content: Vec<ContentBlock>, tool: &str) -> Answer {
    let refused = |rule, reason: &str| Answer::Refused { rule, reason: reason.to_owned() };
    match stopped {
        StopReason::EndTurn | StopReason::ToolUse => tool_call(content, tool),
        StopReason::MaxTokens => {
            refused("max-tokens", "the answer exceeds BEDROCK_MAX_TOKENS (halved after a timeout) or the model's limit")
        }
        StopReason::StopSequence => refused("stop-sequence", "the model stopped at a stop sequence"),
        StopReason::GuardrailIntervened => {
            refused("guardrail", "the guardrail BEDROCK_GUARDRAIL_ID blocked the request or the answer")
        }
        StopReason::ContentFiltered => refused("content-filter", "a content filter of the model blocked the answer"),
        StopReason::MalformedToolUse | StopReason::MalformedModelOutput => {
            refused("malformed-output", "the model's output cannot be read")
        }
        StopReason::ModelContextWindowExceeded => {
            refused("context-window", "request and answer together are longer than the model can hold")
        }
        other => {
            let reason = format!("the model stopped for an unknown reason: {}", quoted(other.as_str()));
            Answer::Refused { rule: "unknown-stop-reason", reason }
        }
    }
}

fn tool_call(content: Vec<ContentBlock>, tool: &str) -> Answer {
    let mut written = None;
    for block in content {
        match block {
            ContentBlock::ToolUse(call) if call.name == tool => return Answer::Tool(document::into_json(call.input)),
            ContentBlock::Text(text) => written = written.or(Some(text)),
            _ => {}
        }
    }
    let reason = match written {
        Some(text) => format!("the model wrote text instead of calling the tool: {}", quoted(&text)),
        None => "the model did not call the tool".to_owned(),
    };
    Answer::Refused { rule: "no-tool-call", reason }
}

fn quoted(text: &str) -> String {
    let start: String = text.chars().take(QUOTED).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{:?}", start + more)
}
