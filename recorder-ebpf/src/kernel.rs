//! Typed access to the kernel's structs.
//!
//! Where a field is comes from the running kernel's BTF, through [`OFFSETS`] in frozen read-only
//! data: the verifier sees constants. Two ways to read:
//! - [`load`] through a pointer the verifier knows the type of (a tracepoint's argument, the
//!   current task and what is reached from them): about 2 ns, a fault reads as zero;
//! - [`probe`] through any other address: about 35 ns.

use aya_ebpf::helpers::generated::{bpf_get_current_task_btf, bpf_probe_read_kernel, bpf_probe_read_user};
use core::ptr::read_volatile;

/// What a field that this kernel lacks has for an offset.
pub const ABSENT: u32 = u32::MAX;

macro_rules! kernel_fields {
    ($($name:ident = [$($alternative:literal),+];)*) => {
        /// Offsets, sizes and enum values of the running kernel, in the order of the table.
        #[repr(C)]
        pub struct Offsets {
            $($name: u32,)*
        }

        /// Filled by the recorder before the program is loaded.
        #[unsafe(no_mangle)]
        pub static OFFSETS: Offsets = Offsets { $($name: ABSENT,)* };

        /// The value of each field of [`OFFSETS`].
        pub mod at {
            $(
                #[inline(always)]
                #[allow(dead_code)]
                pub fn $name() -> u32 {
                    // SAFETY: a static. Volatile, because the value here is not the one at run time.
                    unsafe { core::ptr::read_volatile(&raw const super::OFFSETS.$name) }
                }
            )*
        }
    };
}
include!("kernel_fields.rs");

/// An address in the kernel. May be null.
pub type Address = *const u8;

/// Reads a field through a pointer whose type the verifier knows; zero if this kernel lacks the
/// field.
#[inline(always)]
pub fn load<T: Copy + Default>(base: Address, offset: u32) -> T {
    if offset == ABSENT {
        return T::default();
    }
    // SAFETY: the verifier admits this only within the kernel's type; a bad pointer reads as zero.
    unsafe { read_volatile(base.add(offset as usize).cast()) }
}

/// As [`load`], of a pointer.
#[inline(always)]
pub fn load_address(base: Address, offset: u32) -> Address {
    if offset == ABSENT {
        return core::ptr::null();
    }
    // SAFETY: as in `load`.
    unsafe { read_volatile(base.add(offset as usize).cast()) }
}

/// Reads from any kernel address; zero if that fails.
#[inline(always)]
pub fn probe<T: Copy + Default>(address: u64) -> T {
    let mut value = T::default();
    // SAFETY: writes the size of `value` to `value`; the source may be any number.
    unsafe {
        bpf_probe_read_kernel((&raw mut value).cast(), size_of::<T>() as u32, address as *const _);
    }
    value
}

/// As [`probe`], of a field that every kernel has: without branches, which loops would pay for
/// many times over when they are verified. A null `base` reads as zero, too.
#[inline(always)]
pub fn probe_sure<T: Copy + Default>(base: u64, offset: u32) -> T {
    probe(base.wrapping_add(u64::from(offset)))
}

/// As [`probe`], of a field at `base`; zero if this kernel lacks it or `base` is null.
#[inline(always)]
pub fn probe_field<T: Copy + Default>(base: u64, offset: u32) -> T {
    if offset == ABSENT || base == 0 {
        return T::default();
    }
    probe(base.wrapping_add(u64::from(offset)))
}

/// Reads from the memory of the current process; `None` if it is not there.
#[inline(always)]
pub fn user<T: Copy + Default>(address: u64) -> Option<T> {
    let mut value = T::default();
    // SAFETY: writes the size of `value` to `value`; the source may be any number.
    let failed =
        unsafe { bpf_probe_read_user((&raw mut value).cast(), size_of::<T>() as u32, address as *const _) };
    if failed == 0 { Some(value) } else { None }
}

/// The running thread.
#[inline(always)]
pub fn current() -> Address {
    // SAFETY: no arguments.
    unsafe { bpf_get_current_task_btf() }.cast::<u8>()
}

/// Hides where a value comes from, so that a bounds check and what follows use one register: the
/// verifier does not relate two.
#[inline(always)]
pub fn opaque(value: u64) -> u64 {
    let mut value = value;
    // SAFETY: copies a register to itself. Not an empty text: two lines at one instruction are
    // refused by the kernel.
    unsafe {
        core::arch::asm!("{0} = {0}", inout(reg) value, options(pure, nomem, nostack, preserves_flags));
    }
    value
}

/// A call as it returns to its caller. The only place that knows registers: another architecture
/// differs here and in the table of fields.
pub struct Syscall {
    regs: Address,
    ret: i64,
}

impl Syscall {
    /// From the arguments of the tracepoint `sys_exit`.
    #[inline(always)]
    pub fn from_exit(ctx: *const u64) -> Self {
        // SAFETY: the tracepoint has these two arguments: (struct pt_regs *regs, long ret).
        unsafe { Self { regs: read_volatile(ctx) as Address, ret: read_volatile(ctx.add(1)) as i64 } }
    }

    /// From saved registers; the result is not known.
    #[inline(always)]
    pub fn from_regs(regs: Address) -> Self {
        Self { regs, ret: 0 }
    }

    /// Number of the call; -1 if the thread did not come through a call.
    #[inline(always)]
    pub fn number(&self) -> i64 {
        load(self.regs, at::regs_orig_ax())
    }

    /// What the call returned.
    #[inline(always)]
    pub fn ret(&self) -> i64 {
        self.ret
    }

    /// Argument 0 to 5.
    #[inline(always)]
    pub fn arg(&self, index: u32) -> u64 {
        let offset = match index {
            0 => at::regs_di(),
            1 => at::regs_si(),
            2 => at::regs_dx(),
            3 => at::regs_r10(),
            4 => at::regs_r8(),
            _ => at::regs_r9(),
        };
        load(self.regs, offset)
    }
}
