//! The part of a `falco.yaml` that says something about replaying captures.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::outcome::Failure;
use super::rule_files::Files;
use crate::render::escape;
use crate::rules::findings::{Finding, KNOWN_MISTAKE};
use crate::rules::suggest::nearest;
use crate::rules::yaml::{self, Data, Spot, Yaml};
use crate::rules::{AppendOutput, ExtraField, Place, Priority, Switch, Switched, Template};
use crate::views::alerts::Matching;

/// Largest `falco.yaml` that is read, bytes.
const FILE_MAX: u64 = 1 << 20;

/// Reads the value of a key.
type Read = fn(&mut Config, &Yaml) -> Result<(), Wrong>;

/// The keys that are read.
static USED: &[(&str, Read)] = &[
    ("rules_files", |config, value| texts(value).map(|it| config.rules_files = Some(it))),
    ("rules_file", |config, value| texts(value).map(|it| config.rules_files = Some(it))),
    ("rules", switches),
    ("priority", |config, value| priority(value).map(|it| config.priority = Some(it))),
    ("rule_matching", matching),
    ("json_output", |config, value| flag(value).map(|it| config.json = Some(it))),
    ("json_include_message_property", |config, value| flag(value).map(|it| config.message = Some(it))),
    ("json_include_output_property", |config, value| flag(value).map(|it| config.output = Some(it))),
    ("json_include_output_fields_property", |config, value| flag(value).map(|it| config.fields = Some(it))),
    ("json_include_tags_property", |config, value| flag(value).map(|it| config.tags = Some(it))),
    ("time_format_iso_8601", |config, value| flag(value).map(|it| config.iso_time = Some(it))),
    ("append_output", append_output),
];

/// Keys that Falco has and that mean nothing here, and why.
static IGNORED: &[(&str, &[&str])] = &[
    (
        "nothing is captured here",
        &[
            "engine",
            "base_syscalls",
            "capture",
            "falco_libs",
            "syscall_buf_size_preset",
            "syscall_drop_failed_exit",
            "syscall_event_drops",
            "syscall_event_timeouts",
            "modern_bpf",
            "container_engines",
        ],
    ),
    (
        "alerts go to standard output or to a file",
        &[
            "stdout_output",
            "syslog_output",
            "file_output",
            "http_output",
            "program_output",
            "grpc",
            "grpc_output",
            "webserver",
            "buffered_outputs",
            "buffer_format_base64",
            "outputs_queue",
            "outputs",
            "output_timeout",
        ],
    ),
    ("a capture needs no plugins", &["plugins", "load_plugins", "plugins_hostinfo"]),
    (
        "it is about the running Falco",
        &[
            "config_files",
            "watch_config_files",
            "log_stderr",
            "log_syslog",
            "log_level",
            "libs_logger",
            "metrics",
            "static_fields",
        ],
    ),
];

/// Keys of the Helm chart, whose values hold a `falco.yaml` below `falco`.
static CHART: &[&str] =
    &["falco", "customRules", "falcoctl", "falcosidekick", "driver", "collectors", "tty", "extra", "image"];

/// How much of a line is shown, in characters.
const WIDEST: usize = 160;

