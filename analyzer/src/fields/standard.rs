//! Fields of the descriptors a program is started with: input, output, errors.

use capture_format::Descriptor;

use super::descriptors::FdKind;
use super::row::{bytes, owned, row};
use super::{Field, Moment, Type, Value};
use crate::history::resolved_directory;

fn standard<'a>(now: &Moment<'a>, fd: usize) -> Option<Descriptor<'a>> {
    now.image()?.standard(fd)
}

fn kind<'a>(now: &Moment<'a>, fd: usize) -> Option<Value<'a>> {
    bytes(FdKind::of(&standard(now, fd)?).word().as_bytes())
}

/// A pipe has no name; its number tells which processes it joins.
fn name<'a>(now: &Moment<'a>, fd: usize) -> Option<Value<'a>> {
    let found = standard(now, fd)?;
    if found.is_inet() {
        return owned(now.tuple_text(&found)?);
    }
    match FdKind::of(&found) {
        FdKind::Pipe if found.path.data.is_empty() => owned(format!("pipe:[{}]", found.ino)),
        FdKind::Directory => bytes(resolved_directory(found.path.data)),
        _ => bytes(found.path.data),
    }
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row(
        "proc.stdin.name",
        Type::Text,
        "Path, addresses or pipe of the program's standard input, as it was started.",
        |now, _| name(now, 0),
    ),
    row(
        "proc.stdin.type",
        Type::Text,
        "Kind of the program's standard input, as it was started.",
        |now, _| kind(now, 0),
    ),
    row(
        "proc.stdout.name",
        Type::Text,
        "Path, addresses or pipe of the program's standard output, as it was started.",
        |now, _| name(now, 1),
    ),
    row(
        "proc.stdout.type",
        Type::Text,
        "Kind of the program's standard output, as it was started.",
        |now, _| kind(now, 1),
    ),
    row(
        "proc.stderr.name",
        Type::Text,
        "Path, addresses or pipe of the program's error output, as it was started.",
        |now, _| name(now, 2),
    ),
    row(
        "proc.stderr.type",
        Type::Text,
        "Kind of the program's error output, as it was started.",
        |now, _| kind(now, 2),
    ),
];
