//! `saker rules list`, `coverage`: what rules are there and which techniques they are about.

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Output;

use common::{code, folder, notes, root, saker, text};
use serde_json::{Map, Value, json};

const RULES: &str = r#"
- list: shells
  items: [bash, sh]
- list: interpreters
  items: [shells, python3]
- macro: started
  condition: evt.type in (execve, execveat) and evt.rawres = 0
- macro: interpreter_started
  condition: started and proc.name in (interpreters)
- rule: Interpreter
  desc: an interpreter was started
  condition: interpreter_started and proc.args startswith "-c"
  output: interpreter %proc.cmdline %evt.arg.flags %proc.aname[2]
  priority: WARNING
  tags: [T1059.004, T1059.006, mitre_execution]
  exceptions:
    - name: build
      fields: [proc.pname, proc.name]
      comps: [=, in]
      values:
        - [make, [bash, sh]]
- rule: Log emptied
  desc: a log was emptied
  condition: evt.type = openat and fd.name startswith /var/log/
  output: emptied %fd.name
  priority: NOTICE
  tags: [T1070.002, mitre_defense_evasion]
- rule: Odd
  desc: odd tags
  condition: evt.type = connect
  output: odd
  priority: INFO
  tags: [mitre_impact, T9999, network]
- rule: Off
  desc: switched off
  condition: evt.type = open
  output: off
  priority: INFO
  enabled: false
  tags: [T1046]
- rule: Plain
  desc: no tags at all
  condition: evt.type = socket
  output: plain
  priority: INFO
- rule: Contact K8S API Server From Container
  desc: as published
  condition: evt.type = connect
  output: contact
  priority: NOTICE
  tags: [container, mitre_discovery, T1565]
"#;

fn rules(folder: &std::path::Path) -> PathBuf {
    let path = folder.join("rules.yaml");
    std::fs::write(&path, RULES).unwrap();
    path
}

fn run(args: &[&str], more: &[&std::path::Path]) -> Output {
    let mut all: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
    all.extend(more.iter().map(|path| path.as_os_str().to_owned()));
    let output = saker(&all);
    assert_eq!(code(&output), 0, "{args:?}: {}", notes(&output));
    output
}

fn json(args: &[&str], more: &[&std::path::Path]) -> Value {
    serde_json::from_str(&text(&run(args, more))).unwrap()
}

#[test]
fn a_rule_as_json_says_what_it_is_made_of() {
    let folder = folder("list");
    let all = json(&["rules", "list", "-f", "json", "-r"], &[&rules(&folder)]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 6, "disabled ones too");
    let rule = &all[0];
    assert_eq!(rule["name"], "Interpreter");
    assert_eq!(rule["priority"], "Warning");
    assert_eq!(rule["enabled"], true);
    assert_eq!(rule["event_types"], json!(["execve", "execveat"]));
    assert_eq!(rule["techniques"], json!(["T1059.004", "T1059.006"]));
    assert_eq!(rule["tactics"], json!(["execution"]));
    assert_eq!(rule["macros"], json!(["interpreter_started", "started"]));
    assert_eq!(rule["lists"], json!(["interpreters", "shells"]));
    assert_eq!(rule["operators"], json!(["=", "in", "startswith"]));
    assert_eq!(
        rule["condition_fields"],
        json!(["evt.rawres", "evt.type", "proc.args", "proc.name", "proc.pname"])
    );
    assert_eq!(rule["output_fields"], json!(["evt.arg.flags", "proc.aname[2]", "proc.cmdline"]));
    assert_eq!(
        rule["exceptions"],
        json!([{"name": "build", "fields": ["proc.pname", "proc.name"], "comps": ["=", "in"], "rows": 1}])
    );
    assert_eq!(rule["line"], 10);
    assert!(rule["file"].as_str().unwrap().ends_with("rules.yaml"));
    assert_eq!(all[3]["enabled"], false);
    assert_eq!(all[5]["techniques"], json!(["T1613"]));
    let original = json(&["rules", "list", "--original-tags", "-f", "json", "-r"], &[&rules(&folder)]);
    assert_eq!(original[5]["techniques"], json!(["T1565"]));
}

