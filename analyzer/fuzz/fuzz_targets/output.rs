//! Any text is an output template or an error; what compiles prints for any values.
#![no_main]

#[path = "../values.rs"]
mod values;

use analyzer::condition::Limits;
use analyzer::condition::plan::Env;
use analyzer::rules::{Template, output_error};
use libfuzzer_sys::fuzz_target;
use values::Bytes;

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (text, rest) = input.split_at(at);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let limits = Limits { width: 100, ..Limits::DEFAULT };
    match Template::compile_in(text, &Env { limits, ..Env::captures() }) {
        Ok(template) => {
            let now = Bytes(rest);
            let (until, complete) = template.message_until_absent(&now);
            let message = template.message(&now);
            assert!(message.starts_with(&until) && (!complete || message == until));
            drop((template.fields(&now), template.keys().count()));
        }
        Err(error) => drop(output_error(text, &error)),
    }
});
