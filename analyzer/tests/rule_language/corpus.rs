//! Files of the corpus.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value as Json;

/// Path of a file beside the repository; says loudly when it is not there.
pub(crate) fn shared(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            say(&format!("SKIPPED: {name} is not there ({error})"));
            None
        }
    }
}

/// The cases of a JSON lines file of the corpus; none if it is not there.
pub(crate) fn cases(name: &str) -> Vec<Json> {
    let text = shared(&format!("conformance/{name}")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// What became of the cases of a file.
#[derive(Default)]
pub(crate) struct Score {
    total: usize,
    wrong: BTreeSet<String>,
}

impl Score {
    pub(crate) fn case(&mut self, name: &str, right: bool, detail: impl FnOnce() -> String) {
        self.total += 1;
        if !right {
            say(&format!("disagrees: {name}\n    {}", detail()));
            self.wrong.insert(name.to_owned());
        }
    }

    /// Prints the count and holds the disagreements to those that are known.
    pub(crate) fn finish(self, what: &str, known: &[&str]) {
        if self.total == 0 {
            return;
        }
        say(&format!("{what}: {} of {} cases agree", self.total - self.wrong.len(), self.total));
        let known: BTreeSet<String> = known.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(self.wrong, known, "{what}");
    }
}

pub(crate) fn text<'j>(case: &'j Json, key: &str) -> Option<&'j str> {
    case.get(key).and_then(Json::as_str)
}
