//! The command line as a user and a script see it: exit codes, what goes where, what is escaped.

mod common;

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use capture_format::EventType;
use capture_format::header::Gap;
use common::{Scenario, code, folder, notes, rules, saker, text};

fn shell() -> Scenario {
    Scenario::shell(b"bash\0-il")
}

fn gap() -> Gap {
    let lost = vec![(EventType::Execve as u16, 2), (EventType::Openat as u16, 40)];
    Gap { first_ns: 102_000_000_000, last_ns: 103_500_000_000, lost, reason: "ring full".into() }
}

/// Arguments as texts.
macro_rules! run {
    ($($arg:expr),* $(,)?) => {
        saker(&[$(std::ffi::OsString::from(&$arg)),*])
    };
}

#[test]
fn alerts_are_falcos_lines() {
    let folder = folder("lines");
    let (capture, rules) = (shell().write(&folder, "a.skr"), rules(&folder));
    let output = run!("analyze", capture, "-r", rules, "-f", "text");
    assert_eq!(notes(&output), "");
    assert_eq!(
        text(&output),
        "12:01:40.000000000: Warning shell bash -il (user=root container=mysql-db)\n\
         12:01:48.000000000: Notice read /etc/shadow by bash\n"
    );
    let output = run!("analyze", capture, "-r", rules, "-f", "json", "--suggested-output", "--tz", "capture");
    let first = text(&output).lines().next().unwrap().to_owned();
    let suffix = "container_id=3fa4be5d0c1e container_name=mysql-db container_image_repository=mysql \
                  container_image_tag=8 k8s_pod_name=<NA> k8s_ns_name=<NA>";
    let line: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(line["hostname"], "node1");
    assert_eq!(
        line["output"],
        format!("13:01:40.000000000: Warning shell bash -il (user=root container=mysql-db) {suffix}")
    );
    assert_eq!(line["output_fields"]["evt.time"], 1_763_812_900_000_000_000i64);
    assert_eq!(line["output_fields"]["proc.cmdline"], "bash -il");
    assert_eq!(line["output_fields"]["k8s.pod.name"], serde_json::Value::Null);
    assert_eq!(line["tags"], serde_json::json!(["container", "shell"]));
    assert_eq!(line["time"], "2025-11-22T12:01:40.000000000Z");
    assert_eq!(code(&output), 0);
}

#[test]
fn exit_codes_say_how_it_went() {
    let folder = folder("codes");
    let rules = rules(&folder);
    let good = shell().write(&folder, "good.skr");
    let lossy = Scenario { gaps: vec![gap()], ..shell() }.write(&folder, "lossy.skr");
    let whole = shell().bytes();
    let (cut, garbage, flipped) =
        (folder.join("cut.skr"), folder.join("garbage"), folder.join("flipped.skr"));
    std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
    std::fs::write(&garbage, b"no capture at all, whatever its name says").unwrap();
    let mut bytes = whole;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&flipped, bytes).unwrap();
    let broken = folder.join("broken.yaml");
    std::fs::write(&broken, "- rule: x\n  desc: x\n  condition: evt.type = open and proc.nam = 1\n  output: x\n  priority: INFO\n").unwrap();
    let missing = folder.join("missing.skr");

    let analyze = |more: &[&std::path::Path], options: &[&str]| {
        let mut args: Vec<std::ffi::OsString> = vec!["analyze".into(), "-r".into(), rules.clone().into()];
        args.extend(more.iter().map(|path| path.as_os_str().to_owned()));
        args.extend(options.iter().map(Into::into));
        let output = saker(&args);
        (code(&output), output)
    };
    assert_eq!(analyze(&[&good], &[]).0, 0, "alerts alone do not change it");
    assert_eq!(analyze(&[&good], &["--fail-on", "warning"]).0, 1);
    assert_eq!(analyze(&[&good], &["--fail-on", "notice"]).0, 1);
    assert_eq!(analyze(&[&good], &["--fail-on", "error"]).0, 0);
    assert_eq!(analyze(&[&good], &["--no-such-option"]).0, 2);
    assert_eq!(analyze(&[&good], &["--rule", "nothing like it"]).0, 2);
    assert_eq!(analyze(&[&garbage], &[]).0, 4);
    assert_eq!(analyze(&[&missing], &[]).0, 4);
    assert_eq!(analyze(&[&garbage, &missing], &[]).0, 4);
    assert_eq!(analyze(&[&garbage, &good], &[]).0, 6, "one of two was read");
    assert_eq!(analyze(&[&lossy], &["--fail-on", "warning"]).0, 6, "losses before alerts");
    assert_eq!(analyze(&[&cut], &[]).0, 6);
    let (ended, output) = analyze(&[&flipped], &["--require-integrity"]);
    assert_eq!(ended, 5, "{}", notes(&output));
    assert_eq!(analyze(&[&good], &["--require-integrity"]).0, 0);

    let output = run!("analyze", good, "-r", broken);
    assert_eq!(code(&output), 3);
    let told = notes(&output);
    assert!(told.contains("broken.yaml:3:") && told.contains("^"), "{told}");
    assert!(output.stdout.is_empty());

    assert_eq!(code(&run!("verify", good)), 0);
    assert_eq!(code(&run!("verify", lossy)), 0, "losses are no alteration");
    assert_eq!(code(&run!("verify", flipped)), 5);
    assert_eq!(code(&run!("verify", cut)), 5);
    assert_eq!(code(&run!("verify", garbage)), 4);
    assert_eq!(code(&run!("info", good)), 0);
    assert_eq!(code(&run!("info", lossy)), 6);
    assert_eq!(code(&run!("--help")), 0);
    assert_eq!(code(&run!("analyse")), 2);
}

