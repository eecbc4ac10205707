//! What is printed parses to the same tree.

use std::sync::Arc;

use analyzer::condition::ast::{Check, Expr, FieldRef, Rhs, Term, Word};
use analyzer::condition::{Span, parse};
use proptest::prelude::*;

use crate::trees::any_sentence;

fn no_word(word: &Word) -> Word {
    Word { text: word.text.clone(), at: Span::default() }
}

fn no_field(field: &FieldRef) -> FieldRef {
    FieldRef { name: field.name.clone(), arg: field.arg.as_ref().map(no_word), at: Span::default() }
}

fn no_term(term: &Term) -> Term {
    match term {
        Term::Field(field) => Term::Field(no_field(field)),
        Term::Val(field) => Term::Val(no_field(field)),
        Term::Text(word) => Term::Text(no_word(word)),
        Term::List(terms, _) => Term::List(terms.iter().map(no_term).collect(), Span::default()),
        Term::Call { name, args, arg, .. } => Term::Call {
            name: no_word(name),
            args: args.iter().map(no_term).collect(),
            arg: arg.as_ref().map(no_word),
            at: Span::default(),
        },
    }
}

/// The tree without places.
fn no_places(expr: &Expr) -> Expr {
    match expr {
        Expr::And(parts) => Expr::And(parts.iter().map(no_places).collect()),
        Expr::Or(parts) => Expr::Or(parts.iter().map(no_places).collect()),
        Expr::Not(part) => Expr::Not(Box::new(no_places(part))),
        Expr::Macro(name) => Expr::Macro(no_word(name)),
        Expr::Check(check) => {
            let right = match &check.right {
                Rhs::None => Rhs::None,
                Rhs::Word(word) => Rhs::Word(no_word(word)),
                Rhs::Name(with, word) => Rhs::Name(*with, no_word(word)),
                Rhs::List(with, words, _) => {
                    Rhs::List(*with, words.iter().map(no_word).collect(), Span::default())
                }
                Rhs::Term(term) => Rhs::Term(no_term(term)),
            };
            let left = no_term(&check.left);
            Expr::Check(Arc::new(Check { left, op: check.op, op_at: Span::default(), right }))
        }
    }
}

proptest! {
    /// forall tree: parse(print(tree)) = tree.
    #[test]
    fn a_printed_tree_parses_to_itself(expr in any_sentence()) {
        let printed = format!("{expr:#}");
        let parsed = parse(&printed);
        prop_assert!(parsed.is_ok(), "{printed}: {parsed:?}");
        prop_assert_eq!(no_places(&parsed.unwrap()), expr, "{}", printed);
    }
}
