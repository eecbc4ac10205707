//! Which captures a command line means.

use std::io;
use std::path::{Path, PathBuf};

/// File name extension of captures.
const EXTENSION: &str = "skr";

/// Deepest folder below a given one that is searched; deeper is a loop of links or a mistake.
const DEPTH_MAX: usize = 64;

/// Where a capture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// Why the captures could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A path cannot be looked at.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder without captures.
    #[error("no *.skr in `{}` or below", .0.display())]
    Empty(PathBuf),
    /// Standard input can be read once.
    #[error("standard input (`-`) is given more than once")]
    StdinTwice,
}

/// The captures that `given` names: a file whatever its name, all `*.skr` in a folder and below in
/// bytewise order of their paths, `-` for standard input. In the order given.
pub fn find(given: &[PathBuf]) -> Result<Vec<Place>, FindError> {
    let mut places = Vec::new();
    for path in given {
        if path.as_os_str() == "-" {
            if places.contains(&Place::Stdin) {
                return Err(FindError::StdinTwice);
            }
            places.push(Place::Stdin);
        } else if path.is_dir() {
            let mut found = Vec::new();
            search(path, DEPTH_MAX, &mut found)?;
            if found.is_empty() {
                return Err(FindError::Empty(path.clone()));
            }
            found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
            places.extend(found.into_iter().map(Place::File));
        } else {
            places.push(Place::File(path.clone()));
        }
    }
    Ok(places)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), FindError> {
    let error = |source| FindError::Io { path: folder.to_path_buf(), source };
    for entry in std::fs::read_dir(folder).map_err(error)? {
        let entry = entry.map_err(error)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(error)?;
        // Links to folders are not followed: they can lead in circles and out of the folder.
        if kind.is_dir() {
            if depth > 0 {
                search(&path, depth - 1, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_bytewise_order_and_files_taken_by_any_name() {
        let root = std::env::temp_dir().join(format!("saker-find-{}", std::process::id()));
        for file in ["b/x.skr", "b.skr", "a/deep/y.skr", "a/notes.txt", "B.skr", "odd.bin"] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let given = [root.join("odd.bin"), root.clone(), PathBuf::from("-")];
        let shown: Vec<String> = find(&given)
            .unwrap()
            .iter()
            .map(|place| place.to_string().replace(&format!("{}/", root.display()), ""))
            .collect();
        assert_eq!(shown, ["odd.bin", "B.skr", "a/deep/y.skr", "b.skr", "b/x.skr", "standard input"]);
        std::fs::create_dir_all(root.join("empty")).unwrap();
        assert!(matches!(find(&[root.join("empty")]), Err(FindError::Empty(_))));
        std::fs::remove_dir_all(root).unwrap();
    }
}
