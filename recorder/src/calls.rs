//! The system call each event stands for.

use capture_format::EventType;

macro_rules! calls {
    (all { $($Event:ident $number:ident,)+ } x86_64 { $($OldEvent:ident $old_number:ident,)+ }) => {
        /// Events that a system call makes, with its number. The program that records it has the
        /// event's name.
        pub static CALLS: &[(EventType, i64)] = &[
            $((EventType::$Event, libc::$number),)+
            // Calls that newer architectures never had.
            $(#[cfg(target_arch = "x86_64")] (EventType::$OldEvent, libc::$old_number),)+
        ];
    };
}

calls! {
    all {
        Execve SYS_execve,
        Execveat SYS_execveat,
        Openat SYS_openat,
        Openat2 SYS_openat2,
        Socket SYS_socket,
        Connect SYS_connect,
        Accept SYS_accept,
        Accept4 SYS_accept4,
        Bind SYS_bind,
        Listen SYS_listen,
        Sendto SYS_sendto,
        Sendmsg SYS_sendmsg,
        Recvfrom SYS_recvfrom,
        Recvmsg SYS_recvmsg,
    }
    x86_64 {
        Open SYS_open,
        Creat SYS_creat,
    }
}

/// Number of the system call behind an event; `None` if none is or this architecture lacks it.
pub fn number(event: EventType) -> Option<i64> {
    CALLS.iter().find(|(one, _)| *one == event).map(|(_, number)| *number)
}

/// Numbers of clone, clone3, fork and vfork; `u32::MAX` where there is no such call.
pub fn fork_calls() -> [u32; 4] {
    #[cfg(target_arch = "x86_64")]
    let old = [libc::SYS_fork as u32, libc::SYS_vfork as u32];
    #[cfg(not(target_arch = "x86_64"))]
    let old = [u32::MAX; 2];
    [libc::SYS_clone as u32, libc::SYS_clone3 as u32, old[0], old[1]]
}
