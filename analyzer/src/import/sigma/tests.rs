//! What converted rules say of moments, and that it is what Sigma says.

use proptest::prelude::*;

use super::{Fate, import};
use crate::condition::testing::{Table, text};
use crate::fields::Value;
use crate::rules::{LoadOptions, Rule, RuleSet, Source};

fn file(text: impl Into<String>) -> Source {
    Source { name: "test.yml".into(), text: text.into() }
}

fn sigma(category: &str, detection: &str) -> String {
    let lines: String = detection.lines().map(|line| format!("  {line}\n")).collect();
    format!("title: Test\nlogsource:\n  product: linux\n  category: {category}\ndetection:\n{lines}")
}

/// The only rule that comes of `text`, loaded.
fn converted(text: &str) -> Rule {
    let import = import(&[file(text)]);
    assert_eq!(import.converted(), 1, "{:?}\n{text}", import.entries);
    let report = RuleSet::load(&[file(import.yaml.clone())], &LoadOptions::default());
    assert!(report.errors.is_empty() && report.warnings.is_empty(), "{report:?}\n{}", import.yaml);
    report.rules.unwrap().rules()[0].clone()
}

fn refusal(text: &str) -> String {
    match &import(&[file(text)]).entries[0].fate {
        Fate::Refused { reason, line } => format!("{line}: {reason}"),
        other => panic!("{other:?}\n{text}"),
    }
}

