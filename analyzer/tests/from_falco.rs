//! What `docs/from-falco.md` says of the command line is so.

mod common;

use analyzer::cli::Cli;
use clap::{Command, CommandFactory};
use common::root;

/// The texts between backquotes that begin with a word.
fn spans<'p>(page: &'p str, first: &str) -> Vec<&'p str> {
    let spans = page.split('`').skip(1).step_by(2);
    spans.filter(|span| span.split_whitespace().next() == Some(first)).collect()
}

/// What is wrong with a command line, by the command it leads to.
fn wrong(line: &str, program: &Command) -> Option<String> {
    let mut command = program;
    let mut in_command = true;
    for word in line.split_whitespace().skip(1) {
        let word = word.trim_matches('\'');
        let known = |command: &Command| {
            command.get_arguments().any(|arg| {
                arg.get_long().is_some_and(|long| word == format!("--{long}"))
                    || arg.get_short().is_some_and(|short| word == format!("-{short}"))
            })
        };
        if word.starts_with('-') {
            in_command = false;
            // What every program has, and what is said once for all commands.
            let everywhere = ["--help", "--version"].contains(&word) || known(program);
            if !known(command) && !everywhere {
                return Some(format!("`{line}`: `{}` has no {word}", command.get_name()));
            }
        } else if in_command {
            match command.find_subcommand(word) {
                Some(found) => command = found,
                None if command.has_subcommands() => {
                    return Some(format!("`{line}`: there is no command {word}"));
                }
                None => in_command = false,
            }
        }
    }
    None
}

#[test]
fn every_command_and_flag_that_is_named_exists() {
    let page = std::fs::read_to_string(root().join("docs/from-falco.md")).unwrap();
    let mut cli = Cli::command();
    cli.build();
    let lines = spans(&page, "saker");
    assert!(lines.len() > 40, "only {} were found", lines.len());
    let faults: Vec<String> = lines.iter().filter_map(|line| wrong(line, &cli)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn flags_that_stand_alone_exist_too() {
    // `--flag` in the columns and sections about Saker, without the program before it.
    let page = std::fs::read_to_string(root().join("docs/from-falco.md")).unwrap();
    let cli = Cli::command();
    let names = |command: &Command| -> Vec<String> {
        command.get_arguments().filter_map(|arg| arg.get_long().map(|long| format!("--{long}"))).collect()
    };
    let mut known = names(&cli);
    for command in cli.get_subcommands() {
        known.extend(names(command));
        command.get_subcommands().for_each(|inner| known.extend(names(inner)));
    }
    let recorder = std::fs::read_to_string(root().join("recorder/src/cli.rs")).unwrap();
    let mut faults = Vec::new();
    for line in page.lines() {
        // The first cell of a row is Falco's.
        let ours = match line.strip_prefix("| ") {
            Some(row) if row.matches('|').count() >= 2 => row.split_once('|').map_or("", |(_, rest)| rest),
            _ => line,
        };
        for span in ours.split('`').skip(1).step_by(2) {
            let flag = span.split_whitespace().next().unwrap_or_default();
            if flag.starts_with("--")
                && !known.iter().any(|name| name == flag)
                && !recorder.contains(&format!("pub {}:", flag[2..].replace('-', "_")))
            {
                faults.push(format!("{flag}: {line}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_flag_of_the_recorder_that_is_named_exists() {
    let page = std::fs::read_to_string(root().join("docs/from-falco.md")).unwrap();
    let source = std::fs::read_to_string(root().join("recorder/src/cli.rs")).unwrap();
    let lines = spans(&page, "saker-record");
    assert!(lines.len() > 5, "only {} were found", lines.len());
    for line in lines {
        for flag in line.split_whitespace().filter(|word| word.starts_with('-') && *word != "--") {
            let long = flag.strip_prefix("--").map(|long| format!("pub {}:", long.replace('-', "_")));
            // A short flag is the first letter of its name.
            let found = match (&long, flag.chars().nth(1)) {
                (Some(long), _) => source.contains(long.as_str()),
                (None, Some(letter)) => {
                    source.lines().any(|line| line.trim_start().starts_with(&format!("pub {letter}")))
                        && source.contains("short")
                }
                _ => false,
            };
            assert!(found, "`{line}`: saker-record has no {flag}");
        }
    }
}

#[test]
fn every_key_that_is_known_is_on_the_page() {
    let page = std::fs::read_to_string(root().join("docs/from-falco.md")).unwrap();
    let source = std::fs::read_to_string(root().join("analyzer/src/commands/config.rs")).unwrap();
    let tables =
        source.split("static USED").nth(1).and_then(|rest| rest.split("static CHART").next()).unwrap();
    let key = |text: &&str| {
        text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
    };
    let keys: Vec<&str> = tables.split('"').skip(1).step_by(2).filter(key).collect();
    assert!(keys.len() > 30, "only {keys:?} were found");
    let missing: Vec<&&str> = keys.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let cli = Cli::command();
    for line in
        ["saker analyse x", "saker analyze --nonsense", "saker rules lists", "saker rules fields --tag x"]
    {
        assert!(wrong(line, &cli).is_some(), "{line}");
    }
    for line in
        ["saker analyze x -f json", "saker rules check FILE", "saker --quiet", "saker rules fields -f csv"]
    {
        assert_eq!(wrong(line, &cli), None);
    }
}
