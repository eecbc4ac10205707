//! Shell patterns as fnmatch(3) without flags: `*` and `?` match `/` and leading dots too.

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<Part>,
    fold: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Byte(u8),
    Any,
    Star,
    /// Bit n: whether byte n is in the set.
    Set(Box<[u64; 4]>),
}

fn contains(set: &[u64; 4], byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
}

fn insert(set: &mut [u64; 4], byte: u8) {
    set[usize::from(byte >> 6)] |= 1 << (byte & 63);
}

impl Glob {
    /// Compiles a pattern; `fold` ignores the case of ASCII letters.
    pub fn new(pattern: &[u8], fold: bool) -> Self {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'*' if parts.last() == Some(&Part::Star) => {}
                b'*' => parts.push(Part::Star),
                b'?' => parts.push(Part::Any),
                b'[' => match set(tail, fold) {
                    Some((set, tail)) => {
                        parts.push(Part::Set(Box::new(set)));
                        rest = tail;
                    }
                    None => parts.push(Part::Byte(b'[')),
                },
                b'\\' => match tail.split_first() {
                    Some((&next, tail)) => {
                        parts.push(Part::Byte(next));
                        rest = tail;
                    }
                    // A backslash at the end matches nothing in fnmatch either.
                    None => parts.push(Part::Set(Box::new([0; 4]))),
                },
                byte => parts.push(Part::Byte(byte)),
            }
        }
        if fold {
            for part in &mut parts {
                if let Part::Byte(byte) = part {
                    *byte = byte.to_ascii_lowercase();
                }
            }
        }
        Self { parts, fold }
    }

    /// Whether all of `text` matches. Only the last `*` is ever taken back, so the time is bounded by
    /// the product of the lengths.
    pub fn matches(&self, text: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let next = text.get(at).map(|byte| if self.fold { byte.to_ascii_lowercase() } else { *byte });
            let step = match (self.parts.get(part), next) {
                (Some(Part::Star), _) => {
                    retry = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                (None, None) => return true,
                (Some(Part::Byte(own)), Some(byte)) => *own == byte,
                (Some(Part::Any), Some(_)) => true,
                (Some(Part::Set(set)), Some(byte)) => contains(set, byte),
                (None, Some(_)) | (Some(_), None) => false,
            };
            if step {
                part += 1;
                at += 1;
                continue;
            }
            match &mut retry {
                Some((back, from)) if *from < text.len() => {
                    *from += 1;
                    (part, at) = (*back, *from);
                }
                _ => return false,
            }
        }
    }
}

/// Reads a bracket expression from behind its `[`; the set and the rest.
fn set(pattern: &[u8], fold: bool) -> Option<([u64; 4], &[u8])> {
    let mut set = [0; 4];
    let mut rest = pattern;
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    if negated {
        rest = rest.get(1..)?;
    }
    let mut first = true;
    loop {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        match byte {
            b']' if !first => break,
            b'[' if rest.first() == Some(&b':') => {
                let end = rest.windows(2).skip(1).position(|pair| pair == b":]")? + 1;
                let class = class(rest.get(1..end)?)?;
                (0..=u8::MAX).filter(class).for_each(|byte| insert(&mut set, byte));
                rest = rest.get(end + 2..)?;
            }
            byte => {
                let low = if byte == b'\\' {
                    let (&next, tail) = rest.split_first()?;
                    rest = tail;
                    next
                } else {
                    byte
                };
                let high = match rest {
                    [b'-', high, tail @ ..] if *high != b']' => {
                        rest = tail;
                        if *high == b'\\' {
                            let (&next, tail) = rest.split_first()?;
                            rest = tail;
                            next
                        } else {
                            *high
                        }
                    }
                    _ => low,
                };
                (low..=high).for_each(|byte| insert(&mut set, byte));
            }
        }
        first = false;
    }
    if fold {
        // The text is folded to lower case, so the set needs every letter's lower-case form.
        for byte in b'A'..=b'Z' {
            if contains(&set, byte) {
                insert(&mut set, byte.to_ascii_lowercase());
            }
        }
    }
    if negated {
        set.iter_mut().for_each(|word| *word = !*word);
    }
    Some((set, rest))
}

fn class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"punct" => u8::is_ascii_punctuation,
        b"graph" => u8::is_ascii_graphic,
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 0x0b,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell_without_flags() {
        let rows: &[(&str, &str, bool)] = &[
            ("*", "", true),
            ("*", "/a/.b", true),
            ("/etc/*", "/etc/a/b", true),
            ("/etc", "/etc/a", false),
            ("?", "/", true),
            ("?", "", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[]a]", "]", true),
            ("[[:digit:]]*", "7up", true),
            ("[[:digit:]]*", "up", false),
            ("[abc", "[abc", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("a\\", "a\\", false),
            ("[a\\]]", "]", true),
            ("**a", "bba", true),
        ];
        for (pattern, text, expected) in rows {
            let glob = Glob::new(pattern.as_bytes(), false);
            assert_eq!(glob.matches(text.as_bytes()), *expected, "{pattern} {text}");
        }
    }

    #[test]
    fn case_is_ignored_on_demand() {
        assert!(Glob::new(b"*.TXT", true).matches(b"a.txt"));
        assert!(Glob::new(b"[A-C]", true).matches(b"b"));
        assert!(Glob::new(b"[a-c]", true).matches(b"B"));
        assert!(!Glob::new(b"*.TXT", false).matches(b"a.txt"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!Glob::new(pattern.as_bytes(), false).matches("a".repeat(20_000).as_bytes()));
    }
}
