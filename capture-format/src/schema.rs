//! THE declaration of every event: a row each.
//!
//! From a row come the struct an analyzer reads, the struct a probe fills, the encoder, the
//! decoder, `evt.type`, `evt.arg.*`, the event table and `docs/events.md`. Numbers are never
//! reused and parameters only appended, so that an old capture reads with a new schema and the
//! other way round.
//!
//! Parameter names are Falco's where Falco has the parameter, so that `evt.arg.NAME` means the
//! same. A parameter marked `@own` is Saker's: reachable as `evt.arg.NAME`, left out of `evt.args`.

use crate::param::{self, Kind, Param};
use crate::record::{HEAD_WORDS, Row, Slot, Words};

/// Coarse class of an event, as `evt.category` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Files and directories.
    File,
    /// Sockets.
    Net,
    /// Processes, credentials, namespaces.
    Process,
    /// Signals.
    Signal,
    /// Users.
    User,
    /// Anything else.
    System,
}

/// Which ring an event travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// The small ring of events that must not be lost.
    Critical,
    /// The large ring.
    Bulk,
}

/// A parameter of an event.
#[derive(Debug)]
pub struct ParamInfo {
    /// Name, as in `evt.arg.NAME`.
    pub name: &'static str,
    /// Meaning and storage.
    pub kind: Kind,
    /// Saker's own: not part of `evt.args`.
    pub own: bool,
    /// What it is, in a sentence.
    pub doc: &'static str,
}

/// A kind of event.
#[derive(Debug)]
pub struct EventInfo {
    /// The type itself.
    pub event_type: EventType,
    /// Number in captures.
    pub number: u16,
    /// Name, as in `evt.type`.
    pub name: &'static str,
    /// Class.
    pub category: Category,
    /// Ring it travels in.
    pub ring: Ring,
    /// Whether it changes what history knows. State lanes refer to the dictionary of state
    /// strings only.
    pub state: bool,
    /// Parameters, in slot order.
    pub params: &'static [ParamInfo],
    /// What happened, in a sentence.
    pub doc: &'static str,
}

impl EventInfo {
    /// Slot of the parameter called `name`.
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }
}

/// Name of a parameter whose identifier is a keyword: `r#type` is `type`.
const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match core::str::from_utf8(rest) {
            Ok(name) => name,
            Err(_) => name,
        },
        _ => name,
    }
}

macro_rules! own {
    () => {
        false
    };
    (own) => {
        true
    };
}

