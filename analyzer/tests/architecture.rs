//! The house rules that the compiler does not know: who may import whom, and who may print.
//!
//! The sources are read as text. Comments and strings are blanked out first, so that a sentence
//! about a module is no import of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The analyzer's modules, each importing only from those before it.
const LINE: &[&str] = &[
    "history",
    "fields",
    "condition",
    "rules",
    "scan",
    "views",
    "render",
    "import",
    "export",
    "deliver",
    "cli",
    "commands",
];

/// Our crates, and which of them each may name.
const CRATES: &[(&str, &[&str])] = &[
    ("capture-format", &[]),
    ("recorder", &["capture_format"]),
    ("recorder-ebpf", &["capture_format"]),
    ("analyzer", &["capture_format"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All Rust files below `folder`, in order.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// Length in characters of the comment or literal that `rest` begins with; 0 if it begins with
/// code. `after_word`: a letter stands before, so that an `r` is no raw string.
fn not_code(rest: &[char], after_word: bool) -> usize {
    let starts = |text: &str| text.chars().eq(rest.iter().copied().take(text.len()));
    let find = |from: usize, end: &str| {
        let end: Vec<char> = end.chars().collect();
        (from..rest.len()).find(|&at| rest[at..].starts_with(&end)).map_or(rest.len(), |at| at + end.len())
    };
    if starts("//") {
        return rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
    }
    if starts("/*") {
        let (mut depth, mut at) = (0, 0);
        while at < rest.len() {
            match &rest[at..] {
                ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
                ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                break;
            }
        }
        return at;
    }
    if starts("r") && !after_word {
        let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
        if rest.get(1 + hashes) == Some(&'"') {
            return find(2 + hashes, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    // A quote is a character literal if it closes where one would, else a lifetime.
    let quote = match rest {
        ['"', ..] => '"',
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => '\'',
        _ => return 0,
    };
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// `text` with comments and literals blanked out; lines stay where they are.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
        let skip = not_code(&chars[at..], after_word);
        out.extend(chars[at..at + skip].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at += skip;
        if skip == 0 {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// The names that follow `prefix` in `code`, those of `prefix{a, b::c}` included, with lines.
fn names_after(prefix: &str, code: &str) -> Vec<(usize, String)> {
    let word = |text: &str| -> String {
        text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for (place, _) in code.match_indices(prefix) {
        if code[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let line = code[..place].matches('\n').count() + 1;
        let tail = code[place + prefix.len()..].trim_start();
        let Some(group) = tail.strip_prefix('{') else {
            found.push((line, word(tail)));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.push((line, word(&std::mem::take(&mut item))));
                    continue;
                }
                _ => {}
            }
            item.push(c);
        }
        found.push((line, word(&item)));
    }
    found.retain(|(_, name)| !name.is_empty());
    found
}

/// Imports of a file of the analyzer's module `module` that go backward.
fn backward(module: &str, text: &str) -> Vec<String> {
    let Some(own) = LINE.iter().position(|name| *name == module) else {
        return vec![format!("`{module}` has no place in the line of modules")];
    };
    names_after("crate::", &code(text))
        .into_iter()
        .filter(|(_, name)| LINE.iter().position(|module| module == name).is_some_and(|place| place > own))
        .map(|(line, name)| format!("line {line}: `{module}` imports `{name}`, which comes after it"))
        .collect()
}

/// Crates of ours that a file of crate `own` uses although it may not.
fn foreign(own: &str, allowed: &[&str], text: &str) -> Vec<String> {
    let own = own.replace('-', "_");
    let code = code(text);
    CRATES
        .iter()
        .map(|(name, _)| name.replace('-', "_"))
        .filter(|name| *name != own && !allowed.contains(&name.as_str()))
        .flat_map(|name| {
            names_after(&format!("{name}::"), &code).into_iter().map(move |use_| (name.clone(), use_))
        })
        .map(|(name, (line, item))| format!("line {line}: `{own}` uses `{name}::{item}`"))
        .collect()
}

/// Uses of what only a binary's edge may do.
fn printing(text: &str) -> Vec<String> {
    let code = code(text);
    let mut found = Vec::new();
    for what in ["println!", "eprintln!", "print!", "eprint!", "process::exit"] {
        for (place, _) in code.match_indices(what) {
            if !code[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                found.push(format!("line {}: {what}", code[..place].matches('\n').count() + 1));
            }
        }
    }
    found
}

/// A file without its tests, which come last in it and may print.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn modules_import_only_from_those_before() {
    let base = root().join("analyzer/src");
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (path, text) in sources(&base) {
        let relative = path.strip_prefix(&base).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module != "lib" && module != "main" {
            wrong.extend(
                backward(&module, &text).iter().map(|what| format!("{}: {what}", relative.display())),
            );
            seen.insert(module);
        }
    }
    assert!(seen.len() >= 5, "only {seen:?} were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_share_only_the_capture_format() {
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        for (path, text) in sources(&root().join(name).join("src")) {
            wrong.extend(
                foreign(name, allowed, &text).iter().map(|what| format!("{}: {what}", path.display())),
            );
        }
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap_or_default();
        for (other, _) in CRATES {
            let depends = manifest
                .lines()
                .any(|line| line.strip_prefix(other).is_some_and(|rest| rest.starts_with(['.', ' ', '='])));
            if depends && !allowed.contains(&other.replace('-', "_").as_str()) {
                wrong.push(format!("{name}/Cargo.toml depends on {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_main_prints_and_exits() {
    let mut wrong = Vec::new();
    for name in ["capture-format", "recorder", "analyzer"] {
        let base = root().join(name).join("src");
        for (path, text) in sources(&base) {
            // `tests.rs` is a module of tests in a file of its own.
            if path != base.join("main.rs") && !path.ends_with("tests.rs") {
                let found = printing(without_tests(&text));
                wrong.extend(found.iter().map(|what| format!("{}: {what}", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_checks_find_what_they_look_for() {
    let bad = "//! crate::commands is fine here\nuse crate::{fields, views::{table, alerts}, commands};\n";
    assert_eq!(
        backward("rules", bad),
        [
            "line 2: `rules` imports `views`, which comes after it",
            "line 2: `rules` imports `commands`, which comes after it"
        ]
    );
    assert_eq!(backward("fields", "let x = crate::scan::find();").len(), 1);
    assert!(backward("commands", bad).is_empty());
    assert_eq!(backward("surprise", "").len(), 1);
    for innocent in [
        "// crate::commands",
        "/* a /* nested */ crate::commands */",
        "let s = \"\\\" crate::commands\";",
        "let s = r#\"\" crate::commands\"#;",
        "let c = '\"'; let l: &'static str = \"crate::views\"; let d = '\\'';",
    ] {
        assert!(backward("history", innocent).is_empty(), "{innocent}");
    }
    assert_eq!(backward("history", "let c = '\"'; crate::views::x(); let d = '\"';").len(), 1);
    assert_eq!(
        foreign("recorder", &["capture_format"], "use analyzer::scan;\nuse capture_format::Row;").len(),
        1
    );
    assert_eq!(foreign("capture-format", &[], "recorder::x()").len(), 1);
    assert!(foreign("analyzer", &["capture_format"], "analyzer::commands::run()").is_empty());
    assert_eq!(
        printing("fn f() { println!(\"\"); std::process::exit(1) }"),
        ["line 1: println!", "line 1: process::exit"]
    );
    assert!(printing("// println!\nlet s = \"println!\"; writeln!(out);").is_empty());
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\nprintln!()"), "a\n");
}
