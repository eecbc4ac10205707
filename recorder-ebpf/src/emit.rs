//! Writes one event: tail first, then header and slots, then out through its ring.

use aya_ebpf::helpers::generated::{
    bpf_get_smp_processor_id, bpf_ktime_get_boot_ns, bpf_map_lookup_elem, bpf_probe_read_kernel_str,
    bpf_probe_read_user, bpf_probe_read_user_str, bpf_ringbuf_output,
};
use aya_ebpf::macros::map;
use aya_ebpf::maps::{PerCpuArray, RingBuf};
use capture_format::param::TRUE_LEN_MAX;
use capture_format::record::{HEAD_LEN, Slot, Words, event_flags, word};
use capture_format::schema::{EventType, Ring};

use crate::kernel::{Address, at, load, load_address, opaque};
use crate::task;

/// Longest byte string of a record.
pub const STRING_MAX: u32 = 4096;
/// Longest record. Less than a buffer: behind it lies room to work in.
pub const RECORD_MAX: u32 = 28 * 1024;
/// Where the room to work in starts.
pub const SPARE: u32 = RECORD_MAX;
/// Do not wake the reader: it polls.
const NO_WAKEUP: u64 = 1;

/// What must not be lost.
#[map]
pub static CRITICAL: RingBuf = RingBuf::with_byte_size(4 << 20, 0);
/// The rest.
#[map]
pub static BULK: RingBuf = RingBuf::with_byte_size(16 << 20, 0);
/// Events that did not fit into their ring, by event type, on each CPU.
#[map]
pub static LOST: PerCpuArray<u64> = PerCpuArray::with_max_entries(256, 0);
/// Where records are built: 0 for events, 1 for listings, which may be interrupted by events.
#[map]
pub static BUFFERS: PerCpuArray<[u64; 4096]> = PerCpuArray::with_max_entries(2, 0);

/// In the room to work in: the end of the tail, and a place to put a value through. Both are in
/// memory so that the verifier forgets what they were: paths through a program that differ only in
/// them are one to it, and a loop costs its length, not a power of it.
const END_AT: u32 = 4096 - 16;
const FORGET_AT: u32 = 4096 - 8;

/// A record being built in this CPU's buffer.
pub struct Writer {
    buffer: *mut u8,
    /// Which of [`BUFFERS`].
    index: u32,
}

impl Words for Writer {
    #[inline(always)]
    fn put(&mut self, index: usize, word: u64) {
        // SAFETY: `index` is a constant after inlining and small; the verifier checks it.
        unsafe { self.buffer.cast::<u64>().add(index).write_volatile(word) }
    }
}

impl Writer {
    /// Starts a record of an event type that has `params` parameters.
    #[inline(always)]
    pub fn new(index: u32, params: usize) -> Option<Self> {
        let mut out = Self::resume(index)?;
        out.set_end((HEAD_LEN + params * 8) as u64);
        Some(out)
    }

    /// The record that is being built in a buffer, in a program or function of its own.
    #[inline(always)]
    pub fn resume(index: u32) -> Option<Self> {
        Some(Self { buffer: BUFFERS.get_ptr_mut(index)?.cast::<u8>(), index })
    }

    /// Which buffer the record is built in.
    #[inline(always)]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The buffer the record is built in.
    #[inline(always)]
    pub fn buffer(&self) -> *mut u8 {
        self.buffer
    }

    /// The room to work in behind the record, at `offset`.
    #[inline(always)]
    pub fn spare(&self, offset: u32) -> *mut u8 {
        // SAFETY: callers pass constants within the buffer; the verifier checks it.
        unsafe { self.buffer.add((SPARE + offset) as usize) }
    }

    /// End of the tail.
    #[inline(always)]
    pub fn end(&self) -> u64 {
        // SAFETY: within the buffer.
        unsafe { self.spare(END_AT).cast::<u64>().read_volatile() }
    }

    /// Moves the end of the tail.
    #[inline(always)]
    pub fn set_end(&mut self, end: u64) {
        // SAFETY: within the buffer.
        unsafe { self.spare(END_AT).cast::<u64>().write_volatile(end) }
    }

    /// The same value, about which the verifier knows nothing any more.
    #[inline(always)]
    pub fn forget(&mut self, value: u64) -> u64 {
        let place = self.spare(FORGET_AT).cast::<u64>();
        // SAFETY: within the buffer.
        unsafe {
            place.write_volatile(value);
            place.read_volatile()
        }
    }

    /// The end of the tail, if `size` bytes fit behind it.
    #[inline(always)]
    pub fn room(&self, size: u32) -> Option<u64> {
        room(self.end(), size)
    }

    /// Appends the string at an address of the current process.
    #[inline(always)]
    pub fn user_str<T: capture_format::param::Param>(&mut self, address: u64) -> Slot<T> {
        self.user_str_max(address, STRING_MAX)
    }

    /// As [`Writer::user_str`], at most `max` bytes (a constant).
    #[inline(always)]
    pub fn user_str_max<T: capture_format::param::Param>(&mut self, address: u64, max: u32) -> Slot<T> {
        let Some(start) = self.room(max + 1) else { return Slot::absent() };
        // SAFETY: `room` made sure that `max + 1` bytes fit.
        let n = unsafe {
            bpf_probe_read_user_str(self.buffer.add(start as usize).cast(), max + 1, address as *const _)
        };
        self.string(start, n, max)
    }

    /// Appends the string at an address of the kernel.
    #[inline(always)]
    pub fn kernel_str<T: capture_format::param::Param>(&mut self, address: u64, max: u32) -> Slot<T> {
        let Some(start) = self.room(max + 1) else { return Slot::absent() };
        // SAFETY: `room` made sure that `max + 1` bytes fit.
        let n = unsafe {
            bpf_probe_read_kernel_str(self.buffer.add(start as usize).cast(), max + 1, address as *const _)
        };
        self.string(start, n, max)
    }

