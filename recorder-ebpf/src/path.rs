//! Paths as the kernel resolved them.
//!
//! The helper that writes paths may not be called from tracepoints, so the directory entries are
//! walked from the leaf up, across mounts, to the root of the process. Components go out as they
//! are met, each ended by NUL; user space turns them around.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use capture_format::descriptor::flags;
use capture_format::param::Param;
use capture_format::record::Slot;

use crate::emit::{RECORD_MAX, STRING_MAX, Writer};
use crate::kernel::{ABSENT, Address, at, load_address, probe_field, probe_sure};

/// Most components and mounts that are followed.
const STEPS: u32 = 64;
/// Longest component, with its NUL.
const NAME_MAX: u32 = 256;

/// A `struct path`: a directory entry seen through a mount.
#[derive(Clone, Copy)]
pub struct Place {
    mnt: u64,
    dentry: u64,
}

impl Place {
    /// No place; as a root, one that stops no walk.
    pub const NOWHERE: Self = Self { mnt: 0, dentry: 0 };

    /// Reads the `struct path` at an address.
    #[inline(always)]
    pub fn at(address: u64) -> Self {
        if address == 0 {
            return Self::NOWHERE;
        }
        Self {
            mnt: probe_field(address, at::path_mnt()),
            dentry: probe_field(address, at::path_dentry()),
        }
    }

    /// Root directory of a task.
    #[inline(always)]
    pub fn root(task: Address) -> Self {
        Self::of_fs(task, at::fs_root())
    }

    /// Working directory of a task.
    #[inline(always)]
    pub fn cwd(task: Address) -> Self {
        Self::of_fs(task, at::fs_pwd())
    }

    #[inline(always)]
    fn of_fs(task: Address, offset: u32) -> Self {
        // A task that is ending has none any more.
        let fs = load_address(task, at::task_fs()) as u64;
        if fs == 0 { Self::NOWHERE } else { Self::at(fs.wrapping_add(u64::from(offset))) }
    }

    /// Place of an open file, by its address.
    #[inline(always)]
    pub fn of_file(file: u64) -> Self {
        if file == 0 { Self::NOWHERE } else { Self::at(file.wrapping_add(u64::from(at::file_path()))) }
    }

    /// Whether there is anything.
    #[inline(always)]
    pub fn exists(&self) -> bool {
        self.dentry != 0
    }
}

/// What a walk has put at the end of the tail.
#[derive(Clone, Copy)]
pub struct Walked {
    /// Where it starts.
    pub start: u64,
    /// Its length.
    pub len: u64,
    /// `OUTSIDE_ROOT`, `PATH_CUT`, `DELETED`.
    pub flags: u32,
    /// Not in any file system: the one component is a name the kernel gave.
    pub unattached: bool,
}

/// Appends the path of `place`, as the process with this root sees it.
#[inline(always)]
pub fn walk(out: &mut Writer, place: Place, root: Place) -> Walked {
    let start = out.end();
    let result = walk_dentries(place.dentry, place.mnt, root.dentry, root.mnt, out.index());
    let len = out.end().wrapping_sub(start) & u64::from(RECORD_MAX.next_power_of_two() - 1);
    Walked { start, len, flags: (result & !UNATTACHED) as u32, unattached: result & UNATTACHED != 0 }
}

/// Of the result of [`walk_dentries`]: see [`Walked::unattached`].
const UNATTACHED: u64 = 1 << 32;

/// The walk itself, a function of its own: the verifier looks at it once a program, and not once
/// for every way to get there.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn walk_dentries(leaf: u64, leaf_mnt: u64, root: u64, root_mnt: u64, buffer: u32) -> u64 {
    let Some(mut out) = Writer::resume(buffer) else { return u64::from(flags::PATH_CUT) };
    let start = out.end();
    let mut result = u64::from(flags::PATH_CUT);
    let mut dentry = leaf;
    let mut mnt = leaf_mnt;
    let mut mnt_root: u64 = probe_sure(mnt, at::vfsmount_root());
    for _ in 0..STEPS {
        if dentry == root && mnt == root_mnt {
            result = 0;
            break;
        }
        let parent: u64 = probe_sure(dentry, at::dentry_parent());
        if dentry == mnt_root {
            let mount = mnt.wrapping_sub(u64::from(at::mount_mnt()));
            let above: u64 = probe_sure(mount, at::mount_parent());
            if above == mount || above == 0 {
                result = u64::from(flags::OUTSIDE_ROOT);
                break;
            }
            dentry = probe_sure(mount, at::mount_mountpoint());
            mnt = above.wrapping_add(u64::from(at::mount_mnt()));
            mnt_root = probe_sure(mnt, at::vfsmount_root());
            continue;
        }
        if dentry == parent {
            result = UNATTACHED;
            break;
        }
        if out.end().wrapping_sub(start) > u64::from(STRING_MAX - NAME_MAX) || !append_name(&mut out, dentry) {
            break;
        }
        dentry = parent;
    }
    let result = out.forget(result);
    if result == UNATTACHED {
        append_name(&mut out, leaf);
        return UNATTACHED;
    }
    // A file system's own root never was in a directory: it ends the walk above, or is mounted.
    if at::dentry_hash_pprev() != ABSENT
        && probe_sure::<u64>(leaf, at::dentry_hash_pprev()) == 0
        && probe_sure::<u64>(leaf, at::dentry_parent()) != leaf
    {
        return result | u64::from(flags::DELETED);
    }
    result
}

/// Appends the name of a directory entry with its NUL; false if that failed.
#[inline(always)]
fn append_name(out: &mut Writer, dentry: u64) -> bool {
    let Some(place) = out.room(NAME_MAX) else { return false };
    let name: u64 = probe_sure(dentry, at::dentry_name());
    // SAFETY: `room` made sure that NAME_MAX bytes fit.
    let n = unsafe {
        bpf_probe_read_kernel_str(out.buffer().add(place as usize).cast(), NAME_MAX, name as *const _)
    };
    if n <= 0 {
        return false;
    }
    out.set_end(place + (n as u64 & 0x1ff));
    true
}

/// Appends the path of `place` as a parameter; absent if there is none.
#[inline(always)]
pub fn slot<T: Param>(out: &mut Writer, place: Place, root: Place) -> Slot<T> {
    if !place.exists() {
        return Slot::absent();
    }
    let walked = walk(out, place, root);
    // What a cut path lacks is not known: at least one byte.
    let cut = u32::from(walked.flags & flags::PATH_CUT != 0);
    Slot::stored(walked.start as usize, walked.len as usize, walked.len as u32 + cut)
}
