//! What one comparison can be, whatever happens: at which events it may hold and may not.

use std::sync::Arc;

use capture_format::EVENTS;

use crate::condition::ast::{Check, Rhs, Term, Word};
use crate::condition::operators::{Class, Modifier, Op};
use crate::condition::plan::{Env, Node, Test};
use crate::condition::{EventSet, Expr, Plan, Predicate, Set, Span, resolve};
use crate::fields::{Argument, Extract, Field, Multi, Presence, Type, Value, longest, presence, words_of};

/// Why a comparison is as it is, beyond the events it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Nothing is special.
    Plain,
    /// Never true on purpose: `evt.num = 0`, an empty list to be filled.
    Switch,
    /// Never true, for every literal is longer than the field's values can be.
    TooLong(String, usize),
    /// Never true, for the field is always one of a few words.
    NoSuchWord(&'static [&'static str]),
}

/// A comparison, looked at.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The comparison, as text.
    pub(super) text: String,
    /// What is compared, as text.
    pub(super) left: String,
    pub(super) at: Span,
    /// Events at which it may hold, and at which it may not.
    pub(super) can: EventSet,
    pub(super) cannot: EventSet,
    pub(super) nature: Nature,
    /// Fields it reads that have no value at some events, and these events.
    pub(super) absent: Vec<(String, EventSet)>,
    /// Whether it restricts the event's type.
    pub(super) typed: bool,
    /// The field, if one plain field of one value is compared with literals.
    pub(super) plain: Option<&'static Field>,
    pub(super) plan: Option<Plan>,
    /// Literals that are too long for the field.
    pub(super) long: Vec<Word>,
    /// How many literals there are.
    pub(super) literals: usize,
}

/// All of a comparison's text.
pub(super) fn span(check: &Check) -> Span {
    let start = check.left.at();
    match &check.right {
        Rhs::None => start.to(check.op_at),
        Rhs::Word(word) | Rhs::Name(_, word) => start.to(word.at),
        Rhs::List(_, _, at) => start.to(*at),
        Rhs::Term(term) => start.to(term.at()),
    }
}

/// The literals of a comparison.
pub(super) fn words(check: &Check) -> &[Word] {
    match &check.right {
        Rhs::Word(word) | Rhs::Name(_, word) => std::slice::from_ref(word),
        Rhs::List(_, words, _) => words,
        Rhs::None | Rhs::Term(_) => &[],
    }
}

/// Whether a field called so is compared.
pub(super) fn compares(check: &Check, name: &str) -> bool {
    matches!(&check.left, Term::Field(field) if field.name == name)
}

impl Leaf {
    pub(super) fn new(check: &Check, env: &Env<'_>) -> Self {
        let expr = Expr::Check(Arc::new(check.clone()));
        let can = expr.events();
        let cannot = Expr::Not(Box::new(expr.clone())).events();
        let plan = Plan::lower(&expr, env).ok();
        let typed = ["evt.type", "syscall.type"].iter().any(|name| compares(check, name));
        let mut leaf = Self {
            text: check.to_string(),
            left: check.left.to_string(),
            at: span(check),
            can,
            cannot,
            nature: Nature::Plain,
            absent: Vec::new(),
            typed,
            plain: None,
            plan,
            long: Vec::new(),
            literals: words(check).len(),
        };
        leaf.by_event(check, env);
        leaf.by_value(check, env);
        leaf
    }

