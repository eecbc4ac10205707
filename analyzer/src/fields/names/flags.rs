//! Names of bits, in the order and with the numbers of Falco.
//!
//! Falco numbers the bits of most flags itself, alike on all architectures, and prints its own
//! number in front of the names. A row has both numbers.

/// One bit: its number in the kernel, in Falco, its name.
pub(crate) type Bit = (u64, u64, &'static str);

/// The names of `value`'s bits joined by `|`; empty if none has a name.
pub(crate) fn join(table: &[Bit], value: u64) -> String {
    let names = table.iter().filter(|(bit, ..)| *bit != 0 && value & bit == *bit).map(|(.., name)| *name);
    names.collect::<Vec<_>>().join("|")
}

/// `value` as Falco numbers it.
pub(crate) fn renumber(table: &[Bit], value: u64) -> u64 {
    table
        .iter()
        .filter(|(bit, ..)| *bit != 0 && value & bit == *bit)
        .fold(0, |sum, (_, falco, _)| sum | falco)
}

const O_ACCMODE: u64 = 3;
const O_TMPFILE: u64 = 0o20_200_000;
const O_SYNC: u64 = 0o4_010_000;

/// Bits of open(2) that Falco names before the access mode.
const OPEN_BEFORE: &[Bit] = &[
    (0o100_000, 1 << 11, "O_LARGEFILE"),
    (0o200_000, 1 << 10, "O_DIRECTORY"),
    (0o40_000, 1 << 9, "O_DIRECT"),
    (0o1_000, 1 << 8, "O_TRUNC"),
    (O_SYNC, 1 << 7, "O_SYNC"),
    (0o4_000, 1 << 6, "O_NONBLOCK"),
    (0o200, 1 << 5, "O_EXCL"),
    (0o10_000, 1 << 4, "O_DSYNC"),
    (0o2_000, 1 << 3, "O_APPEND"),
    (0o100, 1 << 2, "O_CREAT"),
];

/// Bits that Falco names behind it.
const OPEN_AFTER: &[Bit] = &[(0o2_000_000, 1 << 12, "O_CLOEXEC"), (O_TMPFILE, 1 << 13, "O_TMPFILE")];

/// Access modes, as the kernel numbers them: not bits.
const OPEN_ACCESS: &[&str] = &["O_RDONLY", "O_WRONLY", "O_RDWR", "O_RDWR"];

/// What an event of the open family says beyond the caller's flags.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OpenOutcome {
    /// The call made the file.
    pub(crate) created: bool,
    /// The file lies in the upper layer of an overlay.
    pub(crate) upper_layer: bool,
    /// The file lies in a lower layer of an overlay.
    pub(crate) lower_layer: bool,
}

/// Flags of open(2) as Falco names them.
pub(crate) fn open(value: u64, outcome: OpenOutcome) -> (u64, String) {
    // O_TMPFILE has the bit of O_DIRECTORY in it, which then is not meant.
    let plain = if value & O_TMPFILE == O_TMPFILE { value & !0o200_000 } else { value };
    let access = (value & O_ACCMODE) as usize;
    let mut number = renumber(OPEN_BEFORE, plain) | renumber(OPEN_AFTER, value) | (access as u64 + 1).min(3);
    let before = join(OPEN_BEFORE, plain);
    let after = join(OPEN_AFTER, value);
    let mut names =
        vec![before.as_str(), OPEN_ACCESS.get(access).copied().unwrap_or_default(), after.as_str()];
    for (holds, bit, name) in [
        (outcome.created, 1 << 14, "O_F_CREATED"),
        (outcome.upper_layer, 1 << 15, "FD_UPPER_LAYER"),
        (outcome.lower_layer, 1 << 16, "FD_LOWER_LAYER"),
    ] {
        if holds {
            number |= bit;
            names.push(name);
        }
    }
    names.retain(|name| !name.is_empty());
    (number, names.join("|"))
}

