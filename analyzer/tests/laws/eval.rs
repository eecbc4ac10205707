//! What a plan says is what an evaluator says that was written from the language's description alone,
//! on trees; and the events of a plan are enough.

use std::net::{IpAddr, Ipv4Addr};

use analyzer::condition::Span;
use analyzer::condition::ast::{Expr, Rhs, Term};
use analyzer::condition::operators::{MODIFIERS, Modifier, Op};
use analyzer::condition::plan::{Env, Plan};
use analyzer::fields::Value;
use proptest::prelude::*;
use proptest::sample::select;

use crate::moment::Moment;
use crate::trees::{ORDER, check, field, over, word};

/// Texts of values and literals: few, so that comparisons often hold.
const TEXTS: [&str; 9] = ["", "a", "b", "ab", "Ab", "/a", "/a/b", "a*", "/?/*"];
const NUMBERS: [&str; 5] = ["0", "1", "7", "-1", "4294967295"];
const ADDRESSES: [&str; 4] = ["10.0.0.1", "10.9.0.1", "192.168.1.1", "0.0.0.0"];
const NETWORKS: [&str; 4] = ["10.0.0.0/8", "10.0.0.1/32", "192.168.0.0/17", "0.0.0.0/0"];
/// The last is no system call.
const EVENTS: [&str; 5] = ["open", "openat", "close", "execve", "procexit"];

/// What a field holds: as the description has it, not as the program does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Number,
    Truth,
    Address,
    Network,
    /// All ancestors: one is enough.
    Ancestors,
    /// Both ends of a connection.
    Ends,
    Event,
}

const FIELDS: [(&str, Kind); 13] = [
    ("proc.name", Kind::Text),
    ("proc.cmdline", Kind::Text),
    ("fd.name", Kind::Text),
    ("proc.pid", Kind::Number),
    ("fd.num", Kind::Number),
    ("evt.is_open_read", Kind::Truth),
    ("fd.sip", Kind::Address),
    ("fd.snet", Kind::Network),
    ("proc.aname", Kind::Ancestors),
    ("fd.ip", Kind::Ends),
    ("evt.type", Kind::Event),
    ("syscall.type", Kind::Event),
    ("proc.pname", Kind::Text),
];

fn kind(name: &str) -> Kind {
    FIELDS.iter().find(|(known, _)| *known == name).unwrap().1
}

fn literals(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text | Kind::Ancestors => &TEXTS,
        Kind::Number => &NUMBERS,
        Kind::Truth => &["true", "false"],
        Kind::Address | Kind::Ends => &ADDRESSES,
        Kind::Network => &NETWORKS,
        Kind::Event => &EVENTS,
    }
}

fn operators(kind: Kind) -> Vec<Op> {
    let equal = [Op::Eq, Op::EqEq, Op::Ne, Op::In, Op::Intersects, Op::Exists];
    let text = [Op::Glob, Op::IGlob, Op::Contains, Op::IContains, Op::StartsWith, Op::EndsWith, Op::PMatch];
    match kind {
        Kind::Text | Kind::Ancestors => equal.into_iter().chain(text).collect(),
        Kind::Number => equal.into_iter().chain(ORDER).collect(),
        _ => equal.to_vec(),
    }
}

fn any_check() -> impl Strategy<Value = Expr> {
    let literal = |kind| select(literals(kind).to_vec()).prop_map(word);
    let field_of = |name: &'static str| Term::Field(field(name, None));
    (select(FIELDS.to_vec()), any::<prop::sample::Index>()).prop_flat_map(move |((name, kind), index)| {
        let operators = operators(kind);
        let op = *index.get(&operators);
        let words = prop::collection::vec(literal(kind), 0..4);
        let modifier = select(MODIFIERS.iter().map(|(modifier, _)| *modifier).collect::<Vec<_>>());
        let right = match op {
            Op::Exists => Just(Rhs::None).boxed(),
            Op::In | Op::Intersects | Op::PMatch => {
                words.prop_map(|words| Rhs::List(None, words, Span::default())).boxed()
            }
            Op::Lt | Op::Le | Op::Gt | Op::Ge => literal(kind).prop_map(Rhs::Word).boxed(),
            _ => {
                let list =
                    (modifier, words).prop_map(|(with, words)| Rhs::List(Some(with), words, Span::default()));
                let one = literal(kind).prop_map(Rhs::Word);
                let other = Just(Rhs::Term(Term::Val(field("proc.pname", None))));
                match kind {
                    Kind::Text => prop_oneof![2 => one, 1 => list, 1 => other].boxed(),
                    _ => prop_oneof![2 => one, 1 => list].boxed(),
                }
            }
        };
        (right, any::<bool>()).prop_map(move |(right, lower)| {
            let left = field_of(name);
            let left = if lower && kind == Kind::Text {
                Term::Call { name: word("tolower"), args: vec![left], arg: None, at: Span::default() }
            } else {
                left
            };
            check(left, op, right)
        })
    })
}

