//! Bytes out of a capture, made harmless for the medium they are shown in.
//!
//! Whoever is recorded chooses the bytes: an argument may hold terminal escape sequences, text that
//! reads backwards, a spreadsheet formula.

use std::fmt::Write;

/// Whether `c` would do something to a terminal, or to how the text around it reads, instead of
/// being seen: controls, direction marks, invisible and line-breaking characters.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn push(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\t' => out.write_str("\\t"),
        '\r' => out.write_str("\\r"),
        c if acts(c) && (c as u32) < 0x80 => write!(out, "\\x{:02x}", c as u32),
        c if acts(c) => write!(out, "\\u{{{:x}}}", c as u32),
        c => out.write_char(c),
    };
}

/// For a terminal: what acts is shown as `\x1b` or `\u{202e}`, bytes that are no UTF-8 as `\xff`.
pub fn terminal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut out, c);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// For a terminal, keeping line breaks: of a text that is laid out in lines and whose parts have
/// been escaped.
pub fn terminal_lines(text: &str) -> String {
    text.split('\n').map(|line| terminal(line.as_bytes())).collect::<Vec<_>>().join("\n")
}

/// For a line that is escaped as JSON already but may go to a terminal: what JSON lets through
/// although it acts becomes `\u009b`.
pub fn json_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if acts(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// For a cell of a CSV file: a text that a spreadsheet would take for a formula gets an apostrophe
/// in front.
pub fn csv(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_reaches_a_terminal() {
        assert_eq!(terminal(b"a\x1b]0;owned\x07b\r\n\x7f"), "a\\x1b]0;owned\\x07b\\r\\n\\x7f");
        assert_eq!(terminal("x\u{202e}gpj.exe\u{9b}31m".as_bytes()), "x\\u{202e}gpj.exe\\u{9b}31m");
        assert_eq!(terminal(b"caf\xc3\xa9 \xff\xfe"), "café \\xff\\xfe");
        assert_eq!(terminal_lines("a\nb\x1b"), "a\nb\\x1b");
        assert_eq!(json_line("{\"a\":\"\u{9b}\u{e0041}\"}"), "{\"a\":\"\\u009b\\udb40\\udc41\"}");
    }

    #[test]
    fn no_cell_of_a_csv_is_a_formula() {
        assert_eq!(csv("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(csv("plain"), "plain");
        assert_eq!(csv("-1+2"), "'-1+2");
    }
}