/// clone(2), unshare(2), setns(2).
pub(crate) const CLONE: &[Bit] = &[
    (0x400, 1 << 0, "CLONE_FILES"),
    (0x200, 1 << 1, "CLONE_FS"),
    (0x8000_0000, 1 << 2, "CLONE_IO"),
    (0x0800_0000, 1 << 3, "CLONE_NEWIPC"),
    (0x4000_0000, 1 << 4, "CLONE_NEWNET"),
    (0x0002_0000, 1 << 5, "CLONE_NEWNS"),
    (0x2000_0000, 1 << 6, "CLONE_NEWPID"),
    (0x0400_0000, 1 << 7, "CLONE_NEWUTS"),
    (0x8000, 1 << 8, "CLONE_PARENT"),
    (0x0010_0000, 1 << 9, "CLONE_PARENT_SETTID"),
    (0x2000, 1 << 10, "CLONE_PTRACE"),
    (0x800, 1 << 11, "CLONE_SIGHAND"),
    (0x0004_0000, 1 << 12, "CLONE_SYSVSEM"),
    (0x0001_0000, 1 << 13, "CLONE_THREAD"),
    (0x0080_0000, 1 << 14, "CLONE_UNTRACED"),
    (0x100, 1 << 15, "CLONE_VM"),
    (0x1000_0000, 1 << 19, "CLONE_NEWUSER"),
    (0x0020_0000, 1 << 20, "CLONE_CHILD_CLEARTID"),
    (0x0100_0000, 1 << 21, "CLONE_CHILD_SETTID"),
    (0x0008_0000, 1 << 22, "CLONE_SETTLS"),
    (0x4000, 1 << 24, "CLONE_VFORK"),
    (0x0200_0000, 1 << 25, "CLONE_NEWCGROUP"),
];

/// mount(2): Falco keeps the kernel's numbers.
pub(crate) const MOUNT: &[Bit] = &[
    (1 << 0, 1 << 0, "RDONLY"),
    (1 << 1, 1 << 1, "NOSUID"),
    (1 << 2, 1 << 2, "NODEV"),
    (1 << 3, 1 << 3, "NOEXEC"),
    (1 << 4, 1 << 4, "SYNCHRONOUS"),
    (1 << 5, 1 << 5, "REMOUNT"),
    (1 << 6, 1 << 6, "MANDLOCK"),
    (1 << 7, 1 << 7, "DIRSYNC"),
    (1 << 10, 1 << 10, "NOATIME"),
    (1 << 11, 1 << 11, "NODIRATIME"),
    (1 << 12, 1 << 12, "BIND"),
    (1 << 13, 1 << 13, "MOVE"),
    (1 << 14, 1 << 14, "REC"),
    (1 << 15, 1 << 15, "SILENT"),
    (1 << 16, 1 << 16, "POSIXACL"),
    (1 << 17, 1 << 17, "UNBINDABLE"),
    (1 << 18, 1 << 18, "PRIVATE"),
    (1 << 19, 1 << 19, "SLAVE"),
    (1 << 20, 1 << 20, "SHARED"),
    (1 << 21, 1 << 21, "RELATIME"),
    (1 << 22, 1 << 22, "KERNMOUNT"),
    (1 << 23, 1 << 23, "I_VERSION"),
    (1 << 24, 1 << 24, "STRICTATIME"),
    (1 << 25, 1 << 25, "LAZYTIME"),
];

/// umount2(2).
pub(crate) const UMOUNT: &[Bit] = &[(1, 1, "FORCE"), (2, 2, "DETACH"), (4, 4, "EXPIRE"), (8, 8, "NOFOLLOW")];

/// unlinkat(2).
pub(crate) const UNLINK: &[Bit] = &[(0x200, 1, "AT_REMOVEDIR")];

/// linkat(2), fchownat(2), fchmodat2(2).
pub(crate) const AT: &[Bit] =
    &[(0x400, 1, "AT_SYMLINK_FOLLOW"), (0x1000, 2, "AT_EMPTY_PATH"), (0x100, 4, "AT_SYMLINK_NOFOLLOW")];

/// renameat2(2).
pub(crate) const RENAME: &[Bit] =
    &[(1, 1, "RENAME_NOREPLACE"), (2, 2, "RENAME_EXCHANGE"), (4, 4, "RENAME_WHITEOUT")];

/// memfd_create(2).
pub(crate) const MEMFD: &[Bit] = &[(1, 1, "MFD_CLOEXEC"), (2, 2, "MFD_ALLOW_SEALING"), (4, 4, "MFD_HUGETLB")];

/// finit_module(2).
pub(crate) const MODULE: &[Bit] = &[
    (1, 1, "MODULE_INIT_IGNORE_MODVERSIONS"),
    (2, 2, "MODULE_INIT_IGNORE_VERMAGIC"),
    (4, 4, "MODULE_INIT_COMPRESSED_FILE"),
];

