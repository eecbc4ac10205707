//! Coverage for programs. `docs/reviewing.md` is the reference of the keys.

use serde_json::{Value, json};

use super::{Coverage, Share};
use crate::rules::attack::Tactic;

impl Coverage<'_> {
    /// One document with everything.
    pub fn document(&self) -> Value {
        let shares = self.shares(self.matrix.techniques());
        let each = |f: &dyn Fn(&super::Mapped<'_>) -> Option<Value>| -> Vec<Value> {
            self.rules.iter().filter_map(f).collect()
        };
        let shortnames = |one: &super::Mapped<'_>| -> Vec<&str> {
            one.mapping.tactics.iter().map(|tactic| tactic.shortname).collect()
        };
        let ids = |one: &super::Mapped<'_>| -> Vec<&str> {
            one.mapping.techniques.iter().map(|technique| technique.id).collect()
        };
        json!({
            "attack_version": self.matrix.version.number(),
            "platforms": ["Linux", "Containers"],
            "rules": self.rules.len(),
            "disabled": self.disabled,
            "techniques": share(shares.techniques),
            "sub_techniques": share(shares.subs),
            "tactics": self.tactics().map(|tactic| self.tactic(tactic)).collect::<Vec<_>>(),
            "tactic_only": each(&|one| {
                let bare = one.mapping.techniques.is_empty() && !one.mapping.tactics.is_empty();
                bare.then(|| json!({"rule": one.rule.name, "tactics": shortnames(one)}))
            }),
            "untagged": self.untagged().map(|one| one.rule.name.as_str()).collect::<Vec<_>>(),
            "unknown_tags": each(&|one| {
                let tags = &one.mapping.unknown;
                (!tags.is_empty()).then(|| json!({"rule": one.rule.name, "tags": tags}))
            }),
            "renumbered": each(&|one| {
                let tags: Vec<Value> = one
                    .mapping
                    .renumbered
                    .iter()
                    .map(|(tag, now)| json!({"tag": tag, "now": now}))
                    .collect();
                (!tags.is_empty()).then(|| json!({"rule": one.rule.name, "tags": tags}))
            }),
            "corrected": each(&|one| {
                let correction = one.mapping.corrected?;
                Some(json!({"rule": one.rule.name, "was": correction.was, "techniques": ids(one)}))
            }),
            "disagreeing": each(&|one| {
                let value = || json!({"rule": one.rule.name, "tactics": shortnames(one), "techniques": ids(one)});
                one.mapping.disagrees().then(value)
            }),
        })
    }

    fn tactic(&self, tactic: &'static Tactic) -> Value {
        let shares = self.shares(self.within(tactic));
        let mut covered = Vec::new();
        for technique in self.within(tactic) {
            let rules: Vec<&str> = self.about(technique).map(|one| one.rule.name.as_str()).collect();
            if rules.is_empty() {
                continue;
            }
            let mut entry = json!({"id": technique.id, "name": technique.name, "rules": rules});
            if self.samples.is_some()
                && let Some(entry) = entry.as_object_mut()
            {
                entry.insert("samples".to_owned(), json!(self.proofs(technique)));
            }
            covered.push(entry);
        }
        let gaps: Vec<&str> = self
            .within(tactic)
            .filter(|technique| technique.platforms.counted() && self.about(technique).next().is_none())
            .map(|technique| technique.id)
            .collect();
        json!({
            "id": tactic.id,
            "name": tactic.name,
            "shortname": tactic.shortname,
            "rules": self.serving(tactic).count(),
            "techniques": share(shares.techniques),
            "sub_techniques": share(shares.subs),
            "covered": covered,
            "gaps": gaps,
        })
    }
}

fn share(share: Share) -> Value {
    json!({"covered": share.covered, "of": share.of})
}
