//! Plans: conditions with every name looked up and every literal parsed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::ast::{Check as Written, Expr, FieldRef, Rhs, Term, Word};
use super::error::{ConditionError, Kind, Span};
use super::events::{EventSet, possible};
use super::limits::Limits;
use super::operators::{Class, Modifier, Op};
use super::parse::parse_term;
use super::paths::PathSet;
use super::pattern::Pattern;
use super::predicate::{Predicate, Set};
use super::resolve::{Find, resolve};
use super::special::{aborts, known_events, meant, never};
use super::transform::{Shape, TRANSFORMERS, Transformer};
use super::types::{class, type_name};
pub use super::warning::{Warning, WarningKind};
use crate::fields::{Argument, Field, Multi, Type};

/// What lowering needs to know of the world.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Finds a field by its name.
    pub find: &'a Find<'a>,
    /// Names of all fields, for suggestions.
    pub names: fn() -> Vec<&'static str>,
    /// Copies upstream's defects instead of doing the right thing.
    pub quirks: bool,
    /// How large things may get.
    pub limits: Limits,
}

impl Env<'static> {
    /// Fields of captures, no quirks.
    pub fn captures() -> Self {
        Self {
            find: &crate::fields::find,
            names: || crate::fields::all().map(|field| field.name).collect(),
            quirks: false,
            limits: Limits::DEFAULT,
        }
    }
}

/// A condition, typed and lowered.
#[derive(Clone, Debug)]
pub struct Plan {
    root: Node,
    events: EventSet,
    warnings: Vec<Warning>,
}

/// A node of a plan.
#[derive(Clone, Debug)]
pub enum Node {
    /// All hold.
    And(Vec<Node>),
    /// One holds.
    Or(Vec<Node>),
    /// It does not hold.
    Not(Box<Node>),
    /// A comparison, shared by all plans of rules that were loaded together.
    Check(Arc<Check>),
}

/// A comparison.
#[derive(Clone, Debug)]
pub struct Check {
    /// What is compared.
    pub source: Source,
    /// Type of one value of that.
    pub ty: Type,
    /// How many values that has and how they count.
    pub multi: Multi,
    /// The comparison.
    pub test: Test,
    /// Canonical text, for display.
    pub text: Box<str>,
    /// Where it was written.
    pub at: Span,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A field.
    Field(&'static Field, Argument),
    /// A transformer of other values.
    Call(&'static Transformer, Vec<Source>, Option<u8>),
    /// A literal.
    Text(Box<[u8]>),
    /// Several values.
    List(Vec<Source>),
}

/// What a value is compared with.
#[derive(Clone, Debug)]
pub enum Test {
    /// Holds for any value.
    Exists,
    /// Holds for none: a defect of upstream, on demand.
    Never,
    /// One literal, or one set of paths.
    Is(Predicate),
    /// Membership: every value (`in`) or one (`intersects`).
    Members {
        /// The literals.
        set: Set,
        /// Whether all elements of a list must be members.
        all: bool,
    },
    /// A modifier over literals.
    Each(Modifier, Vec<Predicate>),
    /// Another value of the same type.
    Against {
        /// How.
        op: Op,
        /// Type of both.
        ty: Type,
        /// The other value.
        right: Source,
    },
}

/// What was written, what it was lowered to, and what is odd about it.
type Lowered = (Arc<Written>, Arc<Check>, Vec<Warning>);

/// Comparisons that were lowered before, for conditions over the same fields that macros bring them
/// into again.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// By address: what is kept beside keeps it taken.
    known: HashMap<usize, Lowered>,
}

impl Plan {
    /// Types and lowers a condition without macros.
    pub fn lower(expr: &Expr, env: &Env<'_>) -> Result<Self, ConditionError> {
        Self::lower_shared(expr, env, &mut Shared::default())
    }

    /// As [`Plan::lower`], beside other conditions over the same fields.
    pub(crate) fn lower_shared(
        expr: &Expr,
        env: &Env<'_>,
        shared: &mut Shared,
    ) -> Result<Self, ConditionError> {
        let mut lowering = Lowering { env, nodes: 0, warnings: Vec::new(), shared };
        let root = lowering.node(expr)?;
        Ok(Self { root, events: possible(expr, true), warnings: lowering.warnings })
    }