/// dup3(2): the flags of open(2).
pub(crate) const DUP: &[Bit] = &[(0o2_000_000, 1 << 12, "O_CLOEXEC")];

/// accept4(2): Falco gives the kernel's number without names.
pub(crate) const ACCEPT: &[Bit] =
    &[(0o4_000, 0o4_000, "SOCK_NONBLOCK"), (0o2_000_000, 0o2_000_000, "SOCK_CLOEXEC")];

/// send(2) and recv(2).
pub(crate) const MESSAGE: &[Bit] = &[
    (0x1, 0x1, "MSG_OOB"),
    (0x2, 0x2, "MSG_PEEK"),
    (0x4, 0x4, "MSG_DONTROUTE"),
    (0x20, 0x20, "MSG_TRUNC"),
    (0x40, 0x40, "MSG_DONTWAIT"),
    (0x80, 0x80, "MSG_EOR"),
    (0x100, 0x100, "MSG_WAITALL"),
    (0x800, 0x800, "MSG_CONFIRM"),
    (0x2000, 0x2000, "MSG_ERRQUEUE"),
    (0x4000, 0x4000, "MSG_NOSIGNAL"),
    (0x8000, 0x8000, "MSG_MORE"),
    (0x2000_0000, 0x2000_0000, "MSG_FASTOPEN"),
];

/// Provenance of an executable.
pub(crate) const EXE: &[Bit] =
    &[(1, 1, "EXE_WRITABLE"), (2, 2, "EXE_UPPER_LAYER"), (4, 4, "EXE_FROM_MEMFD"), (8, 8, "EXE_LOWER_LAYER")];

/// Permission bits as the chmod family shows them.
pub(crate) const MODE: &[Bit] = &[
    (0o001, 0o001, "S_IXOTH"),
    (0o002, 0o002, "S_IWOTH"),
    (0o004, 0o004, "S_IROTH"),
    (0o010, 0o010, "S_IXGRP"),
    (0o020, 0o020, "S_IWGRP"),
    (0o040, 0o040, "S_IRGRP"),
    (0o100, 0o100, "S_IXUSR"),
    (0o200, 0o200, "S_IWUSR"),
    (0o400, 0o400, "S_IRUSR"),
    (0o1_000, 0o1_000, "S_ISVTX"),
    (0o2_000, 0o2_000, "S_ISGID"),
    (0o4_000, 0o4_000, "S_ISUID"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(flags: u64) -> String {
        open(flags, OpenOutcome::default()).1
    }

    #[test]
    fn open_flags_stand_in_the_order_of_falco() {
        assert_eq!(names(0o2_000_000), "O_RDONLY|O_CLOEXEC");
        assert_eq!(names(0o1_101), "O_TRUNC|O_CREAT|O_WRONLY");
        assert_eq!(names(0o4_000), "O_NONBLOCK|O_RDONLY");
        assert_eq!(names(0o200_000), "O_DIRECTORY|O_RDONLY");
        assert_eq!(
            names(O_SYNC | 0o2_000_000 | 0o2_101),
            "O_SYNC|O_DSYNC|O_APPEND|O_CREAT|O_WRONLY|O_CLOEXEC"
        );
        assert_eq!(names(O_TMPFILE | 2), "O_RDWR|O_TMPFILE");
        let made = OpenOutcome { created: true, upper_layer: true, lower_layer: false };
        assert_eq!(open(0o101, made).1, "O_CREAT|O_WRONLY|O_F_CREATED|FD_UPPER_LAYER");
        assert_eq!(open(0o2_000_000, OpenOutcome::default()).0, 4097);
    }

    #[test]
    fn clone_flags_have_the_names_and_number_of_falco() {
        // As a capture of other hands shows it.
        let flags = 0x400 | 0x200 | 0x0010_0000 | 0x800 | 0x0004_0000 | 0x0001_0000 | 0x100;
        assert_eq!(
            join(CLONE, flags),
            "CLONE_FILES|CLONE_FS|CLONE_PARENT_SETTID|CLONE_SIGHAND|CLONE_SYSVSEM|CLONE_THREAD|CLONE_VM"
        );
        assert_eq!(renumber(CLONE, flags), 47619);
    }
}
