//! Reading files of others: bounded, regular files only, never out of the root they belong to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::sys;

/// Reads a regular file of at most `max` bytes; a longer one is an error. Does not wait for a pipe.
pub fn read(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    read_regular(open(path)?, max)
}

/// Opens a regular file. Does not wait for a pipe.
pub fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    regular(file)
}

/// Reads a file of /proc, which has no length, up to `max` bytes; the rest is left out.
pub fn read_proc(path: &str, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a regular file as a process sees it: `path` and every symbolic link in it are resolved
/// below `root` (such as `/proc/PID/root`), so that a container cannot point the recorder at a
/// file of the host.
pub fn read_in_root(root: &Path, path: &str, max: usize) -> io::Result<Vec<u8>> {
    let root = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(root)?;
    read_regular(sys::open_in_root(&root, path)?, max)
}

/// Reads a JSON file; `None` if it is absent, too long or not JSON.
pub fn read_json(path: &Path, max: usize) -> Option<serde_json::Value> {
    serde_json::from_slice(&read(path, max).ok()?).ok()
}

/// The directories in `dir`, sorted, at most `max`.
pub fn subdirectories(dir: &Path, max: usize) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .take(max)
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn regular(file: File) -> io::Result<File> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

fn read_regular(file: File, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular(file)?.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than it may be"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_do_not_lead_out_of_the_root() {
        let dir = std::env::temp_dir().join(format!("saker-root-{}", std::process::id()));
        let root = dir.join("root");
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::write(dir.join("secret"), "outside").unwrap();
        std::fs::write(root.join("secret"), "inside").unwrap();
        symlink("/secret", root.join("etc/absolute")).unwrap();
        symlink("../../../../secret", root.join("etc/relative")).unwrap();
        symlink(format!("{}/secret", dir.display()), root.join("etc/full")).unwrap();
        assert_eq!(read_in_root(&root, "etc/absolute", 100).unwrap(), b"inside");
        assert_eq!(read_in_root(&root, "/etc/relative", 100).unwrap(), b"inside");
        assert!(read_in_root(&root, "etc/full", 100).is_err());
        assert!(read_in_root(&root, "etc", 100).is_err(), "a directory");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn only_short_regular_files_are_read() {
        let dir = std::env::temp_dir().join(format!("saker-files-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("file");
        std::fs::write(&file, "12345").unwrap();
        assert_eq!(read(&file, 5).unwrap(), b"12345");
        assert!(read(&file, 4).is_err());
        assert!(read(Path::new("/dev/zero"), 4).is_err());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
