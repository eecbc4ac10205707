//! The probes, by family. A probe fills the struct of its event; the macro does the rest.

mod attributes;
mod credentials;
mod descriptors;
mod exec;
mod exit;
mod fork;
mod modules;
mod mounts;
mod names;
mod net;
mod open;
mod processes;

pub use exec::exec_parameters;

use crate::kernel::{Address, Syscall, user};
use crate::path::{self, Place};
use crate::sock::{self, file_of};
use crate::emit::Writer;
use capture_format::param::{File, KernelPath, Path};
use capture_format::record::Slot;

/// `AT_FDCWD`: relative to the working directory.
pub const AT_FDCWD: i32 = -100;

/// Declares the program of a system call: its name is the event's.
macro_rules! syscall {
    ($($(#[doc = $doc:literal])+ fn $name:ident($call:ident, $out:ident, $task:ident) -> $Event:ident $body:block)+) => {$(
        $(#[doc = $doc])+
        #[unsafe(no_mangle)]
        #[unsafe(link_section = "tp_btf/sys_exit")]
        fn $name(ctx: *const u64) -> i32 {
            use capture_format::schema::raw::$Event;
            const PARAMS: usize = $Event::TYPE.info().params.len();
            #[inline(always)]
            #[allow(unused_variables)]
            fn fill(
                $call: &$crate::kernel::Syscall,
                $out: &mut $crate::emit::Writer,
                $task: $crate::kernel::Address,
            ) -> Option<$Event> {
                Some($body)
            }
            let call = $crate::kernel::Syscall::from_exit(ctx);
            let Some(mut out) = $crate::emit::Writer::new(0, PARAMS) else { return 0 };
            let task = $crate::kernel::current();
            if let Some(event) = fill(&call, &mut out, task) {
                let present = event.encode(&mut out);
                out.send($Event::TYPE, present);
            }
            0
        }
    )+};
}
pub(crate) use syscall;

/// A path the caller gave, and the directory it starts from if it is relative.
pub struct UserPath {
    /// As the caller gave it.
    pub path: Slot<Path>,
    /// Where it starts.
    pub dir: Slot<KernelPath>,
}

/// Appends the path at `address` and, if it is relative, the directory behind `dirfd`.
#[inline(always)]
pub fn user_path(out: &mut Writer, task: Address, dirfd: i32, address: u64) -> UserPath {
    let path = out.user_str(address);
    // An absolute path starts nowhere; one that could not be read is not known to.
    let dir = match user::<u8>(address) {
        None | Some(b'/') => Slot::absent(),
        Some(_) => {
            let from = if dirfd == AT_FDCWD { Place::cwd(task) } else { Place::of_file(file_of(task, dirfd)) };
            path::slot(out, from, Place::root(task))
        }
    };
    UserPath { path, dir }
}

/// What a descriptor of the caller refers to; absent if it is not open.
#[inline(always)]
pub fn descriptor(out: &mut Writer, task: Address, fd: i32) -> Slot<File> {
    described(out, task, fd, sock::CallAddress::NONE)
}

/// As [`descriptor`], with the address the call named.
#[inline(always)]
pub fn described(out: &mut Writer, task: Address, fd: i32, address: sock::CallAddress) -> Slot<File> {
    match sock::describe(out, Place::root(task), file_of(task, fd), address) {
        Some(described) => described.slot,
        None => Slot::absent(),
    }
}

/// Result of the call.
#[inline(always)]
pub fn res(call: &Syscall) -> Slot<capture_format::param::Res> {
    capture_format::param::Res(call.ret()).into()
}

/// Result of a call that makes a descriptor.
#[inline(always)]
pub fn new_fd(call: &Syscall) -> Slot<capture_format::param::NewFd> {
    capture_format::param::NewFd(call.ret()).into()
}
