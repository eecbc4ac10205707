//! What came of loading as Falco's validation writes it (`falco -V` with `json_output`), an object a
//! file, with Saker's findings beside it.
//!
//! Shape from Falco's `rule_loader.cpp` and `validate_rules_files.cpp`: lines and columns count from 0.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::rule_files::Files;
use crate::rules::findings::Finding;
use crate::rules::{FileReport, LoadReport, Location, Place, Verdict};

/// The whole document.
pub(super) fn json(files: &Files, report: &LoadReport, found: &[Finding]) -> Value {
    let texts: BTreeMap<&str, &str> =
        files.sources.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
    let places = Places { texts };
    // What could not be read has no report of its own.
    let unread = files.unreadable.iter().map(|(name, _)| FileReport {
        name: name.clone(),
        schema: Verdict::None,
        defines: crate::rules::Counts::default(),
        own: false,
    });
    let results: Vec<Value> =
        unread.chain(report.files.iter().cloned()).map(|file| places.file(&file, report)).collect();
    let findings: Vec<Value> = found.iter().map(finding).collect();
    json!({ "falco_load_results": results, "findings": findings })
}

fn finding(finding: &Finding) -> Value {
    let place = &finding.place;
    json!({
        "code": finding.code,
        "message": finding.message,
        "item": place.item,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "snippet": place.snippet(),
        "fix": finding.fix.as_ref().map(|fix| &fix.note),
    })
}

/// Texts by the names of their files, to count bytes in.
struct Places<'a> {
    texts: BTreeMap<&'a str, &'a str>,
}

impl Places<'_> {
    fn file(&self, file: &FileReport, report: &LoadReport) -> Value {
        let errors: Vec<Value> = report
            .errors
            .iter()
            .filter(|error| error.place.file == file.name)
            .map(|error| {
                let (code, desc) = error.code.info();
                json!({
                    "code": code,
                    "codedesc": desc,
                    "message": error.message,
                    "context": self.context(&error.context, &error.place),
                })
            })
            .collect();
        let warnings: Vec<Value> = report
            .warnings
            .iter()
            .filter(|warning| warning.place.file == file.name)
            .map(|warning| {
                let (code, desc) = warning.code.info();
                let mut object = Map::new();
                object.insert("code".into(), code.into());
                object.insert("codedesc".into(), desc.into());
                object.insert("message".into(), warning.message.as_str().into());
                object.insert("context".into(), self.context(&warning.context, &warning.place));
                if let Some(field) = warning.field {
                    object.insert("deprecated_field".into(), field.into());
                }
                Value::Object(object)
            })
            .collect();
        let schema_warnings = match &file.schema {
            Verdict::Failed(warnings) => warnings.as_slice(),
            Verdict::None | Verdict::Ok => &[],
        };
        json!({
            "name": file.name,
            "successful": errors.is_empty(),
            "schema_valid": file.schema == Verdict::Ok,
            "schema_warnings": schema_warnings,
            "errors": errors,
            "warnings": warnings,
        })
    }

    fn context(&self, context: &[Location], place: &Place) -> Value {
        let whole = [Location { kind: "rules content", ..Location::default() }];
        let context = if context.is_empty() { &whole } else { context };
        let locations: Vec<Value> = context
            .iter()
            .map(|location| {
                json!({
                    "item_type": location.kind,
                    "item_name": location.name,
                    "position": {
                        "name": place.file,
                        "line": location.line.saturating_sub(1),
                        "column": location.column.saturating_sub(1),
                        "offset": self.offset(&place.file, location.line, location.column),
                    },
                })
            })
            .collect();
        json!({ "locations": locations, "snippet": format!("{}\n", place.snippet()) })
    }

    /// Bytes before a place.
    fn offset(&self, file: &str, line: usize, column: usize) -> usize {
        let Some(text) = self.texts.get(file).filter(|_| line > 0) else { return 0 };
        let mut lines = text.split_inclusive('\n');
        let before: usize = lines.by_ref().take(line - 1).map(str::len).sum();
        let inside: usize =
            lines.next().unwrap_or("").chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        before + inside
    }
}
