//! From text to tree. Keywords match by prefix, as in Falco, quirks included; `docs/rules.md` has
//! the grammar.

use std::sync::Arc;

use super::ast::{Check, Expr, FieldRef, Rhs, Term, Word};
use super::error::{ConditionError, Kind, Span};
use super::lex::Cursor;
use super::limits::Limits;
use super::operators::{Modifier, OPERATORS, Operator, Right};
use super::transform::TRANSFORMERS;

type Result<T> = std::result::Result<T, ConditionError>;

/// Parses a condition.
pub fn parse(text: &str) -> Result<Expr> {
    parse_source(text, 0)
}

/// Parses a condition whose places are to carry the number `source`.
pub fn parse_source(text: &str, source: u32) -> Result<Expr> {
    parse_within(text, source, &Limits::DEFAULT)
}

/// As [`parse_source`], within other limits than usual.
pub fn parse_within(text: &str, source: u32, limits: &Limits) -> Result<Expr> {
    let mut parser = Parser { deepest: limits.depth, ..Parser::new(text, source) };
    if text.is_empty() {
        return Err(parser.rest.syntax("filter input string is empty"));
    }
    let expr = parser.or()?;
    if !parser.rest.is_done() {
        let last = parser.rest.last().into_owned();
        return Err(parser.rest.syntax(format!("unexpected token after '{last}', expecting 'or', 'and'")));
    }
    Ok(expr)
}

/// Parses the longest term (a field or a transformer) at the front of `text`; its length in bytes.
pub(crate) fn parse_term_prefix(text: &str) -> Result<(Term, usize)> {
    let mut parser = Parser::new(text, 0);
    let term = match parser.field_or_call()? {
        Some(term) => term,
        None => return Err(parser.rest.syntax("expected a field or a transformer")),
    };
    Ok((term, parser.rest.at()))
}

/// Parses text that is one term and nothing else.
pub(crate) fn parse_term(text: &str) -> Result<Term> {
    let (term, len) = parse_term_prefix(text)?;
    if len == text.len() {
        return Ok(term);
    }
    let at = Span::new(0, len, text.len());
    Err(ConditionError::new(Kind::Syntax("unexpected text after the field".into()), at))
}

struct Parser<'a> {
    rest: Cursor<'a>,
    depth: u32,
    deepest: u32,
}

/// `'a', 'b', 'c'`
fn listed(names: impl Iterator<Item = &'static str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

fn transformer_names() -> impl Iterator<Item = &'static str> {
    TRANSFORMERS.iter().map(|row| row.name)
}

