//! Bracket expressions of regular expressions, in POSIX syntax.

use regex_syntax::ast::{
    ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, Literal,
};

use super::modifiers::RegexFlags;
use super::regex::{Result, escaped};

/// The inside of a bracket expression for a class of Perl.
pub(super) fn perl(class: &ClassPerl) -> &'static str {
    match class.kind {
        ClassPerlKind::Digit => "[:digit:]",
        ClassPerlKind::Space => "[:space:]",
        ClassPerlKind::Word => "[:alnum:]_",
    }
}

/// A bracket expression.
pub(super) fn bracketed(class: &ClassBracketed, flags: RegexFlags, out: &mut String) -> Result<()> {
    let ClassSet::Item(item) = &class.kind else {
        return Err("operators inside brackets".to_owned());
    };
    let items = match item {
        ClassSetItem::Union(union) => union.items.as_slice(),
        item => std::slice::from_ref(item),
    };
    let perl_class = |negated: bool| {
        items.iter().find_map(|item| match item {
            ClassSetItem::Perl(class) if class.negated == negated => Some(class),
            _ => None,
        })
    };
    match (perl_class(true), perl_class(false)) {
        // `[\s\S]` and its kin: any character.
        (Some(not), Some(is)) if not.kind == is.kind && items.len() == 2 && !class.negated => {
            out.push_str(r"(.|\n)");
            return Ok(());
        }
        (Some(_), _) => return Err(r"`\S`, `\W` or `\D` inside brackets".to_owned()),
        _ => {}
    }
    out.push_str(if class.negated { "[^" } else { "[" });
    items.iter().try_for_each(|item| bracket_item(item, flags, out))?;
    out.push(']');
    Ok(())
}

const IN_BRACKETS: &str = r"\[]^-&~";

fn bracket_item(item: &ClassSetItem, flags: RegexFlags, out: &mut String) -> Result<()> {
    let one = |literal: &Literal, out: &mut String| {
        escaped(literal.c, IN_BRACKETS, out);
        if flags.fold && literal.c.is_ascii_alphabetic() {
            out.push(other_case(literal.c));
        }
    };
    match item {
        ClassSetItem::Literal(literal) => one(literal, out),
        ClassSetItem::Range(range) => {
            escaped(range.start.c, IN_BRACKETS, out);
            out.push('-');
            escaped(range.end.c, IN_BRACKETS, out);
            if flags.fold {
                let inside = |c: &char| (range.start.c..=range.end.c).contains(c);
                let letters = ('a'..='z').chain('A'..='Z').filter(inside).map(other_case);
                out.extend(letters.filter(|c| !inside(c)));
            }
        }
        ClassSetItem::Ascii(class) if !class.negated => out.push_str(match class.kind {
            ClassAsciiKind::Upper | ClassAsciiKind::Lower if flags.fold => "[:alpha:]",
            ClassAsciiKind::Alnum => "[:alnum:]",
            ClassAsciiKind::Alpha => "[:alpha:]",
            ClassAsciiKind::Blank => "[:blank:]",
            ClassAsciiKind::Cntrl => "[:cntrl:]",
            ClassAsciiKind::Digit => "[:digit:]",
            ClassAsciiKind::Graph => "[:graph:]",
            ClassAsciiKind::Lower => "[:lower:]",
            ClassAsciiKind::Print => "[:print:]",
            ClassAsciiKind::Punct => "[:punct:]",
            ClassAsciiKind::Space => "[:space:]",
            ClassAsciiKind::Upper => "[:upper:]",
            ClassAsciiKind::Xdigit => "[:xdigit:]",
            ClassAsciiKind::Word => "[:alnum:]_",
            ClassAsciiKind::Ascii => return Err("the class `[:ascii:]`".to_owned()),
        }),
        ClassSetItem::Perl(class) => out.push_str(perl(class)),
        ClassSetItem::Empty(_) => {}
        _ => return Err("brackets inside brackets".to_owned()),
    }
    Ok(())
}

fn other_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}
