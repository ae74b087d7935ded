//! The `tripos` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tripos::cli::main()
}
