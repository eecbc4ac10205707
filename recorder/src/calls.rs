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
        Dup SYS_dup,
        Dup3 SYS_dup3,
        MemfdCreate SYS_memfd_create,
        Setns SYS_setns,
        Unshare SYS_unshare,
        Fchmod SYS_fchmod,
        Fchmodat SYS_fchmodat,
        Fchmodat2 SYS_fchmodat2,
        Fchown SYS_fchown,
        Fchownat SYS_fchownat,
        Renameat SYS_renameat,
        Renameat2 SYS_renameat2,
        Unlinkat SYS_unlinkat,
        Linkat SYS_linkat,
        Symlinkat SYS_symlinkat,
        Mkdirat SYS_mkdirat,
        Mount SYS_mount,
        Umount2 SYS_umount2,
        Ptrace SYS_ptrace,
        Setuid SYS_setuid,
        Setgid SYS_setgid,
        Setreuid SYS_setreuid,
        Setregid SYS_setregid,
        Setresuid SYS_setresuid,
        Setresgid SYS_setresgid,
        Setfsuid SYS_setfsuid,
        Setfsgid SYS_setfsgid,
        Capset SYS_capset,
        Chdir SYS_chdir,
        Fchdir SYS_fchdir,
        Prctl SYS_prctl,
        InitModule SYS_init_module,
        FinitModule SYS_finit_module,
        DeleteModule SYS_delete_module,
        Bpf SYS_bpf,
        Kill SYS_kill,
        Tkill SYS_tkill,
        Tgkill SYS_tgkill,
        Setsid SYS_setsid,
        Setpgid SYS_setpgid,
        Userfaultfd SYS_userfaultfd,
        Chroot SYS_chroot,
        PivotRoot SYS_pivot_root,
    }
    x86_64 {
        Open SYS_open,
        Creat SYS_creat,
        Dup2 SYS_dup2,
        Chmod SYS_chmod,
        Chown SYS_chown,
        Lchown SYS_lchown,
        Rename SYS_rename,
        Unlink SYS_unlink,
        Link SYS_link,
        Symlink SYS_symlink,
        Mkdir SYS_mkdir,
        Rmdir SYS_rmdir,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn every_event_has_a_source() {
        use EventType::{Cgroup, Clone, Clone3, Fork, Procexit, Vfork};
        for event in capture_format::EVENTS {
            let from_tracepoint = [Clone, Clone3, Fork, Vfork, Procexit, Cgroup].contains(&event.event_type);
            assert!(from_tracepoint != number(event.event_type).is_some(), "{}", event.name);
        }
    }
}