    /// The slot of a string a helper has put at `start`; `n` counts its NUL.
    #[inline(always)]
    fn string<T: capture_format::param::Param>(&mut self, start: u64, n: i64, max: u32) -> Slot<T> {
        if n <= 0 {
            return Slot::absent();
        }
        let len = (n as u64 & 0x1fff) - 1;
        self.set_end(start + len);
        // A string that fills the buffer has more: how much is not known, so one byte.
        let cut = len >= u64::from(max);
        Slot::stored(start as usize, len as usize, len as u32 + cut as u32)
    }

    /// Appends `len` bytes of the current process, at most `max` (a constant below 8 KiB).
    #[inline(always)]
    pub fn user_bytes<T: capture_format::param::Param>(
        &mut self,
        address: u64,
        len: u64,
        max: u32,
    ) -> Slot<T> {
        let Some(start) = self.room(max) else { return Slot::absent() };
        let mut n = opaque(len);
        if n > u64::from(max) {
            n = u64::from(max);
        }
        let n = opaque(n) & 0x1fff;
        if n > u64::from(max) {
            return Slot::absent();
        }
        if n != 0 {
            // SAFETY: `room` made sure that `max` bytes fit, and `n` is no more.
            let failed = unsafe {
                bpf_probe_read_user(self.buffer.add(start as usize).cast(), n as u32, address as *const _)
            };
            if failed != 0 {
                return Slot::absent();
            }
        }
        self.set_end(start + n);
        let true_len = if len > u64::from(TRUE_LEN_MAX) { TRUE_LEN_MAX } else { len as u32 };
        Slot::stored(start as usize, n as usize, true_len)
    }

    /// Writes the header's words that say who: `task`, in the cgroup with this key.
    #[inline(always)]
    pub fn head(&mut self, task: Address, cgroup: u64) {
        let two = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let cred = load_address(task, at::task_cred());
        // SAFETY: a helper without arguments.
        self.put(word::TIME, unsafe { bpf_ktime_get_boot_ns() });
        self.put(word::PID_TID, two(load(task, at::task_tgid()), load(task, at::task_pid())));
        self.put(word::START, task::start(task));
        self.put(word::UID_EUID, two(load(cred, at::cred_uid()), load(cred, at::cred_euid())));
        self.put(word::EGID_LOGINUID, two(load(cred, at::cred_egid()), task::loginuid(task)));
        self.put(word::CGROUP, cgroup);
        self.put(word::SESSION_FLAGS, two(task::session(task), task::flags(task)));
        self.put(word::CAP_EFFECTIVE, task::caps(cred, at::cred_cap_effective()));
        self.put(word::CAP_PERMITTED, task::caps(cred, at::cred_cap_permitted()));
    }

    /// Completes a record whose [`Writer::head`] is written, and gives its length; 0 if it is too
    /// long.
    #[inline(always)]
    pub fn close(&mut self, event: EventType, present: u64) -> u64 {
        let end = opaque(self.end());
        if end > u64::from(RECORD_MAX) {
            return 0;
        }
        // SAFETY: the buffer is longer than `RECORD_MAX + 8`. Pads with zeros.
        unsafe { self.buffer.add(end as usize).cast::<u64>().write_unaligned(0) };
        let len = (end + 7) & 0xfff8;
        // SAFETY: a helper without arguments.
        let cpu = unsafe { bpf_get_smp_processor_id() };
        self.put(word::TYPE_CPU_LEN, event as u64 | u64::from(cpu) << 16 | len << 32);
        self.put(word::PRESENT, present);
        len
    }

    /// Completes and sends a record whose [`Writer::head`] is written. Says whether it went out.
    #[inline(always)]
    pub fn send(&mut self, event: EventType, present: u64) -> bool {
        let ring = match event.info().ring {
            Ring::Critical => &raw const CRITICAL,
            Ring::Bulk => &raw const BULK,
        };
        self.send_to(ring, event, present)
    }

    /// As [`Writer::send`], for events whose type is known at run time only; all of them travel in
    /// the ring of what must not be lost.
    #[inline(always)]
    pub fn send_critical(&mut self, event: EventType, present: u64) -> bool {
        self.send_to(&raw const CRITICAL, event, present)
    }

    #[inline(always)]
    fn send_to(&mut self, ring: *const RingBuf, event: EventType, present: u64) -> bool {
        let len = opaque(self.close(event, present));
        let mut failed = true;
        if len >= HEAD_LEN as u64 && len <= u64::from(RECORD_MAX) + 8 {
            // SAFETY: `len` is within the buffer.
            failed = unsafe { bpf_ringbuf_output(ring as *mut _, self.buffer.cast(), len, NO_WAKEUP) } != 0;
        }
        if failed {
            count_loss(event);
        }
        !failed
    }
}

/// `end`, if `size` bytes fit behind it within the record.
#[inline(always)]
pub fn room(end: u64, size: u32) -> Option<u64> {
    let end = opaque(end);
    if end > u64::from(RECORD_MAX - size) { None } else { Some(end) }
}

/// Counts an event that did not get out.
#[inline(always)]
pub fn count_loss(event: EventType) {
    let index = event as u32;
    // SAFETY: the map lives as long as the program.
    let count = unsafe { bpf_map_lookup_elem((&raw const LOST) as *mut _, (&raw const index).cast()) };
    if !count.is_null() {
        // SAFETY: the entry is this CPU's own.
        unsafe { *count.cast::<u64>() += 1 };
    }
}

/// Flag bits that the event type does not decide.
pub const KERNEL_THREAD: u32 = event_flags::KERNEL_THREAD;
