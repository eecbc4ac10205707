//! Random conditions, as trees.

use std::sync::Arc;

use analyzer::condition::Span;
use analyzer::condition::ast::{Check, Expr, FieldRef, Rhs, Term, Word};
use analyzer::condition::operators::{MODIFIERS, Modifier, Op};
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn word(text: impl Into<Vec<u8>>) -> Word {
    Word { text: text.into(), at: Span::default() }
}

pub(crate) fn field(name: &str, arg: Option<&str>) -> FieldRef {
    FieldRef { name: name.to_owned(), arg: arg.map(word), at: Span::default() }
}

pub(crate) fn check(left: Term, op: Op, right: Rhs) -> Expr {
    Expr::Check(Arc::new(Check { left, op, op_at: Span::default(), right }))
}

/// Puts comparisons together with `and`, `or` and `not`.
pub(crate) fn over(leaf: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

fn any_modifier() -> impl Strategy<Value = Modifier> {
    select(MODIFIERS.iter().map(|(modifier, _)| *modifier).collect::<Vec<_>>())
}

/// Operators whose right side is a string, or a modifier and a list.
pub(crate) const STRING: [Op; 10] = [
    Op::Eq,
    Op::EqEq,
    Op::Ne,
    Op::Glob,
    Op::IGlob,
    Op::Contains,
    Op::IContains,
    Op::StartsWith,
    Op::EndsWith,
    Op::Regex,
];
pub(crate) const ORDER: [Op; 4] = [Op::Lt, Op::Le, Op::Gt, Op::Ge];

/// Any literal at all.
fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        "[a-z./*-]{1,6}".prop_map(word),
        "[ -~]{0,8}".prop_map(word),
        "\\PC{0,4}".prop_map(word),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(word),
        select(vec!["oneof", "val(", "and", "\\", "a\\", "'", "\"", "", "(", "not"]).prop_map(word),
    ]
}

fn any_field() -> impl Strategy<Value = FieldRef> {
    let name = "[a-z][a-z0-9_]{0,3}(\\.[a-z][a-z0-9_]{0,3}){1,2}";
    (name, prop::option::of(any_word())).prop_map(|(name, arg)| FieldRef { name, arg, at: Span::default() })
}

fn any_term() -> impl Strategy<Value = Term> {
    let leaf = any_field().prop_map(Term::Field);
    let argument = prop_oneof![
        any_field().prop_map(Term::Field),
        any_word().prop_map(Term::Text),
        prop::collection::vec(any_word().prop_map(Term::Text), 0..3)
            .prop_map(|terms| Term::List(terms, Span::default())),
    ];
    let name = select(vec!["tolower", "b64", "len", "join", "concat", "getopt"]);
    let call = (name, prop::collection::vec(argument, 1..3), prop::option::of(any_word()));
    let call =
        call.prop_map(|(name, args, arg)| Term::Call { name: word(name), args, arg, at: Span::default() });
    prop_oneof![3 => leaf, 1 => call]
}

/// Any comparison that is a sentence, whether it means anything or not.
fn any_check() -> impl Strategy<Value = Expr> {
    let words = || prop::collection::vec(any_word(), 0..4);
    let name = || select(vec!["shells", "a_1", "x"]).prop_map(word);
    let term = || {
        let call = any_term().prop_filter("a field needs val", |term| matches!(term, Term::Call { .. }));
        prop_oneof![any_field().prop_map(Term::Val), call].prop_map(Rhs::Term)
    };
    let string = prop_oneof![
        any_word().prop_map(Rhs::Word),
        (any_modifier(), words()).prop_map(|(with, words)| Rhs::List(Some(with), words, Span::default())),
        (any_modifier(), name()).prop_map(|(with, name)| Rhs::Name(Some(with), name)),
        term(),
    ];
    let number = prop_oneof!["-?[0-9]{1,4}(\\.[0-9])?".prop_map(|text| Rhs::Word(word(text))), term()];
    let list = prop_oneof![
        words().prop_map(|words| Rhs::List(None, words, Span::default())),
        name().prop_map(|name| Rhs::Name(None, name)),
        term(),
    ];
    prop_oneof![
        any_term().prop_map(|left| check(left, Op::Exists, Rhs::None)),
        (any_term(), select(STRING.to_vec()), string).prop_map(|(left, op, right)| check(left, op, right)),
        (any_term(), select(ORDER.to_vec()), number).prop_map(|(left, op, right)| check(left, op, right)),
        (any_term(), select(vec![Op::In, Op::Intersects, Op::PMatch]), list)
            .prop_map(|(left, op, right)| check(left, op, right)),
        "[a-z][a-z0-9_]{0,5}"
            .prop_filter("words of the language", |name| {
                !["and", "or", "not", "in"].iter().any(|known| name.starts_with(known))
            })
            .prop_map(|name| Expr::Macro(word(name))),
    ]
}

/// Any condition that is a sentence.
pub(crate) fn any_sentence() -> impl Strategy<Value = Expr> {
    over(any_check())
}
