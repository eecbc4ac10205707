//! Where the running kernel keeps what the kernel program reads.
//!
//! The table is the kernel program's own; see there for what the entries mean. The result is one
//! array of `u32`, put into the program's read-only data before it is loaded.

use crate::btf::Btf;

/// What a field that this kernel lacks has for an offset.
pub const ABSENT: u32 = u32::MAX;

/// A row of the table: name and the places to look at, best first.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name in the kernel program.
    pub name: &'static str,
    /// Places, in the table's notation.
    pub alternatives: &'static [&'static str],
}

macro_rules! kernel_fields {
    ($($name:ident = [$($alternative:literal),+];)*) => {
        /// Every field, in the order the kernel program has them.
        pub static ROWS: &[Row] = &[$(Row { name: stringify!($name), alternatives: &[$($alternative),+] },)*];
    };
}
include!("../../recorder-ebpf/src/kernel_fields.rs");

/// Fields without which a recording would be wrong or empty; all others may be absent.
const NEEDED: &[&str] = &[
    "regs_orig_ax",
    "regs_di",
    "task_pid",
    "task_tgid",
    "task_flags",
    "task_start",
    "task_leader",
    "task_parent",
    "task_comm",
    "task_cred",
    "task_mm",
    "task_fs",
    "task_files",
    "task_signal",
    "task_cgroups",
    "task_thread_pid",
    "task_exit_code",
    "cred_uid",
    "cred_gid",
    "cred_euid",
    "cred_egid",
    "cred_fsuid",
    "cred_fsgid",
    "cred_cap_inheritable",
    "cred_cap_permitted",
    "cred_cap_effective",
    "signal_pids",
    "signal_tty",
    "signal_rlim",
    "pid_type_pgid",
    "pid_type_sid",
    "pid_level",
    "pid_numbers",
    "upid_size",
    "upid_nr",
    "upid_ns",
    "tty_driver",
    "tty_index",
    "mm_arg_start",
    "mm_arg_end",
    "mm_env_start",
    "mm_env_end",
    "mm_exe_file",
    "bprm_filename",
    "fs_root",
    "fs_pwd",
    "files_fdt",
    "fdt_max",
    "fdt_fd",
    "file_size",
    "file_path",
    "file_inode",
    "file_flags",
    "path_mnt",
    "path_dentry",
    "dentry_parent",
    "dentry_name",
    "vfsmount_root",
    "mount_mnt",
    "mount_parent",
    "mount_mountpoint",
    "inode_mode",
    "inode_sb",
    "inode_ino",
    "sb_dev",
    "css_set_default",
    "cgroup_kn",
    "cgroup_level",
    "cgroup_root",
    "kn_id",
    "kn_parent",
    "kn_name",
    "iter_seq",
];

/// The value of every row, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets {
    values: Vec<u32>,
}

impl Offsets {
    /// Looks every row up.
    pub fn resolve(btf: &Btf<'_>) -> Self {
        let values = ROWS
            .iter()
            .map(|row| row.alternatives.iter().find_map(|place| look_up(btf, place)).unwrap_or(ABSENT))
            .collect();
        Self { values }
    }

    /// The values, in the order of [`ROWS`].
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// Value of the row called `name`; `None` if the kernel lacks it.
    pub fn get(&self, name: &str) -> Option<u32> {
        let index = ROWS.iter().position(|row| row.name == name)?;
        self.values.get(index).copied().filter(|&value| value != ABSENT)
    }

    /// What no recording can do without and this kernel lacks: places in the table's notation.
    pub fn missing(&self) -> Vec<&'static str> {
        ROWS.iter()
            .zip(&self.values)
            .filter(|(row, value)| **value == ABSENT && NEEDED.contains(&row.name))
            .filter_map(|(row, _)| row.alternatives.first().copied())
            .collect()
    }

    /// BLAKE3 of names and values, hexadecimal.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (row, value) in ROWS.iter().zip(&self.values) {
            hasher.update(row.name.as_bytes());
            hasher.update(&value.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Whether a type of this name is named in the table.
pub fn is_wanted(type_name: &[u8]) -> bool {
    ROWS.iter().flat_map(|row| row.alternatives).any(|place| {
        let place = place.rsplit(' ').next().unwrap_or(place);
        place.split('.').next().unwrap_or(place).as_bytes() == type_name
    })
}

fn look_up(btf: &Btf<'_>, place: &str) -> Option<u32> {
    match place.split_once(' ') {
        None => btf.place(place)?.byte(),
        Some(("size", name)) => btf.size(name),
        Some(("enum", name)) => btf.enum_value(name),
        Some(("bit", name)) => Some(btf.place(name)?.bit),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_needed_field_is_a_row() {
        for name in NEEDED {
            assert!(ROWS.iter().any(|row| row.name == *name), "{name}");
        }
    }

    #[test]
    fn rows_have_unique_names_and_known_notation() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..index].iter().all(|other| other.name != row.name), "{}", row.name);
            for place in row.alternatives {
                if let Some((notation, _)) = place.split_once(' ') {
                    assert!(["size", "enum", "bit"].contains(&notation), "{place}");
                }
            }
        }
    }

    #[test]
    fn the_running_kernel_has_what_is_needed() {
        let Ok(bytes) = std::fs::read("/sys/kernel/btf/vmlinux") else {
            eprintln!("SKIPPED: this kernel shows no BTF");
            return;
        };
        let btf = Btf::parse(&bytes, &is_wanted).unwrap();
        let offsets = Offsets::resolve(&btf);
        assert_eq!(offsets.missing(), Vec::<&str>::new());
        assert_eq!(offsets.values().len(), ROWS.len());
    }
}
