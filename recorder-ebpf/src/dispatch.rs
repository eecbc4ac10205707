//! The return of every system call: what is not wanted ends here.
//!
//! Of what is wanted the header is written here and what probes need of the caller is looked up:
//! each pointer that is loaded through a typed one costs the verifier up to a millisecond on recent
//! kernels, so it is done in one program and not in seventy.

use aya_ebpf::helpers::generated::{bpf_get_current_pid_tgid, bpf_tail_call};
use aya_ebpf::macros::map;
use aya_ebpf::maps::{Array, HashMap, ProgramArray};
use core::ptr::read_volatile;

use crate::cgroup;
use crate::emit::Writer;
use crate::kernel::{Syscall, at, current, load};
use crate::probes::Caller;

/// Numbers of system calls lie below this.
const CALLS: usize = 512;
/// Marks a call made with 32-bit pointers and 64-bit registers (x32); the rest of the number is as
/// usual.
const X32_BIT: i64 = 0x4000_0000;
/// `TS_COMPAT`: the thread came through the 32-bit entry (arch/x86/include/asm/thread_info.h).
const TS_COMPAT: u32 = 2;
/// The self-check makes a call that has one argument with this, plus the argument's index, in the
/// others.
const CHECK_ARGUMENT: u64 = 0x5a4b_4552_c0d0;
/// In [`WANTED`]: the call is the self-check's.
const WANTED_BY_CHECK: u8 = 2;

/// The recorder's own process: left out.
#[unsafe(no_mangle)]
static SELF_TGID: u32 = 0;
/// 1 for each system call that has a program, 2 for the self-check's.
#[unsafe(no_mangle)]
static WANTED: [u8; CALLS] = [0; CALLS];
/// Whether only processes in [`FOLLOW`] are recorded.
#[unsafe(no_mangle)]
static ONLY_FOLLOWED: u32 = 0;
/// Whether only processes in [`CGROUPS`] are recorded; with the above: either is enough.
#[unsafe(no_mangle)]
static ONLY_CGROUPS: u32 = 0;

/// The program of each system call.
#[map]
static PROGRAMS: ProgramArray = ProgramArray::with_max_entries(CALLS as u32, 0);
/// Processes that are recorded, and with them what they start.
#[map]
pub static FOLLOW: HashMap<u32, u8> = HashMap::with_max_entries(65536, 1 /* BPF_F_NO_PREALLOC */);
/// Cgroups that are recorded.
#[map]
static CGROUPS: HashMap<u64, u8> = HashMap::with_max_entries(4096, 1 /* BPF_F_NO_PREALLOC */);
/// What the self-check's call looked like: how often it was seen.
#[map]
static CHECKED: Array<u64> = Array::with_max_entries(1, 0);

/// Whether what the current thread does is recorded.
#[inline(always)]
pub fn is_recorded() -> bool {
    // SAFETY: no arguments.
    let tgid = (unsafe { bpf_get_current_pid_tgid() } >> 32) as u32;
    // SAFETY: statics. Volatile, because the values here are not those at run time.
    let (own, only_followed, only_cgroups) = unsafe {
        (
            read_volatile(&raw const SELF_TGID),
            read_volatile(&raw const ONLY_FOLLOWED),
            read_volatile(&raw const ONLY_CGROUPS),
        )
    };
    if tgid == own {
        return false;
    }
    if only_followed == 0 && only_cgroups == 0 {
        return true;
    }
    // SAFETY: only tested for being there.
    if only_followed != 0 && unsafe { FOLLOW.get(&tgid) }.is_some() {
        return true;
    }
    // SAFETY: as above.
    only_cgroups != 0 && unsafe { CGROUPS.get(&cgroup::key(current())) }.is_some()
}

/// Follows a new process if the one that made it is followed.
#[inline(always)]
pub fn inherit(parent: u32, child: u32) {
    // SAFETY: a static.
    if unsafe { read_volatile(&raw const ONLY_FOLLOWED) } == 0 {
        return;
    }
    // SAFETY: only tested for being there.
    if unsafe { FOLLOW.get(&parent) }.is_some() {
        let _ = FOLLOW.insert(&child, &1, 0);
    }
}

/// Forgets a process that ended.
#[inline(always)]
pub fn forget(tgid: u32) {
    // SAFETY: a static.
    if unsafe { read_volatile(&raw const ONLY_FOLLOWED) } != 0 {
        let _ = FOLLOW.remove(&tgid);
    }
}

/// Whether the current thread is in a call made through the 32-bit entry, whose numbers and
/// arguments mean something else.
#[inline(always)]
pub fn is_compat() -> bool {
    load::<u32>(current(), at::task_status()) & TS_COMPAT != 0
}

#[unsafe(no_mangle)]
#[unsafe(link_section = "tp_btf/sys_exit")]
fn dispatch(ctx: *const u64) -> i32 {
    let call = Syscall::from_exit(ctx);
    let number = call.number();
    // -1: the thread did not come through a call.
    if number < 0 {
        return 0;
    }
    let number = (number & !X32_BIT) as usize;
    if number >= CALLS {
        return 0;
    }
    // SAFETY: `number` is below the array's length.
    let wanted = unsafe { read_volatile((&raw const WANTED).cast::<u8>().add(number)) };
    if wanted == 0 {
        return 0;
    }
    if wanted == WANTED_BY_CHECK {
        self_check(&call);
        return 0;
    }
    if is_compat() || !is_recorded() {
        return 0;
    }
    let Some(mut out) = Writer::resume(0) else { return 0 };
    let task = current();
    out.head(task, cgroup::key(task));
    Caller::of(task).store(&out);
    // SAFETY: goes to the program of that call, or nowhere if there is none.
    unsafe { bpf_tail_call(ctx as *mut _, (&raw const PROGRAMS) as *mut _, number as u32) };
    0
}

/// Counts the recorder's own marked call: proof that numbers and arguments are read where they are.
#[inline(always)]
fn self_check(call: &Syscall) {
    // SAFETY: a static.
    let own = unsafe { read_volatile(&raw const SELF_TGID) };
    if (unsafe { bpf_get_current_pid_tgid() } >> 32) as u32 == own
        && (1..6).all(|index| call.arg(index) == CHECK_ARGUMENT + u64::from(index))
        && let Some(count) = CHECKED.get_ptr_mut(0)
    {
        // SAFETY: only the recorder's own thread gets here.
        unsafe { *count += 1 };
    }
}