fn or_transformer(what: &str) -> String {
    let names = listed(std::iter::once("val").chain(transformer_names()));
    format!("expected {what} or a field with a valid transformer: {names}")
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, source: u32) -> Self {
        Self { rest: Cursor::new(text, source), depth: 0, deepest: Limits::DEFAULT.depth }
    }

    /// Counts one level down; every production calls it once and [`Parser::up`] once.
    fn down(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > self.deepest { Err(self.rest.error(Kind::TooDeep(self.deepest))) } else { Ok(()) }
    }

    fn up(&mut self) {
        self.depth -= 1;
    }

    fn or(&mut self) -> Result<Expr> {
        self.down()?;
        self.rest.blank();
        let mut parts = vec![self.and()?];
        self.rest.blank();
        while self.rest.token("or") {
            parts.push(self.operand("or", Self::and)?);
            self.rest.blank();
        }
        self.up();
        Ok(one_or(parts, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr> {
        self.down()?;
        self.rest.blank();
        let mut parts = vec![self.not()?];
        self.rest.blank();
        while self.rest.token("and") {
            parts.push(self.operand("and", Self::not)?);
            self.rest.blank();
        }
        self.up();
        Ok(one_or(parts, Expr::And))
    }

    /// What follows `and` or `or`: a blank and more, or a parenthesis.
    fn operand(&mut self, word: &str, next: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        if self.rest.blank() {
            next(self)
        } else if self.rest.token("(") {
            self.embedded()
        } else {
            Err(self.rest.syntax(format!("expected blank or '(' after '{word}'")))
        }
    }

    fn not(&mut self) -> Result<Expr> {
        self.down()?;
        self.rest.blank();
        let mut negated = false;
        loop {
            let start = self.rest.at();
            if !self.rest.token("not") {
                break;
            }
            if !self.rest.blank() {
                self.rest.back(start);
                break;
            }
            negated = !negated;
        }
        let expr = if self.rest.token("not(") {
            negated = !negated;
            self.embedded()?
        } else {
            self.check()?
        };
        self.up();
        Ok(if negated { Expr::Not(Box::new(expr)) } else { expr })
    }

    /// The rest of a parenthesised condition.
    fn embedded(&mut self) -> Result<Expr> {
        self.down()?;
        let expr = self.or()?;
        self.rest.blank();
        if !self.rest.token(")") {
            return Err(self.rest.syntax("expected a ')' token"));
        }
        self.up();
        Ok(expr)
    }

    fn check(&mut self) -> Result<Expr> {
        self.down()?;
        self.rest.blank();
        let expr = if self.rest.token("(") { self.embedded()? } else { self.leaf()? };
        self.up();
        Ok(expr)
    }

    /// A comparison or the name of a macro. Apart from `check`, so that what recurses stays small.
    #[inline(never)]
    fn leaf(&mut self) -> Result<Expr> {
        if let Some(left) = self.field_or_call()? {
            return self.condition(left);
        }
        match self.rest.identifier() {
            Some(name) => Ok(Expr::Macro(name)),
            None => Err(self.rest.syntax("expected a '(' token, a field check, or an identifier")),
        }
    }

    fn field_or_call(&mut self) -> Result<Option<Term>> {
        if let Some(name) = self.rest.field_name() {
            return self.field(name).map(|field| Some(Term::Field(field)));
        }
        match self.rest.call(transformer_names()) {
            Some(name) => self.call(name).map(Some),
            None => Ok(None),
        }
    }

    fn field(&mut self, name: Word) -> Result<FieldRef> {
        let arg = self.argument()?;
        let at = Span { end: self.rest.span(0).end, ..name.at };
        Ok(FieldRef { name: String::from_utf8_lossy(&name.text).into_owned(), arg, at })
    }

    /// `[argument]`, if there is one.
    fn argument(&mut self) -> Result<Option<Word>> {
        if !self.rest.token("[") {
            return Ok(None);
        }
        let Some(word) = self.quoted_or(Cursor::bare_argument)? else {
            return Err(self
                .rest
                .syntax("expected a valid field argument: a quoted string or a bare string"));
        };
        if !self.rest.token("]") {
            return Err(self.rest.syntax("expected a ']' token"));
        }
        Ok(Some(word))
    }

    fn quoted_or(&mut self, bare: fn(&mut Cursor<'a>) -> Option<Word>) -> Result<Option<Word>> {
        match self.rest.quoted()? {
            Some(word) => Ok(Some(word)),
            None => Ok(bare(&mut self.rest)),
        }
    }

    /// The rest of a transformer, from behind its opening parenthesis.
    fn call(&mut self, name: Word) -> Result<Term> {
        self.down()?;
        let mut args = Vec::new();
        loop {
            self.rest.blank();
            args.push(self.call_argument(true)?);
            self.rest.blank();
            if !self.rest.token(",") {
                break;
            }
        }
        if !self.rest.token(")") {
            return Err(self.rest.syntax("expected a ')' token closing the transformer"));
        }
        let arg = self.argument()?;
        self.up();
        let at = Span { end: self.rest.span(0).end, ..name.at };
        Ok(Term::Call { name, args, arg, at })
    }

    fn call_argument(&mut self, lists: bool) -> Result<Term> {
        self.down()?;
        let start = self.rest.at();
        let term = if let Some(term) = self.field_or_call()? {
            term
        } else if let Some(word) = self.quoted_or(Cursor::number)? {
            Term::Text(word)
        } else if lists && self.rest.token("(") {
            let mut terms = Vec::new();
            self.rest.blank();
            if !self.rest.token(")") {
                loop {
                    self.rest.blank();
                    terms.push(self.call_argument(false)?);
                    self.rest.blank();
                    if !self.rest.token(",") {
                        break;
                    }
                }
                if !self.rest.token(")") {
                    return Err(self.rest.syntax("expected a ')' token closing the transformer list"));
                }
            }
            Term::List(terms, self.rest.span(start))
        } else {
            return Err(self.rest.syntax(
                "expected field transformer argument: field, transformer, quoted string, number, or \
                 transformer list",
            ));
        };
        self.up();
        Ok(term)
    }

    /// Operator and right side.
    fn condition(&mut self, left: Term) -> Result<Expr> {
        self.down()?;
        self.rest.blank();
        let start = self.rest.at();
        let Some(row) = OPERATORS.iter().find(|row| self.operator(row)) else {
            let names = listed(OPERATORS.iter().map(|row| row.name));
            return Err(self.rest.syntax(format!("expected a valid check operator: one of {names}")));
        };
        let op_at = Span::new(left.at().source, start, start + row.name.len());
        let right = match row.right {
            Right::Nothing => Rhs::None,
            Right::Number => self.number()?,
            Right::Text => self.text()?,
            Right::List => self.list_or_name()?,
        };
        self.up();
        Ok(Expr::Check(Arc::new(Check { left, op: row.op, op_at, right })))
    }

    /// Takes the operator, if it is `row`'s. A word before a string needs a blank behind it.
    fn operator(&mut self, row: &Operator) -> bool {
        let start = self.rest.at();
        if !self.rest.token(row.name) {
            return false;
        }
        let word = row.name.starts_with(|c: char| c.is_ascii_alphabetic());
        if word && row.right == Right::Text && !self.rest.at_blank() {
            self.rest.back(start);
            return false;
        }
        true
    }

    /// `val(field)` or a transformer.
    fn right_term(&mut self) -> Result<Option<Term>> {
        self.down()?;
        self.rest.blank();
        let term = if self.rest.call(std::iter::once("val")).is_some() {
            self.rest.blank();
            let Some(name) = self.rest.field_name() else {
                return Err(self.rest.syntax("expected a field within 'val' transformer"));
            };
            let field = self.field(name)?;
            self.rest.blank();
            if !self.rest.token(")") {
                return Err(self.rest.syntax("expected a ')' token closing the transformer"));
            }
            Some(Term::Val(field))
        } else {
            match self.rest.call(transformer_names()) {
                Some(name) => Some(self.call(name)?),
                None => None,
            }
        };
        self.up();
        Ok(term)
    }

    fn number(&mut self) -> Result<Rhs> {
        if let Some(term) = self.right_term()? {
            return Ok(Rhs::Term(term));
        }
        match self.rest.hex().or_else(|| self.rest.number()) {
            Some(word) => Ok(Rhs::Word(word)),
            None => Err(self.rest.syntax(or_transformer("a number value"))),
        }
    }

    fn text(&mut self) -> Result<Rhs> {
        if let Some(right) = self.modified()? {
            return Ok(right);
        }
        if let Some(term) = self.right_term()? {
            return Ok(Rhs::Term(term));
        }
        match self.quoted_or(Cursor::bare)? {
            Some(word) => Ok(Rhs::Word(word)),
            None => Err(self.rest.syntax(or_transformer("a string value"))),
        }
    }

    /// A modifier with its list. A modifier's name without a list is an ordinary string.
    fn modified(&mut self) -> Result<Option<Rhs>> {
        let start = self.rest.at();
        if self.rest.blank()
            && let Some(word) = self.rest.identifier()
            && let Some(modifier) = Modifier::from_name(&word.lossy())
            && self.rest.blank()
        {
            if let Some((words, at)) = self.list()? {
                return Ok(Some(Rhs::List(Some(modifier), words, at)));
            }
            if let Some(name) = self.rest.identifier()
                && !matches!(name.text.as_slice(), b"and" | b"or" | b"not")
            {
                return Ok(Some(Rhs::Name(Some(modifier), name)));
            }
        }
        self.rest.back(start);
        Ok(None)
    }

    fn list_or_name(&mut self) -> Result<Rhs> {
        self.rest.blank();
        if let Some((words, at)) = self.list()? {
            return Ok(Rhs::List(None, words, at));
        }
        if let Some(term) = self.right_term()? {
            return Ok(Rhs::Term(term));
        }
        match self.rest.identifier() {
            Some(name) => Ok(Rhs::Name(None, name)),
            None => Err(self.rest.syntax(or_transformer("a list, an identifier,"))),
        }
    }

    /// A parenthesised list.
    fn list(&mut self) -> Result<Option<(Vec<Word>, Span)>> {
        let start = self.rest.at();
        if !self.rest.token("(") {
            return Ok(None);
        }
        self.down()?;
        let mut words = Vec::new();
        self.rest.blank();
        if let Some(first) = self.quoted_or(Cursor::bare)? {
            words.push(first);
            self.rest.blank();
            while self.rest.token(",") {
                self.rest.blank();
                match self.quoted_or(Cursor::bare)? {
                    Some(word) => words.push(word),
                    None => return Err(self.rest.syntax("expected a string value")),
                }
                self.rest.blank();
            }
        }
        if !self.rest.token(")") {
            return Err(self.rest.syntax("expected a ')' token"));
        }
        self.up();
        Ok(Some((words, self.rest.span(start))))
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
