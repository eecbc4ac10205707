//! Paths and addresses inside byte strings of any kind: arguments, environments, output.

use std::net::Ipv4Addr;

/// The absolute paths in `bytes`: runs of path characters that begin with a slash.
pub(crate) fn paths(bytes: &[u8]) -> Vec<String> {
    words(bytes, |byte| byte.is_ascii_alphanumeric() || b"/._-+@~".contains(&byte))
        .filter(|word| word.starts_with('/') && !word.starts_with("//"))
        .collect()
}

/// The dotted IPv4 addresses in `bytes`.
pub(crate) fn addresses(bytes: &[u8]) -> Vec<Ipv4Addr> {
    words(bytes, |byte| byte.is_ascii_alphanumeric() || byte == b'.')
        .filter_map(|word| word.trim_end_matches('.').parse().ok())
        .collect()
}

fn words(bytes: &[u8], belongs: fn(u8) -> bool) -> impl Iterator<Item = String> {
    bytes
        .split(move |&byte| !belongs(byte))
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
}

#[test]
fn paths_and_addresses_are_found_wherever_they_are() {
    assert_eq!(paths(b"sh\0-c\0cp /a/b '/c' >/d;PATH=/e:/f"), ["/a/b", "/c", "/d", "/e", "/f"]);
    assert_eq!(paths(b"http://h/p text/html"), Vec::<String>::new());
    assert_eq!(addresses(b"curl http://10.1.2.3:80/x, 1.2.3."), [Ipv4Addr::new(10, 1, 2, 3)]);
}
