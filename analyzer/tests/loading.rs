//! Loading as a user meets it: what several files come to, every error at once, none twice.

use analyzer::rules::{LoadOptions, LoadReport, RuleSet, Source, Verdict};

fn load(texts: &[&str]) -> LoadReport {
    load_with(texts, &LoadOptions::default())
}

fn load_with(texts: &[&str], options: &LoadOptions) -> LoadReport {
    let source = |(at, text): (usize, &&str)| Source { name: format!("{at}.yaml"), text: (*text).to_owned() };
    let sources: Vec<Source> = texts.iter().enumerate().map(source).collect();
    RuleSet::load(&sources, options)
}

/// `file:line code message; hint` of each error.
fn told(report: &LoadReport) -> Vec<String> {
    let one = |error: &analyzer::rules::LoadError| {
        let code = error.code.info().0.trim_start_matches("LOAD_ERR_");
        let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}:{} {code} {}{hint}", error.place.file, error.place.line, error.message)
    };
    report.errors.iter().map(one).collect()
}

fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

#[track_caller]
fn compiled(texts: &[&str], name: &str) -> String {
    let report = load(texts);
    assert!(report.errors.is_empty(), "{:?}", told(&report));
    report.rules.unwrap().rule(name).unwrap().compiled_condition.clone()
}

#[test]
fn errors_of_all_stages_and_files_are_told_in_falcos_order() {
    let first =
        "- list: shells\n  item: [bash]\n- macro: reads\n  condition: evt.type = opne and fd.nam = x\n"
            .to_owned()
            + &rule("A", "reads and proc.nmae = x")
            + &rule("B", "evt.type = open and nope1 and nope2")
            + "- rule: C\n  desc: d\n  condition: evt.type = open\n  priority: urgent\n";
    let second = rule("D", "evt.type = open and proc.name in (shells)") + "- rule: X\n  enabled: no\n";
    assert_eq!(
        told(&load(&[&first, &second])),
        [
            "0.yaml:1 YAML_VALIDATE Item has no mapping for key 'items'",
            "0.yaml:15 YAML_VALIDATE Item has no mapping for key 'output'",
            "0.yaml:18 YAML_VALIDATE Invalid priority; there are EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, \
             NOTICE, INFORMATIONAL, DEBUG, INFO",
            "0.yaml:4 COMPILE_CONDITION unknown event type opne; did you mean `open`?",
            "0.yaml:4 COMPILE_CONDITION filter_check called with nonexistent field fd.nam; did you mean `fd.name`?",
            "0.yaml:7 COMPILE_CONDITION filter_check called with nonexistent field proc.nmae; did you mean \
             `proc.name`?",
            "0.yaml:12 VALIDATE Undefined macro 'nope1' used in filter.",
            "0.yaml:12 VALIDATE Undefined macro 'nope2' used in filter.",
            "1.yaml:6 VALIDATE Rule has 'enabled' key but no rule by that name already exists; load the file that \
             defines it before this one",
        ]
    );
}

#[test]
fn what_follows_from_a_mistake_is_not_told() {
    // Ten users of a macro that does not parse, of one whose item is wrong, and of a list: one error each.
    let mut text =
        "- macro: broken\n  condition: evt.type =\n- macro: shapeless\n  conditions: x\n- list: ports\n  \
                    items: {a: b}\n"
            .to_owned();
    for at in 0..10 {
        text += &rule(&format!("A{at}"), "evt.type = open and broken and shapeless");
        text += &rule(&format!("B{at}"), "evt.type = connect and fd.sport in (ports)");
        text += &format!("- macro: more{at}\n  condition: shapeless or broken\n");
    }
    text += "- macro: shapeless\n  condition: or proc.name = x\n  append: true\n";
    let report = load(&[&text]);
    let lines: Vec<usize> = report.errors.iter().map(|error| error.place.line).collect();
    assert_eq!(lines, [3, 6, 2], "{:?}", told(&report));
}

