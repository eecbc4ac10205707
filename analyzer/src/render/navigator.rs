//! Coverage as a layer of the ATT&CK Navigator, layer format 4.5.
//!
//! Source: `layers/spec/v4.5/layerformat.md` of the Navigator's repository.

use serde_json::{Map, Value, json};

use crate::rules::attack::{Tactic, Technique, tactics};
use crate::views::coverage::Coverage;

/// Colours from few rules to many.
const COLOURS: [&str; 2] = ["#cfe3f5", "#1c5d99"];

/// The layer: every technique with a rule, under each of its tactics, scored by the number of rules.
pub fn layer(coverage: &Coverage<'_>) -> Value {
    let version = coverage.matrix().version;
    let mut techniques = Vec::new();
    let mut most = 0;
    for tactic in tactics(version) {
        for technique in coverage.within(tactic) {
            let score = coverage.about(technique).count();
            most = most.max(score);
            // A technique without rules of its own is there to unfold what is below it.
            let above = coverage
                .within(tactic)
                .any(|sub| sub.parent() == Some(technique.id) && coverage.about(sub).next().is_some());
            if score > 0 || above {
                techniques.push(entry(coverage, tactic, technique, score, above));
            }
        }
    }
    // The format wants the upper bound above the lower one.
    let most = most.max(2);
    json!({
        "name": format!("Rules by technique, ATT&CK v{}", version.number()),
        "versions": {"attack": version.number(), "navigator": "5.2.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": format!(
            "How many of {} rules are about each technique; techniques without colour have none.",
            coverage.rules().len()
        ),
        "filters": {"platforms": ["Linux", "Containers"]},
        "sorting": 0,
        "layout": {
            "layout": "side",
            "aggregateFunction": "sum",
            "showID": true,
            "showName": true,
            "showAggregateScores": false,
            "countUnscored": false,
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": {"colors": COLOURS, "minValue": 1, "maxValue": most},
        "legendItems": [
            {"label": "1 rule", "color": COLOURS[0]},
            {"label": format!("{most} rules"), "color": COLOURS[1]},
        ],
        "metadata": [],
        "links": [],
        "showTacticRowBackground": false,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": true,
        "selectSubtechniquesWithParent": false,
        "selectVisibleTechniques": false,
    })
}

fn entry(
    coverage: &Coverage<'_>,
    tactic: &Tactic,
    technique: &Technique,
    score: usize,
    unfold: bool,
) -> Value {
    let mut entry = Map::new();
    entry.insert("techniqueID".to_owned(), technique.id.into());
    entry.insert("tactic".to_owned(), tactic.shortname.into());
    entry.insert("enabled".to_owned(), true.into());
    entry.insert("showSubtechniques".to_owned(), unfold.into());
    let mut metadata = Vec::new();
    if score > 0 {
        let rules: Vec<&str> = coverage.about(technique).map(|one| one.rule.name.as_str()).collect();
        entry.insert("score".to_owned(), score.into());
        entry.insert("comment".to_owned(), rules.join("; ").into());
        let samples = coverage.proofs(technique);
        metadata.extend(rules.iter().map(|rule| json!({"name": "rule", "value": rule})));
        metadata.extend(samples.iter().map(|sample| json!({"name": "sample", "value": sample})));
    }
    entry.insert("metadata".to_owned(), metadata.into());
    entry.insert("links".to_owned(), json!([]));
    Value::Object(entry)
}
