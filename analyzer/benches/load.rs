//! Time to load rules: from text to a rule set that is ready to run, on one thread.
//!
//! `cargo bench -p analyzer --bench load [-- RULES.yaml…]`. Saker's own rules, and the files that are
//! named together, or Falco's stock files where they lie beside the repository.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use analyzer::rules::{LoadOptions, RuleSet, Source, own_sources};

const RUNS: usize = 41;
const STOCK: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

fn main() {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    report("own rules", &own_sources());
    if !named.is_empty() {
        return report("named files", &named.iter().map(|path| read(path)).collect::<Vec<_>>());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/falco-rules");
    let stock: Vec<PathBuf> = STOCK.iter().map(|name| folder.join(name)).collect();
    if stock.iter().all(|path| path.is_file()) {
        report("stock rules", &stock.iter().map(|path| read(path)).collect::<Vec<_>>());
    } else {
        println!("SKIPPED: stock rules: not in {}", folder.display());
    }
}

fn read(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).expect("a rules file");
    Source { name: path.display().to_string(), text }
}

fn report(what: &str, sources: &[Source]) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            let report = RuleSet::load(sources, &LoadOptions::default());
            let took = begin.elapsed();
            assert!(report.rules.is_some(), "{:?}", report.errors);
            took
        })
        .collect();
    times.sort();
    let rules = RuleSet::load(sources, &LoadOptions::default()).rules.map_or(0, |set| set.rules().len());
    let [least, median, most] = [times[0], times[RUNS / 2], times[RUNS - 1]];
    println!("{what}: {rules} rules, median of {RUNS}: {median:.1?} (least {least:.1?}, most {most:.1?})");
}
