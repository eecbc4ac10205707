//! Fields of the user and the login user.

use capture_format::snapshot::User;

use super::row::{bytes, number, row, signed};
use super::{Field, Moment, Type};

const UNSET: u32 = u32::MAX;

/// Name of a user; `root` for 0 and `<NA>` for one that nobody knows.
pub(super) fn name(user: Option<&User>, uid: u32) -> &[u8] {
    match user {
        Some(user) if !user.name.is_empty() => &user.name,
        _ if uid == 0 => b"root",
        _ => b"<NA>",
    }
}

/// The user of the event, as its container knows it.
fn user<'a>(now: &Moment<'a>) -> Option<&'a User> {
    now.history().user(now.container(), now.head().euid)
}

/// The login user. A login happens on the host, so the host's name comes first.
fn login<'a>(now: &Moment<'a>) -> Option<&'a User> {
    let uid = now.head().loginuid;
    now.history().user(None, uid).or_else(|| now.history().user(now.container(), uid))
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("user.uid", Type::U32, "Effective user id of the thread.", |now, _| number(now.head().euid)),
    row("user.name", Type::Text, "Name of the user; `root` for 0, the text `<NA>` if unknown.", |now, _| {
        bytes(name(user(now), now.head().euid))
    }),
    row("user.homedir", Type::Text, "Home directory of the user.", |now, _| bytes(&user(now)?.home)),
    row("user.shell", Type::Text, "Login shell of the user.", |now, _| bytes(&user(now)?.shell)),
    row("user.loginuid", Type::I64, "User id of the login this descends from, -1 if unset.", |now, _| {
        match now.head().loginuid {
            UNSET => signed(-1),
            uid => number(uid),
        }
    }),
    row(
        "user.loginname",
        Type::Text,
        "Name of the login user; `root` for 0, the text `<NA>` if unset or unknown.",
        |now, _| bytes(name(login(now), now.head().loginuid)),
    ),
];
