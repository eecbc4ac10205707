//! Fields of the paths that a call acted on.

use std::borrow::Cow;

use capture_format::EventType as E;

use super::row::row;
use super::shape::{self, Refers};
use super::{Field, Moment, Type, Value, paths};

/// Which path of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The only one.
    Only,
    /// The first of two.
    Source,
    /// The second of two.
    Target,
}

/// Event, which of its paths, the parameter that is the path, the one that is the directory a
/// relative path starts from. Of link the new name is the source and the existing file the
/// target, as in Falco.
const PATHS: &[(E, Which, &str, &str)] = &[
    (E::Open, Which::Only, "name", "dir"),
    (E::Openat, Which::Only, "name", "dir"),
    (E::Openat2, Which::Only, "name", "dir"),
    (E::Mkdir, Which::Only, "path", "dir"),
    (E::Mkdirat, Which::Only, "path", "dir"),
    (E::Rmdir, Which::Only, "path", "dir"),
    (E::Unlink, Which::Only, "path", "dir"),
    (E::Unlinkat, Which::Only, "name", "dir"),
    (E::Chmod, Which::Only, "filename", "dir"),
    (E::Fchmodat, Which::Only, "filename", "dir"),
    // Not in Falco, which has no parameters of this call.
    (E::Fchmodat2, Which::Only, "filename", "dir"),
    (E::Chown, Which::Only, "path", "dir"),
    (E::Lchown, Which::Only, "path", "dir"),
    (E::Fchownat, Which::Only, "pathname", "dir"),
    (E::Umount2, Which::Only, "name", "dir"),
    (E::Rename, Which::Source, "oldpath", "olddir_path"),
    (E::Rename, Which::Target, "newpath", "newdir_path"),
    (E::Renameat, Which::Source, "oldpath", "olddir_path"),
    (E::Renameat, Which::Target, "newpath", "newdir_path"),
    (E::Renameat2, Which::Source, "oldpath", "olddir_path"),
    (E::Renameat2, Which::Target, "newpath", "newdir_path"),
    (E::Link, Which::Source, "newpath", "newdir_path"),
    (E::Link, Which::Target, "oldpath", "olddir_path"),
    (E::Linkat, Which::Source, "newpath", "newdir_path"),
    (E::Linkat, Which::Target, "oldpath", "olddir_path"),
    (E::Symlink, Which::Source, "linkpath", "dir"),
    (E::Symlink, Which::Target, "target", "dir"),
    (E::Symlinkat, Which::Source, "linkpath", "dir"),
    (E::Symlinkat, Which::Target, "target", "dir"),
    (E::Mount, Which::Source, "dev", "at_dir"),
    (E::Mount, Which::Target, "dir", "at_dir"),
];

/// Whether the call did what it was asked. Of the open family only -1 counts as failed, so that
/// the path of a file that could not be opened for another reason is there, as in Falco.
fn succeeded(now: &Moment<'_>) -> bool {
    match shape::of(now.event_type()).refers {
        Refers::Opened => now.result().is_some_and(|result| result != -1),
        _ => now.result() == Some(0),
    }
}

fn find(now: &Moment<'_>, which: Which) -> Option<(usize, Option<usize>)> {
    let (_, _, path, dir) =
        PATHS.iter().find(|(event, role, ..)| *event == now.event_type() && *role == which)?;
    Some((now.slot(path)?, now.slot(dir)))
}

/// Whether events of this type have such a path.
pub(super) fn has(event: E, which: Which) -> bool {
    (matches!(event, E::Fchmod | E::Fchown) && which == Which::Only)
        || PATHS.iter().any(|(known, role, ..)| *known == event && *role == which)
}

/// The path as it was given.
pub(super) fn given<'a>(now: &Moment<'a>, which: Which) -> Option<Cow<'a, [u8]>> {
    match (now.event_type(), which) {
        (E::Fchmod | E::Fchown, Which::Only) => now.fd_name(),
        _ => Some(paths::single_slashes(now.bytes(find(now, which)?.0)?.data)),
    }
}

/// The path made absolute and normalised.
pub(super) fn resolved<'a>(now: &Moment<'a>, which: Which) -> Option<Cow<'a, [u8]>> {
    match (now.event_type(), which) {
        (E::Fchmod | E::Fchown, Which::Only) => now.fd_name(),
        // What is mounted may be a word such as `tmpfs`, or nothing.
        (E::Mount, Which::Source) => {
            let given = now.bytes(find(now, which)?.0)?.data;
            if given.contains(&b'/') { Some(paths::absolute(b"", given)) } else { Some(Cow::Borrowed(given)) }
        }
        _ => {
            let (path, dir) = find(now, which)?;
            now.absolute(path, dir)
        }
    }
}

fn path<'a>(
    now: &Moment<'a>,
    which: Which,
    get: fn(&Moment<'a>, Which) -> Option<Cow<'a, [u8]>>,
) -> Option<Value<'a>> {
    if succeeded(now) { get(now, which).map(Value::Bytes) } else { None }
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("fs.path.name", Type::Text, "Path that a successful call acted on, made absolute.", |now, _| {
        path(now, Which::Only, resolved)
    }),
    row("fs.path.nameraw", Type::Text, "Path that a successful call acted on, as given.", |now, _| {
        path(now, Which::Only, given)
    }),
    row(
        "fs.path.source",
        Type::Text,
        "First path of a successful call with two, made absolute; of link the new one.",
        |now, _| path(now, Which::Source, resolved),
    ),
    row("fs.path.sourceraw", Type::Text, "First path of a successful call with two, as given.", |now, _| {
        path(now, Which::Source, given)
    }),
    row(
        "fs.path.target",
        Type::Text,
        "Second path of a successful call with two, made absolute; of link the existing one.",
        |now, _| path(now, Which::Target, resolved),
    ),
    row("fs.path.targetraw", Type::Text, "Second path of a successful call with two, as given.", |now, _| {
        path(now, Which::Target, given)
    }),
];