    /// Takes away events at which it cannot hold, or cannot but hold.
    fn by_event(&mut self, check: &Check, env: &Env<'_>) {
        let mut fields: Vec<(String, &'static Field, Argument)> = Vec::new();
        each_field(&check.left, env, &mut fields);
        if let Rhs::Term(term) = &check.right {
            each_field(term, env, &mut fields);
        }
        // Of these `exists` is true for any descriptor.
        let lenient = check.op == Op::Exists;
        for (text, field, argument) in &fields {
            if lenient && field.multi == Multi::Either {
                continue;
            }
            let absent: Vec<&str> = EVENTS
                .iter()
                .filter(|event| presence(field, argument, event) == Presence::Absent)
                .map(|event| event.name)
                .collect();
            if !absent.is_empty() {
                let events = EventSet::of(absent);
                self.can = self.can.and(events.complement());
                self.absent.push((text.clone(), events));
            }
        }
        let [(text, field, argument)] = fields.as_slice() else { return };
        let plain = matches!(check.left, Term::Field(_)) && !matches!(check.right, Rhs::Term(_));
        if !plain || field.multi != Multi::One {
            return;
        }
        if field.ty != Type::Dyn {
            self.plain = Some(field);
        }
        let falses = EVENTS
            .iter()
            .filter(|event| presence(field, argument, event) == Presence::False)
            .map(|event| event.name);
        let falses = EventSet::of(falses);
        if !falses.is_empty() {
            if self.holds(&Value::Bool(false)) {
                self.cannot = self.cannot.and(falses.complement());
            } else {
                self.can = self.can.and(falses.complement());
                self.absent.push((text.clone(), falses));
            }
        }
    }

    /// Says whether no value the field can have makes it true.
    fn by_value(&mut self, check: &Check, env: &Env<'_>) {
        let Term::Field(written) = &check.left else { return };
        let Ok(bound) = resolve(env.find, &written.name, written.arg.as_ref().map(Word::lossy).as_deref())
        else {
            return;
        };
        let field = bound.field;
        let words = words(check);
        let literal = !matches!(check.right, Rhs::None | Rhs::Term(_));
        if field.name == "evt.num" || (literal && words.is_empty()) {
            self.nature = Nature::Switch;
            return;
        }
        if !literal {
            return;
        }
        if let Some(most) = longest(field) {
            let modifier = match &check.right {
                Rhs::List(modifier, ..) | Rhs::Name(modifier, _) => *modifier,
                _ => None,
            };
            let whole = matches!(
                check.op,
                Op::Eq
                    | Op::EqEq
                    | Op::In
                    | Op::Intersects
                    | Op::StartsWith
                    | Op::EndsWith
                    | Op::Contains
                    | Op::IContains
            );
            let long = |word: &&Word| word.text.len() > most;
            if whole {
                self.long = words.iter().filter(long).cloned().collect();
            }
            let all = !self.long.is_empty() && self.long.len() == words.len();
            if all || (!self.long.is_empty() && modifier == Some(Modifier::AllOf)) {
                let text = self.long.first().map(|word| word.lossy().into_owned()).unwrap_or_default();
                self.nature = Nature::TooLong(text, most);
                self.can = EventSet::NONE;
            }
        }
        if let Some(known) = words_of(field)
            && !known.iter().any(|word| self.holds(&Value::bytes(word.as_bytes())))
        {
            self.nature = Nature::NoSuchWord(known);
            self.can = EventSet::NONE;
        }
    }

    /// Events at which it may have this outcome.
    pub(super) fn may(&self, outcome: bool) -> EventSet {
        if outcome { self.can } else { self.cannot }
    }

    /// Whether it holds for this value of its one field.
    pub(super) fn holds(&self, value: &Value<'_>) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.holds(&Only(value)))
    }

    fn check(&self) -> Option<&crate::condition::plan::Check> {
        match self.plan.as_ref()?.root() {
            Node::Check(check) => Some(&**check),
            _ => None,
        }
    }

    /// Values among which the field's is if it holds; `None` if there are too many to say.
    pub(super) fn values(&self) -> Option<Vec<Value<'static>>> {
        let texts = |texts: Vec<&[u8]>| Some(texts.into_iter().map(Value::owned).collect());
        match &self.check()?.test {
            Test::Is(Predicate::Bytes { op: Op::Eq | Op::EqEq, literal, .. }) => texts(vec![literal]),
            Test::Members { set: Set::Texts(set), .. } => {
                let mut all: Vec<&[u8]> = set.iter().map(|text| &**text).collect();
                all.sort_unstable();
                texts(all)
            }
            Test::Each(Modifier::AnyOf | Modifier::OneOf, predicates) => {
                let literals = predicates.iter().map(|predicate| match predicate {
                    Predicate::Bytes { op: Op::Eq | Op::EqEq, literal, .. } => Some(&**literal),
                    _ => None,
                });
                texts(literals.collect::<Option<_>>()?)
            }
            Test::Is(Predicate::Addr(true, address)) => Some(vec![Value::Addr(*address)]),
            _ => None,
        }
    }

    /// Numbers at which it may change from true to false, if it is about whole numbers.
    pub(super) fn thresholds(&self) -> Option<Vec<u64>> {
        let one = |predicate: &Predicate| match predicate {
            Predicate::Number { literal, .. } => Some(*literal),
            _ => None,
        };
        match &self.check()?.test {
            Test::Is(predicate) => one(predicate).map(|number| vec![number]),
            Test::Members { set: Set::Numbers(numbers), .. } => Some(numbers.clone()),
            Test::Each(_, predicates) => predicates.iter().map(one).collect(),
            Test::Exists => Some(Vec::new()),
            _ => None,
        }
    }

    /// The beginning or the end every value has for which it holds.
    pub(super) fn edge(&self) -> Option<(Op, &[u8])> {
        match &self.check()?.test {
            Test::Is(Predicate::Bytes { op: op @ (Op::StartsWith | Op::EndsWith), literal, .. }) => {
                Some((*op, literal))
            }
            _ => None,
        }
    }

    /// Whether it is about truth values.
    pub(super) fn is_bool(&self) -> bool {
        self.plain.is_some_and(|field| field.ty == Type::Bool)
    }

    /// Whether it compares whole numbers.
    pub(super) fn is_number(&self) -> bool {
        self.plain.is_some_and(|field| {
            crate::condition::class_of(field.ty) == Class::Number && field.ty != Type::Double
        })
    }
}

/// Every field a term reads, as it was written.
fn each_field(term: &Term, env: &Env<'_>, out: &mut Vec<(String, &'static Field, Argument)>) {
    match term {
        Term::Field(field) | Term::Val(field) => {
            let arg = field.arg.as_ref().map(|arg| arg.lossy());
            if let Ok(bound) = resolve(env.find, &field.name, arg.as_deref()) {
                out.push((field.to_string(), bound.field, bound.argument));
            }
        }
        Term::Call { args, .. } => args.iter().for_each(|term| each_field(term, env, out)),
        Term::List(terms, _) => terms.iter().for_each(|term| each_field(term, env, out)),
        Term::Text(_) => {}
    }
}

/// A moment at which every field has one value.
struct Only<'v>(&'v Value<'v>);

impl Extract for Only<'_> {
    fn extract(&self, _: &'static Field, _: &Argument) -> Option<Value<'_>> {
        Some(self.0.clone())
    }

    fn event_name(&self) -> &str {
        ""
    }
}