    /// The tree.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Events for which it can hold.
    pub fn events(&self) -> EventSet {
        self.events
    }

    /// What is odd about it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Calls `f` with every field it reads.
    pub fn fields(&self, f: &mut dyn FnMut(&'static Field, &Argument)) {
        self.root.fields(f);
    }
}

impl Node {
    fn fields(&self, f: &mut dyn FnMut(&'static Field, &Argument)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.fields(f)),
            Self::Not(part) => part.fields(f),
            Self::Check(check) => {
                check.source.fields(f);
                if let Test::Against { right, .. } = &check.test {
                    right.fields(f);
                }
            }
        }
    }
}

impl Source {
    /// Calls `f` with every field it reads.
    pub fn fields(&self, f: &mut dyn FnMut(&'static Field, &Argument)) {
        match self {
            Self::Field(field, argument) => f(field, argument),
            Self::Call(_, parts, _) | Self::List(parts) => parts.iter().for_each(|part| part.fields(f)),
            Self::Text(_) => {}
        }
    }
}

/// A term with its type.
pub(crate) struct Typed {
    pub(crate) source: Source,
    pub(crate) ty: Type,
    pub(crate) multi: Multi,
}

impl Typed {
    fn shape(&self) -> Shape {
        Shape::of(self.ty, self.multi)
    }
}

/// Types and lowers a term that stands alone, as in an output template.
pub(crate) fn lower_term(term: &Term, env: &Env<'_>) -> Result<Typed, ConditionError> {
    Lowering { env, nodes: 0, warnings: Vec::new(), shared: &mut Shared::default() }.term(term)
}

struct Lowering<'a> {
    env: &'a Env<'a>,
    nodes: usize,
    warnings: Vec<Warning>,
    shared: &'a mut Shared,
}

pub(super) type Result<T, E = ConditionError> = std::result::Result<T, E>;

impl Lowering<'_> {
    fn node(&mut self, expr: &Expr) -> Result<Node> {
        self.nodes += 1;
        let limit = self.env.limits.nodes;
        if self.nodes > limit {
            return Err(ConditionError::new(Kind::TooLarge(limit), Span::default()));
        }
        Ok(match expr {
            Expr::And(parts) => Node::And(self.nodes(parts)?),
            Expr::Or(parts) => Node::Or(self.nodes(parts)?),
            Expr::Not(part) => Node::Not(Box::new(self.node(part)?)),
            Expr::Macro(name) => {
                return Err(ConditionError::new(Kind::UndefinedMacro(name.lossy().into_owned()), name.at));
            }
            Expr::Check(check) => Node::Check(self.shared(check)?),
        })
    }

    fn shared(&mut self, written: &Arc<Written>) -> Result<Arc<Check>> {
        let address = Arc::as_ptr(written).addr();
        if let Some((_, check, warnings)) = self.shared.known.get(&address) {
            self.warnings.extend_from_slice(warnings);
            return Ok(Arc::clone(check));
        }
        let before = self.warnings.len();
        let check = Arc::new(self.check(written)?);
        let warnings = self.warnings.get(before..).unwrap_or_default().to_vec();
        self.shared.known.insert(address, (Arc::clone(written), Arc::clone(&check), warnings));
        Ok(check)
    }

    fn nodes(&mut self, parts: &[Expr]) -> Result<Vec<Node>> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn term(&mut self, term: &Term) -> Result<Typed> {
        match term {
            Term::Field(field) | Term::Val(field) => self.field(field),
            Term::Text(word) => Ok(Typed {
                source: Source::Text(word.text.as_slice().into()),
                ty: Type::Text,
                multi: Multi::One,
            }),
            Term::List(terms, at) => self.list(terms, *at),
            Term::Call { name, args, arg, at } => self.call(name, args, arg.as_ref(), *at),
        }
    }

    fn field(&mut self, field: &FieldRef) -> Result<Typed> {
        let arg = field.arg.as_ref().map(|arg| arg.lossy());
        let bound = resolve(self.env.find, &field.name, arg.as_deref())
            .map_err(|kind| ConditionError::new(kind, field.at))?;
        if bound.field.flags.deprecated || bound.field.name == "evt.dir" {
            self.warn(WarningKind::Deprecated(bound.field.name), field.at);
        }
        let multi = match (bound.field.multi, &bound.argument) {
            // One ancestor is one value.
            (Multi::Ancestors, Argument::Index(_) | Argument::Key(_)) => Multi::One,
            (multi, _) => multi,
        };
        Ok(Typed { source: Source::Field(bound.field, bound.argument), ty: bound.ty, multi })
    }