/// A moment of a category, with fields.
fn moment(category: &str, fields: &[(&str, Value<'static>)]) -> Table {
    let (event, mut all): (&str, Vec<(&str, Value<'static>)>) = match category {
        "process_creation" => ("execve", vec![("evt.rawres", Value::Number(0))]),
        "file_event" => (
            "openat",
            vec![
                ("evt.is_open_write", Value::Bool(true)),
                ("fd.typechar", text("f")),
                ("fd.num", Value::Number(3)),
                ("evt.arg.flags", text("O_WRONLY|O_CREAT")),
            ],
        ),
        _ => ("connect", vec![("evt.rawres", Value::Number(0)), ("fd.typechar", text("4"))]),
    };
    all.extend(fields.iter().map(|(name, value)| (*name, value.clone())));
    Table::of(event, &all)
}

fn holds(category: &str, detection: &str, fields: &[(&str, Value<'static>)]) -> bool {
    converted(&sigma(category, detection)).plan.holds(&moment(category, fields))
}

#[test]
fn a_rule_sees_only_events_of_its_category() {
    let process = converted(&sigma("process_creation", "s:\n  User: root\ncondition: s"));
    let names: Vec<&str> = process.events.names().collect();
    assert_eq!(names, ["execve", "execveat"]);
    let root = ("user.name", text("root"));
    assert!(process.plan.holds(&moment("process_creation", std::slice::from_ref(&root))));
    let failed = Table::of("execve", &[("evt.rawres", Value::Number((-2i64) as u64)), root.clone()]);
    assert!(!process.plan.holds(&failed), "an exec that failed starts no process");

    let file = converted(&sigma("file_event", "s:\n  TargetFilename: /etc/x\ncondition: s"));
    let mut opened = moment("file_event", &[("fd.name", text("/etc/x"))]);
    assert!(file.plan.holds(&opened));
    opened.values.insert("evt.arg.flags".into(), text("O_WRONLY|O_APPEND"));
    assert!(!file.plan.holds(&opened), "an open that can make no file");
}

#[test]
fn case_counts_only_if_asked_to() {
    let rows = [
        ("Image: /bin/CURL", "proc.exepath", "/BIN/curl", true),
        ("Image|cased: /bin/CURL", "proc.exepath", "/bin/curl", false),
        ("Image|endswith: /Curl", "proc.exepath", "/bin/cURL", true),
        ("Image|endswith|cased: /Curl", "proc.exepath", "/bin/Curl", true),
        ("Image|startswith: /Opt", "proc.exepath", "/opt/x", true),
        ("CommandLine|contains: 'LD_'", "proc.exeline", "env ld_preload=x", true),
        ("CommandLine|contains|cased: 'LD_'", "proc.exeline", "env ld_preload=x", false),
        ("CommandLine: 'A*z?'", "proc.exeline", "aZZzz", true),
        ("CommandLine|cased: 'A*z?'", "proc.exeline", "aZZzz", false),
        ("CommandLine|re: 'LD_'", "proc.exeline", "ld_", false),
        ("CommandLine|re|i: 'LD_'", "proc.exeline", "x ld_ y", true),
    ];
    for (entry, field, value, expected) in rows {
        let held =
            holds("process_creation", &format!("s:\n  {entry}\ncondition: s"), &[(field, text(value))]);
        assert_eq!(held, expected, "{entry} on {value}");
    }
}

#[test]
fn absent_null_and_empty_differ() {
    let is = |entry: &str, fields: &[(&str, Value<'static>)]| {
        holds("process_creation", &format!("s:\n  {entry}\ncondition: s"), fields)
    };
    let not = |entry: &str, fields: &[(&str, Value<'static>)]| {
        holds("process_creation", &format!("s:\n  {entry}\ncondition: not s"), fields)
    };
    let empty = [("proc.exeline", text(""))];
    assert!(is("CommandLine: null", &[]) && !is("CommandLine: null", &empty));
    assert!(is("CommandLine: ''", &empty) && !is("CommandLine: ''", &[]));
    assert!(is("CommandLine|exists: true", &empty) && is("CommandLine|exists: false", &[]));
    assert!(is("CommandLine: '*'", &empty) && !is("CommandLine: '*'", &[]));
    // A comparison with what is absent is false, so its opposite holds.
    assert!(not("CommandLine|contains: x", &[]) && not("CommandLine: ''", &[]));
    assert!(is("User: null", &[("user.name", text("<NA>"))]), "an unknown user has no name");
    assert!(!is("User|exists: true", &[("user.name", text("<NA>"))]));
}

#[test]
fn a_directory_has_a_slash_here_and_none_in_sigma() {
    let is = |entry: &str, cwd: &'static str| {
        holds("process_creation", &format!("s:\n  {entry}\ncondition: s"), &[("proc.cwd", text(cwd))])
    };
    assert!(is("CurrentDirectory: /var/tmp", "/var/tmp/"));
    assert!(is("CurrentDirectory|endswith: /tmp", "/var/tmp/"));
    assert!(is("CurrentDirectory: '*/t?p'", "/var/tmp/"));
    assert!(is("CurrentDirectory: /", "/"));
    assert!(is("CurrentDirectory|startswith: /var", "/var/tmp/"));
    assert!(!is("CurrentDirectory: /var", "/var/tmp/"));
}

#[test]
fn connections_have_ends_and_a_direction() {
    let far = |address: &str, port: u64| {
        vec![
            ("fd.sip", Value::Addr(address.parse().unwrap())),
            ("fd.snet", Value::Addr(address.parse().unwrap())),
            ("fd.sport", Value::Number(port)),
            ("fd.sip.name", Value::List(vec![text("a.example.net"), text("B.Example.org")])),
        ]
    };
    let is = |entry: &str, address: &str, port: u64| {
        holds("network_connection", &format!("s:\n  {entry}\ncondition: s"), &far(address, port))
    };
    assert!(is("DestinationIp: 192.0.2.1", "192.0.2.1", 80));
    assert!(!is("DestinationIp: 192.0.2.1", "192.0.2.2", 80));
    assert!(is("DestinationIp: '2001:db8::1'", "2001:db8:0::1", 80));
    assert!(is("DestinationIp|cidr: 192.0.2.0/24", "192.0.2.9", 80));
    assert!(is("DestinationIp: '192.0.*'", "192.0.2.9", 80));
    assert!(is("DestinationIp|startswith: '192.0.'", "192.0.2.9", 80));
    assert!(is("DestinationPort: [22, 80]", "192.0.2.9", 80));
    assert!(is("DestinationPort|gte: 80", "192.0.2.9", 80) && !is("DestinationPort|gt: 80", "192.0.2.9", 80));
    assert!(is("DestinationHostname|endswith: .ORG", "192.0.2.9", 80), "any of the names");
    assert!(is("DestinationHostname: b.example.org", "192.0.2.9", 80));
    assert!(!is("DestinationHostname: b.example", "192.0.2.9", 80));
    assert!(is("Initiated: true", "192.0.2.9", 80) && !is("Initiated: 'false'", "192.0.2.9", 80));
}

#[test]
fn a_long_login_is_the_same_number_everywhere() {
    let unset = [("user.loginuid", Value::Number(u64::MAX))];
    assert!(holds("process_creation", "s:\n  LogonId: 4294967295\ncondition: s", &unset));
    assert!(!holds("process_creation", "s:\n  LogonId|gte: 1000\ncondition: s", &unset));
}

#[test]
fn fields_are_compared_with_fields() {
    let fields = [("proc.exepath", text("/bin/Sh")), ("proc.pexepath", text("/bin/sh"))];
    assert!(holds("process_creation", "s:\n  Image|fieldref: ParentImage\ncondition: s", &fields));
    assert!(!holds("process_creation", "s:\n  Image|cased|fieldref: ParentImage\ncondition: s", &fields));
    assert!(!holds("process_creation", "s:\n  Image|fieldref: ParentImage\ncondition: s", &fields[..1]));
}

#[test]
fn dashes_of_options_stand_for_their_kin() {
    let is = |line: &'static str| {
        let entry = "CommandLine|contains|windash|all: [' -r', ' -v']";
        holds("process_creation", &format!("s:\n  {entry}\ncondition: s"), &[("proc.exeline", text(line))])
    };
    assert!(is("x -r -v") && is("x /r –v") && !is("x -r v") && !is("x -r"));
    let refused = sigma("process_creation", "s:\n  CommandLine|windash: '-a -b -c'\ncondition: s");
    assert_eq!(refusal(&refused), "7: `CommandLine: -a -b -c`: too many dashes to vary");
}

#[test]
fn what_cannot_be_said_names_the_place() {
    let process = |detection: &str| refusal(&sigma("process_creation", detection));
    assert_eq!(process("s:\n  Hashes: x\ncondition: s"), "7: process_creation has no field `Hashes`");
    assert_eq!(process("s:\n  User|near: x\ncondition: s"), "7: modifier `near`: unknown");
    assert_eq!(
        process("s:\n  User|contains|endswith: x\ncondition: s"),
        "7: modifier `endswith`: a second comparison of one field"
    );
    assert_eq!(
        process("s:\n  LogonId: 0x3e7\ncondition: s"),
        "7: `LogonId: 0x3e7`: no number that the field can have"
    );
    assert_eq!(process("s:\n  User: []\ncondition: s"), "7: `User` has no values");
    assert_eq!(process("s:\n  User: a\n  User: b\ncondition: s"), "8: `User` stands there twice");
    assert_eq!(process("s:\n  User: {a: b}\ncondition: s"), "7: `User` has a value that is none");
    assert_eq!(process("s: {}\ncondition: s"), "6: an empty search");
    assert_eq!(process("s:\n  User: x\ncondition: t"), "8: condition: there is no search `t`");
    assert_eq!(process("s:\n  User: x\ncondition: all of t*"), "8: condition: no search is meant by `t*`");
    assert_eq!(
        process("s:\n  TargetFilename: x\ncondition: s"),
        "7: process_creation has no field `TargetFilename`"
    );
    let network =
        |entry: &str| refusal(&sigma("network_connection", &format!("s:\n  {entry}\ncondition: s")));
    assert_eq!(network("DestinationIp: here"), "7: `DestinationIp: here`: no address");
    assert_eq!(network("DestinationIp|cidr: 1.2.3.4"), "7: `DestinationIp: 1.2.3.4`: no network");
    assert_eq!(
        network("DestinationPort: 70000"),
        "7: `DestinationPort: 70000`: no number that the field can have"
    );
    assert_eq!(network("Initiated: maybe"), "7: `Initiated: maybe`: it is true or false");
    assert_eq!(refusal("[1]"), "1: no map of keys");
    assert_eq!(refusal("title: x"), "1: `logsource` is missing");
}

#[test]
fn hostile_files_end_in_a_reason() {
    for text in [
        "[".repeat(100_000),
        "a: &a [x]\nb: *a".into(),
        sigma("process_creation", &format!("s:\n  User: x\ncondition: {}s", "(".repeat(5000))),
        sigma("process_creation", &format!("s:\n  User: x\ncondition: {}s", "not ".repeat(4000))),
        sigma("process_creation", "s:\n  User: \"a\\0b\"\ncondition: s"),
        // Would grow to hundreds of megabytes.
        sigma(
            "process_creation",
            &format!(
                "s:\n  CommandLine|contains: {}\ncondition: {}s",
                "x".repeat(200_000),
                "s or ".repeat(2000)
            ),
        ),
        sigma("process_creation", &format!("s:\n  CommandLine|re: '{}'\ncondition: s", "(a".repeat(9000))),
        sigma("process_creation", "s:\n  CommandLine|re: 'a{1000}{1000}'\ncondition: s"),
        sigma("process_creation", "s:\n  CommandLine|re: '((a{200}){200}){200}'\ncondition: s"),
    ] {
        let shown: String = text.chars().take(80).collect();
        assert!(refusal(&text).len() > 5, "{shown}");
    }
}

#[test]
fn names_are_unique_and_never_those_of_own_rules() {
    let own = RuleSet::load(&crate::rules::own_sources(), &LoadOptions::default()).rules.unwrap();
    let title = own.rules()[0].name.clone();
    let rule = |title: &str, id: &str| {
        sigma("process_creation", "s:\n  User: x\ncondition: s")
            .replace("title: Test", &format!("title: {title}\nid: {id}"))
    };
    let files = [
        file(rule(&title, "12345678-0000-4000-8000-000000000000")),
        file(rule("Same", "a")),
        file(rule("Same", "b")),
        file(rule("Same", "b")),
    ];
    let import = import(&files);
    let report = RuleSet::load(&[file(import.yaml)], &LoadOptions::default());
    let rules = report.rules.unwrap();
    let names: Vec<&str> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, [&format!("{title} (sigma 12345678)"), "Same", "Same (sigma b)", "Same (2)"]);
}

// ------------------------------------------------------------------- against a matcher of its own

/// A search's entry: field, comparison, whether case counts, whether all values must match, values.
#[derive(Clone, Debug)]
struct Wanted {
    field: usize,
    how: usize,
    cased: bool,
    all: bool,
    values: Vec<Option<String>>,
}

const FIELDS: [(&str, &str); 3] =
    [("CommandLine", "proc.exeline"), ("Image", "proc.exepath"), ("ParentImage", "proc.pexepath")];
const HOWS: [&str; 4] = ["", "|contains", "|startswith", "|endswith"];

#[derive(Clone, Debug)]
enum Asked {
    Search(usize),
    OneOf,
    AllOf,
    Not(Box<Asked>),
    And(Box<Asked>, Box<Asked>),
    Or(Box<Asked>, Box<Asked>),
}

impl Asked {
    /// As text; parentheses only where precedence needs them.
    fn text(&self, level: u8) -> String {
        let (own, text) = match self {
            Self::Search(index) => (3, format!("s{index}")),
            Self::OneOf => (3, "1 of s*".to_owned()),
            Self::AllOf => (3, "all of them".to_owned()),
            Self::Not(inner) => (2, format!("not {}", inner.text(2))),
            Self::And(a, b) => (1, format!("{} and {}", a.text(1), b.text(1))),
            Self::Or(a, b) => (0, format!("{} or {}", a.text(0), b.text(0))),
        };
        if own < level { format!("({text})") } else { text }
    }

    fn holds(&self, searches: &[bool]) -> bool {
        match self {
            Self::Search(index) => searches[*index],
            Self::OneOf => searches.iter().any(|held| *held),
            Self::AllOf => searches.iter().all(|held| *held),
            Self::Not(inner) => !inner.holds(searches),
            Self::And(a, b) => a.holds(searches) && b.holds(searches),
            Self::Or(a, b) => a.holds(searches) || b.holds(searches),
        }
    }
}

/// Whether `pattern` matches all of `value`, letter by letter; `open` begins with a `*`.
fn matches(pattern: &[char], value: &[char], open: (bool, bool), cased: bool) -> bool {
    let same = |a: char, b: char| if cased { a == b } else { a.eq_ignore_ascii_case(&b) };
    if open.0 {
        return (0..=value.len()).any(|skip| matches(pattern, &value[skip..], (false, open.1), cased));
    }
    match pattern {
        [] => open.1 || value.is_empty(),
        ['\\', plain @ ('*' | '?' | '\\'), rest @ ..] => {
            value.first().is_some_and(|c| same(*c, *plain)) && matches(rest, &value[1..], open, cased)
        }
        ['*', rest @ ..] => {
            (0..=value.len()).any(|skip| matches(rest, &value[skip..], (false, open.1), cased))
        }
        ['?', rest @ ..] => !value.is_empty() && matches(rest, &value[1..], open, cased),
        [letter, rest @ ..] => {
            value.first().is_some_and(|c| same(*c, *letter)) && matches(rest, &value[1..], open, cased)
        }
    }
}

impl Wanted {
    fn yaml(&self) -> String {
        let mut key = format!("{}{}", FIELDS[self.field].0, HOWS[self.how]);
        key += if self.cased { "|cased" } else { "" };
        key += if self.all { "|all" } else { "" };
        let value = |value: &Option<String>| match value {
            Some(text) => serde_json::to_string(text).unwrap(),
            None => "null".to_owned(),
        };
        format!("{key}: [{}]", self.values.iter().map(value).collect::<Vec<_>>().join(", "))
    }

    fn holds(&self, fields: &[Option<String>]) -> bool {
        let actual = &fields[self.field];
        let one = |value: &Option<String>| match (value, actual) {
            (None, actual) => actual.is_none(),
            (Some(_), None) => false,
            (Some(pattern), Some(actual)) => {
                let (pattern, actual): (Vec<char>, Vec<char>) =
                    (pattern.chars().collect(), actual.chars().collect());
                let open = (matches!(self.how, 1 | 3), matches!(self.how, 1 | 2));
                matches(&pattern, &actual, open, self.cased)
            }
        };
        if self.all { self.values.iter().all(one) } else { self.values.iter().any(one) }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            5 => proptest::sample::select(vec!['a', 'A', 'b', '/', '1']),
            2 => proptest::sample::select(vec!['*', '?', '\\']),
            1 => proptest::sample::select(vec!['[', ']', '"', ' ', '\'', '%', '(', ','])
        ],
        0..5,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    let values = proptest::collection::vec(any_text(), 1..4);
    (0..FIELDS.len(), 0..HOWS.len(), any::<bool>(), any::<bool>(), values, proptest::bool::weighted(0.2))
        .prop_map(|(field, how, cased, all, values, null)| {
            let mut values: Vec<Option<String>> = values.into_iter().map(Some).collect();
            if null && how == 0 && !cased {
                values.push(None);
            }
            Wanted { field, how, cased, all, values }
        })
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let leaf = prop_oneof![
        4 => (0..2usize).prop_map(Asked::Search),
        1 => Just(Asked::OneOf),
        1 => Just(Asked::AllOf)
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Asked::Not(Box::new(a))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Asked::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Asked::Or(Box::new(a), Box::new(b)))
        ]
    })
}

/// Lines that files are made of, in any order.
fn any_file() -> impl Strategy<Value = String> {
    let lines = vec![
        "title: x",
        "title: [x]",
        "title:",
        "logsource:",
        "  product: linux",
        "  category: process_creation",
        "  category: network_connection",
        "detection:",
        "  s:",
        "    CommandLine|re: '(a'",
        "    Image|contains: [a, '*']",
        "    - User: null",
        "    - word",
        "    DestinationPort|gt: 9",
        "    DestinationIp|cidr: 1.2.3.4/40",
        "  condition: s",
        "  condition: 1 of",
        "  condition: [s, not s]",
        "  condition: s | count() > 1",
        "level: high",
        "tags: [attack.t1, attack.x, {a: b}]",
        "---",
        "- a",
        "&a",
        "*a",
        "{",
        "]",
        "status: deprecated",
        "falsepositives: \u{1}",
    ];
    proptest::collection::vec(proptest::sample::select(lines), 0..20).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// forall files: what is written loads, and what is not is told.
    #[test]
    fn whatever_a_file_holds_what_comes_of_it_loads(text in prop_oneof![any_file(), ".{0,200}"]) {
        let import = import(&[file(text.clone())]);
        if import.converted() > 0 {
            let report = RuleSet::load(&[file(import.yaml.clone())], &LoadOptions::default());
            prop_assert!(report.errors.is_empty() && report.warnings.is_empty(), "{:?}\n{}", report.errors, text);
            prop_assert_eq!(report.rules.unwrap().rules().len(), import.converted());
        }
    }

    /// forall rules and moments: the converted condition holds if and only if Sigma's does.
    #[test]
    fn a_converted_rule_says_what_sigma_says(
        searches in proptest::collection::vec(proptest::collection::vec(any_wanted(), 1..3), 2),
        asked in any_asked(),
        moments in proptest::collection::vec(proptest::collection::vec(proptest::option::weighted(0.8, any_text()), 3), 8),
    ) {
        let mut detection = String::new();
        for (index, search) in searches.iter().enumerate() {
            detection += &format!("s{index}:\n");
            // A list of maps with one key each would be `or`; entries of one map must differ.
            for (at, wanted) in search.iter().enumerate() {
                let twice = search[..at].iter().any(|other| {
                    other.yaml().split(':').next() == wanted.yaml().split(':').next()
                });
                if !twice {
                    detection += &format!("  {}\n", wanted.yaml());
                }
            }
        }
        detection += &format!("condition: {}\n", asked.text(0));
        let rule = converted(&sigma("process_creation", &detection));
        for values in &moments {
            let held: Vec<bool> = searches.iter().map(|search| {
                search.iter().enumerate().all(|(at, wanted)| {
                    let key = |wanted: &Wanted| wanted.yaml().split(':').next().unwrap().to_owned();
                    search[..at].iter().any(|other| key(other) == key(wanted)) || wanted.holds(values)
                })
            }).collect();
            let fields: Vec<(&str, Value<'static>)> = values
                .iter()
                .enumerate()
                .filter_map(|(index, value)| {
                    Some((FIELDS[index].1, Value::owned(value.clone()?.into_bytes())))
                })
                .collect();
            let now = moment("process_creation", &fields);
            prop_assert_eq!(
                rule.plan.holds(&now), asked.holds(&held), "{}\n{}\n{:?}", detection, rule.condition, values
            );
        }
    }
}
