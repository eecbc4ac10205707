//! `saker`: replays captures through rules.
// The edge of the program: the only place that prints and ends it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use analyzer::cli::Cli;
use analyzer::commands::{self, Console, Failure, Talk};
use analyzer::render::{Style, escape};
use clap::Parser;

/// Width of tables that go to a file or a pipe.
const WIDTH_ELSEWHERE: u16 = 120;
/// Narrowest table that can be read.
const WIDTH_MIN: u16 = 60;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, the rest is wrong usage.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return code.into();
        }
    };
    let (stdout, mut stderr) = (io::stdout(), io::stderr());
    let out_is_terminal = stdout.is_terminal();
    let width = comfy_table::Table::new().width().filter(|_| out_is_terminal);
    let style = Style {
        width: width.unwrap_or(WIDTH_ELSEWHERE).max(WIDTH_MIN),
        colour: out_is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let talk = match (cli.quiet, cli.verbose) {
        (true, _) => Talk::Quiet,
        (_, true) => Talk::Verbose,
        _ => Talk::Normal,
    };
    let mut out = BufWriter::with_capacity(64 * 1024, stdout.lock());
    let err_is_terminal = stderr.is_terminal();
    let mut console =
        Console { out: &mut out, err: &mut stderr, out_is_terminal, err_is_terminal, style, talk };
    let result = commands::run(cli.command, &mut console);
    // What was written before a failure is still an answer.
    let result = match (result, out.flush()) {
        (Ok(outcome), Err(error)) => Err(Failure::from(error).after(outcome)),
        (result, _) => result,
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            if !failure.is_silent() {
                // Names in it may come from a folder that was handed over.
                eprintln!("error: {}", escape::terminal_lines(&failure.to_string()));
            }
            failure.code().into()
        }
    }
}
