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
        "res fd fd1 fd2 fd_in fd_out fdin fdout in_fd out_fd oldfd newfd dirfd olddir newdir \
     olddirfd newdirfd linkdirfd mountfd pid_fd target_fd tid pid ptid vtid vpid pgid spid \
     dpid next reaper_tid status ret maxevents timeout cur max oldcur oldmax newcur newmax \
     fdlimit arg2_int res_or_fd loginuid tty",
    ),
    (Type::Path, "name path oldpath newpath linkpath filename pathname dir trusted_exepath"),
    (
        Type::U32,
        "uid gid euid egid suid sgid ruid rgid size mode type proto backlog dev optlen vm_size \
     vm_rss vm_swap ratio cpu action nsops sem_num_0 sem_num_1 queuelen queuemax entries \
     sq_entries cq_entries sq_thread_cpu sq_thread_idle to_submit min_complete nr_args id \
     mask sigmask nativeID plugin_id event_type",
    ),
    (Type::I32, "semid semnum key nsems sem_op_0 sem_op_1"),
    (
        Type::U64,
        "cap_inheritable cap_permitted cap_effective exe_ino ino length offset pgoffset offin \
     offout len pos initval pidns_init_start_ts source peer pgft_maj pgft_min cpu_usr cpu_sys \
     arg argument ip val aux dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit \
     dqb_isoftlimit",
    ),
    (Type::RelTime, "interval dqb_btime dqb_itime dqi_bgrace dqi_igrace"),
    (Type::AbsTime, "exe_ino_ctime exe_ino_mtime"),
    (
        Type::Flags,
        "flags cmd request domain level optname op opcode operation whence how prot option \
     resource quota_fmt quota_fmt_out dqi_flags nstype semflg sem_flg_0 sem_flg_1 resolve \
     features error",
    ),
    (Type::U8, "queuepct core sig clockid"),
    (
        Type::Text,
        "exe comm cwd target special quotafilepath json image desc description scope arg2_str \
     uargs home shell container_id value_charbuf",
    ),
    (Type::Bytes, "args env data cgroups tuple addr fds tags event_data msgcontrol img value_bytebuf"),
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
