//! The language as a whole: what parses, what compiles, what holds. Facts that the corpus beside the
//! repository pins stand here in our own cases, so that the suite means something without it.

use proptest::prelude::*;

use super::testing::{Table, env, find, text};
use super::{Env, EventSet, Expr, Plan, event_names, parse};
use crate::fields::Value;

fn lower(condition: &str) -> Result<Plan, String> {
    let lowered = parse(condition).and_then(|expr| Plan::lower(&expr, &env()));
    lowered.map_err(|error| error.to_string())
}

fn moment() -> Table {
    let number = |number: i64| Value::Number(number as u64);
    Table::of(
        "openat",
        &[
            ("proc.name", text("cat")),
            ("proc.cmdline", text("cat /etc/Shadow")),
            ("proc.args", text("")),
            ("proc.pid", number(42)),
            ("proc.duration", number(5)),
            ("proc.cpu", Value::Double(1.5)),
            ("proc.aname", Value::List(vec![text("bash"), text("sshd")])),
            ("proc.aname[1]", text("bash")),
            ("proc.sid.list", Value::List(vec![number(1), number(2)])),
            ("user.uid", number(0)),
            ("evt.num", number(7)),
            ("evt.cpu", number(-1)),
            ("evt.is_open_read", Value::Bool(true)),
            ("evt.buffer", Value::bytes(b"\xca\xfe\x00\xba\xbe")),
            ("evt.arg.flags", text("O_RDONLY|O_CLOEXEC")),
            ("evt.rawarg.res", number(-2)),
            ("fd.name", text("/etc/shadow")),
            ("fd.num", number(3)),
            ("fd.filename", Value::bytes(b"shadow\0junk")),
            ("fd.sip", Value::Addr([10, 0, 0, 1].into())),
            ("fd.snet", Value::Addr([10, 0, 0, 1].into())),
            ("fd.sport", number(443)),
            ("fd.ip", Value::List(vec![Value::Addr([10, 0, 0, 1].into()), Value::Addr([1, 2, 3, 4].into())])),
            (
                "fd.net",
                Value::List(vec![Value::Addr([10, 0, 0, 1].into()), Value::Addr([1, 2, 3, 4].into())]),
            ),
            ("fd.port", Value::List(vec![number(443), number(50000)])),
            ("fd.proto", Value::List(Vec::new())),
            ("fd.types", Value::List(vec![text("file"), text("pipe")])),
        ],
    )
}

fn holds(condition: &str) -> bool {
    lower(condition).unwrap_or_else(|error| panic!("{condition}: {error}")).holds(&moment())
}

#[track_caller]
fn all_hold(conditions: &[&str]) {
    for condition in conditions {
        assert!(holds(condition), "{condition}");
        assert!(!holds(&format!("not ({condition})")), "not {condition}");
    }
}

#[track_caller]
fn none_holds(conditions: &[&str]) {
    for condition in conditions {
        assert!(!holds(condition), "{condition}");
    }
}

#[test]
fn strings_compare_byte_by_byte_up_to_nul() {
    all_hold(&[
        "proc.name = cat",
        "proc.name == 'cat'",
        "proc.name != dog",
        "fd.filename = shadow",
        "proc.cmdline contains /etc",
        "proc.cmdline contains ''",
        "proc.cmdline icontains SHADOW",
        "proc.cmdline startswith \"cat \"",
        "proc.cmdline endswith Shadow",
        "fd.name glob /etc/*",
        "fd.name glob *shadow",
        "fd.name iglob */SHADOW",
        "fd.name regex '/etc/.*'",
        "fd.name pmatch (/var, /etc)",
        "proc.name in (dog, cat)",
        "proc.name intersects (cat)",
        "proc.name > 5",
        "proc.args exists",
        "proc.args = ''",
    ]);
    none_holds(&[
        "proc.name = CAT",
        "proc.cmdline contains shadow",
        "fd.name regex /etc",
        "fd.name glob /etc",
        "fd.name pmatch (/et)",
        "proc.name in ()",
        "proc.name pmatch ()",
    ]);
}

