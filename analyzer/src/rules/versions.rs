//! Versions that rules require.

/// The engine whose language this is.
pub const ENGINE_VERSION: (u64, u64, u64) = (0, 63, 0);

/// Plugins whose fields captures provide, and the version they stand for.
pub(super) static PLUGINS: &[(&str, (u64, u64, u64))] = &[("container", (0, 6, 99))];

/// Reads `x.y.z`; text behind it is ignored.
pub(super) fn parse(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.trim().splitn(3, '.');
    let number = |part: &str| part.parse::<u64>().ok();
    let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
    let last = parts.next()?;
    let digits = last.find(|c: char| !c.is_ascii_digit()).unwrap_or(last.len());
    Some((major, minor, number(last.get(..digits)?)?))
}

/// Reads the version of an engine: a plain number `N` means `0.N.0`.
pub(super) fn parse_engine(text: &str) -> Option<(u64, u64, u64)> {
    match super::item::unsigned(text) {
        Some(minor) => Some((0, minor.into(), 0)),
        None => parse(text),
    }
}

/// Whether `have` serves where `want` is required.
pub(super) fn serves(have: (u64, u64, u64), want: (u64, u64, u64)) -> bool {
    have.0 == want.0 && have >= want
}

/// Whether a plugin of this name and version, or a later one of the same major, is built in.
pub(super) fn has_plugin(name: &str, version: &str) -> bool {
    let Some(want) = parse(version) else { return false };
    PLUGINS.iter().any(|(known, have)| *known == name && serves(*have, want))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_within_a_major() {
        assert_eq!(parse_engine("26"), Some((0, 26, 0)));
        assert_eq!(parse_engine("0.31.0-rc"), Some((0, 31, 0)));
        assert_eq!(parse_engine("x"), None);
        assert_eq!(parse_engine("0.31"), None);
        assert!(serves((0, 63, 0), (0, 26, 0)));
        assert!(serves((0, 63, 0), (0, 63, 0)));
        assert!(!serves((0, 63, 0), (0, 64, 0)));
        assert!(!serves((0, 63, 0), (0, 63, 1)));
        assert!(!serves((1, 0, 0), (0, 1, 0)));
    }

    #[test]
    fn the_container_plugin_is_built_in() {
        assert!(has_plugin("container", "0.2.4") && has_plugin("container", "0.6.0"));
        assert!(!has_plugin("container", "0.7.0") && !has_plugin("container", "1.0.0"));
        assert!(!has_plugin("json", "0.1.0"));
    }
}