    fn list(&mut self, terms: &[Term], at: Span) -> Result<Typed> {
        let typed = terms.iter().map(|term| self.term(term)).collect::<Result<Vec<_>>>()?;
        let ty = typed.first().map_or(Type::Text, |first| first.ty);
        if typed.iter().any(|term| term.multi != Multi::One || class(term.ty) != class(ty)) {
            let text = "elements of a list must be single values of one type".to_owned();
            return Err(ConditionError::new(Kind::Transformer(text), at));
        }
        let source = Source::List(typed.into_iter().map(|term| term.source).collect());
        Ok(Typed { source, ty, multi: Multi::List })
    }

    fn call(&mut self, name: &Word, args: &[Term], arg: Option<&Word>, at: Span) -> Result<Typed> {
        let fail = |text: String| ConditionError::new(Kind::Transformer(text), at);
        let text = name.lossy();
        // The parser knows the names from the same table.
        let row = TRANSFORMERS.iter().find(|row| row.name == text);
        // Upstream looks transformers of one and of several arguments up in two tables.
        let row = row.filter(|row| (row.most > 1) == (args.len() > 1));
        let row = row.ok_or_else(|| fail(format!("unknown field transfomer '{text}'")))?;
        let mut typed = Vec::with_capacity(args.len());
        for term in args {
            let one = self.term(term)?;
            if let Source::Field(field, _) = &one.source
                && field.flags.no_transform
            {
                return Err(fail(format!("field '{}' does not support transformers", field.name)));
            }
            typed.push(one);
        }
        if !(row.least..=row.most).contains(&typed.len()) {
            let what = if row.name == "getopt" { "args list and optstring" } else { "separator and list" };
            return Err(fail(format!("{text}() requires exactly {} arguments: {what}", row.most)));
        }
        let letter = match arg {
            None => None,
            Some(_) if !row.indexed => {
                return Err(fail(format!("transformer '{text}' does not support field arguments")));
            }
            Some(word) => match word.text.as_slice() {
                [letter] => Some(*letter),
                _ => return Err(fail(format!("{text}() field argument must be a single option character"))),
            },
        };
        let shapes: Vec<Shape> = typed.iter().map(Typed::shape).collect();
        let shape = (row.shape)(&shapes).map_err(fail)?;
        let multi = if shape.list && letter.is_none() { Multi::List } else { Multi::One };
        let sources = typed.into_iter().map(|term| term.source).collect();
        Ok(Typed { source: Source::Call(row, sources, letter), ty: shape.ty, multi })
    }

    fn check(&mut self, written: &Written) -> Result<Check> {
        let left = self.term(&written.left)?;
        let op = written.op;
        let class = if left.multi == Multi::List { Class::List } else { class(left.ty) };
        let refused = || {
            let kind = Kind::Operator { op: op.name(), class: class.name() };
            Err(ConditionError::new(kind, written.op_at))
        };
        if !op.info().classes.contains(&class) {
            return refused();
        }
        let words = match &written.right {
            Rhs::Word(word) | Rhs::Name(_, word) => std::slice::from_ref(word),
            Rhs::List(_, words, _) => words.as_slice(),
            Rhs::None | Rhs::Term(_) => &[],
        };
        known_events(&left, words)?;
        self.odd(op, words);
        let test = match &written.right {
            Rhs::None => Test::Exists,
            Rhs::Term(term) => self.against(&left, op, term, written.op_at)?,
            _ if self.env.quirks && never(&left, written) => Test::Never,
            Rhs::List(Some(modifier), ..) | Rhs::Name(Some(modifier), _) => {
                let predicates =
                    words.iter().map(|word| Predicate::within(left.ty, op, word, &self.env.limits));
                Test::Each(*modifier, predicates.collect::<Result<_>>()?)
            }
            Rhs::Word(_) | Rhs::Name(None, _) | Rhs::List(None, ..) => match op {
                Op::In | Op::Intersects => {
                    // Upstream looks at the first network only.
                    let first = self.env.quirks && left.ty == Type::Net && left.multi == Multi::Either;
                    let words = if first { words.get(..1).unwrap_or(words) } else { words };
                    Test::Members { set: Set::new(left.ty, words)?, all: op == Op::In }
                }
                Op::PMatch => {
                    for word in words {
                        Predicate::new(left.ty, Op::Eq, word)?;
                    }
                    Test::Is(Predicate::Paths(PathSet::new(words.iter().map(|word| word.text.as_slice()))))
                }
                op => match words.first() {
                    Some(word) => {
                        Test::Is(Predicate::within(left.ty, meant(&left, op), word, &self.env.limits)?)
                    }
                    None => return refused(),
                },
            },
        };
        if self.env.quirks {
            aborts(written)?;
        }
        let at = written.left.at().to(written.op_at);
        let text = written.to_string().into();
        Ok(Check { source: left.source, ty: left.ty, multi: left.multi, test, text, at })
    }

