//! Which environment variables a capture keeps: by name, because values hold secrets.

/// Variables kept unless `--env` says otherwise: those that change where a program connects, what
/// code it loads, or whether it leaves a history. Sorted.
pub const DEFAULT_NAMES: &[&str] = &[
    "ALL_PROXY",
    "GLIBC_TUNABLES",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTIGNORE",
    "HISTSIZE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LD_AUDIT",
    "LD_DEBUG",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Which variables are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvPolicy {
    /// Every variable.
    All,
    /// No variable.
    None,
    /// Variables with these names; `*` in a name stands for any text.
    Names(Vec<String>),
}

impl Default for EnvPolicy {
    fn default() -> Self {
        Self::Names(DEFAULT_NAMES.iter().map(|&name| name.to_owned()).collect())
    }
}

impl EnvPolicy {
    /// Reads `all`, `none` or names separated by commas; `+NAME` adds to the default.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::All),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let mut names = Vec::new();
        for part in text.split(',') {
            let name = part.trim();
            let plain = match name.strip_prefix('+') {
                Some(plain) => {
                    names.extend(DEFAULT_NAMES.iter().map(|&name| name.to_owned()));
                    plain
                }
                None => name,
            };
            let ok = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '*';
            if plain.is_empty() || !plain.chars().all(ok) {
                return Err(format!(
                    "`{part}` is not the name of an environment variable; write `all`, `none` or names \
                     separated by commas"
                ));
            }
            names.push(plain.to_owned());
        }
        names.sort();
        names.dedup();
        Ok(Self::Names(names))
    }

    /// This policy, and these names too.
    pub fn with(self, more: &[String]) -> Result<Self, String> {
        match self {
            Self::Names(mut names) => match more {
                [] => Ok(Self::Names(names)),
                [all] if all == "all" => Ok(Self::All),
                more => {
                    names.extend_from_slice(more);
                    Self::parse(&names.join(","))
                }
            },
            other => Ok(other),
        }
    }

    /// Whether the variable called `name` is kept.
    pub fn keeps(&self, name: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Names(names) => names.iter().any(|pattern| matches(pattern.as_bytes(), name)),
        }
    }

    /// What is kept of `NAME=value` entries separated by NUL.
    pub fn filter(&self, env: &[u8]) -> Vec<u8> {
        if *self == Self::All {
            return env.to_vec();
        }
        let mut kept = Vec::new();
        for entry in env.split(|&byte| byte == 0) {
            // An entry without `=` is a variable whose name was cut, or text that a process put
            // over its environment (setproctitle): neither has a name to judge by.
            let Some(end) = entry.iter().position(|&byte| byte == b'=') else { continue };
            if self.keeps(&entry[..end]) {
                if !kept.is_empty() {
                    kept.push(0);
                }
                kept.extend_from_slice(entry);
            }
        }
        kept
    }
}

impl std::fmt::Display for EnvPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::Names(names) => f.write_str(&names.join(",")),
        }
    }
}

/// The value of a variable among entries separated by NUL.
pub fn value_of<'a>(env: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    env.split(|&byte| byte == 0).find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

/// Whether `name` is `pattern`, in which `*` stands for any text. Linear in both: only the last
/// star is ever taken back.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    n = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_names_are_sorted_and_kept() {
        assert!(DEFAULT_NAMES.is_sorted());
        let policy = EnvPolicy::default();
        assert!(policy.keeps(b"LD_PRELOAD"));
        assert!(!policy.keeps(b"AWS_SECRET_ACCESS_KEY"));
    }

    #[test]
    fn a_policy_reads_back_as_it_was_written() {
        for text in ["all", "none", "A,B_*,*_PROXY"] {
            let policy = EnvPolicy::parse(text).unwrap();
            assert_eq!(EnvPolicy::parse(&policy.to_string()), Ok(policy));
        }
        for wrong in ["", "A,", "A=B", "A B", "é"] {
            assert!(EnvPolicy::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_plus_adds_to_the_default() {
        let policy = EnvPolicy::parse("+FOO").unwrap();
        assert!(policy.keeps(b"FOO") && policy.keeps(b"LD_PRELOAD") && !policy.keeps(b"BAR"));
    }

    #[test]
    fn what_rules_look_at_is_added() {
        let policy = EnvPolicy::default().with(&["TOKEN_*".to_owned()]).unwrap();
        assert!(policy.keeps(b"TOKEN_X") && policy.keeps(b"LD_PRELOAD"));
        assert_eq!(EnvPolicy::default().with(&["all".to_owned()]), Ok(EnvPolicy::All));
        assert_eq!(EnvPolicy::default().with(&[]), Ok(EnvPolicy::default()));
        assert!(EnvPolicy::default().with(&["A=B".to_owned()]).is_err());
    }

    #[test]
    fn stars_match_any_text() {
        let policy = EnvPolicy::parse("*_PROXY,LD_*,X*Y*Z").unwrap();
        for (name, want) in [
            ("HTTP_PROXY", true),
            ("_PROXY", true),
            ("HTTP_PROXY_X", false),
            ("LD_", true),
            ("XYZ", true),
            ("X1Y2Y3Z", true),
            ("X1Y2", false),
        ] {
            assert_eq!(policy.keeps(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn only_named_variables_stay() {
        let env = b"PATH=/bin\0LD_PRELOAD=/x.so\0SECRET=1\0http_proxy=\0LD_PRELOA";
        assert_eq!(EnvPolicy::default().filter(env), b"LD_PRELOAD=/x.so\0http_proxy=");
        assert_eq!(EnvPolicy::None.filter(env), b"");
        assert_eq!(EnvPolicy::All.filter(env), env);
    }

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        let env = b"XPORT=1\0PORT=443\0HOST=10.0.0.1";
        assert_eq!(value_of(env, b"PORT"), Some(&b"443"[..]));
        assert_eq!(value_of(env, b"POR"), None);
    }
}