#[test]
fn a_file_that_is_no_yaml_does_not_hide_the_others() {
    let broken = rule("A", "evt.type = open and later")
        + "- macro: here\n  condition: proc.name = x\n- list: listed\n  items: [\n- macro: unseen\n  condition: x\n";
    let good = rule("B", "evt.type = open and unseen and here and proc.nam = x");
    let report = load(&[&broken, &good]);
    let told = told(&report);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("YAML_PARSE"), "{told:?}");
    assert!(told[1].contains("Undefined macro 'later'") && told[2].contains("proc.nam"), "{told:?}");
    assert!(load(&[&good]).errors.len() == 2, "alone, both macros are missing");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_beside_the_others() {
    let unreadable = vec![("gone.yaml".to_owned(), "no such file".to_owned())];
    let options = LoadOptions { unreadable, ..LoadOptions::default() };
    let text = rule("A", "evt.type = open and from_gone and proc.nam = x");
    let report = load_with(&[&text], &options);
    let told = told(&report);
    assert_eq!(told[0], "gone.yaml:0 FILE_READ no such file");
    assert!(report.rules.is_none());
    // Whether the macro is in that file cannot be known.
    assert!(told.iter().all(|text| !text.contains("from_gone")), "{told:?}");
    let huge = format!("- list: x\n  items: [{}]\n", "a, ".repeat(6 << 20));
    let report = load(&[&huge]);
    assert_eq!(report.errors[0].code.info().0, "LOAD_ERR_FILE_READ");
}

#[test]
fn a_macro_of_a_later_file_is_named_with_its_file() {
    let report = load(&[&rule("A", "evt.type = open and m"), "- macro: m\n  condition: proc.name = x\n"]);
    assert_eq!(
        told(&report),
        [
            "0.yaml:3 VALIDATE Undefined macro 'm' used in filter.; `m` is defined in 1.yaml, which loads later: load \
          it first"
        ]
    );
}

#[test]
fn hostile_numbers_of_errors_are_bounded() {
    let text = "- x\n".repeat(100_000);
    assert_eq!(load(&[&text]).errors.len(), 1001);
    let line = format!("[{}]", "x, ".repeat(20_000));
    let report = load(&[&line]);
    assert_eq!(report.errors.len(), 1001);
    assert!(
        report
            .errors
            .iter()
            .all(|error| error.place.text.len() < 1000 && error.place.snippet().contains('^'))
    );
}

#[test]
fn redefinition_keeps_the_place_and_moves_the_visibility() {
    let a = rule("A", "evt.type = open");
    let b = rule("B", "evt.type = open");
    let again = rule("A", "evt.type = close");
    let names = |texts: &[&str]| {
        let rules = load(texts).rules.unwrap();
        rules.rules().iter().map(|rule| rule.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[&a, &b, &again]), ["A", "B"]);
    let early = "- macro: m\n  condition: n\n";
    let late = "- macro: n\n  condition: proc.name = x\n";
    assert!(load(&[early, late]).rules.is_none());
    // One file in which the first definition is never seen alone.
    let text = format!("{early}{late}{early}{}", rule("R", "evt.type = open and m"));
    assert_eq!(compiled(&[&text], "R"), "(evt.type = open and proc.name = x)");
}

#[test]
fn several_documents_and_empty_ones_are_one_file() {
    let text = format!(
        "---\n---\n- list: l\n  items: [a]\n---\n-\n{}",
        rule("R", "evt.type = open and proc.name in (l)")
    );
    assert_eq!(compiled(&[&text], "R"), "(evt.type = open and proc.name in (a))");
    for empty in ["", "\n", "---\n", "# nothing\n", "- \n"] {
        assert!(load(&[empty]).rules.is_some(), "{empty:?}");
    }
}

#[test]
fn items_with_blanks_are_quoted_and_those_with_commas_are_not() {
    let with = |items: &str, condition: &str| {
        compiled(&[&format!("- list: l\n  items: {items}\n{}", rule("R", condition))], "R")
    };
    let within = "evt.type = open and proc.name in (l)";
    assert_eq!(with("['a b', \"'c d'\"]", within), "(evt.type = open and proc.name in (\"a b\", \"c d\"))");
    assert_eq!(with("['a,b']", within), "(evt.type = open and proc.name in (a, b))");
    assert_eq!(with("[7, 0x1F, yes]", within), "(evt.type = open and proc.name in (7, 0x1F, yes))");
    assert_eq!(with("[a]", "evt.type = open and proc.name = l"), "(evt.type = open and proc.name = a)");
    assert_eq!(
        with("[x]", "evt.type = open and proc.cmdline = 'a  l  b'"),
        "(evt.type = open and proc.cmdline = \"a x b\")",
        "also inside quotes, with the blanks around it"
    );
}

