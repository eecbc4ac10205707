//! Text in lines of limited width.

use super::Look;

/// `text`, at most `width` characters of it.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// `text` in lines of at most `width` characters, broken at blanks where there are some; what
/// follows the first is `indent` narrower.
pub(super) fn lines(text: &str, width: usize, indent: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut len = 0;
    let room = |lines: &[String]| if lines.is_empty() { width } else { width.saturating_sub(indent).max(4) };
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if len > 0 && len + 1 + word.len() > room(&lines) {
            lines.push(std::mem::take(&mut line));
            len = 0;
        } else if len > 0 {
            line.push(' ');
            len += 1;
        }
        while len + word.len() > room(&lines) {
            let rest = word.split_off((room(&lines) - len).min(word.len()));
            line.extend(word);
            lines.push(std::mem::take(&mut line));
            len = 0;
            word = rest;
        }
        len += word.len();
        line.extend(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` broken at the width, if that is wanted; what follows the first line stands `indent` in.
pub(super) fn wrapped(text: &str, look: Look, indent: usize) -> String {
    if !look.wrap {
        return text.to_owned();
    }
    lines(text, usize::from(look.style.width).saturating_sub(2), indent)
        .join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_or_anywhere() {
        assert_eq!(lines("aa bb cccc", 8, 0), ["aa bb", "cccc"]);
        assert_eq!(lines("aaaaaaaaaaaaaaaaaaab c", 10, 2), ["aaaaaaaaaa", "aaaaaaaa", "ab c"]);
        assert_eq!(lines("", 10, 2), [""]);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
