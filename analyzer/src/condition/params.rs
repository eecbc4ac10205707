//! Names and types of event parameters, as `evt.arg.NAME` and `evt.rawarg.NAME` know them: those of
//! Falco's event table (the type is that of the first event with such a parameter) and Saker's own.

use capture_format::param::{Kind, Storage};
use capture_format::schema::EVENTS;

use crate::fields::Type;

/// Type of a parameter, if any event has one of this name.
pub fn parameter(name: &str) -> Option<Type> {
    for (ty, names) in KNOWN {
        if names.split_ascii_whitespace().any(|known| known == name) {
            return Some(*ty);
        }
    }
    let own = EVENTS.iter().flat_map(|event| event.params).find(|param| param.name == name)?;
    Some(of_kind(own.kind))
}

/// Names of all parameters, for suggestions.
pub fn parameter_names() -> impl Iterator<Item = &'static str> {
    let own = EVENTS.iter().flat_map(|event| event.params).map(|param| param.name);
    KNOWN.iter().flat_map(|(_, names)| names.split_ascii_whitespace()).chain(own)
}

fn of_kind(kind: Kind) -> Type {
    match (kind, kind.storage()) {
        (Kind::Path | Kind::KernelPath, _) => Type::Path,
        (Kind::Argv | Kind::Env | Kind::Payload | Kind::SocketAddress, _) => Type::Bytes,
        (_, Storage::Bytes) => Type::Text,
        (_, Storage::Descriptor) => Type::Text,
        (Kind::Res | Kind::NewFd | Kind::Fd | Kind::Pid | Kind::Signed, _) => Type::I64,
        (Kind::Mode, _) => Type::Mode,
        (Kind::Flag, _) => Type::Bool,
        (Kind::WallTime, _) => Type::AbsTime,
        (Kind::Caps | Kind::Number | Kind::Hex | Kind::BootTime, _) => Type::U64,
        (_, Storage::Word) => Type::U32,
    }
}

static KNOWN: &[(Type, &str)] = &[
    (
        Type::I64,
        "res fd fd1 fd2 fd_in fd_out oldfd newfd dirfd olddir newdir olddirfd newdirfd linkdirfd targetdirfd \
         mountfd pidfd target_fd epfd tid pid ptid vtid vpid pgid sid loginuid fdlimit maxevents timeout \
         quota_fmt ret next cur max oldcur oldmax newcur newmax arg2_int sessionid watchdog_sec",
    ),
    (
        Type::Path,
        "name path oldpath newpath linkpath target filename dev_name dir source special trusted_exepath pathname \
         exepath",
    ),
    (
        Type::U32,
        "uid gid euid egid suid sgid ruid rgid size mode ino_generation type_id proto backlog dev nativeID \
                 optlen tty pgft_maj pgft_min vm_size vm_rss vm_swap count nsems sem_op_0 sem_op_1 sem_flg_0 \
                 sem_flg_1 sem_num_0 sem_num_1 semnum entries sq_entries cq_entries sq_thread_cpu sq_thread_idle \
                 to_submit min_complete features nr_args plugin_id ratio semid which who key",
    ),
    (
        Type::U64,
        "cap_inheritable cap_permitted cap_effective exe_ino ino addr length offset pos initval interval peer \
         pidns_init_start_ts error stime id arg peak maxsize in_use rdma sigset nsec linux_ns",
    ),
    (Type::AbsTime, "exe_ino_ctime exe_ino_mtime"),
    (
        Type::Flags,
        "flags cmd request domain type level optname op whence how prot sig option on_off resource quotacmd \
         quotatype cause nstype advice clockid mask dlm rwf cgroup_flags flag resolve sqe_flags status action \
         event_type",
    ),
    (Type::Port, "port sport dport"),
    (Type::U8, "queuepct queuelen queuemax cpu_usr cpu_sys"),
    (Type::Bool, "enabled success"),
    (
        Type::Text,
        "exe comm cwd cgroup desc arg2_str uargs home shell source_name scope json image uri label key_name \
         target_name user_name group_name idname value host_name description plugin_name quota_fmt_out dqb_bhardlimit \
         mountpoint fstype uuid username groupname homedir event_name",
    ),
    (Type::Bytes, "args env data cgroups tuple sockaddr fds event_data data_out msgcontrol val msg tags"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_both_tables_are_known() {
        assert_eq!(parameter("flags"), Some(Type::Flags));
        assert_eq!(parameter("trusted_exepath"), Some(Type::Path));
        assert_eq!(parameter("nosuch"), None);
        for event in EVENTS {
            for param in event.params {
                assert!(parameter(param.name).is_some(), "{}", param.name);
            }
        }
    }
}
