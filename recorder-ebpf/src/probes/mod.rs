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

use crate::emit::Writer;
use crate::kernel::{Address, Syscall, current, user};
use crate::path::{self, Place, fs_of};
use crate::sock::{self, CallAddress, Files};
use capture_format::param::{File, KernelPath, Path};
use capture_format::record::Slot;

/// `AT_FDCWD`: relative to the working directory.
pub const AT_FDCWD: i32 = -100;

/// What probes need of the thread that made the call. The dispatcher looks it up; it lies in the
/// room to work in when a probe starts.
pub struct Caller {
    /// Address of the `struct fs_struct`.
    fs: u64,
    files: Files,
}

/// Where in the room to work in: three words.
const CALLER_AT: u32 = 1024;

impl Caller {
    /// Looks the current thread up.
    #[inline(always)]
    pub fn of(task: Address) -> Self {
        Self { fs: fs_of(task), files: Files::of(task) }
    }

    /// Leaves it for the probe.
    #[inline(always)]
    pub fn store(&self, out: &Writer) {
        let place = out.spare(CALLER_AT).cast::<u64>();
        // SAFETY: within the room to work in.
        unsafe {
            place.write_volatile(self.fs);
            place.add(1).write_volatile(self.files.array);
            place.add(2).write_volatile(u64::from(self.files.len));
        }
    }

    /// What the dispatcher left.
    #[inline(always)]
    pub fn stored(out: &Writer) -> Self {
        let place = out.spare(CALLER_AT).cast::<u64>();
        // SAFETY: within the room to work in.
        unsafe {
            Self {
                fs: place.read_volatile(),
                files: Files {
                    array: place.add(1).read_volatile(),
                    len: place.add(2).read_volatile() as u32,
                },
            }
        }
    }

    /// Its thread.
    #[inline(always)]
    pub fn task(&self) -> Address {
        current()
    }

    /// Its root directory.
    #[inline(always)]
    pub fn root(&self) -> Place {
        Place::root(self.fs)
    }

    /// Its working directory.
    #[inline(always)]
    pub fn cwd(&self) -> Place {
        Place::cwd(self.fs)
    }

    /// The open file behind a descriptor; 0 for none.
    #[inline(always)]
    pub fn file(&self, fd: i32) -> u64 {
        self.files.get(fd)
    }
}

/// Declares the program of a system call: its name is the event's.
macro_rules! syscall {
    ($($(#[doc = $doc:literal])+ fn $name:ident($call:ident, $out:ident, $caller:ident) -> $Event:ident $body:block)+) => {$(
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
                $caller: &$crate::probes::Caller,
            ) -> Option<$Event> {
                Some($body)
            }
            let call = $crate::kernel::Syscall::from_exit(ctx);
            let Some(mut out) = $crate::emit::Writer::new(0, PARAMS) else { return 0 };
            let caller = $crate::probes::Caller::stored(&out);
            if let Some(event) = fill(&call, &mut out, &caller) {
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
pub fn user_path(out: &mut Writer, caller: &Caller, dirfd: i32, address: u64) -> UserPath {
    let path = out.user_str(address);
    // An absolute path starts nowhere; one that could not be read is not known to.
    let dir = match user::<u8>(address) {
        None | Some(b'/') => Slot::absent(),
        Some(_) => {
            let from = if dirfd == AT_FDCWD { caller.cwd() } else { Place::of_file(caller.file(dirfd)) };
            path::slot(out, from, caller.root())
        }
    };
    UserPath { path, dir }
}

/// What a descriptor of the caller refers to; absent if it is not open.
#[inline(always)]
pub fn descriptor(out: &mut Writer, caller: &Caller, fd: i32) -> Slot<File> {
    described(out, caller, fd, CallAddress::NONE)
}

/// As [`descriptor`], with the address the call named.
#[inline(always)]
pub fn described(out: &mut Writer, caller: &Caller, fd: i32, address: CallAddress) -> Slot<File> {
    match sock::describe(out, caller.root(), caller.file(fd), address) {
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