#[test]
fn losses_are_alerts_in_their_place() {
    let folder = folder("losses");
    let rules = rules(&folder);
    let capture = Scenario { gaps: vec![gap()], ..shell() }.write(&folder, "lossy.skr");
    let output = run!("analyze", capture, "-r", rules, "-f", "text");
    let lines = text(&output);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].starts_with(
        "12:01:43.500000000: Debug Falco internal: syscall event drop. 42 system calls dropped in last second. (ebpf_enabled=\"1\""
    ), "{}", lines[1]);
    assert!(lines[1].contains(" n_drops=\"42\" ") && lines[1].contains(" n_drops_buffer_execve_exit=\"2\" "));
    assert!(notes(&output).contains("42 events were lost"));
    let output = run!("analyze", capture, "-r", rules, "-f", "json", "--drop-threshold", "0.99");
    assert_eq!(text(&output).lines().count(), 2);
    let output = run!("analyze", capture, "-r", rules, "-f", "json", "--priority", "notice");
    assert_eq!(text(&output).lines().count(), 2);
    let drop = run!("analyze", capture, "-r", rules, "-f", "json", "--from", "+2s", "--to", "+4s");
    let drop: serde_json::Value = serde_json::from_str(text(&drop).trim()).unwrap();
    assert_eq!((drop["source"].as_str(), drop["tags"].as_str()), (Some("internal"), None));
    assert_eq!(drop["output_fields"]["n_drops"], "42");
}

