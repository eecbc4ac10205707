//! System calls the standard library does not offer.
#![allow(unsafe_code)] // Minimal glue; each block says why it is sound.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Names of the kernel and the machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Host name.
    pub host: String,
    /// Kernel release.
    pub release: String,
    /// Machine architecture.
    pub arch: String,
}

/// What uname(2) tells.
pub fn machine() -> io::Result<Machine> {
    // SAFETY: `utsname` is arrays of characters, for which zeros are valid; the call fills it.
    let names = unsafe {
        let mut names: libc::utsname = std::mem::zeroed();
        if libc::uname(&mut names) != 0 {
            return Err(io::Error::last_os_error());
        }
        names
    };
    let text = |chars: &[libc::c_char]| {
        let bytes: Vec<u8> = chars.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Machine { host: text(&names.nodename), release: text(&names.release), arch: text(&names.machine) })
}

/// Nanoseconds of a clock.
fn clock_ns(clock: libc::clockid_t) -> i128 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer; both clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, &mut time) };
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

/// Now on the boot clock, ns.
pub fn boot_ns() -> u64 {
    clock_ns(libc::CLOCK_BOOTTIME) as u64
}

/// What to add to a time of the boot clock to get ns since 1970: the tightest of several readings.
pub fn boot_wall_ns() -> i64 {
    let reading = || {
        let before = clock_ns(libc::CLOCK_BOOTTIME);
        let wall = clock_ns(libc::CLOCK_REALTIME);
        let after = clock_ns(libc::CLOCK_BOOTTIME);
        (after - before, wall - (before + after) / 2)
    };
    (0..8).map(|_| reading()).min().map_or(0, |(_, offset)| offset as i64)
}

/// Seconds the machine's time zone is ahead of UTC now.
pub fn utc_offset_s() -> i32 {
    // SAFETY: `time` accepts null; `localtime_r` writes to the `tm` it is given and nothing else.
    unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut local: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&now, &mut local).is_null() {
            return 0;
        }
        local.tm_gmtoff as i32
    }
}

/// Opens `path` below the directory `root`, which stands for `/` while it is resolved.
pub fn open_in_root(root: &File, path: &str) -> io::Result<File> {
    /// `struct open_how` of openat2(2).
    #[repr(C)]
    struct OpenHow {
        flags: u64,
        mode: u64,
        resolve: u64,
    }
    const RESOLVE_NO_MAGICLINKS: u64 = 0x02;
    const RESOLVE_IN_ROOT: u64 = 0x10;
    let path = CString::new(path)?;
    let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY;
    let how = OpenHow { flags: flags as u64, mode: 0, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    // SAFETY: `path` and `how` outlive the call, and `how` has the layout and size passed.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_openat2,
            root.as_raw_fd(),
            path.as_ptr(),
            &raw const how,
            size_of::<OpenHow>(),
        )
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave this descriptor to us alone.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd as i32) }))
}

/// An address of a network interface: name, family, address (IPv4 in the first 4 bytes), prefix.
pub type InterfaceAddress = (Vec<u8>, Option<(u16, [u8; 16], u8)>);

