//! Converted rules as a rules file.

use std::collections::BTreeSet;

use super::document::About;
use super::fields::{CATEGORIES, Category};
use super::tree::Tree;
use crate::render::escape;
use crate::rules::{ENGINE_VERSION, Priority};

/// Columns of texts for people.
const WIDTH: usize = 100;

const HEAD: &str = "\
# Sigma rules about processes, files and connections on Linux, in Falco's rule language.
# Written by `saker rules import`; docs/sigma.md says what fields and modifiers became.
# Author and licence of a rule are those of its Sigma file.
";

/// A rule, all but its text.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Unique.
    pub(super) name: String,
    pub(super) about: About,
    pub(super) priority: Priority,
    pub(super) category: &'static Category,
    pub(super) condition: Tree,
    /// Name of the Sigma file.
    pub(super) file: String,
}

/// What stands before the rules: the version, and the macros of their categories.
pub(super) fn preamble(categories: &[&Category]) -> String {
    let (major, minor, patch) = ENGINE_VERSION;
    let mut text = format!("- required_engine_version: {major}.{minor}.{patch}\n");
    for category in CATEGORIES.iter().filter(|category| categories.contains(category)) {
        let lines = wrapped(category.events, 4);
        text += &format!("\n- macro: {}\n  condition: >\n{lines}", category.macro_name);
    }
    text
}

/// A rules file with these rules.
pub(super) fn file(drafts: &[Draft]) -> String {
    let categories: Vec<&Category> = drafts.iter().map(|draft| draft.category).collect();
    let mut text = format!("{HEAD}\n{}", preamble(&categories));
    for draft in drafts {
        text += "\n";
        text += &rule(draft);
    }
    text
}

/// One rule.
pub(super) fn rule(draft: &Draft) -> String {
    let about = &draft.about;
    let origin = match &about.id {
        Some(id) => format!("{id}, {}", draft.file),
        None => draft.file.clone(),
    };
    let mut text = format!("- rule: {}\n  # sigma {}\n  desc: >\n", scalar(&draft.name), clean(&origin));
    text += &paragraphs(about);
    let condition = Tree::all(vec![
        Tree::leaf(draft.category.macro_name, super::tree::Right::Nothing),
        draft.condition.clone(),
    ]);
    text += &format!("  condition: >\n    {}\n", condition.text(4));
    // A `%` would be taken for a field.
    let title = clean(&about.title).replace('%', " percent");
    text += &format!("  output: >\n{}", wrapped(&format!("{title} | {}", draft.category.output), 4));
    text += &format!("  priority: {}\n", draft.priority.to_string().to_ascii_uppercase());
    let tags: Vec<String> = tags(about).iter().map(|tag| scalar(tag)).collect();
    text += &format!("  tags: [{}]\n", tags.join(", "));
    text
}

/// Text of somebody else on one line, without what acts on a terminal.
fn clean(text: &str) -> String {
    escape::terminal(text.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
}

/// Lines for a block, each behind `indent` blanks.
fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let used = indent + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && used > WIDTH {
            out += &format!("{:indent$}{line}\n", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out += &format!("{:indent$}{line}\n", "");
    }
    out
}

/// The description, then what helps to judge an alert, in paragraphs.
fn paragraphs(about: &About) -> String {
    let known =
        |text: &&String| !matches!(text.to_ascii_lowercase().as_str(), "" | "unknown" | "none" | "unlikely");
    let listed = |items: &[String]| {
        items
            .iter()
            .filter(known)
            .map(|item| clean(item).trim_end_matches('.').to_owned())
            .collect::<Vec<_>>()
    };
    let mut parts = vec![clean(about.description.as_deref().unwrap_or(&about.title))];
    let false_positives = listed(&about.false_positives);
    if !false_positives.is_empty() {
        parts.push(format!("False positives: {}.", false_positives.join("; ")));
    }
    let references = listed(&about.references);
    if !references.is_empty() {
        parts.push(format!("References: {}", references.join(" ")));
    }
    if let Some(author) = &about.author {
        parts.push(format!("Sigma rule by {}", clean(author)));
    }
    parts.iter().map(|part| wrapped(part, 4)).collect::<Vec<_>>().join("\n")
}

/// Tags: `sigma`, tactics as Falco's rules have them, techniques in upper case, others as they are.
fn tags(about: &About) -> Vec<String> {
    let mut tags = BTreeSet::new();
    for tag in &about.tags {
        let tag = tag.split_whitespace().collect::<String>().to_ascii_lowercase();
        let Some(attack) = tag.strip_prefix("attack.") else {
            tags.extend(Some(clean(&tag)).filter(|tag| !tag.is_empty()));
            continue;
        };
        let number = attack.strip_prefix(['t', 's', 'g']).unwrap_or_default();
        if number.starts_with(|c: char| c.is_ascii_digit()) {
            tags.insert(clean(&attack.to_ascii_uppercase()));
        } else {
            tags.insert(clean(&format!("mitre_{}", attack.replace('-', "_"))));
        }
    }
    std::iter::once("sigma".to_owned()).chain(tags).collect()
}

/// A scalar: plain where that is safe, else in single quotes.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || " _./()+-".contains(c);
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(safe)
        && !text.contains(" -")
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    let dashed = text.contains(" - ") && text.replace(" - ", "").chars().all(safe);
    if word || (dashed && text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.ends_with(' ')) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}
