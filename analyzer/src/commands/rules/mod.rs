//! `saker rules`: what rules there are, whether they load, what they need.

mod check;
mod coverage;
mod diff;
mod fields;
mod found;
mod import;
mod list;
mod needs;
mod review;
mod show;
mod verdict;

use super::console::Console;
use super::outcome::{Failure, Outcome};
use crate::cli::Rules;
use crate::render;
use crate::views::table::Table;

/// Runs one of them.
pub(super) fn run(command: &Rules, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    match command {
        Rules::List(args) => list::run(args, console),
        Rules::Show(args) => show::run(args, console),
        Rules::Check(args) => check::run(args, console),
        Rules::Coverage(args) => coverage::run(args, console),
        Rules::Diff(args) => diff::run(args, console),
        Rules::Review(args) => review::run(args, console),
        Rules::Needs(args) => needs::run(args, console),
        Rules::Fields(args) => fields::run(args, console),
        Rules::Import(args) => import::run(args, console),
    }
}

/// Writes a table in the format called `format`.
fn show(table: Table, format: &str, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let format = render::format(format).ok_or_else(|| Failure::Usage(format!("no format `{format}`")))?;
    (format.render)(&[table], console.style, &mut console.out)?;
    Ok(Outcome::Clean)
}

/// Writes a document of its own shape.
fn write_json(document: &serde_json::Value, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    serde_json::to_writer_pretty(&mut console.out, document).map_err(std::io::Error::from)?;
    writeln!(console.out)?;
    Ok(Outcome::Clean)
}
