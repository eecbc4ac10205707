//! Mistakes in the words of a condition that is therefore no sentence: a row each.

use super::Mistake;
use super::tokens::{Token, tokens};
use crate::condition::{ConditionError, parse};

/// A change of a condition's text: from, to, and what is to stand there.
pub(super) type Change = (usize, usize, String);

/// A row: what is wrong, and how it is found.
pub(super) struct Row {
    pub(super) mistake: Mistake,
    find: fn(&[Token<'_>]) -> Option<Vec<Change>>,
}

const fn row(
    wrong: &'static str,
    right: &'static str,
    note: &'static str,
    find: fn(&[Token<'_>]) -> Option<Vec<Change>>,
) -> Row {
    Row { mistake: Mistake { wrong, right, note }, find }
}

/// Most changes of one text: each is looked up in its file.
const MOST_CHANGES: usize = 100;

/// The rows, in the order in which they are tried. A change counts only if the parser then gets
/// further than before.
pub(super) static ROWS: &[Row] = &[
    row("proc.name = “sh”", "proc.name = \"sh\"", "typographic quotes are not quotes", typographic),
    row(
        "spawned_process and # shells only\n    proc.name = sh",
        "spawned_process and\n    proc.name = sh",
        "a condition has no comments; inside `>` and `|` YAML has none either",
        comment,
    ),
    row(
        "spawned_process && proc.name = sh",
        "spawned_process and proc.name = sh",
        "`&&` is written `and`",
        |t| replace_all(t, "&&", "and"),
    ),
    row(
        "proc.name = sh || proc.name = bash",
        "proc.name = sh or proc.name = bash",
        "`||` is written `or`",
        |t| replace_all(t, "||", "or"),
    ),
    row("spawned_process and !container", "spawned_process and not container", "`!` is written `not`", bang),
    row(
        "spawned_process AND proc.name = sh",
        "spawned_process and proc.name = sh",
        "operators are written in lower case",
        |t| {
            lower(t, &["AND", "OR", "NOT", "IN", "EXISTS", "CONTAINS", "ICONTAINS", "STARTSWITH", "ENDSWITH"])
        },
    ),
    row("not exists fd.name", "not fd.name exists", "`exists` follows the field", exists_first),
    row(
        "proc.name not in (sh, bash)",
        "not proc.name in (sh, bash)",
        "`x not in (…)` is written `not x in (…)`",
        infix_not,
    ),
    row("proc.name is not sh", "proc.name != sh", "`is not` is written `!=`", is_not),
    row("proc.name is sh", "proc.name = sh", "`is` is written `=`", |t| replace_operator(t, "is", "=")),
    row("proc.name equals sh", "proc.name = sh", "`equals` is written `=`", |t| {
        replace_operator(t, "equals", "=")
    }),
    row("proc.name <> sh", "proc.name != sh", "`<>` is written `!=`", angle),
    row("proc.name === sh", "proc.name = sh", "`===` is written `=`", |t| replace_all(t, "===", "=")),
    row(
        "proc.cmdline =~ \".*nc -e.*\"",
        "proc.cmdline regex \".*nc -e.*\"",
        "`=~` is written `regex`, which matches all of the value",
        tilde,
    ),
    row(
        "proc.cmdline like \"%nc%\"",
        "proc.cmdline glob \"*nc*\"",
        "`like` is written `glob`, with `*` for `%`",
        like,
    ),
    row(
        "proc.cmdline matches \".*nc.*\"",
        "proc.cmdline regex \".*nc.*\"",
        "`matches` is written `regex`",
        |t| replace_operator(t, "matches", "regex"),
    ),
    row("proc.name in [sh, bash]", "proc.name in (sh, bash)", "lists stand in parentheses", brackets),
    row(
        "proc.name = (sh, bash)",
        "proc.name in (sh, bash)",
        "one of several is asked with `in`",
        equals_list,
    ),
    row(
        "fd.name startswith (/etc, /usr)",
        "fd.name startswith anyof (/etc, /usr)",
        "an operator on text takes a list with `anyof`",
        text_list,
    ),
    row("proc.name in \"sh\"", "proc.name in (\"sh\")", "`in` takes a list in parentheses", in_one),
    row(
        "proc.name in (sh bash)",
        "proc.name in (sh, bash)",
        "items of a list are separated by commas",
        commas,
    ),
    row(
        "evt.type = open,openat",
        "evt.type in (open, openat)",
        "one of several is asked with `in`",
        enumerated,
    ),
    row(
        "container != host",
        "container.id != host",
        "`container` is a macro; its field is `container.id`",
        container,
    ),
    row(
        "evt.is_open_write and fd.num >= 0",
        "evt.is_open_write = true and fd.num >= 0",
        "a field is compared with something, also a truth value",
        bare_truth,
    ),
    row("fd.num >= \"0\"", "fd.num >= 0", "numbers in an order are written without quotes", quoted_number),
    row(
        "spawned_process and and proc.name = sh",
        "spawned_process and proc.name = sh",
        "an operator stands twice",
        doubled,
    ),
    row(
        "spawned_process and proc.name = sh and",
        "spawned_process and proc.name = sh",
        "nothing follows the last operator",
        dangling,
    ),
    row(
        "(spawned_process and (proc.name = sh)",
        "(spawned_process and (proc.name = sh))",
        "a parenthesis is not closed",
        unclosed,
    ),
    row(
        "spawned_process and proc.name = sh)",
        "spawned_process and proc.name = sh",
        "a parenthesis closes nothing",
        unopened,
    ),
    row(
        "proc.cmdline contains rm -rf and spawned_process",
        "proc.cmdline contains \"rm -rf\" and spawned_process",
        "a value with blanks stands in quotes",
        blanks,
    ),
];

/// The first known mistake of a text that is no sentence: its row and what changes it.
pub(super) fn find(text: &str) -> Option<(&'static Row, Vec<Change>)> {
    let tokens = tokens(text);
    let few = |changes: Option<Vec<Change>>| changes.filter(|changes| changes.len() <= MOST_CHANGES);
    let error = match parse(text) {
        Err(error) => error,
        // Typographic quotes are part of an unquoted value, so it may be a sentence all the same.
        Ok(_) => return ROWS.first().and_then(|row| Some((row, few((row.find)(&tokens))?))),
    };
    ROWS.iter().find_map(|row| {
        let changes = few((row.find)(&tokens))?;
        further(text, &changes, &error).then_some((row, changes))
    })
}

/// A text with changes made.
pub(super) fn changed(text: &str, changes: &[Change]) -> String {
    let mut new = text.to_owned();
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
    for (start, end, with) in changes {
        if new.is_char_boundary(*start) && new.is_char_boundary(*end) && start <= end && *end <= new.len() {
            new.replace_range(*start..*end, with);
        }
    }
    new
}

/// Whether the parser gets further with the changes than without.
fn further(text: &str, changes: &[Change], before: &ConditionError) -> bool {
    let new = changed(text, changes);
    let left = |text: &str, error: &ConditionError| text.len().saturating_sub(error.at.start as usize);
    match parse(&new) {
        Ok(_) => true,
        Err(after) => left(&new, &after) < left(text, before),
    }
}

/// The first place where a pattern of that many tokens fits.
fn first<'t, const N: usize>(
    tokens: &[Token<'t>],
    find: impl Fn([Token<'t>; N], usize) -> Option<Vec<Change>>,
) -> Option<Vec<Change>> {
    tokens.windows(N).enumerate().find_map(|(at, window)| find(<[Token<'t>; N]>::try_from(window).ok()?, at))
}

fn one(token: Token<'_>, with: &str) -> Change {
    (token.start, token.end, with.to_owned())
}

fn some(changes: Vec<Change>) -> Option<Vec<Change>> {
    (!changes.is_empty()).then_some(changes)
}

fn replace_all(tokens: &[Token<'_>], from: &str, to: &str) -> Option<Vec<Change>> {
    some(tokens.iter().filter(|token| token.text == from).map(|token| one(*token, to)).collect())
}

/// A word between a field and a value.
fn replace_operator(tokens: &[Token<'_>], from: &str, to: &str) -> Option<Vec<Change>> {
    first(tokens, |[field, op, value]: [Token<'_>; 3], _| {
        (field.is_field() && op.is(from) && value.is_value()).then(|| vec![one(op, to)])
    })
}

fn lower(tokens: &[Token<'_>], words: &[&str]) -> Option<Vec<Change>> {
    let upper = tokens.iter().filter(|token| words.contains(&token.text));
    some(upper.map(|token| one(*token, &token.text.to_ascii_lowercase())).collect())
}

fn typographic(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let curly = |c: char| "“”„‟".contains(c);
    let single = |c: char| "‘’‚‛".contains(c);
    let mut changes = Vec::new();
    for token in tokens.iter().filter(|token| !token.is_quoted()) {
        for (at, c) in token.text.char_indices() {
            let with = if curly(c) {
                "\""
            } else if single(c) {
                "'"
            } else {
                continue;
            };
            changes.push((token.start + at, token.start + at + c.len_utf8(), with.to_owned()));
        }
    }
    some(changes)
}

/// From a `#` to the end of what belongs to it: the next `and` or `or`, as the line's end is lost.
fn comment(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let from = tokens.iter().position(|token| token.text.starts_with('#'))?;
    let start = tokens.get(from)?.start;
    let rest = tokens.get(from..).unwrap_or_default();
    // The words up to a field, a macro before an operator, or the end.
    let to = rest.iter().skip(1).position(|token| token.is_field() || token.is_joint() || token.text == "(");
    let end = match to {
        Some(to) => rest.get(to + 1).map(|token| token.start),
        None => rest.last().map(|token| token.end),
    };
    Some(vec![(start, end?, String::new())])
}

fn bang(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[bang, next]: [Token<'_>; 2], _| {
        let before = bang.text == "!" && (next.is_bare() || next.text == "(");
        before.then(|| vec![(bang.start, next.start, "not ".to_owned())])
    })
}

fn exists_first(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let bare = first(tokens, |[exists, field]: [Token<'_>; 2], _| {
        (exists.is("exists") && field.is_field())
            .then(|| vec![(exists.start, field.end, format!("{} exists", field.text))])
    });
    bare.or_else(|| {
        first(tokens, |[exists, open, field, close]: [Token<'_>; 4], _| {
            (exists.is("exists") && open.text == "(" && field.is_field() && close.text == ")")
                .then(|| vec![(exists.start, close.end, format!("{} exists", field.text))])
        })
    })
}

fn infix_not(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[field, not, op]: [Token<'_>; 3], _| {
        let known = crate::condition::operators::Op::from_name(&op.text.to_ascii_lowercase()).is_some();
        (field.is_field() && not.is("not") && known).then(|| {
            vec![(field.start, op.end, format!("not {} {}", field.text, op.text.to_ascii_lowercase()))]
        })
    })
}

fn is_not(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[field, is, not, value]: [Token<'_>; 4], _| {
        (field.is_field() && is.is("is") && not.is("not") && value.is_value())
            .then(|| vec![(is.start, not.end, "!=".to_owned())])
    })
}

fn angle(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[less, more]: [Token<'_>; 2], _| {
        (less.text == "<" && more.text == ">" && less.end == more.start)
            .then(|| vec![(less.start, more.end, "!=".to_owned())])
    })
}

fn tilde(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[equals, value]: [Token<'_>; 2], _| {
        (equals.text == "=" && value.text.starts_with('~') && equals.end == value.start)
            .then(|| vec![(equals.start, value.start + 1, " regex ".to_owned())])
    })
    .map(|changes| changes.into_iter().map(|(start, end, with)| trim(tokens, start, end, with)).collect())
}

/// Leaves out blanks that are there already.
fn trim(tokens: &[Token<'_>], start: usize, end: usize, with: String) -> Change {
    let before = tokens.iter().any(|token| token.end == start);
    let after = tokens.iter().any(|token| token.start == end || (token.start < end && end < token.end));
    let with = if before { with } else { with.trim_start().to_owned() };
    (start, end, if after { with } else { with.trim_end().to_owned() })
}

fn like(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[field, op, value]: [Token<'_>; 3], _| {
        (field.is_field() && op.is("like") && value.is_value())
            .then(|| vec![one(op, "glob"), one(value, &value.text.replace('%', "*"))])
    })
}

fn brackets(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let at =
        tokens.windows(2).position(|two| matches!(two, [op, open] if op.is("in") && open.text == "["))?;
    let open = tokens.get(at + 1)?;
    let close = tokens.get(at + 1..)?.iter().find(|token| token.text == "]")?;
    Some(vec![one(*open, "("), one(*close, ")")])
}

fn equals_list(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[field, op, open, value]: [Token<'_>; 4], _| {
        if !field.is_field() || open.text != "(" || !value.is_value() {
            return None;
        }
        match op.text {
            "=" | "==" => Some(vec![(field.end, open.start, " in ".to_owned())]),
            "!=" => Some(vec![(field.start, open.start, format!("not {} in ", field.text))]),
            _ => None,
        }
    })
}

fn text_list(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    const TAKE: &[&str] = &["startswith", "endswith", "contains", "icontains", "glob", "iglob", "regex"];
    first(tokens, |[op, open, value]: [Token<'_>; 3], _| {
        (TAKE.contains(&op.text) && open.text == "(" && value.is_value())
            .then(|| vec![(op.end, open.start, " anyof ".to_owned())])
    })
}

fn in_one(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[field, op, value]: [Token<'_>; 3], _| {
        let takes = ["in", "intersects", "pmatch"].contains(&op.text);
        (field.is_field() && takes && value.is_value())
            .then(|| vec![one(value, &format!("({})", value.text))])
    })
}

fn commas(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    const TAKE: &[&str] = &["in", "intersects", "pmatch", "anyof", "oneof", "allof"];
    for (at, op) in tokens.iter().enumerate() {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        if !TAKE.contains(&op.text) || rest.first().is_none_or(|open| open.text != "(") {
            continue;
        }
        let list: Vec<&Token<'_>> = rest.iter().skip(1).take_while(|token| token.text != ")").collect();
        let mut changes = Vec::new();
        for two in list.windows(2) {
            match two {
                [a, b] if a.is_value() && b.is_value() => changes.push((a.end, a.end, ",".to_owned())),
                // A comma too many is also no list.
                [a, b] if a.text == "," && b.text == "," => changes.push((a.start, a.end, String::new())),
                _ => {}
            }
        }
        if let Some(last) = list.last().filter(|last| last.text == "," && list.len() > 1) {
            changes.push(one(**last, ""));
        }
        if !changes.is_empty() {
            return Some(changes);
        }
    }
    None
}

fn enumerated(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    for (at, field) in tokens.iter().enumerate().filter(|(_, token)| token.is_field()) {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let [op, value, comma, ..] = rest else { continue };
        if !["=", "==", "in"].contains(&op.text) || !value.is_value() || comma.text != "," {
            continue;
        }
        let listed = rest.iter().skip(1).take_while(|token| token.text == "," || token.is_value());
        let values: Vec<&str> =
            listed.clone().filter(|token| token.text != ",").map(|token| token.text).collect();
        let end = listed.last()?.end;
        return Some(vec![(field.end, end, format!(" in ({})", values.join(", ")))]);
    }
    None
}

fn container(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[name, op, value]: [Token<'_>; 3], _| {
        if name.text != "container" || !["=", "==", "!="].contains(&op.text) {
            return None;
        }
        match (op.text, value.text) {
            ("=" | "==", "true") | ("!=", "false") => Some(vec![(name.end, value.end, String::new())]),
            ("=" | "==", "false") | ("!=", "true") => {
                Some(vec![(name.start, value.end, "not container".to_owned())])
            }
            _ => Some(vec![one(name, "container.id")]),
        }
    })
}

fn bare_truth(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let truths = tokens.iter().enumerate().filter(|(at, token)| {
        let next = tokens.get(at + 1);
        let ends = next.is_none_or(|next| next.is_joint() || next.text == ")");
        let truth =
            || crate::fields::find(token.text).is_some_and(|field| field.ty == crate::fields::Type::Bool);
        ends && token.is_field() && truth()
    });
    some(truths.map(|(_, token)| (token.end, token.end, " = true".to_owned())).collect())
}

fn quoted_number(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[op, value]: [Token<'_>; 2], _| {
        let inner = value.text.trim_matches(['"', '\'']);
        let number = value.is_quoted() && inner.parse::<i64>().is_ok();
        (["<", "<=", ">", ">="].contains(&op.text) && number).then(|| vec![one(value, inner)])
    })
}

fn doubled(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    first(tokens, |[one, two]: [Token<'_>; 2], _| {
        (one.is_joint() && two.is_joint() && one.text == two.text)
            .then(|| vec![(one.start, two.start, String::new())])
    })
}

fn dangling(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let last = tokens.last().filter(|token| token.is_joint() || token.is("not"))?;
    let before = tokens.len().checked_sub(2).and_then(|at| tokens.get(at))?;
    Some(vec![(before.end, last.end, String::new())])
}

/// How many parentheses stand open at the end; negative if more close than open.
fn open(tokens: &[Token<'_>]) -> i64 {
    tokens.iter().map(|token| i64::from(token.text == "(") - i64::from(token.text == ")")).sum()
}

fn unclosed(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let missing = usize::try_from(open(tokens)).ok().filter(|missing| (1..=8).contains(missing))?;
    let end = tokens.last()?.end;
    Some(vec![(end, end, ")".repeat(missing))])
}

fn unopened(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    let last = tokens.last().filter(|token| token.text == ")" && open(tokens) == -1)?;
    Some(vec![one(*last, "")])
}

fn blanks(tokens: &[Token<'_>]) -> Option<Vec<Change>> {
    const TAKE: &[&str] =
        &["=", "==", "!=", "contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex"];
    for (at, op) in tokens.iter().enumerate().filter(|(_, token)| TAKE.contains(&token.text)) {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let words: Vec<&Token<'_>> =
            rest.iter().take_while(|token| token.is_bare() && !token.is_joint()).collect();
        let field = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(Token::is_field);
        if let (true, [first, .., last]) = (field, words.as_slice()) {
            let gap = |start: usize, end: usize| " ".repeat(usize::from(start < end));
            let value = words.windows(2).fold(first.text.to_owned(), |text, two| match two {
                [a, b] => text + &gap(a.end, b.start) + b.text,
                _ => text,
            });
            let _ = op;
            return Some(vec![(first.start, last.end, format!("\"{value}\""))]);
        }
    }
    None
}