    fn warn(&mut self, kind: WarningKind, at: Span) {
        self.warnings.push(Warning { kind, at });
    }

    /// Notes literals that look like fields, and regular expressions that need not be.
    fn odd(&mut self, op: Op, words: &[Word]) {
        for word in words {
            let text = word.lossy();
            if op == Op::Regex && Pattern::is_plain(&text) {
                self.warn(WarningKind::PlainRegex(text.clone().into_owned()), word.at);
            }
            // Fields have a dot, transformers a parenthesis.
            if !text.contains(['.', '(']) {
                continue;
            }
            // Falco looks at it without blanks.
            let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let is_field = || match parse_term(&bare) {
                Ok(Term::Field(field)) => {
                    let arg = field.arg.as_ref().map(|arg| arg.lossy());
                    resolve(self.env.find, &field.name, arg.as_deref()).is_ok()
                }
                _ => false,
            };
            let call = |name: &str| bare.strip_prefix(name).is_some_and(|rest| rest.starts_with('('));
            if is_field() {
                self.warn(WarningKind::FieldAsText(text.into_owned()), word.at);
            } else if bare.ends_with(')') && (call("val") || TRANSFORMERS.iter().any(|row| call(row.name))) {
                self.warn(WarningKind::TransformerAsText(text.into_owned()), word.at);
            }
        }
    }

    fn against(&mut self, left: &Typed, op: Op, term: &Term, at: Span) -> Result<Test> {
        let fail = |text: String| ConditionError::new(Kind::Operands(text), at);
        let right = self.term(term)?;
        if let Source::Field(field, _) = &left.source
            && (field.flags.no_rhs || left.ty == Type::Net)
        {
            return Err(fail(format!("field '{}' doesn't support right-hand side fields", field.name)));
        }
        if let Source::Field(field, _) = &right.source
            && (field.flags.no_rhs || right.ty == Type::Net)
        {
            return Err(fail(format!("field '{}' can't be used as a right-hand side field", field.name)));
        }
        if !op.info().fields {
            return Err(fail(format!("'{}' operator does not support right-hand side fields", op.name())));
        }
        if left.ty != right.ty || (left.multi == Multi::List) != (right.multi == Multi::List) {
            return Err(fail(format!(
                "field '{}' has type '{}' while the right-hand side field '{}' has incompatible type '{}'",
                name(&left.source),
                typed_name(left),
                name(&right.source),
                typed_name(&right)
            )));
        }
        Ok(Test::Against { op, ty: left.ty, right: right.source })
    }
}

/// Name of what a term reads first.
fn name(source: &Source) -> &str {
    match source {
        Source::Field(field, _) => field.name,
        Source::Call(row, ..) => row.name,
        Source::Text(_) | Source::List(_) => "literal",
    }
}

fn typed_name(typed: &Typed) -> String {
    let name = type_name(typed.ty);
    if typed.multi == Multi::List { format!("LIST({name})") } else { name.to_owned() }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Node], with: &str| {
            f.write_str("(")?;
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    f.write_str(with)?;
                }
                part.fmt(f)?;
            }
            f.write_str(")")
        };
        match self {
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Not(part) => write!(f, "not {part}"),
            Self::Check(check) => f.write_str(&check.text),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
