//! Fields of the group.

use super::row::{bytes, number, row};
use super::{Field, Moment, Type};

/// Name of a group as `now`'s container knows it; `root` for 0 and `<NA>` for an unknown one.
pub(super) fn name<'a>(now: &Moment<'a>, gid: u32) -> &'a [u8] {
    match now.history().group(now.container(), gid) {
        Some(group) if !group.name.is_empty() => &group.name,
        _ if gid == 0 => b"root",
        _ => b"<NA>",
    }
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("group.gid", Type::U32, "Effective group id of the thread.", |now, _| number(now.head().egid)),
    row(
        "group.name",
        Type::Text,
        "Name of the group; `root` for 0, the text `<NA>` if unknown.",
        |now, _| bytes(name(now, now.head().egid)),
    ),
];