#[test]
fn what_a_capture_holds_does_not_act_on_a_terminal() {
    let folder = folder("hostile");
    let rules = rules(&folder);
    let argv = b"bash\0-c\0\x1b]0;owned\x07\x1b[31mred\xff\r\n\xe2\x80\xaefdp.exe\0\xc2\x9b31m";
    let capture = Scenario::shell(argv).write(&folder, "hostile.skr");
    for args in [
        &["analyze"][..],
        &["analyze", "-f", "text"],
        &["analyze", "-f", "json"],
        &["events"],
        &["events", "-f", "json"],
        &["events", "-f", "table"],
        &["events", "-p", "%proc.cmdline"],
        &["info", "-f", "table"],
        &["info", "-f", "text"],
        &["info", "-f", "csv"],
    ] {
        let mut all: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
        all.push(capture.clone().into());
        if args[0] == "analyze" {
            all.extend(["-r".into(), rules.clone().into()]);
        }
        let output = saker(&all);
        assert_eq!(code(&output), 0, "{args:?}: {}", notes(&output));
        assert!(!output.stdout.is_empty(), "{args:?}");
        for stream in [&output.stdout, &output.stderr] {
            // Lines of CSV end with a carriage return.
            let ends = |byte: u8| byte == b'\n' || byte == b'\r' && args.contains(&"csv");
            let acts = |byte: &u8| *byte < 0x20 && !ends(*byte) || *byte == 0x7f;
            assert!(!stream.iter().any(acts), "{args:?}: {:?}", String::from_utf8_lossy(stream));
        }
        let shown = text(&output);
        assert!(!shown.contains('\u{9b}') || args.contains(&"json") || args.contains(&"text"), "{args:?}");
        assert!(!shown.contains('\u{202e}') || args.contains(&"json") || args.contains(&"text"), "{args:?}");
    }
    // For people the bytes are shown as what they are.
    let shown = text(&run!("events", capture, "-p", "%proc.cmdline"));
    assert!(shown.contains("\\x1b]0;owned\\x07\\x1b[31mred"), "{shown}");
    assert!(shown.contains("\\u{202e}fdp.exe"), "{shown}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = folder("threads");
    let rules = rules(&folder);
    for name in ["b.skr", "a.skr", "sub/c.skr"] {
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        let mut records: Vec<_> =
            (0..300).map(|second| common::shell(second, format!("bash\0{name}").as_bytes())).collect();
        records.extend((300..400).map(|second| common::open(second, b"/etc/passwd")));
        Scenario { per_block: 7, ..Scenario::new(records) }.write(&folder, name);
    }
    for format in ["text", "json", "table"] {
        let one = run!("analyze", folder, "-r", rules, "-f", format, "--threads", "1");
        let many = run!("analyze", folder, "-r", rules, "-f", format, "--threads", "7");
        assert!(text(&one).contains("shell bash a.skr") || format == "table");
        assert!(text(&one) == text(&many) && notes(&one) == notes(&many), "{format}");
    }
    let shown = text(&run!("analyze", folder, "-r", rules, "-f", "text"));
    let firsts: Vec<usize> = ["shell bash a.skr", "shell bash b.skr", "shell bash sub/c.skr"]
        .iter()
        .map(|name| shown.find(name).unwrap_or_else(|| panic!("no {name}")))
        .collect();
    assert!(firsts.is_sorted(), "folders are read in order of their paths");
}

#[test]
fn a_choice_of_rules_and_times_is_kept() {
    let folder = folder("choice");
    let (capture, rules) = (shell().write(&folder, "a.skr"), rules(&folder));
    let lines = |options: &[&str]| {
        let mut args: Vec<std::ffi::OsString> =
            vec!["analyze".into(), capture.clone().into(), "-f".into(), "text".into()];
        args.extend(["-r".into(), rules.clone().into()]);
        args.extend(options.iter().map(Into::into));
        let output = saker(&args);
        assert_eq!(code(&output), 0, "{}", notes(&output));
        text(&output).lines().map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]), ["shell", "read"]);
    assert_eq!(lines(&["--priority", "warning"]), ["shell"]);
    assert_eq!(lines(&["--tag", "files"]), ["read"]);
    assert_eq!(lines(&["--rule", "reads*"]), ["read"]);
    assert_eq!(lines(&["--from", "12:01:41"]), ["read"]);
    assert_eq!(lines(&["--to", "+1s"]), ["shell"]);
    assert_eq!(lines(&["--from", "2025-11-22T13:01:48+01:00"]), ["read"]);
    assert_eq!(lines(&["--from", "13:01:48", "--tz", "capture"]), ["read"]);
}