/// What a `falco.yaml` says.
#[derive(Debug, Default)]
pub(super) struct Config {
    path: PathBuf,
    rules_files: Option<Vec<String>>,
    /// Rules to switch on and off.
    pub(super) switches: Vec<Switch>,
    /// Only rules as severe as this.
    pub(super) priority: Option<Priority>,
    /// What an event raises that matches several rules.
    pub(super) matching: Option<Matching>,
    /// Whether alerts are JSON.
    pub(super) json: Option<bool>,
    /// Whether JSON has `message`.
    pub(super) message: Option<bool>,
    /// Whether JSON has `output`.
    pub(super) output: Option<bool>,
    /// Whether JSON has `output_fields`.
    pub(super) fields: Option<bool>,
    /// Whether JSON has `tags`.
    pub(super) tags: Option<bool>,
    /// Whether times in text are ISO 8601.
    pub(super) iso_time: Option<bool>,
    /// What to append to outputs.
    pub(super) append_output: Vec<AppendOutput>,
    /// What one should know of it.
    warnings: Vec<(String, Place)>,
    /// Keys that are not used, with the reason.
    ignored: Vec<(&'static str, Vec<String>)>,
}

/// What is wrong with a value.
struct Wrong(String, Spot);

fn wrong<T>(text: impl Into<String>, value: &Yaml) -> Result<T, Wrong> {
    Err(Wrong(text.into(), value.spot))
}

fn text(value: &Yaml) -> Result<&str, Wrong> {
    value.scalar().map_or_else(|| wrong("this is no text", value), Ok)
}

fn flag(value: &Yaml) -> Result<bool, Wrong> {
    match value.scalar().and_then(yaml::boolean) {
        Some(flag) => Ok(flag),
        None => wrong("write `true` or `false`", value),
    }
}

/// A sequence of texts, or one.
fn texts(value: &Yaml) -> Result<Vec<String>, Wrong> {
    match &value.data {
        Data::Null => Ok(Vec::new()),
        Data::Scalar(text) => Ok(vec![text.clone()]),
        Data::Sequence(items) => items.iter().map(|item| Ok(text(item)?.to_owned())).collect(),
        Data::Map(_) => wrong("this is no sequence of texts", value),
    }
}

fn sequence(value: &Yaml) -> Result<&[Yaml], Wrong> {
    match &value.data {
        Data::Null => Ok(&[]),
        Data::Sequence(items) => Ok(items),
        _ => wrong("this is no sequence", value),
    }
}

fn entries(value: &Yaml) -> Result<impl Iterator<Item = (&str, &Yaml)>, Wrong> {
    match &value.data {
        Data::Map(entries) => {
            Ok(entries.iter().map(|(key, value)| (key.scalar().unwrap_or_default(), value)))
        }
        _ => wrong("this is no map", value),
    }
}

fn stray<T>(key: &str, known: &[&str], value: &Yaml) -> Result<T, Wrong> {
    match nearest(key, known.iter().copied()) {
        Some(near) => wrong(format!("there is no key `{key}`; did you mean `{near}`?"), value),
        None => wrong(format!("there is no key `{key}`; there are {}", known.join(", ")), value),
    }
}

fn priority(value: &Yaml) -> Result<Priority, Wrong> {
    text(value)?.parse().map_err(|error: crate::rules::UnknownPriority| Wrong(error.to_string(), value.spot))
}

fn matching(config: &mut Config, value: &Yaml) -> Result<(), Wrong> {
    config.matching = Some(match text(value)? {
        "first" => Matching::First,
        "all" => Matching::All,
        other => return wrong(format!("`{other}` is neither `first` nor `all`"), value),
    });
    Ok(())
}

fn switches(config: &mut Config, value: &Yaml) -> Result<(), Wrong> {
    for item in sequence(value)? {
        for (key, what) in entries(item)? {
            let enable = match key {
                "enable" => true,
                "disable" => false,
                other => return stray(other, &["enable", "disable"], item),
            };
            for (kind, name) in entries(what)? {
                let what = match kind {
                    "rule" => Switched::Rule(text(name)?.to_owned()),
                    "tag" => Switched::Tag(text(name)?.to_owned()),
                    other => return stray(other, &["rule", "tag"], what),
                };
                config.switches.push(Switch { enable, what });
            }
        }
    }
    Ok(())
}

const APPEND: &[&str] = &["match", "extra_output", "extra_fields", "suggested_output"];

fn append_output(config: &mut Config, value: &Yaml) -> Result<(), Wrong> {
    for item in sequence(value)? {
        let mut append = AppendOutput::default();
        for (key, value) in entries(item)? {
            match key {
                "match" => {
                    for (key, value) in entries(value)? {
                        match key {
                            "source" => {
                                append.source = Some(text(value)?.to_owned()).filter(|s| !s.is_empty())
                            }
                            "rule" => append.rule = Some(text(value)?.to_owned()).filter(|s| !s.is_empty()),
                            "tags" => append.tags = texts(value)?,
                            other => return stray(other, &["source", "rule", "tags"], value),
                        }
                    }
                }
                "extra_output" => {
                    append.extra = Some(text(value)?.to_owned());
                    template(text(value)?, value)?;
                }
                "extra_fields" => {
                    for field in sequence(value)? {
                        append.fields.extend(extra_fields(field)?);
                    }
                }
                "suggested_output" => append.suggested = flag(value)?,
                other => return stray(other, APPEND, value),
            }
        }
        config.append_output.push(append);
    }
    Ok(())
}

/// A name, or keys with a format each.
fn extra_fields(field: &Yaml) -> Result<Vec<(String, ExtraField)>, Wrong> {
    if let Some(name) = field.scalar() {
        template(&format!("%{name}"), field)?;
        return Ok(vec![(name.to_owned(), ExtraField::Raw(name.to_owned()))]);
    }
    let mut fields = Vec::new();
    for (key, format) in entries(field)? {
        template(text(format)?, format)?;
        fields.push((key.to_owned(), ExtraField::Format(text(format)?.to_owned())));
    }
    Ok(fields)
}

fn template(text: &str, value: &Yaml) -> Result<(), Wrong> {
    match Template::compile(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let hint = crate::rules::hint(&error).map(|hint| format!("; {hint}")).unwrap_or_default();
            wrong(format!("{}{hint}", crate::rules::output_error(text, &error)), value)
        }
    }
}

