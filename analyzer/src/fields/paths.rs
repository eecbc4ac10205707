//! Paths as text: made absolute, normalised, split.

use std::borrow::Cow;

/// `path` made absolute against `dir` and normalised as text: no empty component, no `.`, and
/// `..` takes its predecessor away whatever that is on disk.
///
/// Without a `dir` a relative path stays relative.
pub(super) fn absolute<'a>(dir: &[u8], path: &'a [u8]) -> Cow<'a, [u8]> {
    let relative = !path.starts_with(b"/");
    if !relative && is_normal(path) {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let whole = relative.then_some(dir).into_iter().chain([path]);
    for part in whole.flat_map(|path| path.split(|byte| *byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let rooted = !relative || dir.starts_with(b"/");
    let mut out = if rooted { b"/".to_vec() } else { Vec::new() };
    out.extend_from_slice(&parts.join(&b'/'));
    Cow::Owned(out)
}

/// Whether an absolute path is already as [`absolute`] would make it.
fn is_normal(path: &[u8]) -> bool {
    path == b"/"
        || path
            .split(|byte| *byte == b'/')
            .skip(1)
            .all(|part| !part.is_empty() && part != b"." && part != b"..")
}

/// `path` with repeated slashes made one.
pub(super) fn single_slashes(path: &[u8]) -> Cow<'_, [u8]> {
    if !path.windows(2).any(|two| two == b"//") {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len());
    for byte in path {
        if *byte != b'/' || out.last() != Some(&b'/') {
            out.push(*byte);
        }
    }
    Cow::Owned(out)
}

/// Applies a function to text without allocating if the text is borrowed.
pub(super) fn part<'a>(path: Cow<'a, [u8]>, take: impl Fn(&[u8]) -> &[u8]) -> Cow<'a, [u8]> {
    match path {
        Cow::Borrowed(path) => Cow::Borrowed(take(path)),
        Cow::Owned(path) => Cow::Owned(take(&path).to_vec()),
    }
}

/// What stands before the last component; `/` for what lies in the root.
pub(super) fn directory(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        None | Some(0) => b"/",
        Some(at) => path.get(..at).unwrap_or(path),
    }
}

/// The last component.
pub(super) fn filename(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        None => path,
        Some(at) => path.get(at + 1..).unwrap_or(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_absolute_and_normal() {
        let cases: &[(&str, &str, &str)] = &[
            ("/home/a", "b", "/home/a/b"),
            ("/home/a", "../../etc//shadow", "/etc/shadow"),
            ("/", "../../..", "/"),
            ("/x", "/etc/./passwd", "/etc/passwd"),
            ("/x", "/etc/passwd", "/etc/passwd"),
            ("/x", "", "/x"),
            ("/x", "/a/b/", "/a/b"),
            ("", "a/./b", "a/b"),
        ];
        for (dir, path, want) in cases {
            let got = absolute(dir.as_bytes(), path.as_bytes());
            assert_eq!(String::from_utf8_lossy(&got), *want, "{dir} {path}");
        }
        assert!(
            matches!(absolute(b"/x", b"/etc/passwd"), Cow::Borrowed(_)),
            "the common case allocates nothing"
        );
    }

    #[test]
    fn a_path_splits_into_directory_and_name() {
        for (path, dir, name) in
            [("/etc/passwd", "/etc", "passwd"), ("/etc", "/", "etc"), ("/", "/", ""), ("a", "/", "a")]
        {
            assert_eq!(directory(path.as_bytes()), dir.as_bytes());
            assert_eq!(filename(path.as_bytes()), name.as_bytes());
        }
        assert_eq!(&*single_slashes(b"//etc///x"), b"/etc/x");
    }
}
