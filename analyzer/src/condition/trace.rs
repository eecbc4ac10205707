//! What every node of a plan comes to at one moment, also where evaluation would have stopped before.
//!
//! Nodes are numbered as they stand in the text: the root is 0, a node comes before what it is made of.
//! Comparisons are those of [`Check::holds`]; there is no second evaluator.

use super::ast::Word;
use super::paths::PathSet;
use super::plan::{Check, Node, Plan, Source, Test};
use super::predicate::{Predicate, Set};
use crate::fields::{Argument, Extract, Field, Multi, Type, Value};

/// What one node comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Whether it holds.
    pub holds: bool,
    /// Whether it would have to hold for the condition to do so: false under an odd number of `not`.
    pub wanted: bool,
    /// Whether evaluation comes here, given that `and` stops at the first part that does not hold
    /// and `or` at the first that does.
    pub reached: bool,
    /// How many comparisons below would have to turn out otherwise for it to be as wanted: 0 if it
    /// is; of an alternative the one with the fewest.
    pub distance: u32,
    /// How many of these ask for another kind of event, or for a value to be absent. Of alternatives
    /// equally near, the one with the fewest counts: an event is what it is.
    pub unlikely: u32,
    /// Number of the node behind it and all below it.
    end: usize,
}

/// What every node of a plan comes to at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    steps: Vec<Step>,
}

/// Whether no other value of a field would make a comparison come out as `wanted`.
fn is_unlikely(check: &Check, wanted: bool) -> bool {
    let kind = matches!(&check.source, Source::Field(field, _)
        if matches!(field.name, "evt.type" | "syscall.type" | "evt.dir" | "evt.num"));
    kind || !wanted && matches!(check.test, Test::Exists)
}

/// A field as a comparison reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<'a> {
    /// The field.
    pub field: &'static Field,
    /// Its argument.
    pub argument: &'a Argument,
    /// Type of one value.
    pub ty: Type,
    /// How many values, and how they count.
    pub multi: Multi,
    /// The value; `None` is absent.
    pub value: Option<Value<'a>>,
}

impl PartialEq for Field {
    /// Fields are rows of static tables: the same name is the same field.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Plan {
    /// Evaluates every node.
    pub fn trace<E: Extract + ?Sized>(&self, now: &E) -> Trace {
        let mut trace = Trace::default();
        trace.again(self, now);
        trace
    }
}

impl Trace {
    /// Evaluates every node of `plan` at another moment, in the memory of the last one.
    pub fn again<E: Extract + ?Sized>(&mut self, plan: &Plan, now: &E) {
        self.steps.clear();
        self.go(plan.root(), true, now);
        self.reach(plan.root(), 0, true);
    }

    fn go<E: Extract + ?Sized>(&mut self, node: &Node, wanted: bool, now: &E) -> Step {
        let at = self.steps.len();
        self.steps.push(Step::default());
        let (distance, unlikely) = match node {
            Node::Check(check) => {
                let differs = check.holds(now) != wanted;
                (u32::from(differs), u32::from(differs && is_unlikely(check, wanted)))
            }
            Node::Not(part) => {
                let part = self.go(part, !wanted, now);
                (part.distance, part.unlikely)
            }
            Node::And(parts) => self.all(parts, wanted, wanted, now),
            Node::Or(parts) => self.all(parts, !wanted, wanted, now),
        };
        let step = Step {
            holds: (distance == 0) == wanted,
            wanted,
            reached: false,
            distance,
            unlikely,
            end: self.steps.len(),
        };
        if let Some(slot) = self.steps.get_mut(at) {
            *slot = step;
        }
        step
    }

    /// The distance of several parts: of all of them if `every` has to be as wanted, else of the
    /// nearest.
    fn all<E: Extract + ?Sized>(&mut self, parts: &[Node], every: bool, wanted: bool, now: &E) -> (u32, u32) {
        let (mut sum, mut least) = ((0u32, 0u32), None);
        for part in parts {
            let part = self.go(part, wanted, now);
            let this = (part.distance, part.unlikely);
            sum = (sum.0.saturating_add(this.0), sum.1.saturating_add(this.1));
            least = Some(least.map_or(this, |least: (u32, u32)| least.min(this)));
        }
        // `or` of nothing never holds, `and` of nothing always does; neither can be written.
        if every { sum } else { least.unwrap_or((1, 0)) }
    }