#[test]
fn bytes_do_not_end_at_nul() {
    all_hold(&["evt.buffer bcontains fe00ba", "evt.buffer bcontains 00ba", "evt.buffer bstartswith cafe"]);
    none_holds(&["evt.buffer bstartswith fe", "evt.buffer bcontains 0000"]);
    assert!(lower("evt.buffer bcontains cafeb").is_err());
    assert!(lower("evt.buffer bcontains xy").is_err());
    assert!(lower("evt.buffer = \"\\x00\"").is_ok());
    assert!(lower("proc.name = \"\\x00\"").is_err());
}

#[test]
fn numbers_compare_by_their_type() {
    all_hold(&[
        "proc.pid = 42",
        "proc.pid > -1",
        "proc.pid <= 42",
        "proc.pid >= 42",
        "proc.pid < 43",
        "proc.pid != 41",
        "proc.pid in (1, 42)",
        "evt.cpu < 0",
        "evt.cpu = 65535",
        "evt.rawarg.res < 0",
        "fd.sport = https",
        "fd.sport in (ssh, https)",
        "proc.cpu > 1",
        "proc.cpu = 1.5",
        "evt.is_open_read = true",
        "evt.is_open_read != false",
        "evt.is_open_read in (true)",
    ]);
    none_holds(&["user.uid < 0", "user.uid = -1", "evt.is_open_read = false"]);
}

#[test]
fn addresses_and_networks_compare_within_a_family() {
    all_hold(&[
        "fd.sip = 10.0.0.1",
        "fd.sip != ::1",
        "fd.sip in (1.1.1.1, 10.0.0.1)",
        "fd.snet = 10.0.0.0/8",
        "fd.snet in (192.168.0.0/16, 10.0.0.0/8)",
        "fd.snet = anyof (192.168.0.0/16, 10.0.0.0/8)",
        "fd.snet != 192.168.0.0/16",
    ]);
    none_holds(&["fd.sip = ::1", "fd.snet = fe80::/10"]);
}

#[test]
fn either_end_may_be_equal_and_both_must_differ() {
    all_hold(&[
        "fd.ip = 1.2.3.4",
        "fd.ip = 10.0.0.1",
        "fd.ip != 9.9.9.9",
        "fd.ip in (9.9.9.9, 1.2.3.4)",
        "fd.ip = anyof (9.9.9.9, 1.2.3.4)",
        "fd.ip != allof (9.9.9.9, 8.8.8.8)",
        "fd.net in (9.0.0.0/8, 10.0.0.0/8)",
        "fd.port = 443",
        "fd.port > 40000",
        "fd.port in (50000)",
        // What has no values at all exists, differs from everything and equals nothing.
        "fd.proto exists",
        "fd.proto != 1",
    ]);
    none_holds(&["fd.ip != 1.2.3.4", "fd.net != 10.0.0.0/8", "fd.proto = 0", "fd.proto in (0, 1)"]);
}

#[test]
fn any_ancestor_is_enough() {
    all_hold(&[
        "proc.aname = sshd",
        "proc.aname != sshd",
        "proc.aname in (x, bash)",
        "proc.aname startswith oneof (ss, x)",
        "proc.aname[1] = bash",
    ]);
    none_holds(&["proc.aname = cat", "proc.aname[1] = sshd", "proc.aname[9] exists"]);
}

#[test]
fn lists_are_subsets_or_intersect() {
    all_hold(&[
        "fd.types in (file, pipe, ipv4)",
        "fd.types intersects (pipe, ipv6)",
        "len(fd.types) = 2",
        "join('-', proc.sid.list) = 1-2",
        "toupper(fd.types) intersects (FILE)",
    ]);
    none_holds(&["fd.types in (file)", "fd.types intersects (ipv4)"]);
    assert!(lower("fd.types = file").is_err());
}

