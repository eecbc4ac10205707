//! Exceptions that have no effect.

use std::collections::BTreeSet;

use super::never::parts;
use super::walk::{Blame, Walk};
use super::{Context, EXCEPTION_NEVER_APPLIES, Finding};
use crate::condition::EventSet;

pub(super) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let study = context.study;
    let mut walk = Walk::new(study, context.env);
    for rule in &study.rules {
        let (Some(expr), Some(def)) = (&rule.expr, study.def(rule)) else { continue };
        let mut all = Vec::new();
        parts(expr, true, &mut all);
        if walk.may(&all, EventSet::all()).blame.is_some() {
            continue;
        }
        let mut seen = BTreeSet::new();
        for row in &rule.rows {
            if walk.is_spent() {
                return;
            }
            let mut tell = |message: String| {
                let place = study.spot(row.spot, 1, &format!("rule `{}`", def.name));
                out.push(Finding { code: EXCEPTION_NEVER_APPLIES, message, place, fix: None });
            };
            let mut with = all.clone();
            with.push((&row.expr, true));
            if !seen.insert(row.expr.to_string()) {
                tell(format!("this row of exception `{}` says what another row says already", row.name));
                continue;
            }
            match walk.may(&with, EventSet::all()).blame {
                None | Some(Blame::Switch) => {}
                Some(blame) => {
                    tell(format!("this row of exception `{}` never applies: {}", row.name, blame.why()));
                }
            }
        }
    }
}