    fn reach(&mut self, node: &Node, at: usize, reached: bool) {
        if let Some(step) = self.steps.get_mut(at) {
            step.reached = reached;
        }
        let mut next = at + 1;
        let mut reached = reached;
        let (parts, stop) = match node {
            Node::Check(_) => return,
            Node::Not(part) => return self.reach(part, next, reached),
            Node::And(parts) => (parts, false),
            Node::Or(parts) => (parts, true),
        };
        for part in parts {
            self.reach(part, next, reached);
            let step = self.step(next);
            reached &= step.holds != stop;
            next = step.end;
        }
    }

    /// What node number `at` comes to.
    pub fn step(&self, at: usize) -> Step {
        self.steps.get(at).copied().unwrap_or_default()
    }

    /// What all nodes come to.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the condition holds.
    pub fn holds(&self) -> bool {
        self.step(0).holds
    }

    /// How many comparisons would have to turn out otherwise for the condition to hold.
    pub fn distance(&self) -> u32 {
        self.step(0).distance
    }

    /// Numbers of the comparisons that would have to turn out otherwise for the condition to hold,
    /// in order: as few as there can be. Of equally near alternatives the likeliest, of these
    /// the first.
    pub fn missing(&self, plan: &Plan) -> Vec<usize> {
        let mut missing = Vec::new();
        self.lack(plan.root(), 0, &mut missing);
        missing
    }

    fn lack(&self, node: &Node, at: usize, missing: &mut Vec<usize>) {
        let step = self.step(at);
        if step.distance == 0 {
            return;
        }
        let (parts, every) = match node {
            Node::Check(_) => return missing.push(at),
            Node::Not(part) => return self.lack(part, at + 1, missing),
            Node::And(parts) => (parts, step.wanted),
            Node::Or(parts) => (parts, !step.wanted),
        };
        let mut next = at + 1;
        for part in parts {
            let this = self.step(next);
            if every {
                self.lack(part, next, missing);
            } else if (this.distance, this.unlikely) == (step.distance, step.unlikely) {
                return self.lack(part, next, missing);
            }
            next = this.end;
        }
    }
}

impl Plan {
    /// Calls `f` with the number of every comparison and the comparison, in order.
    pub fn checks<'p>(&'p self, f: &mut dyn FnMut(usize, &'p Check)) {
        fn go<'p>(node: &'p Node, at: &mut usize, f: &mut dyn FnMut(usize, &'p Check)) {
            let own = *at;
            *at += 1;
            match node {
                Node::Check(check) => f(own, check),
                Node::Not(part) => go(part, at, f),
                Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| go(part, at, f)),
            }
        }
        go(self.root(), &mut 0, f);
    }
}

impl Check {
    /// The fields it reads and what they have at this moment, from left to right.
    pub fn readings<'a, E: Extract + ?Sized>(&'a self, now: &'a E) -> Vec<Reading<'a>> {
        let mut readings = Vec::new();
        let ty = |source: &Source| matches!(source, Source::Field(..)).then_some(self.ty);
        read(&self.source, ty(&self.source), now, &mut readings);
        if let Test::Against { right, .. } = &self.test {
            read(right, ty(right), now, &mut readings);
        }
        readings
    }

    /// Which of `words`, literals of it, its value satisfies by itself; none if the value is absent.
    pub fn matching<E: Extract + ?Sized>(&self, words: &[Word], now: &E) -> Vec<bool> {
        let Some(value) = self.source.value(now) else { return vec![false; words.len()] };
        let alone = |(index, word): (usize, &Word)| match &self.test {
            Test::Members { .. } => {
                let set = Set::new(self.ty, std::slice::from_ref(word)).ok()?;
                Some(Test::Members { set, all: false })
            }
            Test::Each(_, predicates) => predicates.get(index).cloned().map(Test::Is),
            Test::Is(Predicate::Paths(_)) => {
                Some(Test::Is(Predicate::Paths(PathSet::new([word.text.as_slice()]))))
            }
            Test::Is(predicate) => Some(Test::Is(predicate.clone())),
            Test::Exists | Test::Never | Test::Against { .. } => None,
        };
        let holds = |test: Option<Test>| test.is_some_and(|test| test.holds(self.multi, &value));
        words.iter().enumerate().map(alone).map(holds).collect()
    }
}

fn read<'a, E: Extract + ?Sized>(
    source: &'a Source,
    ty: Option<Type>,
    now: &'a E,
    readings: &mut Vec<Reading<'a>>,
) {
    match source {
        Source::Field(field, argument) => readings.push(Reading {
            field,
            argument,
            ty: ty.unwrap_or(field.ty),
            multi: field.multi,
            value: now.extract(field, argument),
        }),
        Source::Call(_, parts, _) | Source::List(parts) => {
            parts.iter().for_each(|part| read(part, None, now, readings));
        }
        Source::Text(_) => {}
    }
}
