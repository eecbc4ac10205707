//! Lists what exists, with the code that fills events: keys and paths are equal by construction.

use aya_ebpf::helpers::generated::bpf_seq_write;
use capture_format::record::Slot;
use capture_format::schema::EventType;
use core::ptr::read_volatile;

use crate::cgroup;
use crate::emit::{RECORD_MAX, Writer};
use crate::kernel::{Address, at, load, load_address, opaque};
use crate::path::{Place, fs_of};
use crate::probes::exec_parameters;
use crate::sock::{CallAddress, describe};
use crate::task;

/// The buffer for listings: events may come in between.
const BUFFER: u32 = 1;
const EXEC_PARAMS: usize = EventType::Execve.info().params.len();
const CGROUP_PARAMS: usize = EventType::Cgroup.info().params.len();
/// Header of an entry of the listing of descriptors: process id, number, length.
const ENTRY_HEAD: u64 = 16;

/// Members of an iterator's context, a word each and the same since there are iterators:
/// `struct bpf_iter__task { meta, task }`, `struct bpf_iter__task_file { meta, task, fd, file }`.
const META: usize = 0;
const TASK: usize = 1;
const FD: usize = 2;
const FILE: usize = 3;

/// A member of an iterator's context. Its place must be part of the instruction.
#[inline(always)]
fn context(ctx: *const u64, member: usize) -> Address {
    // SAFETY: the verifier admits only members of the context.
    unsafe { read_volatile(ctx.add(member).cast()) }
}

/// Appends `len` bytes of the buffer to the listing.
#[inline(always)]
fn write(ctx: *const u64, buffer: *mut u8, len: u64) {
    let meta = context(ctx, META);
    let seq = load_address(meta, at::iter_seq());
    let len = opaque(len);
    if len == 0 || len > u64::from(RECORD_MAX) + 8 {
        return;
    }
    // SAFETY: `len` is within the buffer. A full page makes the kernel ask again for this entry.
    unsafe { bpf_seq_write(seq as *mut _, buffer.cast(), len as u32) };
}

/// A process as the event of its exec, and the path of its cgroup as that event.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task")]
fn list_tasks(ctx: *const u64) -> i32 {
    let task = context(ctx, TASK);
    if task.is_null() || load::<u32>(task, at::task_pid()) != load::<u32>(task, at::task_tgid()) {
        return 0;
    }
    let key = cgroup::key(task);
    if let Some(mut out) = Writer::new(BUFFER, CGROUP_PARAMS) {
        let event = capture_format::schema::raw::Cgroup { path: cgroup::path(&mut out, task) };
        let present = event.encode(&mut out);
        out.head(task, key);
        let len = out.close(EventType::Cgroup, present);
        write(ctx, out.buffer(), len);
    }
    if let Some(mut out) = Writer::new(BUFFER, EXEC_PARAMS) {
        let absent = Slot::absent;
        let event = exec_parameters(&mut out, task, absent(), Slot::absent(), Slot::absent(), Slot::absent());
        let present = event.encode(&mut out);
        out.head(task, key);
        let len = out.close(EventType::Execve, present);
        write(ctx, out.buffer(), len);
    }
    0
}

/// An open descriptor.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task_file")]
fn list_files(ctx: *const u64) -> i32 {
    let task = context(ctx, TASK);
    let file = context(ctx, FILE);
    if task.is_null() || file.is_null() {
        return 0;
    }
    // SAFETY: the verifier admits only members of the context.
    let fd = unsafe { read_volatile(ctx.add(FD).cast::<u32>()) };
    // No record: a head of two words, then the descriptor.
    let Some(mut out) = Writer::new(BUFFER, 0) else { return 0 };
    out.set_end(ENTRY_HEAD);
    if describe(&mut out, Place::root(fs_of(task)), file as u64, CallAddress::NONE).is_none() {
        return 0;
    }
    let end = opaque(out.end());
    if !(ENTRY_HEAD..=u64::from(RECORD_MAX)).contains(&end) {
        return 0;
    }
    let tgid = task::tgid(task) as u32;
    // SAFETY: the first two words of the buffer.
    unsafe {
        let words = out.buffer().cast::<u64>();
        words.write_volatile(u64::from(tgid) | u64::from(fd) << 32);
        words.add(1).write_volatile(end - ENTRY_HEAD);
    }
    write(ctx, out.buffer(), end);
    0
}