fn any_moment() -> impl Strategy<Value = Moment> {
    let value = |name: &'static str| {
        let one = select(literals(kind(name)).to_vec());
        let kind = kind(name);
        let made = move |text: &str| match kind {
            Kind::Number => Value::Number(text.parse::<i64>().unwrap() as u64),
            Kind::Truth => Value::Bool(text == "true"),
            Kind::Address | Kind::Ends => Value::Addr(text.parse().unwrap()),
            Kind::Network => Value::Addr(text.split('/').next().unwrap().parse().unwrap()),
            _ => Value::owned(text),
        };
        match kind {
            Kind::Ancestors | Kind::Ends => prop::collection::vec(one, 0..3)
                .prop_map(move |texts| Value::List(texts.into_iter().map(made).collect()))
                .boxed(),
            _ => one.prop_map(made).boxed(),
        }
    };
    let values: Vec<_> = FIELDS
        .iter()
        .filter(|(_, kind)| *kind != Kind::Event)
        .map(|(name, _)| prop::option::of(value(name)).prop_map(move |value| Some((*name, value?))))
        .collect();
    (values, select(EVENTS.to_vec())).prop_map(|(values, event)| {
        let mut moment = Moment(values.into_iter().flatten().collect());
        moment.0.insert("evt.type", Value::owned(event));
        if event != "procexit" {
            moment.0.insert("syscall.type", Value::owned(event));
        }
        moment
    })
}

/// One value, as the description speaks of it.
#[derive(Clone, PartialEq)]
enum One {
    Text(String),
    Number(i64),
    Truth(bool),
    Address(Ipv4Addr),
}

fn one(value: &Value<'_>) -> One {
    match value {
        Value::Bytes(bytes) => One::Text(String::from_utf8(bytes.to_vec()).unwrap()),
        Value::Number(number) => One::Number(*number as i64),
        Value::Bool(truth) => One::Truth(*truth),
        Value::Addr(IpAddr::V4(address)) => One::Address(*address),
        other => panic!("{other:?}"),
    }
}

/// Shell patterns of `*` and `?`, tried out letter by letter.
fn matches(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|skip| matches(rest, &text[skip..])),
        ['?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && matches(rest, &text[1..]),
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    matches(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}

/// Whether the components of `path` are a leading run of those of `text`.
fn leads(path: &str, text: &str) -> bool {
    let parts =
        |text: &str| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path, text) = (parts(path), parts(text));
    path.len() <= text.len() && path.iter().zip(&text).all(|(pattern, part)| glob(pattern, part))
}

fn within(network: &str, address: Ipv4Addr) -> bool {
    let (base, bits) = network.split_once('/').unwrap();
    let (base, address) = (base.parse::<Ipv4Addr>().unwrap().octets(), address.octets());
    let bit = |octets: [u8; 4], at: usize| octets[at / 8] >> (7 - at % 8) & 1;
    (0..bits.parse().unwrap()).all(|at| bit(base, at) == bit(address, at))
}

