//! `getopt(arguments, options)[option]`: short options of a command line, as getopt(3) finds them.

use crate::fields::Value;

/// One thing found.
enum Found<'a> {
    /// An option without argument.
    Flag(u8),
    /// An option and its argument.
    Argument(u8, &'a [u8]),
    /// An option whose argument is missing.
    Missing(u8),
    /// A letter that is no option.
    Unknown,
}

/// Without `[option]` a list: letters, each followed by its argument, `?` for what is unknown and
/// the empty string for a missing argument. With it the last one's argument, or the letter itself.
pub(super) fn apply<'a>(values: Vec<Value<'a>>, wanted: Option<u8>) -> Option<Value<'a>> {
    let [Value::List(arguments), Value::Bytes(options)] = values.as_slice() else { return None };
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let Value::Bytes(word) = argument else { return None };
        words.push(word.as_ref());
    }
    let found = scan(&words, options);
    match wanted {
        Some(wanted) => found.iter().rev().find_map(|found| match found {
            Found::Flag(letter) if *letter == wanted => Some(Value::owned([wanted])),
            Found::Argument(letter, argument) if *letter == wanted => Some(Value::owned(*argument)),
            Found::Missing(letter) if *letter == wanted => Some(Value::owned(*b"")),
            _ => None,
        }),
        None => {
            let mut list = Vec::new();
            for found in found {
                match found {
                    Found::Flag(letter) => list.push(Value::owned([letter])),
                    Found::Argument(letter, argument) => {
                        list.push(Value::owned([letter]));
                        list.push(Value::owned(argument));
                    }
                    Found::Missing(_) => list.push(Value::owned(*b"")),
                    Found::Unknown => list.push(Value::owned(*b"?")),
                }
            }
            Some(Value::List(list))
        }
    }
}

fn scan<'a>(words: &[&'a [u8]], options: &[u8]) -> Vec<Found<'a>> {
    let options = options.strip_prefix(b":").unwrap_or(options);
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let letters = match word {
            [b'-', b'-'] => break,
            [b'-', b'-', ..] => continue,
            [b'-', letters @ ..] if !letters.is_empty() => letters,
            // The first word that is no option ends them.
            _ => break,
        };
        for (index, &letter) in letters.iter().enumerate() {
            let at = options.iter().position(|option| *option == letter && letter != b':');
            let Some(at) = at else {
                found.push(Found::Unknown);
                continue;
            };
            if options.get(at + 1) != Some(&b':') {
                found.push(Found::Flag(letter));
                continue;
            }
            let rest = letters.get(index + 1..).unwrap_or_default();
            found.push(match (rest.is_empty(), rest.is_empty().then(|| words.next()).flatten()) {
                (false, _) => Found::Argument(letter, rest),
                (true, Some(next)) => Found::Argument(letter, next),
                (true, None) => Found::Missing(letter),
            });
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(words: &[&'static str], options: &'static str) -> Vec<String> {
        let list = words.iter().map(|word| Value::bytes(word.as_bytes())).collect();
        let Some(Value::List(found)) = apply(vec![Value::List(list), Value::bytes(options.as_bytes())], None)
        else {
            return Vec::new();
        };
        let text = |value: &Value<'_>| match value {
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        };
        found.iter().map(text).collect()
    }

    #[test]
    fn options_are_found_as_getopt_finds_them() {
        assert_eq!(all(&["-n", "-t", "x"], "nt:"), ["n", "t", "x"]);
        assert_eq!(all(&["-ntx"], "nt:"), ["n", "t", "x"]);
        assert_eq!(all(&["-x"], "n"), ["?"]);
        assert_eq!(all(&["-t"], "t:"), [""]);
        assert_eq!(all(&["-n", "--", "-n"], "n"), ["n"]);
        assert_eq!(all(&["--long", "-n"], "n"), ["n"]);
        assert_eq!(all(&["file", "-n"], "n"), [""; 0]);
    }

    #[test]
    fn the_last_of_an_option_counts() {
        let list = ["-t", "a", "-t", "b"].iter().map(|word| Value::bytes(word.as_bytes())).collect();
        let values = vec![Value::List(list), Value::bytes(b"t:n")];
        assert_eq!(apply(values.clone(), Some(b't')), Some(Value::owned(*b"b")));
        assert_eq!(apply(values, Some(b'n')), None);
    }
}
