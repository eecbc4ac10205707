//! The commands: each reads its arguments, asks a view, hands the answer to a format.

mod analyze;
mod captures;
mod config;
mod console;
pub mod eval;
mod events;
mod expect;
mod explain;
mod info;
mod outcome;
mod point;
mod progress;
mod rule_files;
mod rule_name;
mod rules;
mod samples;
mod test;
mod verify;
mod yaml;

pub use console::{Console, Talk};
pub use outcome::{Failure, Outcome};

use crate::cli::Command;

/// Runs a command.
pub fn run(command: Command, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    match command {
        Command::Analyze(args) => analyze::run(&args, console),
        Command::Events(args) => events::run(args, console),
        Command::Explain(args) => explain::run(&args, console),
        Command::Info(args) => info::run(&args, console),
        Command::Verify(args) => verify::run(&args, console),
        Command::Test(args) => test::run(&args, console),
        Command::Rules(args) => rules::run(&args, console),
        Command::Eval(args) => eval::run(&args, console),
    }
}