#[test]
fn lists_in_lists_go_one_level_deep() {
    let text = format!(
        "- list: a\n  items: [x]\n- list: b\n  items: [a]\n- list: c\n  items: [b]\n{}",
        rule("R", "evt.type = open and proc.name in (c)")
    );
    assert_eq!(compiled(&[&text], "R"), "(evt.type = open and proc.name in (a))");
    let later = format!(
        "- list: c\n  items: [b]\n- list: b\n  items: [x]\n{}",
        rule("R", "evt.type = open and proc.name in (c)")
    );
    assert_eq!(
        compiled(&[&later], "R"),
        "(evt.type = open and proc.name in (x))",
        "the text is searched again"
    );
}

/// Every row of the table of overrides: key, whether it can be appended to, a value, and how it shows.
#[test]
fn every_key_is_overridden_as_its_row_says() {
    let base = "- rule: R\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n  tags: [a]\n  \
                exceptions:\n    - {name: e, fields: [proc.name], values: [[x]]}\n";
    let rows: &[(&str, Option<&str>, &str, &str)] = &[
        (
            "condition",
            Some("((evt.type = open and proc.pid = 1) and not proc.name = x)"),
            "and proc.pid = 1",
            "syntax error",
        ),
        ("output", Some("o %proc.name"), "'%proc.name'", "%proc.name"),
        ("desc", Some("d more"), "more", "more"),
        ("tags", Some("a,b"), "[b]", "b"),
        ("priority", None, "ERROR", "Error"),
        ("enabled", None, "no", "false"),
        ("warn_evttypes", None, "no", ""),
        ("skip-if-unknown-filter", None, "yes", ""),
        ("capture", None, "on", "true"),
        ("capture_duration", None, "7", "7"),
    ];
    for (key, appended, value, replaced) in rows {
        for (how, wanted) in [("append", *appended), ("replace", Some(*replaced))] {
            let text = format!("{base}- rule: R\n  {key}: {value}\n  override: {{{key}: {how}}}\n");
            let report = load(&[&text]);
            let Some(wanted) = wanted else {
                let message = format!("Key '{key}' cannot be appended to, use 'replace' instead");
                assert_eq!(report.errors[0].message, message);
                continue;
            };
            let Some(rules) = report.rules else {
                assert_eq!((*key, how), ("condition", "replace"), "{:?}", told(&report));
                continue;
            };
            let rule = rules.rule("R").unwrap();
            let shown = match *key {
                "condition" => rule.compiled_condition.clone(),
                "output" => rule.output.as_str().to_owned(),
                "desc" => rule.desc.clone(),
                "tags" => rule.tags.join(","),
                "priority" => rule.priority.to_string(),
                "enabled" => rule.enabled.to_string(),
                "capture" => rule.capture.to_string(),
                "capture_duration" => rule.capture_duration_ms.to_string(),
                _ => String::new(),
            };
            assert_eq!(shown, wanted, "{how} {key}");
        }
    }
    let mixed = format!(
        "{base}- rule: R\n  output: more\n  tags: [z]\n  priority: ERROR\n  override: {{output: append, tags: replace, \
         priority: replace}}\n"
    );
    let rules = load(&[&mixed]).rules.unwrap();
    let rule = rules.rule("R").unwrap();
    assert_eq!(
        (rule.output.as_str(), rule.tags.join(","), rule.priority.name()),
        ("o more", "z".into(), "Error")
    );
}

#[test]
fn wrong_overrides_are_told_in_falcos_order() {
    let first = |item: &str| told(&load(&[&format!("{}- rule: R\n{item}", rule("R", "evt.type = open"))]));
    // What is listed but not there, then what is there but not listed.
    let both = first("  desc: x\n  priority: INFO\n  override: {condition: append, desc: append}\n");
    assert!(both[0].contains("An append override for 'condition'"), "{both:?}");
    assert!(both[1].contains("Unexpected key 'priority'"), "{both:?}");
    // The rule that is not there comes before keys that are not listed.
    let missing = told(&load(&["- rule: N\n  desc: x\n  tags: [a]\n  override: {desc: append}\n"]));
    assert!(
        missing[0].contains("no rule by that name") && missing[1].contains("Unexpected key 'tags'"),
        "{missing:?}"
    );
    // Only true means something.
    assert!(load(&[&(rule("R", "evt.type = open") + "  append: false\n")]).warnings.is_empty());
    // What `append: true` does not look at may be anything.
    let text = rule("R", "evt.type = open")
        + "- rule: R\n  condition: and proc.pid = 1\n  priority: x\n  append: yes\n";
    assert_eq!(compiled(&[&text], "R"), "(evt.type = open and proc.pid = 1)");
}

