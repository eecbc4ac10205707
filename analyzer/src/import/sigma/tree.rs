//! A condition in the making, and its text laid out for people.

/// Columns a condition's lines may have.
const WIDTH: usize = 108;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// All hold.
    And(Vec<Tree>),
    /// One holds.
    Or(Vec<Tree>),
    /// It does not hold.
    Not(Box<Tree>),
    /// A comparison or a macro.
    Leaf(Leaf),
}

/// A comparison or a macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// All before the right side: `proc.name =`.
    pub(super) head: String,
    /// Right side.
    pub(super) right: Right,
}

/// Right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// None.
    Nothing,
    /// One literal, as the language writes it.
    One(String),
    /// Several, in parentheses.
    List(Vec<String>),
}

impl Tree {
    /// A leaf.
    pub(super) fn leaf(head: impl Into<String>, right: Right) -> Self {
        Self::Leaf(Leaf { head: head.into(), right })
    }

    /// All of them; of one, that.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::one_or(flat, Self::And)
    }

    /// Any of them; of one, that.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::one_or(flat, Self::Or)
    }

    fn one_or(mut parts: Vec<Self>, many: fn(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                many(parts)
            }
        }
    }

    /// Its opposite.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Roughly the bytes of its text.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(|part| part.size() + 4).sum(),
            Self::Not(inner) => inner.size() + 4,
            Self::Leaf(leaf) => {
                leaf.head.len()
                    + match &leaf.right {
                        Right::Nothing => 0,
                        Right::One(text) => text.len(),
                        Right::List(items) => items.iter().map(|item| item.len() + 2).sum(),
                    }
            }
        }
    }

    fn is_group(&self) -> bool {
        matches!(self, Self::And(_) | Self::Or(_))
    }

    /// On one line, in parentheses if it is a group inside another.
    fn flat(&self, inside: bool) -> String {
        let join = |parts: &[Self], word: &str| {
            let text = parts.iter().map(|part| part.flat(true)).collect::<Vec<_>>().join(word);
            if inside { format!("({text})") } else { text }
        };
        match self {
            Self::And(parts) => join(parts, " and "),
            Self::Or(parts) => join(parts, " or "),
            Self::Not(inner) => format!("not {}", inner.flat(true)),
            Self::Leaf(leaf) => leaf.flat(),
        }
    }

    /// In lines that begin at `column`; the first line has no blanks before it.
    fn laid_out(&self, column: usize, inside: bool) -> String {
        let flat = self.flat(inside);
        if column + flat.chars().count() <= WIDTH {
            return flat;
        }
        match self {
            Self::And(parts) => group(parts, "and", column, inside),
            Self::Or(parts) => group(parts, "or", column, inside),
            Self::Not(inner) if inner.is_group() => format!("not {}", inner.laid_out(column + 4, true)),
            Self::Not(inner) => format!("not {}", inner.laid_out(column, true)),
            Self::Leaf(leaf) => leaf.laid_out(column),
        }
    }

    /// In lines for a block that stands at `column`: a part of the outermost `and` a line.
    pub(super) fn text(&self, column: usize) -> String {
        match self {
            Self::And(parts) => group(parts, "and", column, false),
            other => other.laid_out(column, other.is_group()),
        }
    }
}

fn group(parts: &[Tree], word: &str, column: usize, inside: bool) -> String {
    let column = column + usize::from(inside);
    let lines: Vec<String> = parts.iter().map(|part| part.laid_out(column, true)).collect();
    let text = lines.join(&format!(" {word}\n{:column$}", ""));
    if inside { format!("({text})") } else { text }
}

impl Leaf {
    fn flat(&self) -> String {
        match &self.right {
            Right::Nothing => self.head.clone(),
            Right::One(text) => format!("{} {text}", self.head),
            Right::List(items) => format!("{} ({})", self.head, items.join(", ")),
        }
    }

    fn laid_out(&self, column: usize) -> String {
        let items = match &self.right {
            Right::List(items) if items.len() > 1 => items,
            _ => return self.flat(),
        };
        let column = column + 4;
        let mut text = format!("{} (\n{:column$}", self.head, "");
        let mut used = column;
        for (index, item) in items.iter().enumerate() {
            let len = item.chars().count() + 2;
            if index > 0 && used + len > WIDTH {
                text.push_str(&format!("\n{:column$}", ""));
                used = column;
            } else if index > 0 {
                text.push(' ');
            }
            used += len;
            text.push_str(item);
            text.push(if index + 1 < items.len() { ',' } else { ')' });
        }
        text
    }
}

/// A literal in quotes. A backslash before the closing quote would hide it, so the last one is
/// written as its number; controls are too.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_none() => out.push_str(r"\x5c"),
            '\\' => out.push_str(r"\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' => out.push(c),
            c => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::ast::{Expr, Rhs};
    use crate::condition::parse;

    #[test]
    fn a_literal_reads_back_as_it_was() {
        for text in [
            "plain",
            "",
            "two words",
            "\"",
            "'",
            "\\",
            "a\\",
            "\\\\",
            "\\\"",
            "a\"b\\",
            "\n\t\r",
            "é",
            "\u{1b}[0m",
            "\u{202e}x",
            "a\\x41",
            "(x, y)",
            "%p",
            "\\ x",
            "x\\ ",
        ] {
            let parsed = parse(&format!("proc.name = {}", quoted(text))).unwrap();
            let Expr::Check(check) = parsed else { panic!("{text:?} is no check") };
            let Rhs::Word(word) = &check.right else { panic!("{text:?} is no literal") };
            assert_eq!(word.text, text.as_bytes(), "{text:?}: {}", quoted(text));
        }
    }

    #[test]
    fn long_conditions_break_between_parts() {
        let leaf = |name: &str| Tree::leaf(format!("{name} contains"), Right::One(quoted(&"x".repeat(40))));
        let list =
            Tree::leaf("c in", Right::List((0..9).map(|n| quoted(&format!("{n}").repeat(20))).collect()));
        let tree = Tree::all(vec![
            Tree::leaf("macro", Right::Nothing),
            Tree::any(vec![leaf("a"), leaf("b")]),
            list.negated(),
        ]);
        let text = tree.text(4);
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.starts_with("macro and\n    (a contains"), "{text}");
        assert!(text.contains(" or\n     b contains"), "{text}");
    }
}