/// Whether `left op right` for one value and one literal.
fn compare(kind: Kind, op: Op, left: &One, right: &str) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    match (left, op) {
        (One::Address(address), op) if kind == Kind::Network => within(right, *address) != (op == Op::Ne),
        (One::Address(address), op) => (*address == right.parse::<Ipv4Addr>().unwrap()) != (op == Op::Ne),
        (One::Truth(truth), op) => (truth.to_string() == right) != (op == Op::Ne),
        (One::Number(left), op) => {
            let right: i64 = right.parse().unwrap();
            match op {
                Op::Ne => *left != right,
                Op::Lt => *left < right,
                Op::Le => *left <= right,
                Op::Gt => *left > right,
                Op::Ge => *left >= right,
                _ => *left == right,
            }
        }
        (One::Text(left), op) => match op {
            Op::Ne => left != right,
            Op::Glob => glob(right, left),
            Op::IGlob => glob(&lower(right), &lower(left)),
            Op::Contains => left.contains(right),
            Op::IContains => lower(left).contains(&lower(right)),
            Op::StartsWith => left.starts_with(right),
            Op::EndsWith => left.ends_with(right),
            Op::PMatch => leads(right, left),
            _ => left == right,
        },
    }
}

fn modified(with: Modifier, each: Vec<bool>) -> bool {
    let holding = each.iter().filter(|holds| **holds).count();
    match with {
        Modifier::OneOf => holding == 1,
        Modifier::AnyOf => holding > 0,
        Modifier::AllOf => !each.is_empty() && holding == each.len(),
    }
}

fn holds(expr: &Expr, now: &Moment) -> bool {
    let check = match expr {
        Expr::And(parts) => return parts.iter().all(|part| holds(part, now)),
        Expr::Or(parts) => return parts.iter().any(|part| holds(part, now)),
        Expr::Not(part) => return !holds(part, now),
        Expr::Macro(_) => unreachable!(),
        Expr::Check(check) => check,
    };
    let (name, lower) = match &check.left {
        Term::Field(field) => (field.name.as_str(), false),
        Term::Call { args, .. } => match &args[0] {
            Term::Field(field) => (field.name.as_str(), true),
            _ => unreachable!(),
        },
        _ => unreachable!(),
    };
    let kind = kind(name);
    // What is absent makes every comparison false.
    let Some(value) = now.0.get(name) else { return false };
    let lowered = |value: One| match value {
        One::Text(text) if lower => One::Text(text.to_ascii_lowercase()),
        value => value,
    };
    let values: Vec<One> = match value {
        Value::List(values) => values.iter().map(one).collect(),
        value => vec![lowered(one(value))],
    };
    // One literal against all values: both ends must differ, of all else one that holds is enough.
    let against = |literal: &str| {
        let mut each = values.iter().map(|value| compare(kind, check.op, value, literal));
        if kind == Kind::Ends && check.op == Op::Ne {
            each.all(|holds| holds)
        } else {
            each.any(|holds| holds)
        }
    };
    let text = |word: &analyzer::condition::ast::Word| String::from_utf8(word.text.clone()).unwrap();
    match &check.right {
        Rhs::None => true,
        Rhs::Word(literal) => against(&text(literal)),
        Rhs::Term(_) => match now.0.get("proc.pname").map(one) {
            Some(One::Text(other)) => against(&other),
            _ => false,
        },
        Rhs::List(None, words, _) => words.iter().any(|literal| against(&text(literal))),
        Rhs::List(Some(with), words, _) if kind == Kind::Ends => {
            modified(*with, words.iter().map(|literal| against(&text(literal))).collect())
        }
        // An ancestor must satisfy the whole comparison by itself.
        Rhs::List(Some(with), words, _) => values.iter().any(|value| {
            modified(
                *with,
                words.iter().map(|literal| compare(kind, check.op, value, &text(literal))).collect(),
            )
        }),
        Rhs::Name(..) => unreachable!(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// forall condition, moment: plan(condition) holds = condition holds, and if it does the moment's
    /// event is among the plan's.
    #[test]
    fn a_plan_means_what_the_description_says(expr in over(any_check()), now in any_moment()) {
        let plan = Plan::lower(&expr, &Env::captures());
        prop_assert!(plan.is_ok(), "{expr}: {plan:?}");
        let plan = plan.unwrap();
        prop_assert_eq!(plan.holds(&now), holds(&expr, &now), "{}", expr);
        let event = analyzer::fields::Extract::event_name(&now);
        prop_assert!(!plan.holds(&now) || plan.events().contains(event), "{expr}");
    }
}
