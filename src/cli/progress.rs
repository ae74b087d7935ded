//! Progress bars.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar if stderr is a terminal, otherwise a hidden one. Without a length, it only counts.
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
