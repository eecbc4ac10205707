//! Paths as the kernel resolved them.
//!
//! The helper that writes paths may not be called from tracepoints, so the directory entries are
//! walked from the leaf up, across mounts, to the root of the process. Components go out as they
//! are met, each ended by NUL; user space turns them around.

use aya_ebpf::cty::c_void;
use aya_ebpf::helpers::generated::{bpf_loop, bpf_probe_read_kernel_str};
use capture_format::descriptor::flags;
use capture_format::param::Param;
use capture_format::record::Slot;
use core::ptr::read_volatile;

use crate::emit::{RECORD_MAX, STRING_MAX, Writer};
use crate::kernel::{ABSENT, Address, at, load_address, probe_field, probe_sure};

/// Most components and mounts that are followed.
const STEPS: u32 = 64;
/// Longest component, with its NUL.
const NAME_MAX: u32 = 256;

/// The `struct fs_struct` of a task, root and working directory; 0 for a task that is ending.
#[inline(always)]
pub fn fs_of(task: Address) -> u64 {
    load_address(task, at::task_fs()) as u64
}

/// A `struct path`: a directory entry seen through a mount.
#[derive(Clone, Copy)]
pub struct Place {
    mnt: u64,
    dentry: u64,
}

impl Place {
    /// No place; as a root, one that stops no walk.
    pub const NOWHERE: Self = Self { mnt: 0, dentry: 0 };

    /// A place by the addresses it consists of.
    #[inline(always)]
    pub fn new(dentry: u64, mnt: u64) -> Self {
        Self { mnt, dentry }
    }

    /// Address of the directory entry.
    #[inline(always)]
    pub fn dentry(&self) -> u64 {
        self.dentry
    }

    /// Address of the mount.
    #[inline(always)]
    pub fn mnt(&self) -> u64 {
        self.mnt
    }

    /// Reads the `struct path` at an address.
    #[inline(always)]
    pub fn at(address: u64) -> Self {
        if address == 0 {
            return Self::NOWHERE;
        }
        Self { mnt: probe_field(address, at::path_mnt()), dentry: probe_field(address, at::path_dentry()) }
    }

    /// Root directory of a `struct fs_struct`.
    #[inline(always)]
    pub fn root(fs: u64) -> Self {
        Self::at_field(fs, at::fs_root())
    }

    /// Working directory of a `struct fs_struct`.
    #[inline(always)]
    pub fn cwd(fs: u64) -> Self {
        Self::at_field(fs, at::fs_pwd())
    }

    #[inline(always)]
    fn at_field(base: u64, offset: u32) -> Self {
        if base == 0 { Self::NOWHERE } else { Self::at(base.wrapping_add(u64::from(offset))) }
    }

    /// Place of an open file, by its address.
    #[inline(always)]
    pub fn of_file(file: u64) -> Self {
        Self::at_field(file, at::file_path())
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
    let Some(out) = Writer::resume(buffer) else { return u64::from(flags::PATH_CUT) };
    let start = out.end();
    let mut walk = Walk {
        out,
        start,
        dentry: leaf,
        mnt: leaf_mnt,
        mnt_root: probe_sure(leaf_mnt, at::vfsmount_root()),
        root,
        root_mnt,
        result: u64::from(flags::PATH_CUT),
    };
    // SAFETY: a static.
    if unsafe { read_volatile(&raw const HAS_LOOP) } != 0 {
        // SAFETY: the callback has the type the helper wants, and `walk` outlives the loop.
        unsafe { bpf_loop(STEPS, step_callback as *mut c_void, (&raw mut walk).cast(), 0) };
    } else {
        for _ in 0..STEPS {
            if step(&mut walk) != CONTINUE {
                break;
            }
        }
    }
    let Walk { mut out, result, .. } = walk;
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

/// Whether the helper that loops exists (Linux 5.17). The verifier looks at its callback once; at a
/// loop of our own, once for every step.
#[unsafe(no_mangle)]
static HAS_LOOP: u32 = 0;

/// A walk on its way.
struct Walk {
    out: Writer,
    /// Where the path starts in the tail.
    start: u64,
    dentry: u64,
    mnt: u64,
    /// Root of the mount.
    mnt_root: u64,
    /// Where the walk ends.
    root: u64,
    root_mnt: u64,
    /// What [`walk_dentries`] gives back.
    result: u64,
}

/// What a step, and the loop helper's callback, answers.
const CONTINUE: i64 = 0;
const STOP: i64 = 1;

/// Not `no_mangle`: the loop helper wants a function of internal linkage.
extern "C" fn step_callback(_: u32, walk: *mut Walk) -> i64 {
    // SAFETY: the walk that was given to the helper.
    step(unsafe { &mut *walk })
}

/// One component or one mount up.
#[inline(always)]
fn step(walk: &mut Walk) -> i64 {
    if walk.dentry == walk.root && walk.mnt == walk.root_mnt {
        walk.result = 0;
        return STOP;
    }
    let parent: u64 = probe_sure(walk.dentry, at::dentry_parent());
    if walk.dentry == walk.mnt_root {
        let mount = walk.mnt.wrapping_sub(u64::from(at::mount_mnt()));
        let above: u64 = probe_sure(mount, at::mount_parent());
        if above == mount || above == 0 {
            walk.result = u64::from(flags::OUTSIDE_ROOT);
            return STOP;
        }
        walk.dentry = probe_sure(mount, at::mount_mountpoint());
        walk.mnt = above.wrapping_add(u64::from(at::mount_mnt()));
        walk.mnt_root = probe_sure(walk.mnt, at::vfsmount_root());
        return CONTINUE;
    }
    if walk.dentry == parent {
        walk.result = UNATTACHED;
        return STOP;
    }
    let is_long = walk.out.end().wrapping_sub(walk.start) > u64::from(STRING_MAX - NAME_MAX);
    if is_long || !append_name(&mut walk.out, walk.dentry) {
        return STOP;
    }
    walk.dentry = parent;
    CONTINUE
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