#[test]
fn rules_of_other_sources_are_left_out_and_can_be_changed() {
    let text = rule("K", "ka.verb = get")
        + "  source: k8s_audit\n  exceptions: [{name: e, fields: [ka.user], values: [[x]]}]\n- rule: K\n  condition: \
           and x\n  override: {condition: append}\n";
    let report = load(&[&text]);
    assert!(report.errors.is_empty(), "{:?}", told(&report));
    assert_eq!(report.skipped[0].reason, "unknown source `k8s_audit`");
    let other = rule("K", "evt.type = open");
    let report = load(&[&text, &other]);
    assert_eq!(report.errors[0].message, "Rule has been re-defined with a different source");
}

#[test]
fn unknown_fields_are_only_skipped_where_falco_skips_them() {
    let skip = |condition: &str, output: &str| {
        let text = rule("R", condition).replace("output: o", &format!("output: '{output}'"));
        load(&[&(text + "  skip-if-unknown-filter: true\n")])
    };
    for (condition, output) in
        [("foo.bar = 1", "o"), ("evt.type = nosuch", "o"), ("evt.type = open", "%foo.bar")]
    {
        let report = skip(condition, output);
        assert_eq!((report.errors.len(), report.skipped.len()), (0, 1), "{condition} {output}");
    }
    // A field without its argument, or a lone percent sign, is no unknown field.
    for (condition, output) in [("evt.arg = 1", "o"), ("evt.type = open", "100%"), ("proc.pid = x", "o")] {
        assert_eq!(skip(condition, output).errors.len(), 1, "{condition} {output}");
    }
}

#[test]
fn a_comparison_with_na_is_unsafe_where_it_once_meant_absent() {
    let text = rule("R", "evt.type = open and ka.verb = \"<NA>\"") + "  skip-if-unknown-filter: true\n";
    let codes: Vec<&str> = load(&[&text]).warnings.iter().map(|warning| warning.code.info().0).collect();
    assert_eq!(codes, ["LOAD_UNSAFE_NA_CHECK", "LOAD_UNKNOWN_FILTER"]);
    let plain = rule("R", "evt.type = open and proc.name = \"<NA>\"");
    assert!(load(&[&plain]).warnings.is_empty());
}

#[test]
fn plugins_and_engines_are_asked_for_by_version() {
    let needs = |entry: &str| told(&load(&[&format!("- required_plugin_versions: [{entry}]\n")])).join(" ");
    assert_eq!(needs("{name: container, version: 0.2.4}"), "");
    assert_eq!(needs("{name: json, version: 0.7.0, alternatives: [{name: container, version: 0.4.0}]}"), "");
    assert!(needs("{name: json, version: 0.7.0}").contains("must load one of: json (>= 0.7.0); built in is"));
    assert!(needs("{name: container, version: latest}").contains("Invalid required version 'latest'"));
    let twice = "{name: a, version: 1.0.0, alternatives: [{name: a, version: 2.0.0}]}";
    assert!(needs(twice).contains("multiple alternative version requirements for plugin 'a'"));
    for (version, fits) in
        [("26", true), ("0.63.0", true), ("0x1a", true), ("0.64.0", false), ("1.0.0", false)]
    {
        let report = load(&[&format!("- required_engine_version: {version}\n")]);
        assert_eq!(report.errors.is_empty(), fits, "{version}");
    }
    // Falco asks for plugins last and says it first.
    let text = "- required_plugin_versions: [{name: json, version: 0.7.0}]\n".to_owned() + &rule("R", "nope");
    let report = load(&[&text]);
    assert!(told(&report)[0].contains("Plugin requirement") && report.errors.len() == 2);
}

