//! What `saker` says about shipped samples, in every format. `BLESS=1` rewrites the expectations.

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{code, notes, root, text};

/// Two samples with alerts: of a reverse shell and of a connection.
const SAMPLES: &[&str] = &["revshell-dup/attack", "kube-api-contact/attack"];

/// What is asked of each: the name of the golden file's end, and the arguments.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("analyze.table", &["analyze", "-f", "table"]),
    ("analyze.text", &["analyze", "-f", "text", "--suggested-output"]),
    ("analyze.json", &["analyze", "-f", "json"]),
    ("events.text", &["events", "-f", "text"]),
    ("events.json", &["events", "-f", "json"]),
    ("events.table", &["events", "-f", "table"]),
    ("info.table", &["info", "-f", "table"]),
    ("info.text", &["info", "-f", "text"]),
    ("info.json", &["info", "-f", "json"]),
    ("info.csv", &["info", "-f", "csv"]),
];

/// Runs `saker` in the repository, so that paths in its output are the repository's.
fn saker(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_saker")).args(args).current_dir(root()).output().unwrap()
}

fn golden(name: &str) -> PathBuf {
    root().join("analyzer/tests/golden").join(name)
}

#[test]
fn answers_about_samples_are_as_before() {
    let mut differing = Vec::new();
    for sample in SAMPLES {
        let capture = format!("samples/{sample}/capture.skr");
        assert!(root().join(&capture).is_file(), "{capture} is part of the repository");
        for (end, args) in QUESTIONS {
            let (command, options) = args.split_first().unwrap();
            let output = saker(&[&[*command, &capture], options].concat());
            assert_eq!(code(&output), 0, "{sample} {args:?}: {}", notes(&output));
            let path = golden(&format!("{}.{end}", sample.replace('/', ".")));
            let shown = text(&output);
            if std::env::var_os("BLESS").is_some() {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &shown).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != shown {
                differing.push(format!("{}:\n{shown}", path.display()));
            }
        }
    }
    assert!(
        differing.is_empty(),
        "differs from what is expected; BLESS=1 rewrites it:\n{}",
        differing.join("\n")
    );
}

/// Words of a command line; single quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Pages that show what `saker` says: behind each line `$ saker …`, up to the end of its block.
/// A block that begins with the name of a file in a comment shows that file.
const PAGES: &[&str] =
    &["README.md", "docs/analyzing.md", "docs/explaining.md", "docs/reviewing.md", "docs/tutorial.md"];

/// The file that a line `# PATH` behind a fence names.
fn named_file(line: &str) -> Option<PathBuf> {
    let path = line.strip_prefix("# ")?;
    let file = path.contains('/').then(|| root().join(path))?;
    file.is_file().then_some(file)
}

#[test]
fn pages_show_what_saker_says() {
    for page in PAGES {
        let path = root().join(page);
        let shown = std::fs::read_to_string(&path).unwrap();
        let mut fresh = String::new();
        let mut lines = shown.lines();
        let mut fence = false;
        while let Some(line) = lines.next() {
            fresh += &format!("{line}\n");
            let opened = std::mem::replace(&mut fence, line.starts_with("```yaml"));
            if let Some(file) = named_file(line).filter(|_| opened) {
                let text = std::fs::read_to_string(file).unwrap();
                fresh += &format!("{}\n```\n", text.trim_end());
                lines.by_ref().find(|line| *line == "```");
            } else if let Some(command) = line.strip_prefix("$ saker ") {
                let words = words(command);
                let output = saker(&words.iter().map(String::as_str).collect::<Vec<_>>());
                fresh += &format!("{}{}```\n", text(&output), notes(&output));
                // What the page showed so far.
                lines.by_ref().find(|line| *line == "```");
            }
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        } else {
            assert!(fresh == shown, "{page} differs from what is expected; BLESS=1 rewrites it:\n{fresh}");
        }
    }
}

#[test]
fn every_sample_gives_the_same_bytes_with_any_number_of_threads() {
    for format in ["table", "text", "json"] {
        let one = saker(&["analyze", "samples", "-f", format, "--threads", "1"]);
        assert!(!one.stdout.is_empty(), "{}", notes(&one));
        for threads in ["2", "8"] {
            let many = saker(&["analyze", "samples", "-f", format, "--threads", threads]);
            assert!(
                one.stdout == many.stdout && one.stderr == many.stderr,
                "{format} with {threads} threads"
            );
        }
    }
}

#[test]
fn every_sample_is_as_expected() {
    let output = saker(&["test", "samples", "-f", "text"]);
    assert_eq!(code(&output), 0, "{}{}", text(&output), notes(&output));
}
