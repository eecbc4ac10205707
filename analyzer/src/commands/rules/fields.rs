//! `saker rules fields`.

use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::show;
use crate::cli;
use crate::condition::type_name;
use crate::fields::{self, Arg, Multi, Support};
use crate::views::table::{Table, text};

/// Runs it.
pub(super) fn run(args: &cli::RulesFields, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let columns = [text("field"), text("type"), text("argument"), text("recorded"), text("what it is")];
    let mut table = Table::new("fields", &columns);
    for field in fields::all() {
        let like = args.like.as_deref().is_none_or(|like| field.name.contains(like));
        // As in Falco, these are left out of the list; who asks for one by name is told.
        if !like || (field.flags.hidden && args.like.is_none()) {
            continue;
        }
        let kind = type_name(field.ty);
        let kind = if field.multi == Multi::List { format!("list of {kind}") } else { kind.to_owned() };
        let argument = match field.arg {
            Arg::None => None,
            Arg::OptionalIndex => Some("[number], optional"),
            Arg::OptionalIndexOrKey => Some("[number or name], optional"),
            Arg::Index => Some("[number]"),
            Arg::Key => Some("[name]"),
            Arg::IndexOrKey => Some("[number or name]"),
            Arg::Suffix => Some(".name"),
            Arg::SuffixOrIndex => Some(".name or [number]"),
            Arg::OptionalSuffix => Some(".name, optional"),
        };
        let recorded = match field.support {
            Support::Extracted => "yes".to_owned(),
            Support::Absent(why) => format!("no: {why}"),
        };
        table.row([field.name.into(), kind.into(), argument.into(), recorded.into(), field.doc.into()]);
    }
    show(table, &args.format, console)
}
