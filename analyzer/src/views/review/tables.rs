//! A review for people.

use super::{Findings, Reviewed};
use crate::rules::Place;
use crate::views::table::{Cell, Table, number, text};

/// Most rules in the table of the noisiest.
const LOUD_MAX: usize = 10;
/// Most rows in the table of the widest exclusions.
const WIDE_MAX: usize = 5;
/// Longest text of a term, characters: it may be a list of a hundred images.
const TERM_MAX: usize = 100;

impl<'r> Reviewed<'r> {
    /// What was found, only what there is to look at.
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        if let Some(findings) = &self.findings {
            tables.extend(self.of_captures(findings));
        }
        let mut duplicates =
            Table::new("duplicates", &[text("rule"), text("holds"), text("other")]).titled("Duplicates");
        for one in &self.duplicates {
            let holds = if one.same { "exactly where" } else { "only where" };
            duplicates.row([one.rule.as_str().into(), holds.into(), one.other.as_str().into()]);
        }
        tables.push(duplicates);
        let mut stale = Table::new("overrides", &[text("what"), text("name"), text("place"), text("remark")])
            .titled("Overrides to look at again");
        for one in &self.overrides.stale {
            stale.row([
                one.kind.name().into(),
                one.name.as_str().into(),
                at(&one.place).into(),
                one.remark.as_str().into(),
            ]);
        }
        tables.push(stale);
        let mut more = Table::facts("more").titled("Also");
        if let Some(findings) = &self.findings {
            let wholly = self.stocks(findings).1;
            if !wholly.is_empty() {
                more.fact("lists without a match", wholly.join(", "));
            }
        }
        if let Some(names) = self.without_samples.as_deref().filter(|names| !names.is_empty()) {
            more.fact("rules without a sample", names.join("; "));
        }
        tables.push(more);
        tables.retain(|table| !table.rows.is_empty());
        tables.insert(0, self.overview());
        tables
    }

    fn overview(&self) -> Table {
        let mut table = Table::facts("review");
        table.fact("rules", self.names().len());
        if let Some(findings) = &self.findings {
            let (silent, loud) = (self.silent(findings), self.loud(findings));
            let exclusions = self.exclusions(findings);
            let idle = exclusions.iter().filter(|one| one.tried > 0 && one.kept == 0).count();
            let untried = exclusions.iter().filter(|one| one.tried == 0).count();
            table.fact("alerts", loud.iter().map(|one| one.alerts).sum::<u64>());
            table.fact("never fired", silent.len());
            table.fact("exclusions that kept nothing out", idle);
            if untried > 0 {
                table.fact("exclusions not tried", format!("{untried}, of rules that nothing came near"));
            }
            let (partly, wholly) = self.stocks(findings);
            let text = format!("{} in part, {} wholly", partly.len(), wholly.len());
            table.fact("lists without matches", text);
        }
        table.fact("duplicates", self.duplicates.len());
        if let Some(names) = &self.without_samples {
            table.fact("without a sample", names.len());
        }
        let locked = match self.overrides.unlocked {
            0 => String::new(),
            count => format!(", {count} not in the lock"),
        };
        let stale = self.overrides.stale.len();
        if self.overrides.count > 0 {
            table.fact("overrides", format!("{}, {stale} to look at again{locked}", self.overrides.count));
        }
        table
    }

    fn of_captures(&self, findings: &Findings<'r>) -> Vec<Table> {
        let columns =
            [text("rule"), number("alerts"), number("share"), text("top program"), text("top image")];
        let mut loud = Table::new("noisiest", &columns).titled("Noisiest rules");
        let rules = self.loud(findings);
        let total: u64 = rules.iter().map(|one| one.alerts).sum();
        for one in rules.iter().take(LOUD_MAX) {
            let most = |top: Option<(&str, u64)>| -> Cell {
                top.map(|(name, count)| format!("{name} ×{count}")).into()
            };
            let share = one.alerts.saturating_mul(100).checked_div(total).unwrap_or(0);
            loud.row([
                one.rule.into(),
                one.alerts.into(),
                format!("{share} %").into(),
                most(one.program),
                most(one.image),
            ]);
        }
        let columns = [text("rule"), number("events"), number("kept out"), text("why")];
        let mut silent = Table::new("never_fired", &columns).titled("Rules that never fired");
        for one in self.silent(findings) {
            silent.row([one.rule.into(), one.events.into(), one.kept_out.into(), short(&one.reason).into()]);
        }
        let exclusions = self.exclusions(findings);
        let mut wide: Vec<_> = exclusions.iter().filter(|one| one.kept > 0).collect();
        wide.sort_by_key(|one| std::cmp::Reverse((one.alone, one.kept)));
        let columns = [text("of"), text("term"), number("kept out"), number("alone"), text("place")];
        let mut widest = Table::new("widest_exclusions", &columns).titled("Exclusions that kept most out");
        for one in wide.into_iter().take(WIDE_MAX) {
            widest.row([
                one.owner.to_string().into(),
                short(one.text).into(),
                one.kept.into(),
                one.alone.into(),
                at(one.place).into(),
            ]);
        }
        let mut idle = Table::new("exclusions", &[text("of"), text("term"), text("place")])
            .titled("Exclusions that kept nothing out");
        let mut last = String::new();
        for one in exclusions.iter().filter(|one| one.tried > 0 && one.kept == 0) {
            let owner = one.owner.to_string();
            let shown = if owner == last { "" } else { owner.as_str() };
            idle.row([shown.into(), short(one.text).into(), at(one.place).into()]);
            last = owner;
        }
        let mut stocks =
            Table::new("list_items", &[text("list"), number("used"), text("items that never matched")])
                .titled("List items that never matched");
        for one in self.stocks(findings).0 {
            let of = one.used + one.idle.len();
            stocks.row([one.list.into(), format!("{} of {of}", one.used).into(), one.idle.into()]);
        }
        vec![loud, silent, widest, idle, stocks]
    }
}

/// The file's own name and the line: folders take the width that terms need.
fn at(place: &Place) -> String {
    let file = place.file.rsplit('/').next().unwrap_or(&place.file);
    format!("{file}:{}", place.line)
}

fn short(text: &str) -> String {
    if text.chars().count() <= TERM_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TERM_MAX).collect();
    format!("{cut}…")
}
