//! Parts of an image reference.

/// A reference such as `localhost:5000/team/app:1@sha256:…`, in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRef {
    /// Name without tag and digest, as given: `mysql` stays `mysql`.
    pub repository: String,
    /// Tag; `latest` if the reference has neither tag nor digest.
    pub tag: String,
    /// Digest with its algorithm: `sha256:…`.
    pub digest: String,
}

/// Splits an image reference. One that is an image id alone (`sha256:…` or its digits) has no
/// repository.
pub fn split(reference: &str) -> ImageRef {
    if reference.is_empty() || is_image_id(reference) {
        return ImageRef::default();
    }
    let (name, digest) = reference.split_once('@').unwrap_or((reference, ""));
    // A colon before the last slash is a registry's port.
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ if digest.is_empty() => (name, "latest"),
        _ => (name, ""),
    };
    ImageRef { repository: repository.to_owned(), tag: tag.to_owned(), digest: digest.to_owned() }
}

/// An image id without its algorithm.
pub fn bare_id(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

fn is_image_id(reference: &str) -> bool {
    let id = bare_id(reference);
    let digits = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits && (id.len() == 64 || reference.len() > id.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_reference_is_told() {
        let digest = "sha256:0b50fa213f263a7fd5231a549d2102182171fbbf2889c3261fdce4486db1ccf8";
        for (reference, repository, tag, want) in [
            ("mysql:8", "mysql", "8", ""),
            ("mysql", "mysql", "latest", ""),
            ("docker.io/library/mysql:8", "docker.io/library/mysql", "8", ""),
            ("localhost:5000/a/b:1", "localhost:5000/a/b", "1", ""),
            ("localhost:5000/a/b", "localhost:5000/a/b", "latest", ""),
            (&format!("localhost:5000/a/b:1@{digest}"), "localhost:5000/a/b", "1", digest),
            (&format!("quay.io/x/y@{digest}"), "quay.io/x/y", "", digest),
            (digest, "", "", ""),
            (bare_id(digest), "", "", ""),
            ("cafe", "cafe", "latest", ""),
            ("", "", "", ""),
        ] {
            let found = split(reference);
            assert_eq!(
                (found.repository.as_str(), found.tag.as_str(), found.digest.as_str()),
                (repository, tag, want),
                "{reference}"
            );
        }
    }
}
