//! How far a command is, on a terminal.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar where a person sees it, and otherwise one that is not drawn. Without a length, it counts.
pub fn bar(length: Option<u64>, of: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), format!("{{bar:32}} {{pos}}/{{len}} {of} {{wide_msg}}")),
        None => (ProgressBar::new_spinner(), format!("{{spinner}} {{pos}} {of}")),
    };
    let bar = match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    bar.tick();
    bar
}
