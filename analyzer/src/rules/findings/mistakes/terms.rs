//! Mistakes in comparisons that are sentences and do not say what is meant: a row each.

use super::super::leaf::{span, words};
use super::Mistake;
use crate::condition::ast::{Check, FieldRef, Rhs, Term, Word};
use crate::condition::operators::{Class, Op};
use crate::condition::plan::Env;
use crate::condition::{Kind, Span, class_of, parse_address, resolve};
use crate::fields::Type;

/// A change: where, and what is to stand there.
pub(super) type Change = (Span, String);

/// A row: what is wrong, and how it is found in one comparison.
pub(super) struct Row {
    pub(super) mistake: Mistake,
    pub(super) find: fn(&Compared<'_>) -> Option<Vec<Change>>,
}

/// A comparison, its field known.
pub(super) struct Compared<'c> {
    check: &'c Check,
    field: &'c FieldRef,
    name: &'static str,
    ty: Type,
}

impl<'c> Compared<'c> {
    pub(super) fn new(check: &'c Check, env: &Env<'_>) -> Option<Self> {
        let Term::Field(field) = &check.left else { return None };
        let arg = field.arg.as_ref().map(Word::lossy);
        let bound = resolve(env.find, &field.name, arg.as_deref()).ok()?;
        Some(Self { check, field, name: bound.field.name, ty: bound.ty })
    }

    /// The only literal.
    fn word(&self) -> Option<(&'c Word, String)> {
        match &self.check.right {
            Rhs::Word(word) => Some((word, word.lossy().into_owned())),
            _ => None,
        }
    }

    fn equal(&self) -> bool {
        matches!(self.check.op, Op::Eq | Op::EqEq | Op::Ne)
    }

    fn whole(&self) -> bool {
        self.equal() || self.check.op == Op::In
    }

    fn all(&self, test: impl Fn(&str) -> bool) -> bool {
        let words = words(self.check);
        !words.is_empty() && words.iter().all(|word| test(&word.lossy()))
    }

    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name)
    }

    /// Another field in its place.
    fn field(&self, name: &str) -> Option<Vec<Change>> {
        Some(vec![(self.field.at, name.to_owned())])
    }

    /// Another operator in its place; a word has blanks around it.
    fn op(&self, name: &str) -> Change {
        let right = match &self.check.right {
            Rhs::Word(word) | Rhs::Name(_, word) => word.at,
            Rhs::List(_, _, at) => *at,
            Rhs::Term(term) => term.at(),
            Rhs::None => self.check.op_at,
        };
        let word = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let blank = |touches: bool| if word && touches { " " } else { "" };
        let before = blank(self.check.left.at().end == self.check.op_at.start);
        let after = blank(right.start == self.check.op_at.end);
        (self.check.op_at, format!("{before}{name}{after}"))
    }
}