impl Config {
    /// Reads the file at `path`, if one is named, and tells what is odd about it.
    pub(super) fn open(path: Option<&Path>, console: &mut Console<'_>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let failed = |what: &str| Failure::Usage(format!("cannot use `{}`: {what}", path.display()));
        let mut text = String::new();
        // Not by the length it states: a device or a pipe states none.
        let read =
            std::fs::File::open(path).and_then(|file| file.take(FILE_MAX + 1).read_to_string(&mut text));
        read.map_err(|error| failed(&error.to_string()))?;
        if text.len() as u64 > FILE_MAX {
            return Err(failed(&format!("more than the limit of {} KiB", FILE_MAX >> 10)));
        }
        let config = Self::parse(path, &text).map_err(Failure::Usage)?;
        for (warning, place) in &config.warnings {
            console.warn(&format!("{place}: {warning}"));
        }
        for (why, keys) in &config.ignored {
            console.detail(&format!("{}: not used, {why}: {}", path.display(), keys.join(", ")));
        }
        Ok(config)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let mut config = Self { path: path.to_owned(), ..Self::default() };
        let told = |Wrong(what, spot): Wrong, key: &str| {
            let line = text.lines().nth(spot.line.saturating_sub(1)).unwrap_or("").trim_end();
            let caret = " ".repeat(spot.column.saturating_sub(1));
            let of = if key.is_empty() { String::new() } else { format!("`{key}`: ") };
            format!(
                "{}:{}:{}: {of}{what}\n  {}\n  {caret}^",
                path.display(),
                spot.line,
                spot.column,
                escape::terminal(line.replace('\t', " ").as_bytes())
            )
        };
        let (documents, error) = yaml::read(0, text);
        if let Some(error) = error {
            return Err(told(Wrong(error.text, error.spot), ""));
        }
        for document in documents.iter().filter(|document| !matches!(document.data, Data::Null)) {
            let Data::Map(items) = &document.data else {
                let hint = "a falco.yaml is a map of keys; rules files are given with -r";
                return Err(told(Wrong(hint.to_owned(), document.spot), ""));
            };
            for (key, value) in items {
                let name = key.scalar().unwrap_or("");
                match USED.iter().find(|(known, _)| *known == name) {
                    Some((_, read)) => read(&mut config, value).map_err(|wrong| told(wrong, name))?,
                    None => {
                        let line = text.lines().nth(key.spot.line.saturating_sub(1)).unwrap_or("");
                        config.unused(name, key.spot, line);
                    }
                }
            }
        }
        Ok(config)
    }

    /// Takes down a key that is not read.
    fn unused(&mut self, name: &str, spot: Spot, line: &str) {
        if let Some((why, _)) = IGNORED.iter().find(|(_, keys)| keys.contains(&name)) {
            match self.ignored.iter_mut().find(|(known, _)| known == why) {
                Some((_, keys)) => keys.push(name.to_owned()),
                None => self.ignored.push((why, vec![name.to_owned()])),
            }
            return;
        }
        let known =
            USED.iter().map(|(key, _)| *key).chain(IGNORED.iter().flat_map(|(_, keys)| keys.iter().copied()));
        let hint = if CHART.contains(&name) {
            "it belongs to the values of the Helm chart, where this file is what stands below `falco:`"
                .to_owned()
        } else if let Some(near) = nearest(name, known) {
            format!("did you mean `{near}`?")
        } else {
            "Falco has no such key".to_owned()
        };
        let place = Place {
            file: self.path.display().to_string(),
            line: spot.line,
            column: spot.column,
            text: line.trim_end().chars().take(WIDEST).collect(),
            width: name.chars().count(),
            ..Place::default()
        };
        self.warnings.push((format!("unknown key `{name}`: {hint}"), place));
    }

