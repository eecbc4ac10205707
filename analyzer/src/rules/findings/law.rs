//! The law of this module: what is found to be impossible never happens.

use capture_format::EVENTS;
use proptest::prelude::*;

use super::never::parts;
use super::study::Study;
use super::walk::Walk;
use crate::condition::plan::Env;
use crate::condition::{EventSet, Plan};
use crate::fields::{Argument, Extract, Field, Presence, Value, presence};
use crate::rules::Source;

/// A moment of a table: some fields have values, where the event lets them.
#[derive(Clone, Debug)]
struct Table {
    event: &'static str,
    comm: Option<&'static str>,
    number: Option<i64>,
    failed: bool,
    write: bool,
    path: Option<&'static str>,
}

impl Extract for Table {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        let event = EVENTS.iter().find(|event| event.name == self.event)?;
        let at = presence(field, argument, event);
        if at == Presence::Absent {
            return None;
        }
        match field.name {
            "evt.type" => Some(Value::bytes(self.event.as_bytes())),
            "proc.name" => self.comm.map(|comm| Value::bytes(comm.as_bytes())),
            "fd.num" => self.number.map(|number| Value::Number(number as u64)),
            "fd.name" => self.path.map(|path| Value::bytes(path.as_bytes())),
            "evt.failed" => Some(Value::Bool(self.failed)),
            "evt.is_open_write" => Some(Value::Bool(self.write && at != Presence::False)),
            _ => None,
        }
    }

    fn event_name(&self) -> &str {
        self.event
    }
}

fn any_moment() -> impl Strategy<Value = Table> {
    let event = prop::sample::select(vec!["openat", "execve", "fchmod", "chmod", "connect"]);
    let comm = prop::option::of(prop::sample::select(vec!["", "a", "b", "ab", "ba", "abc"]));
    let path = prop::option::of(prop::sample::select(vec!["/a", "/ab", "/b/a", ""]));
    (event, comm, prop::option::of(-1i64..4), any::<bool>(), any::<bool>(), path).prop_map(
        |(event, comm, number, failed, write, path)| Table { event, comm, number, failed, write, path },
    )
}

fn any_condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "evt.type = openat",
        "evt.type in (execve, chmod)",
        "evt.type != openat",
        "proc.name = a",
        "proc.name != a",
        "proc.name in (a, b, abcdefghijklmnop)",
        "proc.name startswith ab",
        "proc.name startswith b",
        "proc.name endswith a",
        "proc.name contains b",
        "proc.name = anyof (ab, ba)",
        "proc.name exists",
        "proc.name = abcdefghijklmnop",
        "fd.num < 0",
        "fd.num >= 0",
        "fd.num = 2",
        "fd.num in (1, 3)",
        "fd.num > 2",
        "evt.failed = true",
        "evt.failed = false",
        "evt.failed != true",
        "evt.is_open_write = true",
        "evt.is_open_write = false",
        "fd.name = /a",
        "fd.name startswith /a",
        "fd.name startswith /b",
        "len(fd.name) > 1",
        "len(fd.name) < 2",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(|all| format!("({})", all.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" or "))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_cannot_hold_never_does(condition in any_condition(), moments in prop::collection::vec(any_moment(), 32)) {
        let text = format!("- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: {condition}\n");
        let sources = [Source { name: "a".into(), text }];
        let env = Env::captures();
        let study = Study::new(&sources, &env);
        let expr = study.rules[0].expr.as_ref().unwrap();
        let plan = Plan::lower(expr, &env).unwrap();
        let mut all = Vec::new();
        parts(expr, true, &mut all);
        let mut walk = Walk::new(&study, env);
        let may = walk.may(&all, EventSet::all());
        for now in &moments {
            prop_assert!(!plan.holds(now) || may.events.contains(now.event), "{condition} {now:?}");
        }
        // The same of what is excluded: if it cannot hold with the rest, it makes no difference.
        for (index, (part, outcome)) in all.iter().enumerate() {
            let mut with: Vec<_> = all.clone();
            with[index] = (part, !outcome);
            if walk.never(&with).is_some() {
                for now in &moments {
                    let holds = with.iter().all(|(expr, outcome)| {
                        Plan::lower(expr, &env).unwrap().holds(now) == *outcome
                    });
                    prop_assert!(!holds, "{condition}: part {index} {now:?}");
                }
            }
        }
    }

    #[test]
    fn any_file_has_findings_and_fixes_without_a_panic(text in "[a-z.=()!&|<>,'\"#%\\-:\n \\[\\]é“]{0,200}", condition in any_condition()) {
        let file = format!("- rule: r\n  desc: d\n  output: '%fd.mode {{'\n  priority: HIGH\n  condition: >\n    {condition} {}\n{text}\n", text.replace('\n', " "));
        for text in [text, file] {
            let sources = [Source { name: "a".into(), text }];
            super::fix::apply(&sources, &crate::rules::LoadOptions::default());
        }
    }
}