/// The addresses of this network namespace's interfaces; an interface without any comes once.
pub fn interface_addresses() -> io::Result<Vec<InterfaceAddress>> {
    let mut head: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the call stores the head of a list, freed below.
    if unsafe { libc::getifaddrs(&mut head) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = head;
    // SAFETY: every node of the list is valid until `freeifaddrs`; names end with NUL; the
    // addresses have the type their family says.
    unsafe {
        while let Some(node) = next.as_ref() {
            let name = CStr::from_ptr(node.ifa_name).to_bytes().to_vec();
            found.push((name, address(node.ifa_addr).map(|(f, a)| (f, a, prefix(node.ifa_netmask)))));
            next = node.ifa_next;
        }
        libc::freeifaddrs(head);
    }
    Ok(found)
}

/// # Safety
/// `addr` is null or points at a socket address of the length its family has.
unsafe fn address(addr: *const libc::sockaddr) -> Option<(u16, [u8; 16])> {
    let mut bytes = [0; 16];
    // SAFETY: as the caller promises.
    unsafe {
        match i32::from(addr.as_ref()?.sa_family) {
            libc::AF_INET => {
                let inet = addr.cast::<libc::sockaddr_in>().read_unaligned();
                bytes[..4].copy_from_slice(&inet.sin_addr.s_addr.to_ne_bytes());
                Some((2, bytes))
            }
            libc::AF_INET6 => {
                let inet = addr.cast::<libc::sockaddr_in6>().read_unaligned();
                Some((10, inet.sin6_addr.s6_addr))
            }
            _ => None,
        }
    }
}

/// # Safety
/// As [`address`].
unsafe fn prefix(mask: *const libc::sockaddr) -> u8 {
    // SAFETY: as the caller promises.
    unsafe { address(mask) }.map_or(0, |(_, bytes)| bytes.iter().map(|byte| byte.count_ones() as u8).sum())
}

/// How often a signal that asks to end was received.
static STOPS: AtomicU32 = AtomicU32::new(0);
/// The last such signal.
static STOP_SIGNAL: AtomicU32 = AtomicU32::new(0);

extern "C" fn on_signal(signal: libc::c_int) {
    STOP_SIGNAL.store(signal as u32, Ordering::Relaxed);
    STOPS.fetch_add(1, Ordering::Relaxed);
}

/// From here on SIGINT, SIGTERM and SIGHUP are counted instead of ending the process. A hang-up that
/// is ignored stays so: `nohup saker-record` shall survive the end of the ssh session.
pub fn catch_stops() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: the handler only stores to atomics, which is allowed in a signal handler.
        // No SA_RESTART: a sleep shall end early.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &mut action);
            if signal == libc::SIGHUP && action.sa_sigaction == libc::SIG_IGN {
                continue;
            }
            action = std::mem::zeroed();
            action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as usize;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

/// How many signals asked to end, and the last of them.
pub fn stops() -> (u32, i32) {
    (STOPS.load(Ordering::Relaxed), STOP_SIGNAL.load(Ordering::Relaxed) as i32)
}

/// Waits `ms` milliseconds, or until a signal comes.
pub fn nap(ms: u64) {
    let time = libc::timespec { tv_sec: (ms / 1000) as libc::time_t, tv_nsec: (ms % 1000 * 1_000_000) as _ };
    // SAFETY: `time` is valid, and what is left after a signal is not asked for.
    unsafe { libc::nanosleep(&time, std::ptr::null_mut()) };
}

/// Sends `signal` to the process `pid`.
pub fn send_signal(pid: u32, signal: i32) {
    // SAFETY: plain system call. A process that is gone is no error here.
    unsafe { libc::kill(pid as libc::pid_t, signal) };
}

/// Prepares `command` to report its pid and wait for a word before it becomes another program.
///
/// `report` gets the pid as 4 bytes, then a byte is awaited on `wait`; end of file gives up. The
/// process holds a copy of `release`, the other end of `wait`, and closes it: it would wait for
/// itself.
pub fn hold_before_exec(command: &mut Command, report: OwnedFd, wait: OwnedFd, release: RawFd) {
    use std::os::unix::process::CommandExt;
    let held = move || {
        let pid = std::process::id().to_ne_bytes();
        let mut word = [0_u8; 1];
        // SAFETY: both descriptors are owned by this closure, the buffers are valid, and close,
        // write and read are allowed between fork and exec.
        // `release` is a copy that nothing else in this process uses.
        let released = unsafe {
            libc::close(release);
            libc::write(report.as_raw_fd(), pid.as_ptr().cast(), pid.len()) == pid.len() as isize
                && libc::read(wait.as_raw_fd(), word.as_mut_ptr().cast(), 1) == 1
        };
        if released { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ECANCELED)) }
    };
    // SAFETY: the closure allocates nothing and calls only what is allowed between fork and exec.
    unsafe { command.pre_exec(held) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_a_name_and_a_clock() {
        let machine = machine().unwrap();
        assert!(!machine.release.is_empty() && !machine.arch.is_empty());
        let wall =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as i64;
        let told = boot_ns() as i64 + boot_wall_ns();
        assert!((told - wall).abs() < 1_000_000_000, "{told} {wall}");
    }

    #[test]
    fn the_loopback_has_its_address() {
        let found = interface_addresses().unwrap();
        let lo: Vec<_> =
            found.iter().filter(|(name, _)| name == b"lo").filter_map(|(_, address)| *address).collect();
        if lo.is_empty() {
            println!("SKIPPED: no loopback interface is up here");
            return;
        }
        assert!(
            lo.iter()
                .any(|(family, addr, prefix)| *family == 2 && addr[..4] == [127, 0, 0, 1] && *prefix == 8)
        );
    }
}