#[test]
fn events_are_filtered_and_shown_as_asked() {
    let folder = folder("events");
    let capture = shell().write(&folder, "a.skr");
    let shown = text(&run!("events", capture, "evt.type = execve"));
    assert_eq!(shown.lines().count(), 1);
    assert!(shown.contains("bash") && shown.contains("-il") && shown.contains("execve"), "{shown}");
    let shown =
        text(&run!("events", capture, "fd.name startswith /tmp", "-p", "%evt.num %fd.name", "-n", "2"));
    assert_eq!(shown, "2 /tmp/1\n3 /tmp/2\n");
    let shown = text(&run!(
        "events",
        capture,
        "evt.type=openat and fd.name=/etc/shadow",
        "--fields",
        "evt.num,fd.name,proc.pid",
        "-f",
        "json"
    ));
    assert_eq!(shown, "{\"evt.num\":9,\"fd.name\":\"/etc/shadow\",\"proc.pid\":4242}\n");
    let output = run!("events", capture, "evt.type = execve and proc.nam = x");
    assert_eq!(code(&output), 2);
    let told = notes(&output);
    let lines: Vec<&str> = told.lines().collect();
    let (text_line, marks) = (lines[lines.len() - 2], lines[lines.len() - 1]);
    assert_eq!(text_line.find("proc.nam"), marks.find('^'), "{told}");
}

#[test]
fn a_capture_can_come_from_standard_input() {
    let folder = folder("stdin");
    let rules = rules(&folder);
    let mut child = Command::new(env!("CARGO_BIN_EXE_saker"))
        .args(["analyze", "-", "-f", "text", "-r"])
        .arg(&rules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&shell().bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output).lines().count()), (0, 2));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = folder("pipe");
    let records: Vec<_> = (0..20_000).map(|second| common::open(second, b"/tmp/x")).collect();
    let capture = Scenario { per_block: 1000, ..Scenario::new(records) }.write(&folder, "a.skr");
    let mut child = Command::new(env!("CARGO_BIN_EXE_saker"))
        .arg("events")
        .arg(&capture)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), notes(&output).as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn a_file_of_alerts_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("output");
    let (capture, rules) = (shell().write(&folder, "a.skr"), rules(&folder));
    let path = folder.join("alerts.jsonl");
    let output = run!("analyze", capture, "-r", rules, "-f", "json", "-o", path);
    assert_eq!((code(&output), output.stdout.len()), (0, 0));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let output = run!("analyze", capture, "-r", rules, "-o", folder.join("no/such/folder"));
    assert_eq!(code(&output), 7);
}

#[test]
fn rules_that_cannot_be_answered_are_named_with_the_reason() {
    let folder = folder("blind");
    let rules = rules(&folder);
    let mut scenario = shell();
    scenario.header.events = vec![EventType::Execve as u16];
    let capture = scenario.write(&folder, "a.skr");
    let output = run!("analyze", capture, "-r", rules, "-f", "json");
    assert!(
        notes(&output)
            .contains("rule `Reads etc` cannot be answered: none of its events were recorded: openat"),
        "{}",
        notes(&output)
    );
    let shown = text(&run!("analyze", capture, "-r", rules));
    assert!(
        shown.contains("Reads etc") && shown.contains("none of its events were recorded: openat"),
        "{shown}"
    );
    let needs = text(&run!("rules", "needs", "-r", rules));
    let events: Vec<&str> = needs.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(events, ["execve", "openat"]);
}

#[test]
fn samples_are_held_against_their_expectations() {
    let folder = folder("samples");
    let sample = folder.join("x/attack");
    std::fs::create_dir_all(&sample).unwrap();
    shell().write(&sample, "capture.skr");
    std::fs::write(sample.join("rules.yaml"), common::RULES).unwrap();
    let expect = |text: &str| {
        std::fs::write(sample.join("expect.yaml"), format!("rules: rules.yaml\n{text}")).unwrap();
        run!("test", folder)
    };
    let output =
        expect("expect:\n  - {rule: Shell, count: 1, where: {proc.cmdline: bash -il}}\nforbid: [Other*]\n");
    assert_eq!(code(&output), 0, "{}{}", text(&output), notes(&output));
    let output = expect("expect:\n  - {rule: Shell, count: 2}\nforbid: [Reads*]\n");
    assert_eq!(code(&output), 1);
    let shown = text(&output);
    assert!(shown.contains("missing: `Shell`: == 2 wanted, 1 found"), "{shown}");
    assert!(shown.contains("forbidden: `Reads etc`, 1 found, such as: read /etc/shadow by bash"), "{shown}");
    let output = expect("expect:\n  - {rule: Shel}\n");
    assert_eq!(code(&output), 1);
    assert!(text(&output).contains("no rule is called `Shel`"));
}