macro_rules! events {
    ($(
        $(#[doc = $doc:literal])+
        $number:literal => $Event:ident $name:literal ($category:ident, $ring:ident, $state:literal) {
            $($(#[doc = $pdoc:literal])+ $(@ $own:ident)? $param:ident : $Type:ident,)*
        }
    )+) => {
        /// The kinds of event, by their number in captures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum EventType {
            $($(#[doc = $doc])+ $Event = $number,)+
        }

        impl EventType {
            /// The type with this number, if this version knows it.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$Event),)+
                    _ => None,
                }
            }

            /// The type called `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$Event),)+
                    _ => None,
                }
            }

            /// Name, parameters and the rest.
            pub const fn info(self) -> &'static EventInfo {
                match self {
                    $(Self::$Event => {
                        const INFO: EventInfo = EventInfo {
                            event_type: EventType::$Event,
                            number: $number,
                            name: $name,
                            category: Category::$category,
                            ring: Ring::$ring,
                            state: $state,
                            params: &[$(ParamInfo {
                                name: plain(stringify!($param)),
                                kind: <param::$Type as Param>::KIND,
                                own: own!($($own)?),
                                doc: concat!($($pdoc),+),
                            },)*],
                            doc: concat!($($doc),+),
                        };
                        &INFO
                    })+
                }
            }
        }

        /// Every kind of event, ordered by number.
        pub static EVENTS: &[&EventInfo] = &[$(EventType::$Event.info(),)+];

        /// An event as an analyzer reads it: every parameter, `None` where absent.
        #[derive(Clone, Copy, Debug)]
        pub enum Event<'a> {
            $($(#[doc = $doc])+ $Event($Event<'a>),)+
        }

        impl<'a> Event<'a> {
            /// Reads the event of `row`.
            pub fn decode<R: Row<'a>>(row: &R) -> Self {
                match row.head().event_type {
                    $(EventType::$Event => Self::$Event($Event::decode(row)),)+
                }
            }
        }

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            pub struct $Event<'a> {
                $($(#[doc = $pdoc])+ pub $param: Option<<param::$Type as Param>::Value<'a>>,)*
            }

            impl<'a> $Event<'a> {
                /// Reads the parameters of `row`, which must be of this type.
                #[allow(unused_assignments, unused_mut, unused_variables)]
                pub fn decode<R: Row<'a>>(row: &R) -> Self {
                    let mut index = 0;
                    $(
                        let $param = <param::$Type as Param>::read(row, index);
                        index += 1;
                    )*
                    Self { $($param,)* }
                }
            }
        )+

        /// The same events as a probe fills them: a struct literal names every parameter.
        pub mod raw {
            use super::{EventType, HEAD_WORDS, Slot, Words, param};
            $(
                $(#[doc = $doc])+
                #[derive(Clone, Copy, Debug)]
                pub struct $Event {
                    $($(#[doc = $pdoc])+ pub $param: Slot<param::$Type>,)*
                }

                impl $Event {
                    /// The event's type.
                    pub const TYPE: EventType = EventType::$Event;

                    /// Stores the slots behind the header and gives the mask of present
                    /// parameters for the header's last word.
                    #[inline(always)]
                    #[allow(unused_assignments, unused_mut, unused_variables)]
                    pub fn encode<W: Words>(&self, out: &mut W) -> u64 {
                        let mut present = 0;
                        let mut index = 0;
                        $(
                            out.put(HEAD_WORDS + index, self.$param.word);
                            present |= (self.$param.present as u64) << index;
                            index += 1;
                        )*
                        present
                    }
                }
            )+
        }
    };
}

events! {
    /// A program was started, or starting it failed.
    1 => Execve "execve" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Arguments of the new program, read from its own memory; of a failed call, as the caller passed them.
        argv: Argv,
        /// Environment variables that were asked for.
        env: Env,
        /// Parent process.
        ptid: Pid,
        /// Working directory.
        cwd: KernelPath,
        /// Command name of the new program.
        comm: Text,
        /// Controlling terminal.
        tty: Tty,
        /// Process group, as the process's own pid namespace numbers it.
        vpgid: Pid,
        /// Provenance of the executable.
        flags: ExeFlags,
        /// Inheritable capabilities.
        cap_inheritable: Caps,
        /// Inode of the executable.
        exe_ino: Number,
        /// Last change of the executable's inode.
        exe_ino_ctime: WallTime,
        /// Last change of the executable's content.
        exe_ino_mtime: WallTime,
        /// The executable, as the kernel resolved it.
        trusted_exepath: KernelPath,
        /// Process group in the host's pid namespace.
        pgid: Pid,
        /// Path given to the call.
        filename: Path,
        /// Start of the parent process.
        @own pstart: BootTime,
        /// Process id in the process's own pid namespace.
        @own vpid: Pid,
        /// Thread id in the process's own pid namespace.
        @own vtid: Pid,
        /// Start of the first process of the pid namespace.
        @own pidns_start: BootTime,
        /// Device of the executable.
        @own exe_dev: Device,
        /// Most descriptors the process may open.
        @own fdlimit: Number,
        /// Real group id.
        @own rgid: Gid,
        /// Descriptor 0 of the new program.
        @own stdin: File,
        /// Descriptor 1 of the new program.
        @own stdout: File,
        /// Descriptor 2 of the new program.
        @own stderr: File,
    }
    /// As execve, through execveat.
    2 => Execveat "execveat" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Arguments of the new program, read from its own memory; of a failed call, as the caller passed them.
        argv: Argv,
        /// Environment variables that were asked for.
        env: Env,
        /// Parent process.
        ptid: Pid,
        /// Working directory.
        cwd: KernelPath,
        /// Command name of the new program.
        comm: Text,
        /// Controlling terminal.
        tty: Tty,
        /// Process group, as the process's own pid namespace numbers it.
        vpgid: Pid,
        /// Provenance of the executable.
        flags: ExeFlags,
        /// Inheritable capabilities.
        cap_inheritable: Caps,
        /// Inode of the executable.
        exe_ino: Number,
        /// Last change of the executable's inode.
        exe_ino_ctime: WallTime,
        /// Last change of the executable's content.
        exe_ino_mtime: WallTime,
        /// The executable, as the kernel resolved it.
        trusted_exepath: KernelPath,
        /// Process group in the host's pid namespace.
        pgid: Pid,
        /// Path given to the call.
        filename: Path,
        /// Start of the parent process.
        @own pstart: BootTime,
        /// Process id in the process's own pid namespace.
        @own vpid: Pid,
        /// Thread id in the process's own pid namespace.
        @own vtid: Pid,
        /// Start of the first process of the pid namespace.
        @own pidns_start: BootTime,
        /// Device of the executable.
        @own exe_dev: Device,
        /// Most descriptors the process may open.
        @own fdlimit: Number,
        /// Real group id.
        @own rgid: Gid,
        /// Descriptor 0 of the new program.
        @own stdin: File,
        /// Descriptor 1 of the new program.
        @own stdout: File,
        /// Descriptor 2 of the new program.
        @own stderr: File,
    }
    /// A process or thread was made with clone, or by the kernel itself.
    3 => Clone "clone" (Process, Critical, true) {
        /// Id of the child (thread) in the host's pid namespace.
        res: Pid,
        /// What is shared with the child and which namespaces are new.
        flags: CloneFlags,
        /// Thread id of the child in its own pid namespace.
        vtid: Pid,
        /// Process id of the child in its own pid namespace.
        vpid: Pid,
        /// Start of the first process of the child's pid namespace.
        pidns_init_start_ts: BootTime,
        /// Process id of the child; that of the caller if the child is a thread.
        @own child_pid: Pid,
        /// Start of the child's process.
        @own child_start: BootTime,
        /// Parent of the child; not the caller with `CLONE_PARENT`.
        @own parent_pid: Pid,
        /// Start of that parent.
        @own parent_start: BootTime,
        /// Cgroup key of the child.
        @own child_cgroup: Number,
        /// Command name of the child.
        @own comm: Text,
        /// Controlling terminal of the child.
        @own tty: Tty,
        /// Session of the child.
        @own child_session: Pid,
        /// Process group of the child in the host's pid namespace.
        @own pgid: Pid,
        /// Process group of the child in its own pid namespace.
        @own vpgid: Pid,
    }
    /// A process or thread was made with clone3.
    4 => Clone3 "clone3" (Process, Critical, true) {
        /// Id of the child (thread) in the host's pid namespace.
        res: Pid,
        /// What is shared with the child and which namespaces are new.
        flags: CloneFlags,
        /// Thread id of the child in its own pid namespace.
        vtid: Pid,
        /// Process id of the child in its own pid namespace.
        vpid: Pid,
        /// Start of the first process of the child's pid namespace.
        pidns_init_start_ts: BootTime,
        /// Process id of the child; that of the caller if the child is a thread.
        @own child_pid: Pid,
        /// Start of the child's process.
        @own child_start: BootTime,
        /// Parent of the child; not the caller with `CLONE_PARENT`.
        @own parent_pid: Pid,
        /// Start of that parent.
        @own parent_start: BootTime,
        /// Cgroup key of the child.
        @own child_cgroup: Number,
        /// Command name of the child.
        @own comm: Text,
        /// Controlling terminal of the child.
        @own tty: Tty,
        /// Session of the child.
        @own child_session: Pid,
        /// Process group of the child in the host's pid namespace.
        @own pgid: Pid,
        /// Process group of the child in its own pid namespace.
        @own vpgid: Pid,
    }
    /// A process was made with fork.
    5 => Fork "fork" (Process, Critical, true) {
        /// Id of the child (thread) in the host's pid namespace.
        res: Pid,
        /// What is shared with the child and which namespaces are new.
        flags: CloneFlags,
        /// Thread id of the child in its own pid namespace.
        vtid: Pid,
        /// Process id of the child in its own pid namespace.
        vpid: Pid,
        /// Start of the first process of the child's pid namespace.
        pidns_init_start_ts: BootTime,
        /// Process id of the child; that of the caller if the child is a thread.
        @own child_pid: Pid,
        /// Start of the child's process.
        @own child_start: BootTime,
        /// Parent of the child; not the caller with `CLONE_PARENT`.
        @own parent_pid: Pid,
        /// Start of that parent.
        @own parent_start: BootTime,
        /// Cgroup key of the child.
        @own child_cgroup: Number,
        /// Command name of the child.
        @own comm: Text,
        /// Controlling terminal of the child.
        @own tty: Tty,
        /// Session of the child.
        @own child_session: Pid,
        /// Process group of the child in the host's pid namespace.
        @own pgid: Pid,
        /// Process group of the child in its own pid namespace.
        @own vpgid: Pid,
    }
    /// A process was made with vfork.
    6 => Vfork "vfork" (Process, Critical, true) {
        /// Id of the child (thread) in the host's pid namespace.
        res: Pid,
        /// What is shared with the child and which namespaces are new.
        flags: CloneFlags,
        /// Thread id of the child in its own pid namespace.
        vtid: Pid,
        /// Process id of the child in its own pid namespace.
        vpid: Pid,
        /// Start of the first process of the child's pid namespace.
        pidns_init_start_ts: BootTime,
        /// Process id of the child; that of the caller if the child is a thread.
        @own child_pid: Pid,
        /// Start of the child's process.
        @own child_start: BootTime,
        /// Parent of the child; not the caller with `CLONE_PARENT`.
        @own parent_pid: Pid,
        /// Start of that parent.
        @own parent_start: BootTime,
        /// Cgroup key of the child.
        @own child_cgroup: Number,
        /// Command name of the child.
        @own comm: Text,
        /// Controlling terminal of the child.
        @own tty: Tty,
        /// Session of the child.
        @own child_session: Pid,
        /// Process group of the child in the host's pid namespace.
        @own pgid: Pid,
        /// Process group of the child in its own pid namespace.
        @own vpgid: Pid,
    }
    /// A thread ended; with `group_dead` its process did.
    7 => Procexit "procexit" (Process, Critical, true) {
        /// Exit status as wait(2) reports it.
        status: Signed,
        /// Exit code.
        ret: Signed,
        /// Signal that ended it, or 0.
        sig: Signal,
        /// Whether memory was dumped.
        core: Flag,
        /// Process that adopts its children.
        reaper_tid: Pid,
        /// Start of that process.
        @own reaper_start: BootTime,
        /// Whether this was the last thread of the process.
        @own group_dead: Flag,
    }
    /// A cgroup was met for the first time; its key is in the header.
    8 => Cgroup "cgroup" (System, Critical, true) {
        /// Path below the hierarchy's root.
        @own path: CgroupPath,
    }
    /// A file was opened, or opening it failed.
    10 => Open "open" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Path as the caller gave it.
        name: Path,
        /// Flags as the caller gave them.
        flags: OpenFlags,
        /// Mode for a file to be made.
        mode: Mode,
        /// Device of the file.
        dev: Device,
        /// Inode of the file.
        ino: Number,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
        /// What was opened, as the kernel resolved it.
        @own file: File,
        /// Whether the call made the file.
        @own created: Flag,
    }
    /// As open, relative to a directory.
    11 => Openat "openat" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        name: Path,
        /// Flags as the caller gave them.
        flags: OpenFlags,
        /// Mode for a file to be made.
        mode: Mode,
        /// Device of the file.
        dev: Device,
        /// Inode of the file.
        ino: Number,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
        /// What was opened, as the kernel resolved it.
        @own file: File,
        /// Whether the call made the file.
        @own created: Flag,
    }
    /// As openat, with a rule for how to resolve.
    12 => Openat2 "openat2" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        name: Path,
        /// Flags as the caller gave them.
        flags: OpenFlags,
        /// Mode for a file to be made.
        mode: Mode,
        /// `RESOLVE_*` flags.
        resolve: Hex,
        /// Device of the file.
        dev: Device,
        /// Inode of the file.
        ino: Number,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
        /// What was opened, as the kernel resolved it.
        @own file: File,
        /// Whether the call made the file.
        @own created: Flag,
    }
    /// A file was made and opened for writing, or that failed.
    13 => Creat "creat" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Path as the caller gave it.
        name: Path,
        /// Mode for a file to be made.
        mode: Mode,
        /// Device of the file.
        dev: Device,
        /// Inode of the file.
        ino: Number,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
        /// What was opened, as the kernel resolved it.
        @own file: File,
        /// Whether the call made the file.
        @own created: Flag,
    }
    /// A socket was made, or that failed.
    20 => Socket "socket" (Net, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Address family.
        domain: SocketDomain,
        /// Socket type with its flags.
        r#type: SocketType,
        /// Protocol.
        proto: SocketProtocol,
    }
    /// A socket was connected, or that failed or is in progress.
    21 => Connect "connect" (Net, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// The socket with both ends.
        tuple: File,
        /// The socket.
        fd: Fd,
        /// Address as the caller gave it.
        addr: SocketAddress,
    }
    /// A connection was accepted, or that failed.
    22 => Accept "accept" (Net, Critical, true) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// The new socket with both ends.
        tuple: File,
        /// The listening socket.
        @own listen_fd: Fd,
        /// What the listening socket is bound to.
        @own listener: File,
    }
    /// As accept, with flags.
    23 => Accept4 "accept4" (Net, Critical, true) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// The new socket with both ends.
        tuple: File,
        /// Flags.
        flags: AcceptFlags,
        /// The listening socket.
        @own listen_fd: Fd,
        /// What the listening socket is bound to.
        @own listener: File,
    }
    /// A socket was given a local address, or that failed.
    24 => Bind "bind" (Net, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Address as the caller gave it.
        addr: SocketAddress,
        /// The socket.
        fd: Fd,
        /// The socket.
        @own tuple: File,
    }
    /// A socket was made to wait for connections, or that failed.
    25 => Listen "listen" (Net, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// The socket.
        fd: Fd,
        /// Length of the queue.
        backlog: Signed,
        /// The socket.
        @own tuple: File,
    }
    /// Bytes were sent, perhaps to an address.
    26 => Sendto "sendto" (Net, Bulk, true) {
        /// Bytes sent, or why it failed.
        res: Res,
        /// Bytes that were sent, if payloads are recorded.
        data: Payload,
        /// The socket.
        fd: Fd,
        /// Bytes asked to be sent.
        size: Number,
        /// The socket with both ends; the remote one from the call if it named one.
        tuple: File,
        /// Address as the caller gave it.
        @own addr: SocketAddress,
        /// Flags.
        @own flags: MessageFlags,
    }
    /// A message was sent, perhaps to an address.
    27 => Sendmsg "sendmsg" (Net, Bulk, true) {
        /// Bytes sent, or why it failed.
        res: Res,
        /// Bytes that were sent, if payloads are recorded.
        data: Payload,
        /// The socket.
        fd: Fd,
        /// Bytes asked to be sent.
        size: Number,
        /// The socket with both ends; the remote one from the call if it named one.
        tuple: File,
        /// Address as the caller gave it.
        @own addr: SocketAddress,
        /// Flags.
        @own flags: MessageFlags,
    }
    /// Bytes were received.
    28 => Recvfrom "recvfrom" (Net, Bulk, true) {
        /// Bytes received, or why it failed.
        res: Res,
        /// First bytes that were received, if payloads are recorded.
        data: Payload,
        /// The socket with both ends; the remote one from the call if it was told.
        tuple: File,
        /// The socket.
        fd: Fd,
        /// Bytes asked for.
        size: Number,
    }
    /// A message was received.
    29 => Recvmsg "recvmsg" (Net, Bulk, true) {
        /// Bytes received, or why it failed.
        res: Res,
        /// First bytes that were received, if payloads are recorded.
        data: Payload,
        /// The socket with both ends; the remote one from the call if it was told.
        tuple: File,
        /// The socket.
        fd: Fd,
        /// Bytes asked for.
        size: Number,
    }
    /// A descriptor was duplicated.
    30 => Dup "dup" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        res: NewFd,
        /// The descriptor.
        oldfd: Fd,
        /// What both refer to.
        @own file: File,
    }
    /// A descriptor was duplicated to a given number.
    31 => Dup2 "dup2" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        res: NewFd,
        /// The descriptor.
        oldfd: Fd,
        /// Number asked for.
        newfd: Fd,
        /// What both refer to.
        @own file: File,
    }
    /// As dup2, with flags.
    32 => Dup3 "dup3" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        res: NewFd,
        /// The descriptor.
        oldfd: Fd,
        /// Number asked for.
        newfd: Fd,
        /// Flags.
        flags: DupFlags,
        /// What both refer to.
        @own file: File,
    }
    /// A file in memory was made.
    33 => MemfdCreate "memfd_create" (File, Bulk, false) {
        /// New descriptor, or why it failed.
        fd: NewFd,
        /// Name it shows in /proc.
        name: Text,
        /// Flags.
        flags: MemfdFlags,
    }
    /// A thread joined a namespace, or that failed.
    40 => Setns "setns" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// The namespace or process.
        fd: Fd,
        /// Kinds of namespace asked for.
        nstype: NsType,
        /// What the descriptor refers to.
        @own file: File,
    }
    /// A thread left namespaces, or that failed.
    41 => Unshare "unshare" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// What is no longer shared.
        flags: CloneFlags,
    }
    /// Permissions of a file were changed by path, or that failed.
    42 => Chmod "chmod" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        filename: Path,
        /// New permissions.
        mode: Mode,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// Permissions of an open file were changed, or that failed.
    43 => Fchmod "fchmod" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// The file.
        fd: Fd,
        /// New permissions.
        mode: Mode,
        /// What the descriptor refers to.
        @own file: File,
    }
    /// As chmod, relative to a directory.
    44 => Fchmodat "fchmodat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        filename: Path,
        /// New permissions.
        mode: Mode,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// As fchmodat, with flags.
    45 => Fchmodat2 "fchmodat2" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        filename: Path,
        /// New permissions.
        mode: Mode,
        /// Flags.
        flags: AtFlags,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// Owner of a file was changed by path, or that failed.
    46 => Chown "chown" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// New owner; 4294967295 leaves it.
        uid: Uid,
        /// New group; 4294967295 leaves it.
        gid: Gid,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// As chown, of a symbolic link itself.
    47 => Lchown "lchown" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// New owner; 4294967295 leaves it.
        uid: Uid,
        /// New group; 4294967295 leaves it.
        gid: Gid,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// Owner of an open file was changed, or that failed.
    48 => Fchown "fchown" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// The file.
        fd: Fd,
        /// New owner; 4294967295 leaves it.
        uid: Uid,
        /// New group; 4294967295 leaves it.
        gid: Gid,
        /// What the descriptor refers to.
        @own file: File,
    }
    /// As chown, relative to a directory.
    49 => Fchownat "fchownat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        pathname: Path,
        /// New owner; 4294967295 leaves it.
        uid: Uid,
        /// New group; 4294967295 leaves it.
        gid: Gid,
        /// Flags.
        flags: AtFlags,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A file was renamed, or that failed.
    50 => Rename "rename" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Existing path as the caller gave it.
        oldpath: Path,
        /// New path as the caller gave it.
        newpath: Path,
        /// Directory a relative old path starts from.
        @own olddir_path: KernelPath,
        /// Directory a relative new path starts from.
        @own newdir_path: KernelPath,
    }
    /// As rename, relative to directories.
    51 => Renameat "renameat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory the old path starts from.
        olddirfd: Fd,
        /// Existing path as the caller gave it.
        oldpath: Path,
        /// Directory the new path starts from.
        newdirfd: Fd,
        /// New path as the caller gave it.
        newpath: Path,
        /// Directory a relative old path starts from.
        @own olddir_path: KernelPath,
        /// Directory a relative new path starts from.
        @own newdir_path: KernelPath,
    }
    /// As renameat, with flags.
    52 => Renameat2 "renameat2" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory the old path starts from.
        olddirfd: Fd,
        /// Existing path as the caller gave it.
        oldpath: Path,
        /// Directory the new path starts from.
        newdirfd: Fd,
        /// New path as the caller gave it.
        newpath: Path,
        /// Flags.
        flags: RenameFlags,
        /// Directory a relative old path starts from.
        @own olddir_path: KernelPath,
        /// Directory a relative new path starts from.
        @own newdir_path: KernelPath,
    }
    /// A name was removed, or that failed.
    53 => Unlink "unlink" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// As unlink or rmdir, relative to a directory.
    54 => Unlinkat "unlinkat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        name: Path,
        /// Flags.
        flags: UnlinkFlags,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A hard link was made, or that failed.
    55 => Link "link" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Existing path as the caller gave it.
        oldpath: Path,
        /// New path as the caller gave it.
        newpath: Path,
        /// Directory a relative old path starts from.
        @own olddir_path: KernelPath,
        /// Directory a relative new path starts from.
        @own newdir_path: KernelPath,
    }
    /// As link, relative to directories.
    56 => Linkat "linkat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory the old path starts from.
        olddir: Fd,
        /// Existing path as the caller gave it.
        oldpath: Path,
        /// Directory the new path starts from.
        newdir: Fd,
        /// New path as the caller gave it.
        newpath: Path,
        /// Flags.
        flags: AtFlags,
        /// Directory a relative old path starts from.
        @own olddir_path: KernelPath,
        /// Directory a relative new path starts from.
        @own newdir_path: KernelPath,
    }
    /// A symbolic link was made, or that failed.
    57 => Symlink "symlink" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// What the link says, as the caller gave it.
        target: Path,
        /// Where the link is, as the caller gave it.
        linkpath: Path,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// As symlink, relative to a directory.
    58 => Symlinkat "symlinkat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// What the link says, as the caller gave it.
        target: Path,
        /// Directory the link path starts from.
        linkdirfd: Fd,
        /// Where the link is, as the caller gave it.
        linkpath: Path,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A directory was made, or that failed.
    59 => Mkdir "mkdir" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// Permissions asked for.
        mode: Mode,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// As mkdir, relative to a directory.
    60 => Mkdirat "mkdirat" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Directory a relative path starts from.
        dirfd: Fd,
        /// Path as the caller gave it.
        path: Path,
        /// Permissions asked for.
        mode: Mode,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A directory was removed, or that failed.
    61 => Rmdir "rmdir" (File, Bulk, false) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A file system was mounted, or that failed.
    70 => Mount "mount" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// What to mount.
        dev: Path,
        /// Where.
        dir: Path,
        /// Kind of file system.
        r#type: Text,
        /// Flags.
        flags: MountFlags,
        /// Directory a relative path starts from.
        @own at_dir: KernelPath,
    }
    /// A file system was unmounted, or that failed.
    71 => Umount2 "umount2" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Where.
        name: Path,
        /// Flags.
        flags: UmountFlags,
        /// Directory a relative path starts from.
        @own dir: KernelPath,
    }
    /// A process was traced, or that failed.
    72 => Ptrace "ptrace" (Process, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// What was asked.
        request: PtraceRequest,
        /// Address argument.
        addr: Hex,
        /// Data argument.
        data: Hex,
        /// The process asked about, in the caller's pid namespace.
        pid: Pid,
        /// That process in the host's pid namespace.
        @own target_pid: Pid,
    }
    /// User id was set, or that failed.
    73 => Setuid "setuid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New user.
        uid: Uid,
    }
    /// Group id was set, or that failed.
    74 => Setgid "setgid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New group.
        gid: Gid,
    }
    /// Real and effective user id were set, or that failed.
    75 => Setreuid "setreuid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New real user.
        ruid: Uid,
        /// New effective user.
        euid: Uid,
    }
    /// Real and effective group id were set, or that failed.
    76 => Setregid "setregid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New real group.
        rgid: Gid,
        /// New effective group.
        egid: Gid,
    }
    /// Real, effective and saved user id were set, or that failed.
    77 => Setresuid "setresuid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New real user.
        ruid: Uid,
        /// New effective user.
        euid: Uid,
        /// New saved user.
        suid: Uid,
    }
    /// Real, effective and saved group id were set, or that failed.
    78 => Setresgid "setresgid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New real group.
        rgid: Gid,
        /// New effective group.
        egid: Gid,
        /// New saved group.
        sgid: Gid,
    }
    /// User id for file access was set.
    79 => Setfsuid "setfsuid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New user.
        uid: Uid,
    }
    /// Group id for file access was set.
    80 => Setfsgid "setfsgid" (User, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New group.
        gid: Gid,
    }
    /// Capabilities of a thread were set, or that failed.
    81 => Capset "capset" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Inheritable capabilities afterwards.
        cap_inheritable: Caps,
        /// Permitted capabilities afterwards.
        cap_permitted: Caps,
        /// Effective capabilities afterwards.
        cap_effective: Caps,
    }
    /// Working directory was changed, or that failed.
    82 => Chdir "chdir" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// Working directory afterwards.
        @own cwd: KernelPath,
    }
    /// Working directory was changed by descriptor, or that failed.
    83 => Fchdir "fchdir" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// The directory.
        fd: Fd,
        /// Working directory afterwards.
        @own cwd: KernelPath,
    }
    /// A thread renamed itself (`PR_SET_NAME`), or that failed.
    84 => Prctl "prctl" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// What was asked.
        option: PrctlOption,
        /// New command name.
        arg2_str: Text,
        /// Second argument as a number.
        arg2_int: Signed,
    }
    /// A kernel module was loaded from memory, or that failed.
    85 => InitModule "init_module" (System, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// Length of the image, bytes.
        length: Number,
        /// Module parameters.
        uargs: Text,
    }
    /// A kernel module was loaded from a file, or that failed.
    86 => FinitModule "finit_module" (System, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// The file.
        fd: Fd,
        /// Module parameters.
        uargs: Text,
        /// Flags.
        flags: ModuleFlags,
        /// What the descriptor refers to.
        @own file: File,
    }
    /// A kernel module was unloaded, or that failed.
    87 => DeleteModule "delete_module" (System, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// The module.
        name: Text,
        /// Flags.
        flags: OpenFlags,
    }
    /// The bpf subsystem was used, or that failed.
    88 => Bpf "bpf" (System, Critical, false) {
        /// New descriptor, 0, or why it failed.
        fd: NewFd,
        /// What was asked.
        cmd: BpfCommand,
    }
    /// A signal was sent to a process or group, or that failed.
    89 => Kill "kill" (Signal, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// Target in the caller's pid namespace; below 0 a group.
        pid: Pid,
        /// The signal.
        sig: Signal,
    }
    /// A signal was sent to a thread, or that failed.
    90 => Tkill "tkill" (Signal, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// Target in the caller's pid namespace.
        tid: Pid,
        /// The signal.
        sig: Signal,
    }
    /// A signal was sent to a thread of a process, or that failed.
    91 => Tgkill "tgkill" (Signal, Critical, false) {
        /// 0, or why it failed.
        res: Res,
        /// Process in the caller's pid namespace.
        pid: Pid,
        /// Thread in the caller's pid namespace.
        tid: Pid,
        /// The signal.
        sig: Signal,
    }
    /// A process became the leader of a new session, or that failed.
    92 => Setsid "setsid" (Process, Critical, true) {
        /// New session in the caller's pid namespace, or why it failed.
        res: Res,
    }
    /// A process was put into a process group, or that failed.
    93 => Setpgid "setpgid" (Process, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// The process in the caller's pid namespace, 0 for the caller.
        pid: Pid,
        /// The group in the caller's pid namespace, 0 for the process itself.
        pgid: Pid,
        /// Process group of the caller afterwards, host pid namespace.
        @own new_pgid: Pid,
        /// Process group of the caller afterwards, its own pid namespace.
        @own new_vpgid: Pid,
    }
    /// Handling of page faults in user space was asked for.
    94 => Userfaultfd "userfaultfd" (System, Critical, false) {
        /// New descriptor, or why it failed.
        res: NewFd,
        /// Flags.
        flags: OpenFlags,
    }
    /// Root directory was changed, or that failed.
    95 => Chroot "chroot" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// Path as the caller gave it.
        path: Path,
        /// Root directory afterwards, as the host sees it.
        @own root: KernelPath,
    }
    /// The root mount was exchanged, or that failed.
    96 => PivotRoot "pivot_root" (File, Critical, true) {
        /// 0, or why it failed.
        res: Res,
        /// New root.
        new_root: Path,
        /// Where the old one goes.
        put_old: Path,
    }
}
