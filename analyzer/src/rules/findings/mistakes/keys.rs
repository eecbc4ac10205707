//! Mistakes in the keys of a file and of its items.

use super::super::super::item::KINDS;
use super::super::super::suggest::nearest;
use super::super::super::yaml::{Data, Spot, Yaml};
use super::super::study::Study;
use super::super::{Edit, Finding, Fix, KNOWN_MISTAKE, MOST_FINDINGS};
use super::Mistake;

/// A key that no item has, and the one that is meant.
static KEYS: &[(&str, &str)] = &[
    ("name", "rule"),
    ("rule_name", "rule"),
    ("description", "desc"),
    ("descr", "desc"),
    ("severity", "priority"),
    ("level", "priority"),
    ("outputs", "output"),
    ("message", "output"),
    ("conditions", "condition"),
    ("filter", "condition"),
    ("tag", "tags"),
    ("labels", "tags"),
    ("exception", "exceptions"),
    ("item", "items"),
    ("values", "items"),
    ("enable", "enabled"),
    ("overrides", "override"),
    ("skip_if_unknown_filter", "skip-if-unknown-filter"),
];

/// A priority that does not exist, and the one that is meant.
static PRIORITIES: &[(&str, &str)] = &[
    ("WARN", "WARNING"),
    ("ERR", "ERROR"),
    ("CRIT", "CRITICAL"),
    ("FATAL", "CRITICAL"),
    ("HIGH", "CRITICAL"),
    ("MAJOR", "ERROR"),
    ("MEDIUM", "WARNING"),
    ("MINOR", "NOTICE"),
    ("LOW", "NOTICE"),
    ("INFORMATION", "INFORMATIONAL"),
    ("TRACE", "DEBUG"),
    ("EMERG", "EMERGENCY"),
];

/// Keys of files that are no rules files.
static FOREIGN: &[(&str, &str)] = &[
    ("customRules", CHART),
    ("falco", CHART),
    ("falcoctl", CHART),
    ("falcosidekick", CHART),
    ("driver", CHART),
    ("tty", CHART),
    ("rules_file", CONFIG),
    ("rules_files", CONFIG),
    ("json_output", CONFIG),
    ("load_plugins", CONFIG),
    ("plugins", CONFIG),
    ("engine", CONFIG),
    ("file_output", CONFIG),
    ("http_output", CONFIG),
    ("program_output", CONFIG),
    ("stdout_output", CONFIG),
    ("syslog_output", CONFIG),
    ("append_output", CONFIG),
    ("rule_matching", CONFIG),
    ("config_files", CONFIG),
    ("watch_config_files", CONFIG),
    ("apiVersion", MANIFEST),
    ("kind", MANIFEST),
];

const CHART: &str =
    "is a key of the Helm chart's values: a rules file holds only what stands below `customRules: NAME: |-`";
const CONFIG: &str = "is a key of falco.yaml, which `--config` takes: a rules file is a list of items";
const MANIFEST: &str =
    "is a key of a Kubernetes manifest: a rules file holds only what stands below `data: NAME: |`";

/// What these checks find, as examples of files.
pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        wrong: "- rule: R\n  description: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n",
        right: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n",
        note: "a rule's keys are `rule`, `desc`, `condition`, `output`, `priority` and some more",
    },
    Mistake {
        wrong: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: HIGH\n",
        right: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: CRITICAL\n",
        note: "priorities are EMERGENCY ALERT CRITICAL ERROR WARNING NOTICE INFORMATIONAL DEBUG",
    },
    Mistake {
        wrong: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n  tags: a, b\n",
        right: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n  tags: [a, b]\n",
        note: "`tags` and `items` are lists",
    },
    Mistake {
        wrong: "rule: R\ndesc: d\ncondition: evt.type = execve\noutput: o\npriority: INFO\n",
        right: "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n",
        note: "a rules file is a list: an item begins with `- `",
    },
    Mistake {
        wrong: "rules:\n  - rule: R\n    desc: d\n    condition: evt.type = execve\n    output: o\n    priority: INFO\n",
        right: "  - rule: R\n    desc: d\n    condition: evt.type = execve\n    output: o\n    priority: INFO\n",
        note: "the list of items stands under no key",
    },
    Mistake {
        wrong: "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  append: true\n- rule: R\n  desc: d\n  condition: evt.type = execve and proc.name in (l)\n  output: o\n  priority: INFO\n",
        right: "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  override: {items: append}\n- rule: R\n  desc: d\n  condition: evt.type = execve and proc.name in (l)\n  output: o\n  priority: INFO\n",
        note: "`append: true` is deprecated: `override` says which key is appended to",
    },
];