#[test]
fn coverage_counts_what_tags_name_and_reports_what_they_do_not() {
    let folder = folder("coverage");
    let path = rules(&folder);
    let document = json(&["rules", "coverage", "-f", "json"], &[&path]);
    assert_eq!(document["attack_version"], "19");
    assert_eq!(document["rules"], 5);
    assert_eq!(document["disabled"], 1);
    assert_eq!(document["sub_techniques"]["covered"], 3);
    assert_eq!(document["tactic_only"], json!([{"rule": "Odd", "tactics": ["impact"]}]));
    assert_eq!(document["untagged"], json!(["Plain"]));
    assert_eq!(document["unknown_tags"], json!([{"rule": "Odd", "tags": ["T9999"]}]));
    let renumbered = json!([{"rule": "Log emptied", "tags": [{"tag": "T1070.002", "now": "T1685.006"}]}]);
    assert_eq!(document["renumbered"], renumbered);
    assert_eq!(document["corrected"][0]["was"], json!(["T1565"]));
    assert_eq!(document["disagreeing"], json!([]), "Defense Evasion became two tactics");
    let tactic = |document: &Value, name: &str| {
        let tactics = document["tactics"].as_array().unwrap();
        tactics.iter().find(|tactic| tactic["shortname"] == name).cloned().unwrap_or(Value::Null)
    };
    let execution = tactic(&document, "execution");
    assert_eq!(execution["rules"], 1);
    assert_eq!(execution["techniques"]["covered"], 1, "T1059, by its sub-techniques");
    assert_eq!(execution["covered"].as_array().unwrap().len(), 2);
    assert!(execution["gaps"].as_array().unwrap().contains(&json!("T1106")));
    assert_eq!(tactic(&document, "discovery")["covered"][0]["id"], "T1613");
    assert_eq!(tactic(&document, "defense-impairment")["covered"][0]["id"], "T1685.006");

    let old = json(&["rules", "coverage", "--all", "--attack-version", "18", "-f", "json"], &[&path]);
    assert_eq!(old["rules"], 6);
    assert_eq!(old["renumbered"], json!([]));
    assert_eq!(tactic(&old, "defense-evasion")["covered"][0]["id"], "T1070.002");
    assert_eq!(tactic(&old, "stealth"), Value::Null);
}

#[test]
fn coverage_names_the_samples_that_prove_a_rule() {
    let folder = folder("proofs");
    let sample = folder.join("samples/interpreter/attack");
    std::fs::create_dir_all(&sample).unwrap();
    let expect = "expect: [{rule: Interpreter}, {rule: Odd, count: '== 0'}]\n";
    std::fs::write(sample.join("expect.yaml"), expect).unwrap();
    let (path, samples) = (rules(&folder), folder.join("samples"));
    let args = ["rules", "coverage", "-f", "json", "-r", path.to_str().unwrap(), "--samples"];
    let document = json(&args, &[&samples]);
    let execution = &document["tactics"].as_array().unwrap()[3];
    assert_eq!(execution["covered"][0]["samples"], json!(["interpreter/attack"]));
    let shown = text(&run(&["rules", "coverage", "-r", path.to_str().unwrap(), "--samples"], &[&samples]));
    assert!(shown.contains("2 of 4 with rules"), "{shown}");
}

/// Checks an object against rows of key, type and whether it must be there; nothing else may be.
fn shape<'v>(value: &'v Value, what: &str, rows: &[(&str, &str, bool)]) -> &'v Map<String, Value> {
    let object = value.as_object().unwrap_or_else(|| panic!("{what} is no object: {value}"));
    for (key, value) in object {
        let Some((_, kind, _)) = rows.iter().find(|(name, ..)| name == key) else {
            panic!("{what} has a key `{key}` that layers do not have");
        };
        let is = match *kind {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            _ => value.is_object(),
        };
        assert!(is, "`{key}` of {what} is no {kind}: {value}");
    }
    for (key, _, required) in rows {
        assert!(!required || object.contains_key(*key), "{what} lacks `{key}`");
    }
    object
}