#[test]
fn events_that_no_capture_holds_are_named() {
    let folder = folder("unknown");
    let (capture, file) = (shell().write(&folder, "a.skr"), folder.join("close.yaml"));
    let rule = |name: &str, events: &str| {
        format!(
            "- {{rule: {name}, desc: d, condition: 'evt.type in ({events})', output: o, priority: info}}\n"
        )
    };
    std::fs::write(&file, rule("Some", "execve, close") + &rule("None", "close, read")).unwrap();
    let output = run!("analyze", capture, "-r", file, "-f", "text");
    let told = notes(&output);
    assert!(told.contains("`Some` can be answered in part: events that this version cannot record: close"));
    assert!(told.contains("`None` cannot be answered: none of its events can be recorded"), "{told}");
    let told = notes(&run!("rules", "needs", "-r", file));
    assert!(told.contains("rule `Some`: events that this version cannot record: close"), "{told}");
    assert!(told.contains("rule `None`: none of its events"), "{told}");
}

#[test]
fn a_file_has_ends_that_equal_nothing() {
    let folder = folder("ends");
    let capture = shell().write(&folder, "a.skr");
    let found = |filter: &str| text(&run!("events", capture, filter, "-p", "x")).lines().count();
    let opens = found("evt.type = openat");
    assert!(opens > 0);
    for field in ["fd.ip", "fd.port"] {
        let other = if field == "fd.ip" { "1.2.3.4" } else { "80" };
        assert_eq!(found(&format!("evt.type = openat and {field} exists")), opens, "{field} of a file");
        assert_eq!(found(&format!("evt.type = openat and {field} = {other}")), 0);
        assert_eq!(found(&format!("evt.type = openat and {field} != {other}")), 0);
        assert_eq!(found(&format!("evt.type = openat and not {field} != {other}")), opens);
        assert_eq!(found(&format!("evt.type = execve and {field} exists")), 0, "{field} without descriptor");
    }
}

