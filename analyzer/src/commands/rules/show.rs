//! `saker rules show`: one rule in full.

use serde_json::{Value, json};

use super::super::captures::{each, places, workers};
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::{rule_files, rule_name};
use super::{list, write_json};
use crate::cli::{self, ExplainFormat, Reading};
use crate::render::{self, Look, Style, explain};
use crate::rules::attack::{Mapping, Matrix};
use crate::rules::{Amendment, Ingredients, LoadOptions, Rule, RuleSet};
use crate::views::blind::{self, Recorded};
use crate::views::explain::{Subject, tables::line_of};
use crate::views::sheet::{self, Lanes};

/// Runs it.
pub(super) fn run(args: &cli::RulesShow, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let set = rule_files::load(&args.files, &LoadOptions::default(), console)?;
    let rule = rule_name::find(&set, &args.rule)?;
    let matrix = Matrix::new(args.attack.attack_version);
    let mapping = Mapping::of(&rule.name, &rule.tags, &matrix, !args.attack.original_tags);
    let (lanes, recorded, outcome) = captures(args, rule, console)?;
    let sheet = Sheet { set: &set, rule, mapping: &mapping, lanes: &lanes, recorded: &recorded };
    if args.format == ExplainFormat::Json {
        write_json(&sheet.json(), console)?;
    } else {
        sheet.people(args, console)?;
    }
    Ok(outcome)
}

/// What captures hold for the rule.
fn captures(
    args: &cli::RulesShow,
    rule: &Rule,
    console: &mut Console<'_>,
) -> Result<(Vec<Lanes>, Recorded, Outcome), Failure> {
    let (mut lanes, mut recorded) = (Vec::new(), Recorded::default());
    if args.captures.is_empty() {
        return Ok((lanes, recorded, Outcome::Clean));
    }
    let places = places(&args.captures)?;
    let outcome = each(&places, &Reading::default(), &workers(None)?, console, |opened, console| {
        let capture = opened.recording.capture();
        recorded.add(capture.header());
        lanes.push(Lanes::of(rule, &opened.place.to_string(), capture));
        for damage in capture.damage() {
            console.warn(&format!("{}: {damage}", opened.place));
        }
        Ok(if capture.damage().is_empty() { Outcome::Clean } else { Outcome::Damaged })
    })?;
    Ok((lanes, recorded, outcome))
}

/// All there is to say of a rule.
struct Sheet<'a> {
    set: &'a RuleSet,
    rule: &'a Rule,
    mapping: &'a Mapping,
    lanes: &'a [Lanes],
    recorded: &'a Recorded,
}

impl Sheet<'_> {
    fn people(&self, args: &cli::RulesShow, console: &mut Console<'_>) -> Result<(), Failure> {
        let text = args.format == ExplainFormat::Text;
        let name = if text { "text" } else { "table" };
        let format =
            render::format(name).ok_or_else(|| Failure::Usage(format!("no format `{name}`")))?.render;
        let style = if text { Style { colour: false, ..console.style } } else { console.style };
        let look =
            Look { style, ascii: text || !console.shows_utf8(), wrap: !text, full: true, marks: false };
        let rule = self.rule;
        let about = format!("{}, {}", rule.priority, line_of(&rule.place));
        explain::heading(&rule.name, &about, look, console.out)?;
        format(&[sheet::facts(self.set, rule, self.mapping)], style, console.out)?;
        writeln!(console.out)?;
        explain::title("Condition", look, console.out)?;
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        explain::paragraph(&words(&rule.condition), look, console.out)?;
        writeln!(console.out)?;
        explain::title("With its macros", look, console.out)?;
        explain::tree(&Subject::new(self.set, rule, &[]).written(), look, console.out)?;
        if args.full {
            writeln!(console.out)?;
            explain::title("With everything expanded", look, console.out)?;
            explain::paragraph(&rule.compiled_condition, look, console.out)?;
        }
        let made = Ingredients::of(self.set, rule);
        let mut tables = sheet::tables(self.set, rule, &made);
        tables.extend(self.lanes.iter().map(Lanes::table));
        let unanswered = self.recorded.unanswered([rule]);
        if !unanswered.is_empty() {
            tables.push(blind::table(&unanswered).titled("What the captures cannot tell it"));
        }
        writeln!(console.out)?;
        format(&tables, style, console.out)?;
        Ok(())
    }

    fn json(&self) -> Value {
        let definitions = self.set.definitions();
        let made = Ingredients::of(self.set, self.rule);
        let mut document = list::object(self.set, self.rule, self.mapping);
        let Some(object) = document.as_object_mut() else { return document };
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("history", history(&definitions.rule_history(&self.rule.name)));
        put("plan", self.rule.plan.to_string().into());
        put("tree", explain::outline(&Subject::new(self.set, self.rule, &[]).written()));
        let macros = made.macros.iter().filter_map(|name| definitions.macro_info(name));
        let macros = macros.map(|info| {
            let history = history(&definitions.macro_history(info));
            json!({"name": info.name, "condition": info.condition.trim(), "history": history})
        });
        put("macro_definitions", macros.collect());
        let lists = made.lists.iter().filter_map(|name| definitions.list_info(name));
        let lists = lists.map(|info| {
            let history = history(&definitions.list_history(info));
            json!({"name": info.name, "items": definitions.items(info).collect::<Vec<_>>(), "history": history})
        });
        put("list_definitions", lists.collect());
        let fields = sheet::reads(&made).into_iter().map(|one| {
            json!({
                "field": one.field,
                "type": one.ty,
                "condition": one.condition,
                "output": one.output,
                "recorded": one.never.is_none(),
                "why_not": one.never,
                "doc": one.doc,
            })
        });
        put("fields", fields.collect());
        let captures = self.lanes.iter().map(|one| {
            let lanes = one.lanes.iter().map(|(name, lane)| {
                json!({"event": name, "events": lane.events, "blocks": lane.blocks, "bytes": lane.bytes})
            });
            let lanes: Vec<Value> = lanes.collect();
            json!({"capture": one.capture, "lanes": lanes, "stored": one.stored, "size": one.size})
        });
        put("captures", captures.collect());
        let unanswered = self.recorded.unanswered([self.rule]);
        put("unanswered", unanswered.iter().map(|one| one.reason.as_str()).collect());
        document
    }
}

fn history(history: &[Amendment]) -> Value {
    let one = |one: &Amendment| json!({"how": one.how.name(), "keys": one.keys, "place": explain::place(&one.place)});
    history.iter().map(one).collect()
}
