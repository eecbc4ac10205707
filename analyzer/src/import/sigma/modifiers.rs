//! What stands behind a field's name: `CommandLine|contains|all`.

use super::refusal::Reason;

/// How a field is compared with values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum How {
    /// Equality, wildcards aside.
    #[default]
    Whole,
    /// Anywhere in it.
    Contains,
    /// At its beginning.
    Starts,
    /// At its end.
    Ends,
    /// By a regular expression.
    Regex,
    /// By a network.
    Cidr,
    /// Whether it is there.
    Exists,
    /// By order: the operator.
    Order(&'static str),
}

/// A comparison without its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) how: How,
    /// All values must match, not one.
    pub(super) all: bool,
    /// The case of letters counts.
    pub(super) cased: bool,
    /// The value is the name of a field.
    pub(super) field: bool,
    /// A dash that begins an option stands for its kin too.
    pub(super) dashes: bool,
    /// Flags of a regular expression.
    pub(super) flags: RegexFlags,
}

/// Flags of a regular expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RegexFlags {
    /// The case of letters does not count.
    pub(super) fold: bool,
    /// `^` and `$` are the ends of lines.
    pub(super) lines: bool,
    /// `.` is a line break too.
    pub(super) dot_all: bool,
}

/// What a modifier does.
enum Effect {
    Compare(How),
    Set(fn(&mut Test)),
    Refused(&'static str),
}

const ENCODED: &str = "encoded values are not compared";

/// The modifiers. A row each.
static MODIFIERS: &[(&str, Effect)] = &[
    ("contains", Effect::Compare(How::Contains)),
    ("startswith", Effect::Compare(How::Starts)),
    ("endswith", Effect::Compare(How::Ends)),
    ("re", Effect::Compare(How::Regex)),
    ("cidr", Effect::Compare(How::Cidr)),
    ("exists", Effect::Compare(How::Exists)),
    ("lt", Effect::Compare(How::Order("<"))),
    ("lte", Effect::Compare(How::Order("<="))),
    ("gt", Effect::Compare(How::Order(">"))),
    ("gte", Effect::Compare(How::Order(">="))),
    ("all", Effect::Set(|test| test.all = true)),
    ("cased", Effect::Set(|test| test.cased = true)),
    ("fieldref", Effect::Set(|test| test.field = true)),
    ("windash", Effect::Set(|test| test.dashes = true)),
    ("i", Effect::Set(|test| test.flags.fold = true)),
    ("m", Effect::Set(|test| test.flags.lines = true)),
    ("s", Effect::Set(|test| test.flags.dot_all = true)),
    ("base64", Effect::Refused(ENCODED)),
    ("base64offset", Effect::Refused(ENCODED)),
    ("utf16", Effect::Refused(ENCODED)),
    ("utf16le", Effect::Refused(ENCODED)),
    ("utf16be", Effect::Refused(ENCODED)),
    ("wide", Effect::Refused(ENCODED)),
    ("expand", Effect::Refused("its placeholders are filled in by whoever runs the rule")),
];

/// Reads what follows a field's name.
pub(super) fn read<'t>(names: impl Iterator<Item = &'t str>) -> Result<Test, Reason> {
    let mut test = Test::default();
    let refused = |name: &str, why| Err(Reason::Modifier { name: name.to_owned(), why });
    for name in names {
        match MODIFIERS.iter().find(|(known, _)| *known == name) {
            None => return refused(name, "unknown"),
            Some((_, Effect::Refused(why))) => return refused(name, why),
            Some((_, Effect::Compare(_))) if test.how != How::Whole => {
                return refused(name, "a second comparison of one field");
            }
            Some((_, Effect::Compare(how))) => test.how = *how,
            Some((_, Effect::Set(set))) => set(&mut test),
        }
    }
    if test.flags != RegexFlags::default() && test.how != How::Regex {
        return refused("i, m, s", "only behind `re`");
    }
    if test.dashes && matches!(test.how, How::Regex | How::Cidr | How::Exists | How::Order(_)) {
        return refused("windash", "only for texts");
    }
    if test.field && !matches!(test.how, How::Whole | How::Contains | How::Starts | How::Ends) {
        return refused("fieldref", "only fields of text are compared with each other");
    }
    Ok(test)
}
