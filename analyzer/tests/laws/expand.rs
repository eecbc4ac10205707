//! Conditions split up into macros and lists come together again.

use analyzer::condition::Span;
use analyzer::condition::ast::{Expr, Rhs, Term};
use analyzer::condition::operators::Op;
use analyzer::rules::{LoadOptions, RuleSet, Source};
use proptest::prelude::*;
use proptest::sample::select;

use crate::trees::{check, field, over, word};

fn any_check() -> impl Strategy<Value = Expr> {
    let words = prop::collection::vec("[a-z]{2,5}", 1..5);
    let names = select(vec!["proc.name", "fd.name", "proc.pname"]);
    (names, select(vec![Op::In, Op::Intersects, Op::PMatch, Op::Eq]), words).prop_map(|(name, op, words)| {
        let left = Term::Field(field(name, None));
        let right = match op {
            Op::Eq => Rhs::Word(word(words.concat())),
            _ => Rhs::List(None, words.into_iter().map(word).collect(), Span::default()),
        };
        check(left, op, right)
    })
}

/// Splits a tree into definitions, as somebody might who tidies rules up.
#[derive(Default)]
struct Splitter {
    yaml: String,
    choices: Vec<bool>,
    count: usize,
}

impl Splitter {
    fn choose(&mut self) -> bool {
        self.choices.pop().unwrap_or(false)
    }

    fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}_{}", self.count)
    }

    fn split(&mut self, expr: &Expr) -> Expr {
        let parts = |parts: &[Expr], own: &mut Self| parts.iter().map(|part| own.split(part)).collect();
        let rest = match expr {
            Expr::And(all) => Expr::And(parts(all, self)),
            Expr::Or(all) => Expr::Or(parts(all, self)),
            Expr::Not(part) => Expr::Not(Box::new(self.split(part))),
            Expr::Macro(name) => Expr::Macro(name.clone()),
            Expr::Check(whole) => match &whole.right {
                Rhs::List(None, words, at) if self.choose() => {
                    let name = self.name("list");
                    // Some items stay in the condition, the others go into the list.
                    let (kept, moved) = words.split_at(words.len() / 2);
                    let items: Vec<String> = moved.iter().map(|item| item.to_string()).collect();
                    self.yaml += &format!("- list: {name}\n  items: [{}]\n", items.join(", "));
                    let words = kept.iter().cloned().chain([word(name)]).collect();
                    check(whole.left.clone(), whole.op, Rhs::List(None, words, *at))
                }
                _ => expr.clone(),
            },
        };
        if !self.choose() {
            return rest;
        }
        let name = self.name("macro");
        // YAML reads strings of JSON.
        let body = serde_json::Value::from(format!("{rest:#}"));
        self.yaml += &format!("- macro: {name}\n  condition: {body}\n");
        Expr::Macro(word(name))
    }
}

proptest! {
    /// forall condition, splits: expand(split(condition)) = condition.
    #[test]
    fn macros_and_lists_come_together_as_by_hand(
        expr in over(any_check()),
        choices in prop::collection::vec(any::<bool>(), 0..40)
    ) {
        let mut splitter = Splitter { choices, ..Splitter::default() };
        let split = serde_json::Value::from(format!("{:#}", splitter.split(&expr)));
        let rule = format!(
            "- rule: r\n  desc: d\n  condition: {split}\n  output: o\n  priority: INFO\n  warn_evttypes: false\n"
        );
        let text = splitter.yaml + &rule;
        let report = RuleSet::load(&[Source { name: "r.yaml".into(), text: text.clone() }], &LoadOptions::default());
        prop_assert!(report.errors.is_empty() && report.warnings.is_empty(), "{text}\n{report:?}");
        let rules = report.rules.unwrap();
        let rule = rules.rule("r").unwrap();
        prop_assert_eq!(&rule.compiled_condition, &expr.to_string());
        prop_assert_eq!(rule.plan.to_string(), expr.to_string());
    }
}
