//! The kernel program of `saker-record`.
//!
//! One dispatcher sits on the return of every system call and hands wanted ones to the program of
//! that call; fork, exec and exit have tracepoints of their own; two iterators list what exists.
//! Every program fills the struct that the event's row in the schema declares.
#![no_std]
#![no_main]
// Inline assembly is not stable for this target; `kernel::opaque` needs it.
#![feature(asm_experimental_arch)]

mod cgroup;
mod dispatch;
mod emit;
mod iterate;
mod kernel;
mod path;
mod probes;
mod sock;
mod task;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Some helpers are for programs under the GPL only; this one may be used under it, too.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
