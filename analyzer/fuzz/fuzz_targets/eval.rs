//! Any line gets one line of JSON as an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for quirks in [false, true] {
        let answer = analyzer::commands::eval::answer(bytes, quirks);
        assert!(answer.starts_with('{') && answer.ends_with('}') && !answer.contains('\n'));
    }
});
