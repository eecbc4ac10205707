//! Loading as a whole: what rules become, and every error and warning.

use proptest::prelude::*;

use super::*;
use crate::condition::testing::{Table, env, text};
use crate::fields::Value;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

fn load_all(texts: &[&str]) -> LoadReport {
    let sources: Vec<Source> =
        texts.iter().enumerate().map(|(at, text)| source(&format!("{at}.yaml"), text)).collect();
    RuleSet::load_in(&sources, &LoadOptions::default(), &env())
}

fn load(text: &str) -> LoadReport {
    load_all(&[text])
}

/// A rule with this condition.
fn rule(condition: &str) -> String {
    format!("- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

#[track_caller]
fn compiled(text: &str) -> String {
    let report = load(text);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report.rules.unwrap().rule("r").unwrap().compiled_condition.clone()
}

#[track_caller]
fn error(text: &str, code: ErrorCode, message: &str) {
    let report = load(text);
    assert!(report.rules.is_none(), "it loads");
    let first = report.errors.first().unwrap();
    assert_eq!(first.code, code, "{first}");
    assert!(first.message.contains(message), "{first}");
    assert!(first.place.line > 0, "{first:?}");
}

fn warnings(text: &str) -> Vec<WarningCode> {
    let report = load(text);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn lists_are_substituted_and_macros_expanded() {
    let text = "- list: inner\n  items: [a, b]\n- list: outer\n  items: [inner, 'c d']\n- macro: m\n  condition: \
                proc.name in (inner) or fd.name in (x)\n";
    assert_eq!(
        compiled(&format!("{text}{}", rule("evt.type = open and m"))),
        "(evt.type = open and (proc.name in (a, b) or fd.name in (x)))"
    );
    let nested = "- list: a\n  items: [x]\n- list: b\n  items: [a, y]\n";
    assert_eq!(
        compiled(&format!("{nested}{}", rule("evt.type=open and proc.name in (b)"))),
        "(evt.type = open and proc.name in (x, y))"
    );
    let late = "- list: later\n  items: [x]\n";
    assert_eq!(
        compiled(&format!("{}{late}", rule("evt.type=open and proc.name in (later)"))),
        "(evt.type = open and proc.name in (x))"
    );
    let empty = "- list: none\n  items: []\n";
    assert_eq!(
        compiled(&format!("{empty}{}", rule("evt.type=open and proc.name in (none, a)"))),
        "(evt.type = open and proc.name in (a))"
    );
}

#[test]
fn a_macro_sees_only_what_came_before_its_last_change() {
    let early = "- macro: a\n  condition: b\n- macro: b\n  condition: proc.name = x\n";
    error(&format!("{early}{}", rule("evt.type = open and a")), ErrorCode::Validate, "Undefined macro 'b'");
    let again = format!("{early}- macro: a\n  condition: b\n");
    // The first state of `a` is gone: only what is there at the end compiles.
    assert_eq!(
        compiled(&format!("{again}{}", rule("evt.type = open and a"))),
        "(evt.type = open and proc.name = x)"
    );
}

#[test]
fn macros_that_lead_back_to_themselves_are_errors() {
    let text =
        "- macro: a\n  condition: proc.name = x\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n";
    error(
        &format!("{text}{}", rule("evt.type = open and a")),
        ErrorCode::Validate,
        "reference loop in macro",
    );
}

#[test]
fn macros_cannot_explode() {
    let mut text = "- macro: m0\n  condition: proc.name = x\n".to_owned();
    for at in 1..64 {
        text += &format!("- macro: m{at}\n  condition: m{p} or m{p}\n", p = at - 1);
    }
    let report = load(&text);
    assert!(report.errors.iter().all(|error| error.message.contains("larger than the limit")));
    assert!(!report.errors.is_empty());
    let mut lists = "- list: l0\n  items: [a]\n".to_owned();
    for at in 1..40 {
        let items = vec![format!("l{}", at - 1); 40].join(", ");
        lists += &format!("- list: l{at}\n  items: [{items}]\n");
    }
    // Lists nest one level: text grows, but not beyond its bound.
    load(&format!("{lists}{}", rule("evt.type = open and proc.name in (l39)")));
}

#[test]
fn appends_and_overrides_change_what_is_there() {
    let base = "- rule: r\n  desc: d\n  condition: evt.type = open or evt.type = close\n  output: o %proc.name\n  \
                priority: INFO\n  tags: [b]\n";
    let appended = format!(
        "{base}- rule: r\n  condition: and proc.name = x\n  output: and %fd.name\n  tags: [a]\n  priority: ERROR\n  \
         enabled: false\n  override:\n    condition: append\n    output: append\n    tags: append\n    priority: \
         replace\n    enabled: replace\n"
    );
    let report = load(&appended);
    assert!(report.errors.is_empty() && report.warnings.is_empty(), "{report:?}");
    let rules = report.rules.unwrap();
    let changed = rules.rule("r").unwrap();
    // The text is joined, not parenthesised: `and` binds tighter than the `or` before it.
    assert_eq!(changed.compiled_condition, "(evt.type = open or (evt.type = close and proc.name = x))");
    assert_eq!(changed.output.as_str(), "o %proc.name and %fd.name");
    assert_eq!(changed.tags, ["a", "b"]);
    assert_eq!((changed.priority, changed.enabled), (Priority::Error, false));
    assert_eq!((report.enabled, report.disabled), (0, 1));
    let lists = "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  append: true\n";
    let text = format!("{lists}{}", rule("evt.type=open and proc.name in (l)"));
    assert_eq!(compiled(&text), "(evt.type = open and proc.name in (a, b))");
    assert_eq!(warnings(&text), [WarningCode::DeprecatedItem]);
}

#[test]
fn wrong_overrides_are_errors() {
    let base = rule("evt.type = open");
    for (item, code, message) in [
        ("condition: x\n  override: {condition: add}", ErrorCode::YamlValidate, "Invalid override operation"),
        ("priority: INFO\n  override: {priority: append}", ErrorCode::YamlValidate, "use 'replace' instead"),
        (
            "source: syscall\n  override: {source: replace}",
            ErrorCode::YamlValidate,
            "Key 'source' cannot be replaced",
        ),
        (
            "desc: x\n  override: {condition: append}",
            ErrorCode::YamlValidate,
            "but 'condition' is not defined",
        ),
        (
            "desc: x\n  condition: x\n  override: {condition: append}",
            ErrorCode::YamlValidate,
            "Unexpected key 'desc': no corresponding entry under 'override' is defined.",
        ),
        (
            "condition: x\n  append: true\n  override: {condition: append}",
            ErrorCode::YamlValidate,
            "cannot be used together",
        ),
        ("desc: x\n  append: true", ErrorCode::Validate, "must have exceptions or condition"),
    ] {
        error(&format!("{base}- rule: r\n  {item}\n"), code, message);
    }
    error(
        "- rule: n\n  condition: x\n  append: true\n",
        ErrorCode::Validate,
        "no rule by that name already exists",
    );
    error(
        "- macro: n\n  condition: x\n  append: true\n",
        ErrorCode::Validate,
        "no macro by that name already exists",
    );
    error(
        "- list: n\n  items: [x]\n  append: true\n",
        ErrorCode::Validate,
        "no list by that name already exists",
    );
    error("- rule: n\n  enabled: false\n", ErrorCode::Validate, "no rule by that name already exists");
    error("- rule: n\n  desc: x\n  override: {desc: replace}\n", ErrorCode::Validate, "no rule by that name");
}

#[test]
fn exceptions_become_conditions() {
    let with = |exceptions: &str| {
        compiled(&format!("{}  exceptions:\n{exceptions}", rule("evt.type=open or evt.type=close")))
    };
    assert_eq!(
        with(
            "    - name: e\n      fields: [proc.name, fd.name]\n      comps: [=, startswith]\n      values:\n        - [a b, /x]\n        - [c, /y]\n"
        ),
        "((evt.type = open or evt.type = close) and not ((proc.name = \"a b\" and fd.name startswith /x) or \
         (proc.name = c and fd.name startswith /y)))"
    );
    assert_eq!(
        with("    - name: e\n      fields: proc.name\n      values: [a, b]\n"),
        "((evt.type = open or evt.type = close) and not proc.name in (a, b))"
    );
    assert_eq!(
        with(
            "    - name: e\n      fields: [proc.name]\n      comps: [in]\n      values:\n        - [[a, b]]\n"
        ),
        "((evt.type = open or evt.type = close) and not proc.name in (a, b))"
    );
    assert_eq!(with("    - name: e\n      fields: [proc.name]\n"), "(evt.type = open or evt.type = close)");
}

#[test]
fn wrong_exceptions_are_errors() {
    let with = |exception: &str| {
        format!("{}  exceptions:\n    - name: e\n      {exception}\n", rule("evt.type=open"))
    };
    for (exception, message) in [
        ("fields:", "must have fields property"),
        ("fields: [foo.bar]", "'foo.bar' is not a supported filter field"),
        ("fields: [proc.name]\n      comps: [like]", "'like' is not a supported comparison operator"),
        (
            "fields: [proc.pid]\n      comps: ['>= oneof']",
            "'>= oneof' is not a supported comparison operator",
        ),
        ("fields: proc.name\n      comps: =", "When fields is a single value, comps must be one of"),
        ("fields: proc.name\n      comps: [in]", "Fields and comps must both be strings"),
        ("fields: [proc.name]\n      comps: in", "equal length"),
        ("fields: [proc.name]\n      values: [a]", "Fields and values lists must have equal length"),
        ("fields: proc.name\n      values: [[a]]", "Expected values array to contain a list of strings"),
        ("fields: [proc.name, fd.name]\n      comps: [=]", "equal length"),
        ("fields: [proc.name, fd.name]\n      values: [[a]]", "equal length"),
    ] {
        error(&with(exception), ErrorCode::Validate, message);
    }
    error(&with("values: [[a]]"), ErrorCode::YamlValidate, "Item has no mapping for key 'fields'");
    error(
        &with("fields: [proc.name]\n      values: a"),
        ErrorCode::YamlValidate,
        "values must be a sequence",
    );
    let base = with("fields: [proc.name]\n      values: [[a]]");
    let append = |exception: &str| {
        format!(
            "{base}- rule: r\n  exceptions:\n    - name: e\n      {exception}\n  override: {{exceptions: append}}\n"
        )
    };
    error(&append("fields: [fd.name]\n      values: [[a]]"), ErrorCode::Validate, "only values");
    let replace = append("values: [[b]]").replace("{exceptions: append}", "{exceptions: replace}");
    error(&replace, ErrorCode::YamlValidate, "Item has no mapping for key 'fields'");
    assert_eq!(
        compiled(&append("values: [[b]]")),
        "(evt.type = open and not (proc.name = a or proc.name = b))"
    );
    assert_eq!(warnings(&append("value: x")), [WarningCode::UnknownKey, WarningCode::AppendNoValues][1..]);
}

#[test]
fn every_error_has_its_code() {
    error("a: [", ErrorCode::YamlParse, "");
    error("a: b\n", ErrorCode::YamlValidate, "array of objects");
    error("hello\n", ErrorCode::YamlValidate, "Rules content is not yaml");
    error("- x\n", ErrorCode::YamlValidate, "Unexpected element type");
    error("- rule: r\n  desc: d\n", ErrorCode::YamlValidate, "no mapping for key");
    error(&rule("''"), ErrorCode::YamlValidate, "non-empty");
    error(&rule("evt.type=open").replace("INFO", "HIGH"), ErrorCode::YamlValidate, "Invalid priority");
    error(&format!("{}  tags: x\n", rule("evt.type=open")), ErrorCode::YamlValidate, "not a sequence");
    error(&format!("{}  enabled: perhaps\n", rule("evt.type=open")), ErrorCode::YamlValidate, "decode");
    error(&format!("{}  capture_duration: -1\n", rule("evt.type=open")), ErrorCode::YamlValidate, "decode");
    error("- required_engine_version: x\n", ErrorCode::YamlValidate, "engine version");
    error("- required_engine_version: 0.64.0\n", ErrorCode::Validate, "require engine version 0.64.0");
    error(
        "- required_plugin_versions: [{name: json, version: 0.1.0}]\n",
        ErrorCode::Validate,
        "requirement not satisfied",
    );
    error(&rule("evt.type = open and nope"), ErrorCode::Validate, "Undefined macro 'nope'");
    error(&rule("foo.bar = 1"), ErrorCode::CompileCondition, "nonexistent field foo.bar");
    error(&rule("proc.name ="), ErrorCode::CompileCondition, "expected a string value");
    error(
        &rule("evt.type=open").replace("output: o", "output: '%foo.bar'"),
        ErrorCode::CompileOutput,
        "%foo.bar",
    );
    let other = rule("evt.type=open")
        + "- rule: r\n  desc: d\n  condition: x\n  output: o\n  priority: INFO\n  source: k8s\n";
    error(&other, ErrorCode::Validate, "re-defined with a different source");
}

#[test]
fn every_warning_has_its_code() {
    use WarningCode::*;
    let plain = rule("evt.type = open");
    for (text, codes) in [
        (format!("{plain}- foo: x\n"), vec![UnknownItem]),
        (format!("{plain}  colour: red\n"), vec![UnknownKey]),
        (format!("{plain}- list: l\n  items: [a]\n"), vec![UnusedList]),
        (format!("{plain}- macro: m\n  condition: proc.name = a\n"), vec![UnusedMacro]),
        (format!("{plain}- macro: m-m\n  condition: proc.name = a\n"), vec![InvalidMacroName, UnusedMacro]),
        (format!("{plain}- list: l l\n  items: [a]\n"), vec![InvalidListName, UnusedList]),
        (format!("{plain}- rule: r\n  enabled: false\n"), vec![DeprecatedItem]),
        (plain.replace("output: o", "output: o %container.info"), vec![DeprecatedItem]),
        (format!("{plain}  source: k8s_audit\n"), vec![UnknownSource]),
        (rule("proc.name = a"), vec![NoEvttype]),
        (format!("{}  warn_evttypes: false\n", rule("proc.name = a")), vec![]),
        (rule("evt.num = 0"), vec![]),
        (rule("evt.type = open and proc.name = proc.pname"), vec![CompileCondition]),
        (format!("{}  skip-if-unknown-filter: true\n", rule("foo.bar = 1")), vec![UnknownFilter]),
        (format!("{}  skip-if-unknown-filter: true\n", rule("evt.type = nosuch")), vec![UnknownFilter]),
        (format!("{plain}  exceptions:\n    - {{name: e, fields: [proc.name]}}\n    - {{name: e, fields: [proc.name]}}\n"),
            vec![ExceptionNameNotUnique]),
        ("- required_engine_version: 26\n- required_plugin_versions: [{name: container, version: 0.4.0}]\n".into(), vec![]),
        (String::new(), vec![]),
    ] {
        assert_eq!(warnings(&text), codes, "{text}");
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let report = load(&format!("{}  skip-if-unknown-filter: true\n", rule("foo.bar = 1")));
    assert_eq!((report.enabled, report.disabled, report.skipped.len()), (0, 0, 1));
    assert!(report.skipped[0].reason.contains("foo.bar"));
}

#[test]
fn a_file_must_compile_with_those_before_it() {
    let list = "- list: l\n  items: [a]\n";
    let uses = rule("evt.type = open and proc.name in (l) and m");
    let macro_ = "- macro: m\n  condition: fd.name = x\n";
    assert!(load_all(&[list, macro_, &uses]).errors.is_empty());
    let report = load_all(&[list, &uses, macro_]);
    assert_eq!(report.errors[0].place.file, "1.yaml");
    assert!(load_all(&[&uses]).rules.is_none());
}

#[test]
fn all_errors_are_shown_with_place_and_hint() {
    let text = "- macro: spawned_proc\n  condition: evt.type = execve\n- rule: a\n  desc: d\n  condition: >\n    \
                evt.type = open and\n    fd.nam startswith /etc\n  output: o\n  priority: INFO\n- rule: b\n  desc: \
                d\n  condition: evt.type = open and spawned_prox\n  output: o\n  priority: INFO\n";
    let report = load(text);
    let [first, second] = report.errors.as_slice() else { panic!("{:?}", report.errors) };
    assert_eq!((first.place.line, first.place.column, first.place.width), (7, 5, 6), "{first:?}");
    assert_eq!(first.hint.as_deref(), Some("did you mean `fd.name`?"));
    assert_eq!(first.place.snippet(), "    fd.nam startswith /etc\n    ^^^^^^");
    assert_eq!((second.place.line, second.place.column), (12, 34));
    assert_eq!(second.hint.as_deref(), Some("did you mean `spawned_proc`?"));
    assert_eq!(
        second.to_string(),
        "0.yaml:12:34: LOAD_ERR_VALIDATE: rule `b`: Undefined macro 'spawned_prox' used in filter; did you mean \
         `spawned_proc`?"
    );
}

#[test]
fn an_error_in_a_list_points_at_its_name() {
    let text = format!("- list: l\n  items: ['a)b', x]\n{}", rule("evt.type = open and proc.name in (l)"));
    let report = load(&text);
    assert_eq!((report.errors[0].place.line, report.errors[0].place.column), (5, 48), "{:?}", report.errors);
}

#[test]
fn suggested_output_is_appended() {
    let options = LoadOptions {
        append_output: vec![
            AppendOutput {
                extra: Some("on=%proc.pid".into()),
                tags: vec!["t".into()],
                ..AppendOutput::default()
            },
            AppendOutput { suggested: true, ..AppendOutput::default() },
            AppendOutput {
                extra: Some("never".into()),
                rule: Some("other".into()),
                ..AppendOutput::default()
            },
        ],
        ..LoadOptions::default()
    };
    let text = rule("evt.type = open") + "  tags: [t]\n";
    let report = RuleSet::load_in(&[source("a", &text)], &options, &env());
    let now = Table::of("open", &[("proc.pid", Value::Number(7)), ("container.id", text_value("abc"))]);
    assert_eq!(
        report.rules.unwrap().rules()[0].output.message(&now),
        "o on=7 container_id=abc container_name=<NA> container_image_repository=<NA> container_image_tag=<NA> \
         k8s_pod_name=<NA> k8s_ns_name=<NA>"
    );
}

fn text_value(value: &'static str) -> Value<'static> {
    text(value)
}

#[test]
fn needs_name_events_and_data() {
    let condition =
        "evt.type in (open, execve, io_uring_setup) and proc.env[HTTP_PROXY] = x and evt.buffer contains y";
    let report = load(&rule(condition));
    let rules = report.rules.unwrap();
    let rule = &rules.rules()[0];
    let needs = Needs::of(rule);
    assert!(needs.events.contains("open") && needs.events.contains("execve"));
    assert!(needs.env.contains("HTTP_PROXY") && needs.payload && !needs.names);
    let open = capture_format::schema::EventType::Open as u16;
    let blind = blind_spots(rule, &[open], "LD_PRELOAD");
    assert!(blind.iter().any(|blind| matches!(blind, Blind::SomeEvents(names) if names.contains(&"execve"))));
    assert!(blind.iter().any(|blind| matches!(blind, Blind::Env(names) if names == &["HTTP_PROXY"])));
    let enough: Vec<u16> = capture_format::schema::EVENTS.iter().map(|event| event.number).collect();
    assert_eq!(blind_spots(rule, &enough, "all"), [Blind::SomeUnknown(vec!["io_uring_setup"])]);
}

#[test]
fn macros_of_our_own_rules_are_known_by_name() {
    let report = load(&rule("spawned_process and container"));
    assert!(report.errors[0].hint.as_deref().is_some_and(|hint| hint.contains("--add-rules")), "{report:?}");
    let report = load(&rule("write and fd.name = /etc/passwd"));
    let hint = report.errors[0].hint.clone().unwrap();
    assert!(hint.starts_with("did you mean `open_write`?") && hint.contains("`falco_rules.yaml`"), "{hint}");
}

/// Lines that rules files are made of, whole and broken.
fn any_lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "- list: l",
        "  items: [a, l, m]",
        "- macro: m",
        "- macro: l",
        "  condition: m or evt.type = open",
        "  condition: evt.type in (l) and not m",
        "- rule: r",
        "  desc: d",
        "  output: '%proc.name %evt.arg.flags'",
        "  output: '%'",
        "  priority: INFO",
        "  tags: [x]",
        "  append: true",
        "  override: {condition: append}",
        "  override: {items: replace}",
        "  enabled: no",
        "  exceptions:",
        "    - name: e",
        "      fields: [proc.name]",
        "      comps: [in]",
        "      values: [[[a, b c]], [(]]",
        "---",
        "- required_engine_version: 1",
        "  - x",
        "\t",
        "- é: \u{1f600}",
    ]);
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    /// forall text: loading ends, with rules or with errors that have a place.
    #[test]
    fn any_text_loads_or_says_why_not(text in any_lines()) {
        let report = load(&text);
        prop_assert_eq!(report.rules.is_some(), report.errors.is_empty(), "{:?}", report);
        for error in &report.errors {
            prop_assert!(!error.message.is_empty() && error.place.file == "0.yaml", "{error:?}");
            prop_assert!(!error.place.snippet().is_empty());
        }
    }

    /// forall text: a template compiles or is refused, and what compiles prints.
    #[test]
    fn any_template_compiles_or_is_refused(text in "[%a-z.\\[\\]()0-9 ,\"é]{0,40}") {
        if let Ok(template) = Template::compile_in(&text, &env()) {
            template.message(&Table::of("open", &[]));
            template.fields(&Table::of("open", &[]));
        }
    }

    /// forall macro bodies: a macro means what its body in parentheses means.
    #[test]
    fn a_macro_is_its_body_in_parentheses(a in "(proc[.]name|fd[.]name) = [ab]", b in "proc[.]pid (<|>|=) [0-9]", or in any::<bool>()) {
        let body = format!("{a} {} {b}", if or { "or" } else { "and" });
        let by_macro = format!("- macro: m\n  condition: {body}\n{}", rule("evt.type = open and not m"));
        prop_assert_eq!(compiled(&by_macro), compiled(&rule(&format!("evt.type = open and not ({body})"))));
    }
}

#[test]
fn limits_are_settings() {
    let rule = |condition: &str, output: &str| {
        format!(
            "- list: l\n  items: [aaaaaaaa, bbbbbbbb]\n- macro: m\n  condition: evt.type = open\n- macro: n\n  condition: m\n- rule: r\n  desc: d\n  condition: {condition}\n  output: {output}\n  priority: INFO\n"
        )
    };
    let error = |yaml: String, limits: Limits| {
        let sources = [Source { name: "a.yaml".to_owned(), text: yaml }];
        let report = RuleSet::load(&sources, &LoadOptions { limits, ..LoadOptions::default() });
        report.errors.first().map(|error| error.message.clone()).unwrap_or_default()
    };
    let usual = Limits::DEFAULT;
    let condition = "n and proc.name in (l) and proc.name regex \"a{100}b{100}\" and ((evt.num > 1))";
    let whole = rule(condition, "a %900proc.name");
    assert_eq!(error(whole.clone(), usual), "");
    for (limits, why) in [
        (Limits { file: 64, ..usual }, "the file is larger than 64 bytes"),
        (Limits { yaml: 1, ..usual }, "nested too deep"),
        (Limits { depth: 9, ..usual }, "exceeded max depth limit of 9"),
        (Limits { tree: 2, ..usual }, "exceeded max depth limit of 2"),
        (Limits { nodes: 3, ..usual }, "condition is larger than the limit of 3 checks"),
        (Limits { text: 30, ..usual }, "the condition grows too large with list 'l'"),
        (Limits { regex: 1000, ..usual }, "is too large"),
    ] {
        let message = error(whole.clone(), limits);
        assert!(message.contains(why), "{message}, wanted {why}");
    }
}
