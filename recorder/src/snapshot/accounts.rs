//! Users and groups from passwd and group files.

use std::path::Path;

use capture_format::snapshot::{Group, User};

use crate::files;

/// Most bytes of a passwd or group file.
const FILE_MAX: usize = 1 << 20;
/// Most users or groups of one file.
const ENTRIES_MAX: usize = 16 << 10;

/// The users and groups below `root`, for the container with the full id `container`.
pub fn read(root: &Path, container: &str) -> (Vec<User>, Vec<Group>) {
    let users = files::read_in_root(root, "etc/passwd", FILE_MAX).unwrap_or_default();
    let groups = files::read_in_root(root, "etc/group", FILE_MAX).unwrap_or_default();
    (parse_users(&users, container), parse_groups(&groups, container))
}

/// Reads the text of a passwd file.
pub fn parse_users(text: &[u8], container: &str) -> Vec<User> {
    let user = |line: &[u8]| {
        let mut parts = line.split(|&byte| byte == b':');
        let name = parts.next()?;
        let uid = number(parts.nth(1)?)?;
        let gid = number(parts.next()?)?;
        let home = parts.nth(1)?;
        let shell = parts.next().unwrap_or_default();
        Some(User {
            container: container.to_owned(),
            uid,
            gid,
            name: name.to_vec(),
            home: home.to_vec(),
            shell: shell.to_vec(),
        })
    };
    lines(text).filter_map(user).take(ENTRIES_MAX).collect()
}

/// Reads the text of a group file. Members are not taken.
pub fn parse_groups(text: &[u8], container: &str) -> Vec<Group> {
    let group = |line: &[u8]| {
        let mut parts = line.split(|&byte| byte == b':');
        let name = parts.next()?;
        let gid = number(parts.nth(1)?)?;
        Some(Group { container: container.to_owned(), gid, name: name.to_vec() })
    };
    lines(text).filter_map(group).take(ENTRIES_MAX).collect()
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#' && line[0] != b':')
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_read() {
        let users = parse_users(
            b"root:x:0:0:root:/root:/bin/bash\n# c\n\n+::::::\nbad:x:one:1::/:\nmysql:x:999:998::/var/lib/mysql\nx:x:1\n",
            "c1",
        );
        assert_eq!(users.len(), 2);
        assert_eq!((users[1].uid, users[1].gid, users[1].shell.as_slice()), (999, 998, &b""[..]));
        assert_eq!((users[0].name.as_slice(), users[0].shell.as_slice()), (&b"root"[..], &b"/bin/bash"[..]));
        assert_eq!(users[0].container, "c1");
        let groups = parse_groups(b"root:x:0:\nshadow:x:42:a,b\nbad\n:x:3:\n", "");
        assert_eq!(groups.iter().map(|group| group.gid).collect::<Vec<_>>(), [0, 42]);
    }
}