/// What a file is that is a map and has the keys of something else.
pub(in crate::rules) fn of_map(document: &Yaml) -> Option<String> {
    let Data::Map(entries) = &document.data else { return None };
    let mut names = entries.iter().filter_map(|(key, _)| key.scalar());
    names.find_map(|name| {
        FOREIGN.iter().find(|(known, _)| *known == name).map(|(_, what)| format!("`{name}` {what}"))
    })
}

fn note(index: usize) -> &'static str {
    MISTAKES.get(index).map_or("", |mistake| mistake.note)
}

pub(super) fn check(study: &Study<'_>, out: &mut Vec<Finding>) {
    for (source, documents) in study.documents.iter().enumerate() {
        for document in documents {
            match &document.data {
                Data::Sequence(items) => items.iter().for_each(|one| item(study, source, one, out)),
                Data::Map(entries) => whole(study, source, entries, out),
                _ => {}
            }
        }
    }
}

fn tell(
    study: &Study<'_>,
    at: Spot,
    word: &str,
    label: &str,
    message: String,
    fix: Option<(String, Vec<Edit>)>,
    out: &mut Vec<Finding>,
) {
    let place = study.spot(at, word.chars().count(), label);
    let fix = fix.map(|(note, edits)| Fix { note, edits });
    out.push(Finding { code: KNOWN_MISTAKE, message, place, fix });
}

/// A file that is a map: another kind of file, or a list without dashes or under a key.
fn whole(study: &Study<'_>, source: usize, entries: &[(Yaml, Yaml)], out: &mut Vec<Finding>) {
    let Some(((first, _), text)) = entries.first().zip(study.sources.get(source).map(|file| &file.text))
    else {
        return;
    };
    let is_item = |value: &Yaml| KINDS.iter().any(|(_, key, _)| value.get(key).is_some());
    for (key, value) in entries {
        let name = key.scalar().unwrap_or("");
        let items = value.sequence().is_some_and(|items| items.iter().any(is_item));
        if let Some((_, what)) = FOREIGN.iter().find(|(known, _)| *known == name) {
            tell(study, key.spot, name, "", format!("`{name}` {what}"), None, out);
            if name != "rules" && !items {
                return;
            }
        } else if items && entries.len() == 1 {
            let place = study.spot(key.spot, 1, "");
            let edit = study.edit_at(source, &place, &format!("{name}:"), "").map(|mut edit| {
                // The line goes with it.
                let blank = text.get(edit.end..).unwrap_or("").split_inclusive('\n').next().unwrap_or("");
                edit.end += if blank.trim().is_empty() { blank.len() } else { 0 };
                edit
            });
            let fix = Some(("drop the key".to_owned(), edit.into_iter().collect()));
            tell(study, key.spot, name, "", format!("`{name}:` is no item; {}", note(4)), fix, out);
            return;
        }
    }
    if entries.iter().any(|(key, _)| KINDS.iter().any(|(_, known, _)| key.scalar() == Some(known))) {
        let edits = dashes(source, text, first.spot.line, entries.last().map_or(0, |(key, _)| key.spot.line));
        let name = first.scalar().unwrap_or("");
        tell(
            study,
            first.spot,
            name,
            "",
            note(3).to_owned(),
            Some(("write it as an item".into(), edits)),
            out,
        );
    }
}

