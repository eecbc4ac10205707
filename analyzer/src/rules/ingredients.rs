//! What a rule is made of, by name.

use std::collections::BTreeSet;

use super::{Definitions, Part, Rule, RuleSet, What};
use crate::condition::ast::Rhs;
use crate::fields::{Arg, Argument, Field};

/// Names that occur in a rule, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingredients {
    /// Macros, those that macros use included.
    pub macros: BTreeSet<String>,
    /// Lists, those that lists use included.
    pub lists: BTreeSet<String>,
    /// Operators, with their modifiers.
    pub operators: BTreeSet<String>,
    /// Fields of the condition, with their arguments.
    pub condition_fields: BTreeSet<String>,
    /// Fields of the output, with their arguments.
    pub output_fields: BTreeSet<String>,
}

impl Ingredients {
    /// Those of `rule`, one of `set`.
    pub fn of(set: &RuleSet, rule: &Rule) -> Self {
        let mut all = Self::default();
        all.part(&set.outline(rule).root, set.definitions());
        rule.plan.fields(&mut |field, argument| {
            all.condition_fields.insert(name(field, argument));
        });
        rule.output.each_field(&mut |field, argument| {
            all.output_fields.insert(name(field, argument));
        });
        all
    }

    fn part(&mut self, part: &Part<'_>, definitions: &Definitions) {
        match &part.what {
            What::Macro { info, .. } => {
                self.macros.insert(info.name.to_owned());
            }
            What::Check { check, items } => {
                let modifier = match &check.right {
                    Rhs::List(modifier, ..) | Rhs::Name(modifier, _) => *modifier,
                    _ => None,
                };
                let modifier = modifier.map(|modifier| format!(" {}", modifier.name())).unwrap_or_default();
                self.operators.insert(format!("{}{modifier}", check.op.name()));
                items
                    .iter()
                    .filter_map(|group| group.list)
                    .for_each(|list| self.list(list.name, definitions));
            }
            What::And | What::Or | What::Not | What::Exception { .. } => {}
        }
        part.children.iter().for_each(|child| self.part(child, definitions));
    }

    fn list(&mut self, name: &str, definitions: &Definitions) {
        if !self.lists.insert(name.to_owned()) {
            return;
        }
        let Some(list) = definitions.list_info(name) else { return };
        for item in definitions.items(list) {
            if definitions.list_info(item).is_some() {
                self.list(item, definitions);
            }
        }
    }
}

/// A field as it is written.
fn name(field: &'static Field, argument: &Argument) -> String {
    let dotted = matches!(field.arg, Arg::Suffix | Arg::SuffixOrIndex | Arg::OptionalSuffix);
    match argument {
        Argument::None => field.name.to_owned(),
        Argument::Index(index) => format!("{}[{index}]", field.name),
        Argument::Key(key) if dotted => format!("{}.{key}", field.name),
        Argument::Key(key) => format!("{}[{key}]", field.name),
    }
}