#[test]
fn modifiers_count_literals() {
    all_hold(&[
        "proc.name = oneof (cat, dog)",
        "proc.name = anyof (cat, cat)",
        "proc.name != allof (dog, cow)",
        "proc.name startswith allof (c, ca)",
    ]);
    none_holds(&[
        "proc.name = oneof (cat, cat)",
        "proc.name = oneof ()",
        "proc.name = anyof ()",
        "proc.name != allof ()",
        "proc.name startswith oneof (c, ca)",
    ]);
}

#[test]
fn what_is_absent_satisfies_nothing() {
    none_holds(&["user.name exists", "user.name = x", "user.name != x", "proc.name != val(user.name)"]);
    none_holds(&["toupper(user.name) != X", "concat(proc.name, user.name) exists", "user.name in ()"]);
    assert!(holds("not user.name = x") && holds("not user.name != x"));
}

#[test]
fn fields_compare_with_fields_of_their_type() {
    all_hold(&[
        "proc.name = val(proc.name)",
        "proc.name = tolower(proc.name)",
        "concat(proc.name, \"s\") startswith val(proc.name)",
        "proc.pid > val(fd.num)",
        "fd.sip = val(fd.sip)",
    ]);
    for bad in [
        "proc.name = val(proc.pid)",
        "fd.ip = val(fd.sip)",
        "fd.sip = val(fd.ip)",
        "proc.name regex val(fd.name)",
        "proc.name pmatch val(fd.name)",
        "fd.snet = val(fd.sip)",
    ] {
        assert!(lower(bad).is_err(), "{bad}");
    }
}

