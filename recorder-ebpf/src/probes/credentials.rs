//! Users, groups and capabilities.

use capture_format::param::{Caps, Gid, Uid};

use super::{res, syscall};
use crate::kernel::{at, load_address};
use crate::task::caps;

syscall! {
    /// Relies on: long sys_setuid(uid_t uid)
    fn setuid(call, out, caller) -> Setuid {
        Setuid { res: res(call), uid: Uid(call.arg(0) as u32).into() }
    }

    /// Relies on: long sys_setgid(gid_t gid)
    fn setgid(call, out, caller) -> Setgid {
        Setgid { res: res(call), gid: Gid(call.arg(0) as u32).into() }
    }

    /// Relies on: long sys_setreuid(uid_t ruid, uid_t euid)
    fn setreuid(call, out, caller) -> Setreuid {
        Setreuid {
            res: res(call),
            ruid: Uid(call.arg(0) as u32).into(),
            euid: Uid(call.arg(1) as u32).into(),
        }
    }

    /// Relies on: long sys_setregid(gid_t rgid, gid_t egid)
    fn setregid(call, out, caller) -> Setregid {
        Setregid {
            res: res(call),
            rgid: Gid(call.arg(0) as u32).into(),
            egid: Gid(call.arg(1) as u32).into(),
        }
    }

    /// Relies on: long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
    fn setresuid(call, out, caller) -> Setresuid {
        Setresuid {
            res: res(call),
            ruid: Uid(call.arg(0) as u32).into(),
            euid: Uid(call.arg(1) as u32).into(),
            suid: Uid(call.arg(2) as u32).into(),
        }
    }

    /// Relies on: long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
    fn setresgid(call, out, caller) -> Setresgid {
        Setresgid {
            res: res(call),
            rgid: Gid(call.arg(0) as u32).into(),
            egid: Gid(call.arg(1) as u32).into(),
            sgid: Gid(call.arg(2) as u32).into(),
        }
    }

    /// Relies on: long sys_setfsuid(uid_t uid); the result is the previous user.
    fn setfsuid(call, out, caller) -> Setfsuid {
        Setfsuid { res: res(call), uid: Uid(call.arg(0) as u32).into() }
    }

    /// Relies on: long sys_setfsgid(gid_t gid); the result is the previous group.
    fn setfsgid(call, out, caller) -> Setfsgid {
        Setfsgid { res: res(call), gid: Gid(call.arg(0) as u32).into() }
    }

    /// Relies on: long sys_capset(cap_user_header_t header, const cap_user_data_t data)
    fn capset(call, out, caller) -> Capset {
        let cred = load_address(caller.task(), at::task_cred());
        Capset {
            res: res(call),
            cap_inheritable: Caps(caps(cred, at::cred_cap_inheritable())).into(),
            cap_permitted: Caps(caps(cred, at::cred_cap_permitted())).into(),
            cap_effective: Caps(caps(cred, at::cred_cap_effective())).into(),
        }
    }
}