#[test]
fn names_of_files_do_not_act_on_the_terminal() {
    let folder = folder("names");
    for command in ["analyze", "info", "verify"] {
        let output = run!(command, folder.join("\u{1b}]0;x\u{202e}.skr"));
        let told = notes(&output);
        assert_eq!(code(&output), 4);
        assert!(!told.contains(['\u{1b}', '\u{202e}']) && told.contains("\\x1b]0;x\\u{202e}"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rules_without_end_are_not_read_to_their_end() {
    let folder = folder("endless");
    let capture = shell().write(&folder, "a.skr");
    let output = run!("analyze", capture, "-r", "/dev/zero");
    assert_eq!(code(&output), 3);
    assert!(notes(&output).contains("more than the limit of"), "{}", notes(&output));
}

#[test]
fn quirks_are_falcos_answers_on_demand() {
    let folder = folder("quirks");
    let capture = shell().write(&folder, "a.skr");
    let lines = |more: &[&str]| {
        let mut args: Vec<std::ffi::OsString> = vec!["events".into(), capture.clone().into()];
        args.extend(more.iter().map(Into::into));
        text(&saker(&args)).lines().count()
    };
    // Falco looks such a number up with a length of zero.
    assert!(lines(&["proc.apid in (4200)"]) > 0);
    assert_eq!(lines(&["proc.apid in (4200)", "--falco-quirks"]), 0);
    let quirky = folder.join("quirky.yaml");
    std::fs::write(
        &quirky,
        "- rule: Q\n  desc: q\n  condition: evt.type = openat and proc.apid in (4200)\n  output: q\n  priority: INFO\n",
    )
    .unwrap();
    let alerts = |more: &[&str]| {
        let mut args: Vec<std::ffi::OsString> =
            vec!["analyze".into(), capture.clone().into(), "-r".into(), quirky.clone().into()];
        args.extend(["-f", "text"].iter().chain(more).map(Into::into));
        text(&saker(&args)).lines().count()
    };
    assert!(alerts(&[]) > 0);
    assert_eq!(alerts(&["--falco-quirks"]), 0);
}

#[test]
fn a_rule_with_a_rate_counts_across_blocks_with_any_number_of_threads() {
    let folder = folder("rate");
    let capture = common::root().join("samples/log-wipe/attack/capture.skr");
    let rules = folder.join("rate.yaml");
    std::fs::write(
        &rules,
        "- rule: Many opens\n  desc: d\n  condition: evt.type = openat\n  output: last=%evt.num\n  \
         priority: NOTICE\n  rate: {count: 20, within: 1h, by: proc.pid, distinct: fd.name}\n\
         - rule: Each open\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: DEBUG\n",
    )
    .unwrap();
    let run = |threads: &str| {
        let output = run!("analyze", capture, "-r", rules, "-f", "json", "--threads", threads, "-q");
        assert_eq!(code(&output), 0, "{}", notes(&output));
        text(&output)
    };
    let lines = run("1");
    assert_eq!(lines, run("4"));
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (rated, single): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["rule"] == "Many opens");
    assert!(!rated.is_empty() && single.len() >= rated.len() * 20, "{} of {}", rated.len(), single.len());
    for line in rated {
        let fields = &line["output_fields"];
        assert_eq!(fields["rate.count"], 20);
        assert!(fields["rate.first_event"].as_u64() < fields["evt.num"].as_u64());
        assert!(line["output"].as_str().unwrap().contains(" rate_count=20 rate_time="));
    }
}

#[test]
fn events_near_a_time_are_found_with_evt_around() {
    let folder = folder("around");
    let capture = shell().write(&folder, "a.skr");
    let near = |span: &str| {
        let filter = format!("evt.around[1763812900000000000] {span}");
        let output = run!("events", capture, filter, "-p", "%evt.time.iso8601 %evt.around[1]");
        assert_eq!(code(&output), 0, "{}", notes(&output));
        text(&output)
    };
    assert_eq!(near("= 0"), "2025-11-22T12:01:40.000000000+0000 <NA>\n");
    assert_eq!(near("= 7999").lines().count() + 1, near("= 8000").lines().count());
    assert_eq!(near("> 7999").lines().count() + near("= 7999").lines().count(), near(">= 0").lines().count());
}

#[test]
fn a_falco_yaml_says_which_rules_run_and_how_alerts_look() {
    let folder = folder("config");
    let capture = shell().write(&folder, "a.skr");
    rules(&folder);
    let config = folder.join("falco.yaml");
    std::fs::write(
        &config,
        "rules_files: [rules.yaml, missing.yaml]\nrules: [{disable: {rule: '*'}}, {enable: {tag: files}}]\n\
         json_output: true\njson_include_tags_property: false\njson_include_message_property: true\nwebserver: {}\n\
         rule_matchin: all\nappend_output:\n  - extra_fields: [proc.pid, {who: '%user.name'}]\n",
    )
    .unwrap();
    let output = run!("analyze", capture, "--config", config, "-v");
    let (shown, told) = (text(&output), notes(&output));
    let line: serde_json::Value = serde_json::from_str(shown.trim()).unwrap();
    assert_eq!((line["rule"].as_str(), line.get("tags")), (Some("Reads etc"), None));
    assert_eq!(line["message"], "read /etc/shadow by bash");
    assert_eq!(
        (&line["output_fields"]["proc.pid"], &line["output_fields"]["who"]),
        (&4242.into(), &"root".into())
    );
    for part in ["unknown key `rule_matchin`: did you mean `rule_matching`?", "webserver", "missing.yaml"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("2 rules: 1 enabled, 1 disabled by the selection"), "{told}");
    // The command line counts before the file.
    let output = run!(
        "analyze",
        capture,
        "-c",
        config,
        "-f",
        "text",
        "--enable-rule",
        "Sh*",
        "-T",
        "files",
        "--iso-time"
    );
    assert_eq!(
        text(&output),
        "2025-11-22T12:01:40.000000000+0000: Warning shell bash -il (user=root container=mysql-db)\n"
    );
    let output = run!("analyze", capture, "-c", config, "--json-include", "tags");
    assert!(text(&output).contains("\"tags\":[\"files\"]") && !text(&output).contains("output_fields"));
    std::fs::write(&config, "rules_files: [rules.yaml]\ndriver: {kind: ebpf}\n").unwrap();
    let output = run!("rules", "check", "-c", config, "-f", "json");
    let checked: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    let finding = checked["findings"].as_array().and_then(|all| all.last()).unwrap();
    assert_eq!((&finding["code"], &finding["line"]), (&"SAKER_KNOWN_MISTAKE".into(), &2.into()));
    std::fs::write(&config, "rules_files: [missing.yaml, away/]\n").unwrap();
    let output = run!("analyze", capture, "-c", config);
    assert_eq!(code(&output), 3, "no alerts because of no rules is no answer");
    assert!(notes(&output).contains("missing.yaml: LOAD_ERR_FILE_READ"), "{}", notes(&output));
    std::fs::write(&config, "priority: high\n").unwrap();
    let output = run!("analyze", capture, "-c", config);
    assert_eq!(code(&output), 2);
    assert!(notes(&output).contains("falco.yaml:1:11: `priority`: `high` is no priority"));
    let output = run!("analyze", capture, "--disable-rule", "Shel");
    assert_eq!(code(&output), 2, "{}", notes(&output));
}

#[test]
fn the_check_of_rules_is_falcos_validation_result() {
    let folder = folder("verdict");
    let (good, bad) = (folder.join("good.yaml"), folder.join("bad.yaml"));
    std::fs::write(&good, format!("{}- list: unused\n  items: [a]\n", common::RULES)).unwrap();
    std::fs::write(&bad, "- rule: x\n  desc: d\n  condition: evt.type = open and proc.nam = 1\n  output: %evt.dir\n  priority: info\n".replace("%evt", "'%evt").replace(".dir", ".dir'")).unwrap();
    let missing = folder.join("missing.yaml");
    let output = run!("rules", "check", good, "-f", "json");
    assert_eq!(code(&output), 0, "warnings alone");
    let result: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    let file = &result["falco_load_results"][0];
    assert_eq!((&file["successful"], &file["schema_valid"]), (&true.into(), &true.into()));
    let warning = &file["warnings"][0];
    assert_eq!(warning["code"], "LOAD_UNUSED_LIST");
    let locations = &warning["context"]["locations"];
    assert_eq!(
        (&locations[0]["item_type"], &locations[1]["item_type"]),
        (&"rules content".into(), &"list".into())
    );
    assert_eq!(locations[1]["item_name"], "unused");
    assert_eq!(locations[1]["position"]["column"], 8);
    assert!(result["findings"].is_array());
    assert_eq!(code(&run!("rules", "check", good, "--deny-warnings")), 3);

    let output = run!("rules", "check", good, bad, missing, "-f", "json");
    assert_eq!(code(&output), 3);
    let result: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    let files = result["falco_load_results"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(files[0]["errors"][0]["code"], "LOAD_ERR_FILE_READ");
    assert_eq!((&files[1]["successful"], &files[2]["successful"]), (&true.into(), &false.into()));
    assert_eq!(files[2]["schema_valid"], false, "Falco's schema knows INFO");
    let error = &files[2]["errors"][0];
    assert_eq!(error["message"], "filter_check called with nonexistent field proc.nam");
    let kinds: Vec<&str> = error["context"]["locations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|at| at["item_type"].as_str())
        .collect();
    assert_eq!(kinds, ["rules content", "rule", "rule condition", "condition expression"]);
    assert!(error["context"]["snippet"].as_str().unwrap().contains("^^^^^^^^"));
    assert_eq!(files[2]["warnings"][0]["deprecated_field"], "evt.dir");
}