#[test]
fn the_report_counts_what_each_file_did() {
    let report = load(&[
        "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n",
        &rule("R", "evt.type=open and m"),
    ]);
    let shown: Vec<String> = report.files.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["0.yaml: 1 lists, 1 macros, 0 rules; schema ok", "1.yaml: 0 lists, 0 macros, 1 rules; schema ok"]
    );
    assert_eq!((report.lists, report.macros, report.enabled), (1, 1, 1));
    let lower = rule("R", "evt.type = open").replace("INFO", "info");
    assert!(matches!(load(&[&lower]).files[0].schema, Verdict::Failed(_)), "the loader takes it");
}

#[test]
fn unknown_names_come_with_the_nearest_known_one() {
    let base = rule("Terminal shell", "evt.type = open");
    for (item, hint) in [
        ("- rule: Terminal shel\n  enabled: no\n", "did you mean `Terminal shell`?"),
        ("- rule: Terminal shell\n  desc: x\n  override: {descr: append}\n", "did you mean `desc`?"),
        ("- rule: Terminal shell\n  desc: x\n  override: {desc: apend}\n", "did you mean `append`?"),
        ("- rule: S\n  desc: d\n  condition: x\n  output: o\n  priority: WARN\n", "did you mean `WARNING`?"),
        (
            "- rule: S\n  desc: d\n  condition: x\n  output: o\n  priority: INFO\n  enabled: flase\n",
            "did you mean `false`?",
        ),
    ] {
        let report = load(&[&format!("{base}{item}")]);
        let hints: Vec<_> = report.errors.iter().filter_map(|error| error.hint.as_deref()).collect();
        assert!(hints.contains(&hint), "{item}: {:?}", told(&report));
    }
    for (condition, output, near) in [
        ("tolowr(proc.name) = a", "o", "tolower"),
        ("proc.name = touper(proc.pname)", "o", "toupper"),
        ("proc.name contians a", "o", "contains"),
        ("proc.name = oneoff (a)", "o", "oneof"),
        ("proc.name = a", "x %basenam(proc.exepath)", "basename"),
    ] {
        let rule = rule("S", condition).replace("output: o", &format!("output: {output}"));
        let report = load(&[&rule]);
        let hint = report.errors[0].hint.as_deref();
        assert_eq!(hint, Some(&*format!("did you mean `{near}`?")), "{:?}", told(&report));
    }
    for (item, hint) in [
        ("- rules: x\n", "did you mean `rule`?"),
        ("- macro: m\n  condition: proc.pid = 1\n  priority: INFO\n", "it is a key of a rule"),
        (&(rule("S", "evt.type = open") + "  tag: [x]\n"), "did you mean `tags`?"),
    ] {
        let report = load(&[&format!("{base}{item}")]);
        assert!(report.warnings.iter().any(|warning| warning.hint.as_deref() == Some(hint)), "{item}");
    }
    let exception =
        rule("S", "evt.type = open") + "  exceptions: [{name: e, fields: [proc.nam], comps: [startwith]}]\n";
    let report = load(&[&exception]);
    assert_eq!(report.errors[0].hint.as_deref(), Some("did you mean `startswith`?"));
}

#[test]
fn a_long_list_in_many_rules_takes_no_unbounded_memory() {
    let items: Vec<String> = (0..40_000).map(|n| format!("item{n}")).collect();
    let list = format!("- list: big\n  items: [{}]\n", items.join(","));
    let rules: String =
        (0..300).map(|n| rule(&format!("R{n}"), "evt.type = open and proc.name in (big)")).collect();
    let report = load(&[&(list + &rules)]);
    let told = told(&report);
    assert_eq!(told.len(), 1, "once: {told:?}");
    assert!(told[0].ends_with("the conditions grow too large together with this one"), "{told:?}");
}

#[test]
fn many_errors_in_one_line_are_found_in_time() {
    let one =
        |n: usize| format!("{{rule: r{n}, desc: é, condition: evt.typ=open, output: o, priority: NOTICE}}");
    let all: Vec<String> = (0..20_000).map(one).collect();
    let report = load(&[&format!("[{}]", all.join(","))]);
    assert_eq!(report.errors.len(), 1001);
    let place = &report.errors[999].place;
    let at: String = place.text.chars().skip(place.column - 1 - place.cut).take(place.width).collect();
    assert_eq!((at.as_str(), place.line), ("evt.typ", 1));
}