/// The property tables of the Navigator's layer format 4.5.
fn is_a_layer(layer: &Value) {
    let rows = [
        ("versions", "object", false),
        ("name", "string", true),
        ("description", "string", false),
        ("domain", "string", true),
        ("customDataURL", "string", false),
        ("filters", "object", false),
        ("sorting", "number", false),
        ("layout", "object", false),
        ("hideDisabled", "boolean", false),
        ("techniques", "array", false),
        ("gradient", "object", false),
        ("legendItems", "array", false),
        ("showTacticRowBackground", "boolean", false),
        ("tacticRowBackground", "string", false),
        ("selectTechniquesAcrossTactics", "boolean", false),
        ("selectSubtechniquesWithParent", "boolean", false),
        ("selectVisibleTechniques", "boolean", false),
        ("metadata", "array", false),
        ("links", "array", false),
    ];
    let object = shape(layer, "a layer", &rows);
    let domains = ["enterprise-attack", "mobile-attack", "ics-attack"];
    assert!(domains.contains(&object["domain"].as_str().unwrap()));
    assert!((0..=3).contains(&object["sorting"].as_i64().unwrap()));
    let versions = [("attack", "string", false), ("navigator", "string", true), ("layer", "string", true)];
    assert_eq!(shape(&layer["versions"], "versions", &versions)["layer"], "4.5");
    let parts: Vec<u32> = layer["versions"]["navigator"]
        .as_str()
        .unwrap()
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts >= vec![4, 9, 0], "at least 4.9.0");
    shape(&layer["filters"], "filters", &[("platforms", "array", false)]);
    let layout = [
        ("layout", "string", false),
        ("showID", "boolean", false),
        ("showName", "boolean", false),
        ("showAggregateScores", "boolean", false),
        ("countUnscored", "boolean", false),
        ("aggregateFunction", "string", false),
        ("expandedSubtechniques", "string", false),
    ];
    let layout = shape(&layer["layout"], "layout", &layout);
    assert!(["side", "flat", "mini"].contains(&layout["layout"].as_str().unwrap()));
    assert!(["average", "min", "max", "sum"].contains(&layout["aggregateFunction"].as_str().unwrap()));
    assert!(["none", "all", "annotated"].contains(&layout["expandedSubtechniques"].as_str().unwrap()));
    let gradient = [("colors", "array", true), ("minValue", "number", true), ("maxValue", "number", true)];
    let gradient = shape(&layer["gradient"], "gradient", &gradient);
    assert!(gradient["colors"].as_array().unwrap().len() >= 2);
    assert!(gradient["maxValue"].as_f64() > gradient["minValue"].as_f64());
    for item in layer["legendItems"].as_array().unwrap() {
        shape(item, "a legend item", &[("label", "string", true), ("color", "string", true)]);
    }
    let technique = [
        ("techniqueID", "string", true),
        ("tactic", "string", false),
        ("comment", "string", false),
        ("enabled", "boolean", false),
        ("score", "number", false),
        ("color", "string", false),
        ("metadata", "array", false),
        ("links", "array", false),
        ("showSubtechniques", "boolean", false),
    ];
    let mut seen = BTreeSet::new();
    for one in layer["techniques"].as_array().unwrap() {
        let one = shape(one, "a technique", &technique);
        let place = (one["techniqueID"].to_string(), one["tactic"].to_string());
        assert!(seen.insert(place.clone()), "{place:?} stands twice");
        for entry in one["metadata"].as_array().unwrap() {
            let entry = shape(entry, "metadata", &[("name", "string", true), ("value", "string", true)]);
            assert!(entry.values().all(|value| value != ""), "empty metadata");
        }
    }
}

#[test]
fn a_layer_is_as_the_navigator_wants_it() {
    let folder = folder("layer");
    let layer = json(&["rules", "coverage", "-f", "navigator"], &[&rules(&folder)]);
    is_a_layer(&layer);
    let scores: Vec<(&str, &str, Option<u64>)> = layer["techniques"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let name = |key: &str| one[key].as_str().unwrap();
            (name("techniqueID"), name("tactic"), one["score"].as_u64())
        })
        .collect();
    assert_eq!(
        scores,
        [
            ("T1059", "execution", None),
            ("T1059.004", "execution", Some(1)),
            ("T1059.006", "execution", Some(1)),
            ("T1685", "defense-impairment", None),
            ("T1685.006", "defense-impairment", Some(1)),
            ("T1613", "discovery", Some(1)),
        ]
    );
    assert_eq!(layer["techniques"][1]["comment"], "Interpreter");
    for version in ["18", "19"] {
        let args = ["rules", "coverage", "--attack-version", version, "-f", "navigator"];
        is_a_layer(&json(&args, &[]));
    }
}

#[test]
fn every_own_rule_names_techniques_as_they_are_now() {
    let document = json(&["rules", "coverage", "--all", "-f", "json"], &[]);
    for odd in ["tactic_only", "untagged", "unknown_tags", "disagreeing", "corrected"] {
        assert_eq!(document[odd], json!([]), "{odd}");
    }
}

/// Stock rules, where they are at hand.
#[test]
fn every_stock_rule_has_a_technique_or_a_tactic() {
    let shared = std::env::var_os("SAKER_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let stock = shared.join("falco-rules");
    if !stock.is_dir() {
        eprintln!("SKIPPED: no stock rules in {}", stock.display());
        return;
    }
    let document = json(&["rules", "coverage", "--all", "-f", "json"], &[&stock]);
    assert_eq!(document["rules"], 93);
    assert_eq!(document["untagged"], json!([]));
    assert_eq!(document["unknown_tags"], json!([]));
    // Nothing in the rule tells more than its tag does.
    let bare = json!([{"rule": "Unexpected inbound connection source", "tactics": ["command-and-control"]}]);
    assert_eq!(document["tactic_only"], bare);
    assert_eq!(document["corrected"].as_array().unwrap().len(), 45);
    let published = json(&["rules", "coverage", "--all", "--original-tags", "-f", "json"], &[&stock]);
    assert_eq!(published["tactic_only"].as_array().unwrap().len(), 14);
    for version in ["18", "19"] {
        let args = ["rules", "coverage", "--attack-version", version, "-f", "navigator"];
        is_a_layer(&json(&args, &[&stock]));
    }
}
