//! Any text is a condition or an error: parsing, lowering and evaluating return. What parses prints as
//! text that parses to the same, and what holds is allowed by the events it is for.
#![no_main]

#[path = "../values.rs"]
mod values;

use analyzer::condition::plan::Env;
use analyzer::condition::{Plan, parse};
use libfuzzer_sys::fuzz_target;
use values::{Bytes, EVENT};

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (text, rest) = input.split_at(at);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let expr = match parse(text) {
        Ok(expr) => expr,
        Err(error) => return drop(error.to_string()),
    };
    let printed = format!("{expr:#}");
    // Deeper text than was written is refused: `not (…)` for a `not` that stood in parentheses.
    if let Ok(again) = parse(&printed) {
        assert_eq!(format!("{again:#}"), printed);
    }
    for quirks in [false, true] {
        match Plan::lower(&expr, &Env { quirks, ..Env::captures() }) {
            Ok(plan) => {
                let now = Bytes(rest);
                assert!(!plan.holds(&now) || plan.events().contains(EVENT), "{plan}");
                drop((plan.to_string(), plan.warnings().len()));
            }
            Err(error) => drop(error.to_string()),
        }
    }
});
