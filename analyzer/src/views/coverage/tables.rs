//! Coverage for people.

use std::collections::BTreeSet;

use super::{Coverage, Share};
use crate::rules::attack::Technique;
use crate::views::table::{Cell, Table, number, text};

impl Coverage<'_> {
    /// An overview, the tactics, the techniques with rules, those without, and tags to look at.
    ///
    /// `gaps`: whether those without are shown.
    pub fn tables(&self, gaps: bool) -> Vec<Table> {
        let mut tables = vec![self.overview(), self.by_tactic(), self.covered()];
        if gaps {
            tables.push(self.uncovered());
        }
        tables.retain(|table| !table.rows.is_empty());
        let remarks = self.remarks();
        if !remarks.rows.is_empty() {
            tables.push(remarks);
        }
        tables
    }

    /// A row for every technique of every tactic, for spreadsheets; `gaps` as above.
    pub fn flat(&self, gaps: bool) -> Vec<Table> {
        let mut columns =
            vec![text("tactic"), text("technique"), text("name"), number("count"), text("rules")];
        if self.samples.is_some() {
            columns.push(text("samples"));
        }
        let mut table = Table::new("techniques", &columns);
        for tactic in self.tactics() {
            for technique in self.within(tactic) {
                let rules = self.names(technique);
                if rules.is_empty() && !(gaps && technique.platforms.counted()) {
                    continue;
                }
                let mut cells = vec![
                    tactic.name.into(),
                    technique.id.into(),
                    technique.name.into(),
                    rules.len().into(),
                    rules.into(),
                    self.proofs(technique).into_iter().collect::<Vec<_>>().into(),
                ];
                cells.truncate(columns.len());
                table.rows.push(cells);
            }
        }
        vec![table, self.remarks()]
    }

    /// Names of the rules about a technique.
    fn names(&self, technique: &Technique) -> Vec<&str> {
        self.about(technique).map(|one| one.rule.name.as_str()).collect()
    }

    fn overview(&self) -> Table {
        let title = format!("ATT&CK v{}, Linux and containers", self.matrix.version.number());
        let mut table = Table::facts("coverage").titled(title);
        let shares = self.shares(self.matrix.techniques());
        let disabled = match self.disabled {
            0 => String::new(),
            count => format!("; {count} disabled, not counted"),
        };
        table.fact("rules", format!("{}{disabled}", self.rules.len()));
        table.fact("techniques", percent(shares.techniques));
        table.fact("sub-techniques", percent(shares.subs));
        if self.samples.is_some() {
            let mut proven = Share::default();
            for technique in self.matrix.techniques() {
                if self.about(technique).next().is_some() {
                    proven.add(!self.proofs(technique).is_empty());
                }
            }
            table.fact("proven by samples", format!("{proven} with rules"));
        }
        let mut count = |name: &str, count: usize, what: &str| {
            if count > 0 {
                table.fact(name, format!("{count}{what}"));
            }
        };
        count("rules of a tactic only", self.tactic_only().count(), "");
        count("rules without a tag", self.untagged().count(), "");
        let corrected = self.rules.iter().filter(|one| one.mapping.corrected.is_some()).count();
        count("corrected tags", corrected, "; --original-tags takes stock rules as published");
        table
    }

    fn by_tactic(&self) -> Table {
        let columns = [
            text("tactic"),
            number("rules"),
            number("techniques"),
            number("sub-techniques"),
            number("tactic only"),
        ];
        let mut table = Table::new("tactics", &columns);
        for tactic in self.tactics() {
            let shares = self.shares(self.within(tactic));
            // What happens before anything runs on Linux is no gap of ours.
            if shares.techniques.of == 0 && self.serving(tactic).next().is_none() {
                continue;
            }
            let bare = self.tactic_only().filter(|one| one.mapping.tactics.contains(&tactic)).count();
            table.row([
                tactic.name.into(),
                self.serving(tactic).count().into(),
                shares.techniques.to_string().into(),
                shares.subs.to_string().into(),
                if bare == 0 { Cell::None } else { bare.into() },
            ]);
        }
        table
    }

    /// Techniques with rules, by tactic. One of several tactics stands with the first; with the
    /// others there is its number.
    fn covered(&self) -> Table {
        let mut columns = vec![text("technique"), text("rules")];
        if self.samples.is_some() {
            columns.push(text("samples"));
        }
        let mut table = Table::new("covered", &columns).titled("Techniques with rules");
        let mut shown = BTreeSet::new();
        for tactic in self.tactics() {
            let mut push = |mut cells: Vec<Cell>| {
                cells.truncate(columns.len());
                table.rows.push(cells);
            };
            let within: Vec<&Technique> =
                self.within(tactic).filter(|technique| self.about(technique).next().is_some()).collect();
            if within.is_empty() {
                continue;
            }
            push(vec![tactic.name.to_uppercase().into(), "".into(), "".into()]);
            let mut also = Vec::new();
            for technique in within {
                if !shown.insert(technique.id) {
                    also.push(technique.id);
                    continue;
                }
                let samples: Vec<&str> = self.proofs(technique).into_iter().collect();
                push(vec![label(technique).into(), self.names(technique).join("; ").into(), samples.into()]);
            }
            if !also.is_empty() {
                push(vec!["as above".into(), also.into(), "".into()]);
            }
        }
        table
    }

    /// Techniques without rules, each with its first tactic only.
    fn uncovered(&self) -> Table {
        let title = "Techniques without rules (+n: nor for its n sub-techniques)";
        let mut table = Table::new("gaps", &[text("tactic"), text("no rule for")]).titled(title);
        let mut shown = BTreeSet::new();
        for tactic in self.tactics() {
            let mut gaps = Vec::new();
            let mut last = None;
            for (technique, subs) in self.gaps(tactic) {
                if !shown.insert(technique.id) {
                    continue;
                }
                let more = if subs > 0 { format!(" +{subs}") } else { String::new() };
                // Behind a sub-technique its siblings need no number of the technique.
                let id = match technique.id.split_once('.') {
                    Some((parent, sub)) if last == Some(parent) => format!(".{sub}"),
                    _ => technique.id.to_owned(),
                };
                gaps.push(format!("{id} {}{more}", technique.name));
                last = technique.parent();
            }
            if !gaps.is_empty() {
                table.row([tactic.name.into(), gaps.join("; ").into()]);
            }
        }
        table
    }

    /// Tags that say less than they could, or something else than they should.
    fn remarks(&self) -> Table {
        let mut table =
            Table::new("remarks", &[text("rule"), text("tag"), text("remark")]).titled("Tags to look at");
        for one in &self.rules {
            let mapping = &one.mapping;
            let mut remark =
                |tag: &str, text: String| table.row([one.rule.name.as_str().into(), tag.into(), text.into()]);
            for tag in &mapping.unknown {
                remark(tag, "names nothing for Linux or containers".into());
            }
            for (tag, now) in &mapping.renumbered {
                remark(tag, format!("is {now} in v{}", self.matrix.version.number()));
            }
            let names: Vec<&str> = mapping.tactics.iter().map(|tactic| tactic.name).collect();
            if mapping.techniques.is_empty() && !names.is_empty() {
                remark(&names.join(", "), "a tactic, no technique".into());
            }
            if mapping.disagrees() {
                let ids: Vec<&str> = mapping.techniques.iter().map(|technique| technique.id).collect();
                remark(&names.join(", "), format!("no tactic of {}", ids.join(", ")));
            }
        }
        table
    }
}

fn percent(share: Share) -> String {
    let hundredths = (share.covered * 100).checked_div(share.of).unwrap_or(0);
    format!("{share} ({hundredths} %)")
}

fn label(technique: &Technique) -> String {
    format!("{} {}", technique.id, technique.name)
}