    /// Its keys that mean nothing, for `saker rules check`.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        self.warnings.iter().map(|(message, place)| Finding {
            code: KNOWN_MISTAKE,
            message: message.clone(),
            place: place.clone(),
            fix: None,
        })
    }

    /// Reads the rules files it names into `files`; whether it names any. What does not exist is
    /// passed over, as Falco does, but said; that none exists is an error. A relative path starts
    /// here, or at the file's folder.
    pub(super) fn rules(&self, files: &mut Files, console: &mut Console<'_>) -> bool {
        let Some(names) = &self.rules_files else { return false };
        let place = |name: &String| {
            let here = PathBuf::from(name);
            let beside = self.path.parent().map(|folder| folder.join(name));
            std::iter::once(here).chain(beside).find(|path| path.exists())
        };
        let none = names.iter().all(|name| place(name).is_none());
        for name in names {
            match place(name) {
                Some(path) => files.read(&path, true),
                None if none => files.read(Path::new(name), true),
                None => console.warn(&format!(
                    "{}: there is no `{name}`, which `rules_files` names",
                    self.path.display()
                )),
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("falco.yaml"), text)
    }

    #[test]
    fn what_a_falco_yaml_says_about_alerts_is_read() {
        let config = parse(
            "rules_files: [a.yaml, b.d]\nrules:\n  - disable: {rule: '*'}\n  - enable: {tag: network}\npriority: \
             notice\nrule_matching: all\njson_output: yes\njson_include_tags_property: false\n\
             time_format_iso_8601: true\nappend_output:\n  - match: {source: syscall, tags: [x], rule: R}\n    \
             extra_output: on=%proc.pid\n    extra_fields: [proc.name, {who: '%user.name@%container.id'}]\n    \
             suggested_output: true\n",
        )
        .unwrap();
        assert_eq!(config.rules_files.as_deref(), Some(&["a.yaml".to_owned(), "b.d".to_owned()][..]));
        let shown: Vec<String> = config.switches.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["disable rule `*`", "enable tag `network`"]);
        assert_eq!(config.priority, Some(Priority::Notice));
        assert_eq!(config.matching, Some(Matching::All));
        assert_eq!((config.json, config.tags, config.iso_time), (Some(true), Some(false), Some(true)));
        assert_eq!(
            config.append_output,
            [AppendOutput {
                source: Some("syscall".into()),
                rule: Some("R".into()),
                tags: vec!["x".into()],
                extra: Some("on=%proc.pid".into()),
                suggested: true,
                fields: vec![
                    ("proc.name".into(), ExtraField::Raw("proc.name".into())),
                    ("who".into(), ExtraField::Format("%user.name@%container.id".into())),
                ],
            }]
        );
        assert!(config.warnings.is_empty() && config.ignored.is_empty());
    }

    #[test]
    fn keys_that_are_not_used_are_told_apart_from_mistakes() {
        let config =
            parse("engine: {kind: modern_ebpf}\nrule_file: x\ncustomRules: {}\nfrobnicate: 1\nplugins: []\n")
                .unwrap();
        let ignored: Vec<String> = config.ignored.iter().map(|(_, keys)| keys.join(",")).collect();
        assert_eq!(ignored, ["engine", "plugins"]);
        let warnings: Vec<&str> = config.warnings.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(warnings[0], "unknown key `rule_file`: did you mean `rules_file`?");
        assert!(warnings[1].contains("Helm chart") && warnings[2].contains("no such key"), "{warnings:?}");
        assert_eq!(config.warnings[0].1.line, 2);
        let finding = config.findings().next().unwrap();
        assert!(finding.place.snippet().ends_with("\n^^^^^^^^^"), "{}", finding.place.snippet());
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, what) in [
            ("priority: high\n", "falco.yaml:1:11: `priority`: `high` is no priority"),
            ("rule_matching: some\n", "neither `first` nor `all`"),
            ("json_output: perhaps\n", "write `true` or `false`"),
            ("rules: [{disable: {rul: x}}]\n", "did you mean `rule`?"),
            ("append_output: [{extra_outputs: x}]\n", "did you mean `extra_output`?"),
            ("append_output: [{extra_output: '%proc.nam '}]\n", "did you mean `proc.name`?"),
            ("append_output: [{extra_fields: [proc.nosuch]}]\n", "unknown filter"),
            ("- rule: x\n", "rules files are given with -r"),
            ("a: [\n", "falco.yaml:"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(what) && told.contains('^'), "{told}");
        }
    }

    #[test]
    fn every_key_is_documented() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, section) = page.split_once("## What is read of a falco.yaml").unwrap();
        let section = section.split("\n## ").next().unwrap();
        let ignored = IGNORED.iter().flat_map(|(_, keys)| keys.iter().copied());
        for key in USED.iter().map(|(key, _)| *key).chain(ignored) {
            assert!(section.contains(&format!("`{key}`")), "{key}");
        }
    }

    #[test]
    fn no_key_stands_in_two_tables() {
        let ignored = IGNORED.iter().flat_map(|(_, keys)| keys.iter().copied());
        let mut all: Vec<&str> =
            USED.iter().map(|(key, _)| *key).chain(ignored).chain(CHART.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