const fn row(
    wrong: &'static str,
    right: &'static str,
    note: &'static str,
    find: fn(&Compared<'_>) -> Option<Vec<Change>>,
) -> Row {
    Row { mistake: Mistake { wrong, right, note }, find }
}

/// Command names of a process or its parent.
const COMMS: &[&str] = &["proc.name", "proc.pname", "proc.aname"];

/// The rows.
pub(super) static ROWS: &[Row] = &[
    row(
        "proc.name in (\"sh,bash\")",
        "proc.name in (sh, bash)",
        "one string with commas in it is one value",
        |it| {
            if !it.is(COMMS) && !it.is(&["evt.type", "syscall.type", "user.name"]) {
                return None;
            }
            let (at, text) = match (&it.check.right, it.check.op) {
                (Rhs::Word(word), Op::Eq | Op::EqEq) => (word.at, word.lossy()),
                (Rhs::List(None, words, _), Op::In) => match words.as_slice() {
                    [word] => (word.at, word.lossy()),
                    _ => return None,
                },
                _ => return None,
            };
            let values: Vec<String> =
                text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(quote).collect();
            if values.len() < 2 {
                return None;
            }
            let list = values.join(", ");
            Some(match it.check.op {
                Op::In => vec![(at, list)],
                _ => vec![it.op("in"), (at, format!("({list})"))],
            })
        },
    ),
    row(
        "proc.name = /bin/bash",
        "proc.exepath = /bin/bash",
        "a command name is no path: that is `proc.exepath`",
        |it| {
            let path = |text: &str| text.starts_with('/') && text.len() > 1;
            if !it.is(COMMS) || !(it.whole() || it.check.op == Op::StartsWith) || !it.all(path) {
                return None;
            }
            let arg = it.field.arg.as_ref().map(|arg| format!("[{}]", arg.lossy())).unwrap_or_default();
            it.field(&match it.name {
                "proc.name" => "proc.exepath".to_owned(),
                "proc.pname" => "proc.pexepath".to_owned(),
                _ => format!("proc.aexepath{arg}"),
            })
        },
    ),
    row(
        "evt.type = openat and fd.name in (passwd, shadow)",
        "evt.type = openat and fd.filename in (passwd, shadow)",
        "`fd.name` is a whole path; its last part is `fd.filename`",
        |it| {
            let plain = |text: &str| {
                text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
                    && !text.contains(['/', ':', '>', '*', '?'])
                    && parse_address(text).is_none()
            };
            if it.name != "fd.name" || !it.whole() || !it.all(plain) {
                return None;
            }
            it.field("fd.filename")
        },
    ),
    row(
        "evt.type = connect and fd.name = 10.1.2.3",
        "evt.type = connect and fd.sip = 10.1.2.3",
        "`fd.name` of a socket is both of its ends; the server's address is `fd.sip`",
        |it| {
            let address = |text: &str| parse_address(text).is_some();
            if it.name != "fd.name" || !it.whole() || !it.all(address) {
                return None;
            }
            it.field("fd.sip")
        },
    ),
    row(
        "evt.type = openat and fd.directory = /etc/",
        "evt.type = openat and fd.directory = /etc",
        "a directory is named without a slash at its end",
        |it| {
            let slash = |text: &str| text.len() > 1 && text.ends_with('/');
            if it.name != "fd.directory" || !it.whole() {
                return None;
            }
            let words = words(it.check).iter().filter(|word| slash(&word.lossy()));
            let changes: Vec<Change> =
                words.map(|word| (word.at, quote(word.lossy().trim_end_matches('/')))).collect();
            (!changes.is_empty()).then_some(changes)
        },
    ),
    row(
        "evt.type = openat and fd.name = /etc/*",
        "evt.type = openat and fd.name glob /etc/*",
        "`=` knows no wildcards: that is `glob`",
        |it| {
            let (_, text) = it.word()?;
            let path = it.is(&["fd.name", "proc.exepath", "proc.cmdline", "fs.path.name", "proc.pexepath"])
                || it.is(COMMS);
            if !path || !matches!(it.check.op, Op::Eq | Op::EqEq) || !text.contains('*') {
                return None;
            }
            Some(vec![it.op("glob")])
        },
    ),
    row(
        "evt.type = openat and fd.name startswith /etc/*",
        "evt.type = openat and fd.name startswith /etc/",
        "`startswith` and `endswith` know no wildcards",
        |it| {
            let (word, text) = it.word()?;
            let new = match it.check.op {
                Op::StartsWith => text.strip_suffix('*')?,
                Op::EndsWith => text.strip_prefix('*')?,
                _ => return None,
            };
            let path = it.is(&["fd.name", "proc.exepath", "proc.pexepath", "fs.path.name"]);
            (path && !new.is_empty() && !new.contains('*')).then(|| vec![(word.at, quote(new))])
        },
    ),
    row(
        "evt.type = connect and fd.sip = 10.0.0.0/8",
        "evt.type = connect and fd.snet = 10.0.0.0/8",
        "a network is compared with `fd.snet` and its kin",
        |it| {
            let (_, text) = it.word()?;
            let net = it.name.strip_suffix("ip").filter(|_| it.ty == Type::Addr)?;
            let mask = text.split_once('/')?.1;
            mask.parse::<u8>().ok()?;
            it.field(&format!("{net}net"))
        },
    ),
    row(
        "evt.type = connect and fd.snet = 10.1.2.3",
        "evt.type = connect and fd.sip = 10.1.2.3",
        "one address is compared with `fd.sip` and its kin",
        |it| {
            let end = it.name.strip_suffix("net").filter(|_| it.ty == Type::Net)?;
            it.all(|text| parse_address(text).is_some()).then_some(())?;
            it.field(&format!("{end}ip"))
        },
    ),
    row(
        "evt.type = connect and fd.sip = example.com",
        "evt.type = connect and fd.sip.name = example.com",
        "a name is compared with `fd.sip.name` and its kin",
        |it| {
            let host = |text: &str| {
                text.contains('.')
                    && text
                        .rsplit('.')
                        .next()
                        .is_some_and(|last| last.chars().all(|c| c.is_ascii_alphabetic()))
                    && !text.contains([':', '/'])
            };
            let named = it.is(&["fd.sip", "fd.cip", "fd.lip", "fd.rip"]);
            (named && it.whole() && it.all(host)).then_some(())?;
            it.field(&format!("{}.name", it.name))
        },
    ),
    row(
        "spawned_process and user.uid = root",
        "spawned_process and user.name = root",
        "a user's number is no name: that is `user.name`",
        |it| {
            let named = match it.name {
                "user.uid" => "user.name",
                "user.loginuid" => "user.loginname",
                "group.gid" => "group.name",
                _ => return None,
            };
            let name = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            (it.whole() && it.all(name)).then_some(())?;
            it.field(named)
        },
    ),
    row(
        "evt.type = connect and evt.res = 0",
        "evt.type = connect and evt.rawres = 0",
        "`evt.res` is a word, SUCCESS or an error's name; the number is `evt.rawres`",
        |it| {
            let number = |text: &str| text.parse::<i64>().is_ok();
            let order = matches!(it.check.op, Op::Lt | Op::Le | Op::Gt | Op::Ge);
            (it.name == "evt.res" && (it.whole() || order) && it.all(number)).then_some(())?;
            it.field("evt.rawres")
        },
    ),
    row(
        "evt.type = openat and evt.failed = True",
        "evt.type = openat and evt.failed = true",
        "truth values are `true` and `false`",
        |it| {
            let (word, text) = it.word()?;
            (class_of(it.ty) == Class::Bool && it.equal()).then_some(())?;
            let new = match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "on" => "true",
                "false" | "no" | "0" | "off" => "false",
                _ => return None,
            };
            (text != new).then(|| vec![(word.at, new.to_owned())])
        },
    ),
    row(
        "spawned_process and proc.tty = true",
        "spawned_process and proc.tty != 0",
        "`proc.tty` is a number, 0 without a terminal",
        |it| {
            let (word, text) = it.word()?;
            let op = match (it.check.op, text.to_ascii_lowercase().as_str()) {
                (Op::Eq | Op::EqEq, "true" | "yes") | (Op::Ne, "false" | "no" | "none") => "!=",
                (Op::Eq | Op::EqEq, "false" | "no" | "none") | (Op::Ne, "true" | "yes") => "=",
                _ => return None,
            };
            (it.name == "proc.tty").then(|| vec![it.op(op), (word.at, "0".to_owned())])
        },
    ),
    row(
        "spawned_process and proc.pname = null",
        "spawned_process and not proc.pname exists",
        "whether there is a value is asked with `exists`",
        |it| {
            let (_, text) = it.word()?;
            let none = ["null", "NULL", "nil", "None", "undefined"].contains(&text.as_str());
            let written = it.check.left.to_string();
            match it.check.op {
                Op::Eq | Op::EqEq if none => Some(vec![(span(it.check), format!("not {written} exists"))]),
                Op::Ne if none => Some(vec![(span(it.check), format!("{written} exists"))]),
                _ => None,
            }
        },
    ),
    row(
        "spawned_process and container.id != \"\"",
        "spawned_process and container.id != host",
        "outside containers `container.id` is `host`, not empty",
        |it| {
            let (word, text) = it.word()?;
            (it.is(&["container.id", "container.name", "container.type"]) && it.equal() && text.is_empty())
                .then(|| vec![(word.at, "host".to_owned())])
        },
    ),
    row(
        "spawned_process and container.image = nginx",
        "spawned_process and container.image.repository = nginx",
        "`container.image` has a tag or digest; without is `container.image.repository`",
        |it| {
            let bare = |text: &str| !text.contains([':', '@', '*']) && !text.is_empty();
            let whole = it.whole() || it.check.op == Op::EndsWith;
            (it.name == "container.image" && whole && it.all(bare)).then_some(())?;
            it.field("container.image.repository")
        },
    ),
    row(
        "evt.type = open and fd.name = /etc/shadow",
        "evt.type in (open, openat, openat2) and fd.name = /etc/shadow",
        "programs of today open files with `openat`",
        |it| {
            let (word, text) = it.word()?;
            (it.name == "evt.type" && matches!(it.check.op, Op::Eq | Op::EqEq) && text == "open")
                .then(|| vec![it.op("in"), (word.at, "(open, openat, openat2)".to_owned())])
        },
    ),
    row(
        "spawned_process and proc.cmdline=~curl",
        "spawned_process and proc.cmdline regex curl",
        "`=~` is written `regex`, which matches all of the value",
        |it| {
            let (word, text) = it.word()?;
            let tilde = it.check.op == Op::Eq && text.starts_with('~') && it.check.op_at.end == word.at.start;
            // A home directory is written so, too.
            let text =
                text.strip_prefix('~').filter(|text| tilde && !text.starts_with('/') && !text.is_empty())?;
            Some(vec![(Span { end: word.at.end, ..it.check.op_at }, format!(" regex {}", quote(text)))])
        },
    ),
    row(
        "spawned_process and proc.cmdline regex \"(?i).*curl.*\"",
        "spawned_process and proc.cmdline icontains curl",
        "`(?i)` is not supported: use `icontains`, or `tolower` around the field",
        |it| {
            let (word, text) = it.word()?;
            let inner = text.strip_prefix("(?i)").filter(|_| it.check.op == Op::Regex)?;
            let plain = inner.strip_prefix(".*")?.strip_suffix(".*")?;
            let simple = |c: char| c.is_ascii_alphanumeric() || " _-/".contains(c);
            (!plain.is_empty() && plain.chars().all(simple))
                .then(|| vec![it.op("icontains"), (word.at, quote(plain))])
        },
    ),
    row(
        "spawned_process and proc.args regex \"-p [0-9]+\\\\d*\"",
        "spawned_process and proc.args regex \"-p [0-9]+[0-9]*\"",
        "classes are those of POSIX: `[0-9]` for `\\d`, `[[:space:]]` for `\\s`, `[[:alnum:]_]` for `\\w`",
        |it| {
            let (word, text) = it.word()?;
            (it.check.op == Op::Regex && !text.contains('[') || outside_brackets(&text)).then_some(())?;
            let new =
                text.replace("\\d", "[0-9]").replace("\\s", "[[:space:]]").replace("\\w", "[[:alnum:]_]");
            (it.check.op == Op::Regex && new != text).then(|| vec![(word.at, escaped(&new))])
        },
    ),
];

/// Whether no class such as `\d` stands inside brackets.
fn outside_brackets(text: &str) -> bool {
    let mut inside = false;
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            'd' | 's' | 'w' if inside && last == '\\' => return false,
            _ => {}
        }
        last = c;
    }
    true
}

/// A literal as a condition writes it, quoted.
fn escaped(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A literal as a condition writes it: quoted if it has to be.
fn quote(text: &str) -> String {
    let bare = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "()\"'=,\\".contains(c));
    if bare { text.to_owned() } else { escaped(text) }
}

/// What to do about a literal or operator that is refused, by the rows.
pub(super) fn hint(check: &Check, env: &Env<'_>) -> Option<&'static str> {
    let compared = Compared::new(check, env)?;
    ROWS.iter().find(|row| (row.find)(&compared).is_some()).map(|row| row.mistake.note)
}

/// Whether an error is one that these rows can explain.
pub(in crate::rules) fn explains(kind: &Kind) -> bool {
    matches!(kind, Kind::Literal(_) | Kind::Regex(_) | Kind::UnknownEvent(_) | Kind::Operator { .. })
}