/// A dash before the first line, and the others as deep as what follows it.
fn dashes(source: usize, text: &str, first: usize, _last: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut start = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if number >= first && !line.trim().is_empty() && !line.starts_with("---") {
            let text = if number == first { "- " } else { "  " };
            edits.push(Edit { source, start, end: start, text: text.to_owned() });
        }
        start += line.len();
    }
    edits
}

fn item(study: &Study<'_>, source: usize, item: &Yaml, out: &mut Vec<Finding>) {
    let Data::Map(entries) = &item.data else { return };
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let kind = KINDS.iter().find(|(_, key, _)| item.get(key).is_some());
    // Without the key that makes it a rule, it looks like one all the same.
    let looks =
        ["condition", "output", "desc", "priority"].iter().filter(|key| item.get(key).is_some()).count();
    let (main, keys): (&str, &[&str]) = match kind {
        Some((_, key, keys)) => (key, keys),
        None if looks >= 2 => ("rule", KINDS.last().map_or(&[], |(_, _, keys)| *keys)),
        None => return,
    };
    let name = item.get(main).and_then(Yaml::scalar).unwrap_or("");
    let label = if name.is_empty() { String::new() } else { format!("{main} `{name}`") };
    for (key, value) in entries {
        let word = key.scalar().unwrap_or("");
        if word != main && !keys.contains(&word) {
            let fits = |right: &&str| (*right == main || keys.contains(right)) && item.get(right).is_none();
            let known = KEYS.iter().find(|(wrong, _)| *wrong == word).map(|(_, right)| *right);
            let near = || nearest(word, keys.iter().copied());
            if let Some(right) = known.filter(fits).or_else(|| near().filter(fits)) {
                let place = study.spot(key.spot, 1, "");
                let edits = study.edit_at(source, &place, word, right).into_iter().collect();
                let fix = Some((format!("did you mean `{right}`?"), edits));
                tell(study, key.spot, word, &label, format!("there is no key `{word}`"), fix, out);
            }
        }
        if word == "priority"
            && let Some(text) = value.scalar()
            && let Some((_, right)) = PRIORITIES.iter().find(|(wrong, _)| text.eq_ignore_ascii_case(wrong))
        {
            let place = study.spot(value.spot, 1, "");
            let edits = study.edit_at(source, &place, text, right).into_iter().collect();
            let message = format!("there is no priority `{text}`; {}", note(1));
            tell(study, value.spot, text, &label, message, Some((format!("use {right}"), edits)), out);
        }
        if (word == "tags" || (word == "items" && main == "list"))
            && let Some(text) = value.scalar()
        {
            let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            let place = study.spot(value.spot, 1, "");
            let edits = study.edit_at(source, &place, text, &format!("[{}]", items.join(", ")));
            let fix = Some(("write it in brackets".to_owned(), edits.into_iter().collect()));
            tell(study, value.spot, text, &label, note(2).to_owned(), fix, out);
        }
        if word == "append" && value.scalar() == Some("true") {
            let appended: Vec<String> = ["items", "condition", "exceptions"]
                .iter()
                .filter(|key| item.get(key).is_some())
                .map(|key| format!("{key}: append"))
                .collect();
            let place = study.spot(key.spot, 1, "");
            let value_place = study.spot(value.spot, 1, "");
            let start = study.edit_at(source, &place, "append", "");
            let end = study.edit_at(source, &value_place, "true", "");
            // Only what stands on one line; keys that `append` leaves alone would have to be named, too.
            let alone = entries.iter().all(|(key, _)| {
                ["append", main, "items", "condition", "exceptions"].contains(&key.scalar().unwrap_or(""))
            });
            if let (Some(start), Some(end), true) = (start, end, alone && !appended.is_empty()) {
                let text = format!("override: {{{}}}", appended.join(", "));
                let edits = vec![Edit { end: end.end, text, ..start }];
                let fix = Some(("say what is appended to".to_owned(), edits));
                tell(study, key.spot, word, &label, note(5).to_owned(), fix, out);
            }
        }
    }
}
