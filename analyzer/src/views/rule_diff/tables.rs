//! Differences for people and for programs. `docs/reviewing.md` is the reference of the keys.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Aspect, Changed, Difference, Item, Kind, Status, Verdicts};
use crate::scan::clock;
use crate::views::table::{Table, number, text};

/// Longest text of a term in a table, characters: a term may be a whole macro.
const TERM_MAX: usize = 160;
/// Most rules that a row names.
const RULES_SHOWN: usize = 4;

const KINDS: &[Kind] = &[Kind::Rule, Kind::Macro, Kind::List];
const STATUSES: &[Status] = &[Status::Added, Status::Removed, Status::Changed, Status::Rewritten];

impl Difference {
    /// How many of each kind, and what.
    pub fn tables(&self) -> Vec<Table> {
        let mut overview = Table::facts("difference");
        for kind in KINDS {
            let counts: Vec<String> = STATUSES
                .iter()
                .filter_map(|status| match self.count(*kind, *status) {
                    0 => None,
                    count => Some(format!("{count} {}", status.name())),
                })
                .collect();
            let name = format!("{}s", kind.name());
            overview.fact(&name, if counts.is_empty() { "as before".to_owned() } else { counts.join(", ") });
        }
        let mut tables = vec![overview];
        if !self.items.is_empty() {
            let mut table = Table::new("changes", &[text("what"), text("name"), text("change")]);
            for item in &self.items {
                let lines = changes(item);
                for (index, line) in lines.into_iter().enumerate() {
                    let (kind, name) =
                        if index == 0 { (item.kind.name(), item.name.as_str()) } else { ("", "") };
                    table.row([kind.into(), name.into(), line.into()]);
                }
            }
            tables.push(table);
        }
        tables
    }

    /// All of it as a document.
    pub fn document(&self) -> Value {
        let items = self.items.iter().map(|item| {
            let aspect = |one: &Aspect| {
                json!({"what": one.what, "from": one.from, "to": one.to, "gone": one.gone, "new": one.new})
            };
            json!({
                "kind": item.kind.name(),
                "name": item.name,
                "status": item.status.name(),
                "changes": item.aspects.iter().map(aspect).collect::<Vec<_>>(),
                "affects": item.affects,
            })
        });
        items.collect()
    }
}

/// What a row for each change of an item says.
fn changes(item: &Item) -> Vec<String> {
    let users = || match item.affects.as_slice() {
        [] => "; no rule uses it".to_owned(),
        rules => {
            let shown: Vec<&str> = rules.iter().take(RULES_SHOWN).map(String::as_str).collect();
            let more = match rules.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("; affects {}{more}", shown.join("; "))
        }
    };
    let users = if item.kind == Kind::Rule { String::new() } else { users() };
    match item.status {
        Status::Added | Status::Removed => {
            let about: Vec<&str> = item
                .aspects
                .iter()
                .flat_map(|one| one.gone.iter().chain(&one.new))
                .map(String::as_str)
                .collect();
            let about =
                if item.kind == Kind::Rule { format!(" ({})", about.join(", ")) } else { String::new() };
            vec![format!("{}{about}{users}", item.status.name())]
        }
        Status::Rewritten => vec![format!("written differently, same meaning{users}")],
        Status::Changed => {
            let mut lines: Vec<String> = item.aspects.iter().flat_map(aspect).collect();
            if let Some(last) = lines.last_mut() {
                last.push_str(&users);
            }
            lines
        }
    }
}

fn aspect(one: &Aspect) -> Vec<String> {
    if let (Value::String(_), [from], [to]) = (&one.from, one.gone.as_slice(), one.new.as_slice())
        && one.what != "condition"
    {
        return vec![format!("{}: {} → {}", one.what, short(from), short(to))];
    }
    let line = |sign: &str, term: &String| format!("{} {sign} {}", one.what, short(term));
    let lines: Vec<String> = one
        .gone
        .iter()
        .map(|term| line("−", term))
        .chain(one.new.iter().map(|term| line("+", term)))
        .collect();
    // Only the order changed where it matters, or nothing could be taken apart.
    if lines.is_empty() { vec![format!("{} changed", one.what)] } else { lines }
}

fn short(text: &str) -> String {
    if text.chars().count() <= TERM_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TERM_MAX).collect();
    format!("{cut}…")
}

impl Verdicts<'_> {
    /// Alerts by rule, and the first events of those that were lost or gained.
    pub fn tables(&self, zone: &TimeZone, several: bool) -> Vec<Table> {
        let columns = [text("rule"), number("before"), number("after"), number("lost"), number("gained")];
        let (lost, gained) = self.total();
        let title = format!("Alerts: {lost} lost, {gained} gained");
        let mut table = Table::new("alerts", &columns).titled(title);
        let differs = |tally: &super::Tally| tally.lost > 0 || tally.gained > 0;
        let (mut same, mut rules) = (0, 0);
        for (rule, tally) in self.rules() {
            if !differs(tally) {
                (same, rules) = (same + tally.after, rules + 1);
                continue;
            }
            table.row([
                rule.into(),
                tally.before.into(),
                tally.after.into(),
                tally.lost.into(),
                tally.gained.into(),
            ]);
        }
        if rules > 0 {
            let others = match rules {
                1 => "1 other rule, as before".to_owned(),
                rules => format!("{rules} other rules, as before"),
            };
            table.row([others.into(), same.into(), same.into(), 0u64.into(), 0u64.into()]);
        }
        if table.rows.is_empty() {
            table.title = Some("No alerts, before or after".into());
        }
        let mut tables = vec![table];
        let mut columns = vec![text("rule"), number("event"), text("time"), text("process")];
        if several {
            columns.push(text("capture"));
        }
        for (name, title) in [("lost", "First alerts lost"), ("gained", "First alerts gained")] {
            let mut table = Table::new(name, &columns).titled(title);
            for (rule, tally) in self.rules() {
                let first = if name == "lost" { &tally.first_lost } else { &tally.first_gained };
                for one in first {
                    let place = if one.container.is_empty() {
                        String::new()
                    } else {
                        format!(" in {}", one.container)
                    };
                    let mut cells = vec![
                        rule.into(),
                        one.number.into(),
                        clock::short(one.wall_ns, zone).into(),
                        format!("{}{place}", one.who).into(),
                        one.capture.as_str().into(),
                    ];
                    cells.truncate(columns.len());
                    table.rows.push(cells);
                }
            }
            if !table.rows.is_empty() {
                tables.push(table);
            }
        }
        tables
    }

    /// All of it as a document.
    pub fn document(&self) -> Value {
        let changed = |one: &Changed| {
            json!({
                "capture": one.capture,
                "event": one.number,
                "time": clock::iso_utc(one.wall_ns),
                "process": one.who,
                "container": one.container,
                "message": one.message,
            })
        };
        let rules = self.rules().map(|(rule, tally)| {
            json!({
                "rule": rule,
                "before": tally.before,
                "after": tally.after,
                "lost": tally.lost,
                "gained": tally.gained,
                "first_lost": tally.first_lost.iter().map(changed).collect::<Vec<_>>(),
                "first_gained": tally.first_gained.iter().map(changed).collect::<Vec<_>>(),
            })
        });
        rules.collect()
    }
}