#[test]
fn transformers_check_their_arguments() {
    for (bad, why) in [
        ("toupper(proc.pid) = 1", "takes a string"),
        ("concat(proc.name) = a", "unknown field transfomer 'concat'"),
        ("tolower(proc.name, fd.name) = a", "unknown field transfomer 'tolower'"),
        ("tolower(proc.name)[a] = a", "does not support field arguments"),
        ("toupper(evt.rawarg.res) = 1", "field 'evt.rawarg' does not support transformers"),
        ("join(proc.name, fd.name) = a", "second argument must be a list"),
        ("join((\"a\"), (\"b\")) = a", "must be a string"),
        ("getopt(proc.name, \"a\") intersects (a)", "first argument must be a list"),
        ("getopt((\"-a\"), \"a\")[ab] = a", "single option character"),
    ] {
        let error = lower(bad).unwrap_err();
        assert!(error.contains(why), "{bad}: {error}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    for (bad, why) in [
        ("foo.bar = 1", "filter_check called with nonexistent field foo.bar"),
        ("proc.name[1] = 1", "filter_check called with nonexistent field proc.name[1]"),
        ("proc.aname[x] = y", "filter_check called with nonexistent field proc.aname[x]"),
        ("evt.arg = x", "filter syntax error: evt.arg"),
        ("evt.arg.nosuchparameter = x", "nonexistent field"),
        ("evt.type = opne", "unknown event type opne"),
        ("evt.type startswith ope", "unknown event type ope"),
        ("some_macro", "Undefined macro 'some_macro' used in filter."),
        ("proc.pid contains 4", "'contains' operator not supported for numeric filters"),
        ("fd.sip > 1", "'>' operator not supported for ip address and network filters"),
        ("evt.is_open_read > 0", "'>' operator not supported for boolean filters"),
        ("evt.is_open_read = True", "unrecognized boolean value True"),
        ("proc.pid = 0x10", "0x10 is not a valid number"),
        ("proc.pid = 1.5", "1.5 is not a valid number"),
        ("fd.sport = -1", "-1 is not a valid port"),
        ("fd.snet = 10.0.0.0", "unrecognized IP network"),
        ("fd.sip = 300.1.1.1", "unrecognized IP address"),
        ("proc.name regex '(?i)a'", "invalid regex"),
        ("proc.name regex '\\\\d'", "invalid regex"),
        ("proc.name = ", "expected a string value"),
        ("proc.name = a orb", "expected blank or '(' after 'or'"),
        ("proc.name = 'a\\q'", "unsupported string escape"),
        ("proc.name = 'a\\x4'", "hex escape"),
        ("", "filter input string is empty"),
    ] {
        let error = lower(bad).unwrap_err();
        assert!(error.contains(why), "{bad}: {error}");
    }
}

#[test]
fn errors_know_their_place() {
    let at = |text: &str| {
        let error = parse(text).and_then(|expr| Plan::lower(&expr, &env())).unwrap_err();
        text[error.at.start as usize..error.at.end as usize].to_owned()
    };
    assert_eq!(at("evt.type = open and fd.nam startswith /etc"), "fd.nam");
    assert_eq!(at("proc.pid = 1 and proc.pid = x1"), "x1");
    assert_eq!(at("proc.pid = 1 and proc.pid contains 4"), "contains");
    assert_eq!(at("evt.type in (open, opne)"), "opne");
    assert_eq!(at("proc.name = a b"), "b");
}

#[test]
fn canonical_text_is_falcos() {
    for (text, canonical) in [
        ("proc.name=a and(fd.num>=0)or evt.num=1", "((proc.name = a and fd.num >= 0) or evt.num = 1)"),
        ("not not proc.name = a", "proc.name = a"),
        ("not(not proc.name = a)", "not not proc.name = a"),
        ("proc.name in ( 'a b' ,c )", "proc.name in (\"a b\", c)"),
        ("proc.name == oneof and fd.num exists", "(proc.name == oneof and fd.num exists)"),
        ("a.b existsand m", "(a.b exists and m)"),
        ("join( \"-\" ,( a.b , \"x y\" ))=z", "join(-,(a.b,\"x y\")) = z"),
        ("proc.env[\"A B\"]= \"\"", "proc.env[\"A B\"] = "),
        ("proc.name = 'it\\'s'", "proc.name = \"it's\""),
        ("proc.name = \"a\\ b\"", "proc.name = \"a\\\\b\""),
    ] {
        assert_eq!(parse(text).unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = |n: usize| format!("{}proc.name = a{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&deep(150)).is_ok());
    let error = parse(&deep(10_000)).unwrap_err();
    assert_eq!(error.to_string(), "exceeded max depth limit of 1000");
    assert!(parse(&"not ".repeat(100_000)).is_err());
}

#[test]
fn quirks_copy_upstreams_defects_on_demand() {
    let quirky = Env { quirks: true, ..env() };
    for defect in [
        "fd.ip in (1.2.3.4)",
        "fd.ip = anyof (1.2.3.4)",
        "fd.net in (9.0.0.0/8, 10.0.0.0/8)",
        "fd.snet = anyof (10.0.0.0/8)",
        "evt.rawarg.res in (-2)",
    ] {
        assert!(holds(defect), "{defect}");
        let plan = Plan::lower(&parse(defect).unwrap(), &quirky).unwrap();
        assert!(!plan.holds(&moment()), "{defect}");
    }
    for abort in ["tolower(evt.type) = open", "evt.type = val(proc.name)", "concat(proc.name, evt.type) = x"]
    {
        assert!(Plan::lower(&parse(abort).unwrap(), &env()).is_ok(), "{abort}");
        assert!(Plan::lower(&parse(abort).unwrap(), &quirky).is_err(), "{abort}");
    }
    assert!(Plan::lower(&parse("proc.name = val(evt.type)").unwrap(), &quirky).is_ok());
}

#[test]
fn odd_conditions_are_pointed_out() {
    for (condition, why) in [
        ("proc.name = proc.pname", "'proc.pname' may be a valid field misused"),
        ("proc.name = 'tolower(proc.pname)'", "'tolower(proc.pname)' may be a valid field transformer"),
        ("proc.name regex cat", "may be optimized with simpler operators"),
        ("evt.dir = <", "evt.dir"),
    ] {
        let plan = lower(condition).unwrap();
        let [warning] = plan.warnings() else { panic!("{condition}: {:?}", plan.warnings()) };
        assert!(warning.kind.to_string().contains(why), "{condition}: {}", warning.kind);
    }
    for regex in ["^a$", ".*a", "a.+", ".?a.?"] {
        let plan = lower(&format!("fd.name regex {regex}")).unwrap();
        assert_eq!(plan.warnings().len(), 1, "{regex}");
    }
    for regex in ["/[a-z]*", "a.*b", "a.{2}", "a\\\\.*", "(a)"] {
        let plan = lower(&format!("fd.name regex '{regex}'")).unwrap();
        assert!(plan.warnings().is_empty(), "{regex}");
    }
}

/// Literals that do and do not fit, so that comparisons are often true.
fn any_check() -> impl Strategy<Value = String> {
    let events = prop::sample::select(vec!["open", "openat", "close", "execve", "connect"]);
    let ops = prop::sample::select(vec!["=", "!=", "=="]);
    prop_oneof![
        (ops.clone(), events.clone()).prop_map(|(op, event)| format!("evt.type {op} {event}")),
        prop::collection::vec(events.clone(), 0..3)
            .prop_map(|names| format!("evt.type in ({})", names.join(", "))),
        (ops.clone(), events.clone()).prop_map(|(op, event)| format!("syscall.type {op} {event}")),
        prop::collection::vec(events, 0..3)
            .prop_map(|names| format!("evt.type = anyof ({})", names.join(", "))),
        Just("evt.type exists".to_owned()),
        (prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]), 0..3u64)
            .prop_map(|(op, number)| format!("evt.num {op} {number}")),
        prop::collection::vec(0..2u64, 0..3).prop_map(|numbers| format!(
            "evt.num in ({})",
            numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        )),
        (ops, prop::sample::select(vec!["cat", "dog"]))
            .prop_map(|(op, name)| format!("proc.name {op} {name}")),
    ]
}

fn any_condition() -> impl Strategy<Value = String> {
    any_check().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn any_moment() -> impl Strategy<Value = Table> {
    let event = prop::sample::select(vec!["open", "openat", "close", "execve", "connect", "procexit"]);
    (event, 1..3u64, prop::option::of(prop::sample::select(vec!["cat", "dog"]))).prop_map(
        |(event, number, name)| {
            let mut table = Table::of(event, &[("evt.num", Value::Number(number))]);
            if event != "procexit" {
                table.values.insert("syscall.type".to_owned(), Value::owned(event.as_bytes()));
            }
            if let Some(name) = name {
                table.values.insert("proc.name".to_owned(), text(name));
            }
            table
        },
    )
}

/// Evaluates a tree whose comparisons come out as `check` says, and notes which it asks.
fn walk(
    node: &super::plan::Node,
    at: &mut usize,
    check: &dyn Fn(usize) -> bool,
    asked: bool,
    reached: &mut Vec<usize>,
) -> bool {
    use super::plan::Node;
    let own = *at;
    *at += 1;
    let (parts, stop) = match node {
        Node::Check(_) => {
            if asked {
                reached.push(own);
            }
            return check(own);
        }
        Node::Not(part) => return !walk(part, at, check, asked, reached),
        Node::And(parts) => (parts, false),
        Node::Or(parts) => (parts, true),
    };
    let mut outcome = !stop;
    for part in parts {
        let open = asked && outcome != stop;
        if walk(part, at, check, open, reached) == stop {
            outcome = stop;
        }
    }
    outcome
}

#[test]
fn of_equally_near_alternatives_one_that_a_rule_can_change_counts() {
    let missing = |condition: &str| {
        let plan = lower(condition).unwrap();
        let mut texts = Vec::new();
        let missing = plan.trace(&moment()).missing(&plan);
        plan.checks(&mut |at, check| {
            if missing.contains(&at) {
                texts.push(check.text.to_string());
            }
        });
        texts.join(", ")
    };
    assert_eq!(missing("proc.name = dog or fd.name = x"), "proc.name = dog");
    assert_eq!(missing("evt.type = fork or fd.name = x"), "fd.name = x");
    assert_eq!(missing("not proc.name exists or proc.name = dog"), "proc.name = dog");
    assert_eq!(missing("(proc.name = dog and fd.name = x) or evt.type = fork"), "evt.type = fork");
}

proptest! {
    /// forall condition, moment: condition holds => the moment's event is in condition.events().
    #[test]
    fn the_prefilter_never_drops_a_match(condition in any_condition(), now in any_moment()) {
        let plan = lower(&condition).unwrap();
        prop_assert!(!plan.holds(&now) || plan.events().contains(&now.event), "{plan}");
    }

    /// forall condition, moment: what is printed and parsed again holds when the condition holds, and
    /// prints the same from then on (a parser takes two negations in a row for none).
    #[test]
    fn printing_and_parsing_keeps_the_meaning(condition in any_condition(), now in any_moment()) {
        let canonical = parse(&parse(&condition).unwrap().to_string()).unwrap().to_string();
        prop_assert_eq!(parse(&canonical).unwrap().to_string(), canonical.clone());
        prop_assert_eq!(lower(&canonical).unwrap().holds(&now), lower(&condition).unwrap().holds(&now));
    }

    /// forall condition, moment: a trace comes to what evaluation comes to; no distance is a match;
    /// and the condition holds once the missing comparisons, and no others, turn out otherwise.
    #[test]
    fn a_trace_agrees_and_its_missing_comparisons_are_enough(
        condition in any_condition(),
        now in any_moment()
    ) {
        let plan = lower(&condition).unwrap();
        let trace = plan.trace(&now);
        prop_assert_eq!(trace.holds(), plan.holds(&now));
        prop_assert_eq!(trace.distance() == 0, plan.holds(&now));
        let missing = trace.missing(&plan);
        prop_assert_eq!(missing.len(), trace.distance() as usize);
        let mut reached = Vec::new();
        let as_it_is = |at: usize| trace.step(at).holds;
        prop_assert_eq!(walk(plan.root(), &mut 0, &as_it_is, true, &mut reached), trace.holds());
        plan.checks(&mut |at, _| assert_eq!(trace.step(at).reached, reached.contains(&at), "{plan}: {at}"));
        let turned = |at: usize| trace.step(at).holds != missing.contains(&at);
        prop_assert!(walk(plan.root(), &mut 0, &turned, true, &mut Vec::new()), "{plan}: {missing:?}");
    }

    /// forall text: parsing and lowering end, with a tree or an error inside the text.
    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z.()'\"\\\\ ,=\\[\\]<>!0-9]{0,60}") {
        if let Err(error) = parse(&text).and_then(|expr| Plan::lower(&expr, &env())) {
            prop_assert!(error.at.start as usize <= text.len());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// forall pattern, text: what a pattern without operators matches is itself.
    #[test]
    fn a_glob_without_operators_is_equality(pattern in "[a-z/.]{0,8}", text in "[a-z/.]{0,8}") {
        let glob = super::Glob::new(pattern.as_bytes(), false);
        prop_assert_eq!(glob.matches(text.as_bytes()), pattern == text);
        let (around, within) = (format!("*{pattern}*"), format!("{text}{pattern}{text}"));
        prop_assert!(super::Glob::new(around.as_bytes(), false).matches(within.as_bytes()));
    }
}

#[test]
fn sets_of_events_are_sets() {
    let some = EventSet::of(["open", "close", "nosuch"]);
    assert_eq!(some.names().collect::<Vec<_>>(), ["close", "open"]);
    assert_eq!(some.complement().len(), event_names().len() - 2);
    assert!(some.and(some.complement()).is_empty());
    assert!(some.or(some.complement()).is_all());
    assert!(EventSet::all().contains("an event of a later version") && !some.contains("nosuch"));
    assert!(find("proc.name").is_some());
    assert!(matches!(parse("m").unwrap(), Expr::Macro(_)));
}
