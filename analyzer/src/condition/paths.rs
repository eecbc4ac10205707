//! `pmatch`: whether a path lies below one of a set of paths.

use std::collections::HashMap;

use super::glob::Glob;

/// A set of path prefixes, compared component by component.
#[derive(Clone, Debug)]
pub struct PathSet {
    /// A trie; number 0 is the root. Kept in one vector so that a path of any length costs no stack.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Whether a path of the set ends here.
    end: bool,
    names: HashMap<Box<[u8]>, usize>,
    globs: Vec<(Glob, usize)>,
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

impl PathSet {
    /// The set of these paths.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut set = Self { nodes: vec![Node::default()] };
        for path in paths {
            set.insert(path);
        }
        set
    }

    fn insert(&mut self, path: &[u8]) {
        let mut at = 0;
        for part in components(path) {
            let new = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            at = if part.iter().any(|byte| b"?*[".contains(byte)) {
                let glob = Glob::new(part, false);
                match node.globs.iter().find(|(known, _)| *known == glob) {
                    Some((_, next)) => *next,
                    None => {
                        node.globs.push((glob, new));
                        new
                    }
                }
            } else {
                *node.names.entry(part.into()).or_insert(new)
            };
            if at == new {
                self.nodes.push(Node::default());
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.end = true;
        }
    }

    /// Whether a path of the set is `path` or leads to it.
    pub fn matches(&self, path: &[u8]) -> bool {
        let mut front = vec![0];
        let ends = |front: &[usize]| front.iter().any(|at| self.nodes.get(*at).is_some_and(|node| node.end));
        if ends(&front) {
            return true;
        }
        for part in components(path) {
            let mut next = Vec::new();
            for node in front.iter().filter_map(|at| self.nodes.get(*at)) {
                next.extend(node.names.get(part));
                next.extend(node.globs.iter().filter(|(glob, _)| glob.matches(part)).map(|(_, at)| *at));
            }
            front = next;
            if ends(&front) {
                return true;
            }
            if front.is_empty() {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(set: &[&str], path: &str) -> bool {
        PathSet::new(set.iter().map(|path| path.as_bytes())).matches(path.as_bytes())
    }

    #[test]
    fn a_path_lies_below_its_prefixes() {
        assert!(matches(&["/etc"], "/etc/passwd"));
        assert!(matches(&["/etc"], "/etc"));
        assert!(!matches(&["/et"], "/etc"));
        assert!(!matches(&["/etc/passwd"], "/etc"));
        assert!(matches(&["/var/lib", "/var"], "/var/tmp"));
        assert!(matches(&["/var", "/var/lib"], "/var/tmp"));
        assert!(!matches(&[], "/etc"));
    }

    #[test]
    fn slashes_do_not_count() {
        assert!(matches(&["etc"], "/etc/"));
        assert!(matches(&["//etc//"], "etc/x"));
        assert!(matches(&["/"], "anything"));
        assert!(matches(&[""], ""));
    }

    #[test]
    fn components_may_be_patterns() {
        assert!(matches(&["/*/log"], "/var/log/x"));
        assert!(!matches(&["/*/log"], "/var/x/log"));
        assert!(matches(&["/proc/[0-9]*/environ"], "/proc/12/environ"));
    }
}
