//! A review for programs. `docs/reviewing.md` is the reference of the keys.

use serde_json::{Map, Value, json};

use super::{Findings, Reviewed};
use crate::rules::Place;

impl<'r> Reviewed<'r> {
    /// Everything that was found.
    pub fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("rules".to_owned(), self.names().len().into());
        if let Some(findings) = &self.findings {
            document.extend(self.captures(findings));
        }
        let duplicates =
            self.duplicates.iter().map(|one| json!({"rule": one.rule, "other": one.other, "same": one.same}));
        document.insert("duplicates".to_owned(), duplicates.collect());
        let stale = self.overrides.stale.iter().map(|one| {
            json!({"kind": one.kind.name(), "name": one.name, "place": at(&one.place), "remark": one.remark})
        });
        let overrides = json!({
            "count": self.overrides.count,
            "not_in_lock": self.overrides.unlocked,
            "remarks": stale.collect::<Value>(),
        });
        document.insert("overrides".to_owned(), overrides);
        if let Some(names) = &self.without_samples {
            document.insert("without_samples".to_owned(), json!(names));
        }
        Value::Object(document)
    }

    fn captures(&self, findings: &Findings<'r>) -> Vec<(String, Value)> {
        let top = |top: Option<(&str, u64)>| {
            top.map_or(Value::Null, |(name, count)| json!({"name": name, "alerts": count}))
        };
        let loud: Value = self
            .loud(findings)
            .iter()
            .map(|one| {
                json!({
                    "rule": one.rule,
                    "alerts": one.alerts,
                    "top_program": top(one.program),
                    "top_image": top(one.image),
                })
            })
            .collect();
        let silent: Value = self
            .silent(findings)
            .iter()
            .map(|one| {
                json!({"rule": one.rule, "events": one.events, "kept_out": one.kept_out, "why": one.reason})
            })
            .collect();
        let exclusions = self.exclusions(findings);
        let untried = exclusions.iter().filter(|one| one.tried == 0).count();
        let which = |useful: bool| -> Value {
            let tried = exclusions.iter().filter(|one| one.tried > 0 && (one.kept > 0) == useful);
            tried
                .map(|one| {
                    json!({
                        "of": one.owner.to_string(),
                        "term": one.text,
                        "place": at(one.place),
                        "kept_out": one.kept,
                        "alone": one.alone,
                    })
                })
                .collect()
        };
        let (partly, wholly) = self.stocks(findings);
        let partly: Value = partly
            .iter()
            .map(|one| json!({"list": one.list, "used": one.used, "unused": one.idle}))
            .collect();
        [
            ("fired", loud),
            ("never_fired", silent),
            ("exclusions_used", which(true)),
            ("exclusions_unused", which(false)),
            ("exclusions_not_tried", untried.into()),
            ("list_items_unused", partly),
            ("lists_unused", json!(wholly)),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}
