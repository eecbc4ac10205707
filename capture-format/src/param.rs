//! Parameter types: what a slot of an event means and how it is stored.
//!
//! A parameter type is one row of `params!`: a name, how it is stored, and a sentence. How a
//! kind is shown to people (`O_RDONLY|O_CLOEXEC`, `ENOENT`) is the analyzer's business.

/// A byte string of an event, with the length it had before the recorder cut it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes<'a> {
    /// The bytes that were recorded, without a terminating NUL.
    pub data: &'a [u8],
    /// Length in bytes of the whole string, as the kernel or the caller had it; never less than
    /// `data.len()`. Saturates at [`TRUE_LEN_MAX`].
    pub true_len: u32,
}

/// Largest true length a slot can carry: 24 bits.
pub const TRUE_LEN_MAX: u32 = (1 << 24) - 1;

impl<'a> Bytes<'a> {
    /// A byte string that was recorded whole.
    pub fn whole(data: &'a [u8]) -> Self {
        let len = if data.len() > TRUE_LEN_MAX as usize { TRUE_LEN_MAX } else { data.len() as u32 };
        Self { data, true_len: len }
    }

    /// Whether bytes are missing at the end.
    pub fn is_cut(&self) -> bool {
        self.true_len as usize > self.data.len()
    }
}

/// How a parameter is stored in a record and in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// The slot is the value.
    Word,
    /// The slot points at bytes: in a record at its tail, in a lane at a dictionary.
    Bytes,
    /// Like `Bytes`; the bytes are a [`crate::Descriptor`].
    Descriptor,
}

/// A parameter type, implemented by the marker types of this module.
pub trait Param {
    /// Which kind this is.
    const KIND: Kind;
    /// What a decoded event holds.
    type Value<'a>: Copy;
    /// Reads the parameter number `index` of `row`; `None` if it is absent.
    fn read<'a, R: crate::Row<'a>>(row: &R, index: usize) -> Option<Self::Value<'a>>;
}

/// A parameter type whose slot is the value.
pub trait WordParam: Param {
    /// The value as it is kept in the slot.
    fn to_word(self) -> u64;
}

macro_rules! params {
    (
        words { $($(#[doc = $wdoc:literal])+ $word:ident($repr:ty),)+ }
        bytes { $($(#[doc = $bdoc:literal])+ $bytes:ident,)+ }
        descriptors { $($(#[doc = $ddoc:literal])+ $desc:ident,)+ }
    ) => {
        /// The meaning of a parameter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[doc = $wdoc])+ $word,)+
            $($(#[doc = $bdoc])+ $bytes,)+
            $($(#[doc = $ddoc])+ $desc,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Kind] = &[$(Kind::$word,)+ $(Kind::$bytes,)+ $(Kind::$desc,)+];

            /// How a parameter of this kind is stored.
            pub const fn storage(self) -> Storage {
                match self {
                    $(Kind::$word => Storage::Word,)+
                    $(Kind::$bytes => Storage::Bytes,)+
                    $(Kind::$desc => Storage::Descriptor,)+
                }
            }

            /// What this kind is, in a sentence.
            pub const fn doc(self) -> &'static str {
                match self {
                    $(Kind::$word => concat!($($wdoc),+),)+
                    $(Kind::$bytes => concat!($($bdoc),+),)+
                    $(Kind::$desc => concat!($($ddoc),+),)+
                }
            }

            /// The kind's name, as `docs/events.md` writes it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Kind::$word => stringify!($word),)+
                    $(Kind::$bytes => stringify!($bytes),)+
                    $(Kind::$desc => stringify!($desc),)+
                }
            }
        }

        $(
            $(#[doc = $wdoc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $word(pub $repr);
            impl Param for $word {
                const KIND: Kind = Kind::$word;
                type Value<'a> = $word;
                fn read<'a, R: crate::Row<'a>>(row: &R, index: usize) -> Option<$word> {
                    row.word(index).map(|word| $word(word as $repr))
                }
            }
            impl WordParam for $word {
                #[inline(always)]
                fn to_word(self) -> u64 {
                    // Sign-extends signed values, so that a reader may widen before it narrows.
                    self.0 as i64 as u64
                }
            }
        )+
        $(
            $(#[doc = $bdoc])+
            #[derive(Clone, Copy, Debug)]
            pub enum $bytes {}
            impl Param for $bytes {
                const KIND: Kind = Kind::$bytes;
                type Value<'a> = Bytes<'a>;
                fn read<'a, R: crate::Row<'a>>(row: &R, index: usize) -> Option<Bytes<'a>> {
                    row.bytes(index)
                }
            }
        )+
        $(
            $(#[doc = $ddoc])+
            #[derive(Clone, Copy, Debug)]
            pub enum $desc {}
            impl Param for $desc {
                const KIND: Kind = Kind::$desc;
                type Value<'a> = crate::Descriptor<'a>;
                fn read<'a, R: crate::Row<'a>>(row: &R, index: usize) -> Option<crate::Descriptor<'a>> {
                    crate::Descriptor::parse(row.bytes(index)?)
                }
            }
        )+
    };
}

params! {
    words {
        /// Result of a call: 0 or more on success, a negative errno on failure.
        Res(i64),
        /// A new descriptor, or a negative errno.
        NewFd(i64),
        /// A descriptor number given to a call; -100 is `AT_FDCWD`.
        Fd(i32),
        /// A process or thread id in the host's pid namespace.
        Pid(i32),
        /// A user id; 4294967295 is "unset".
        Uid(u32),
        /// A group id; 4294967295 is "unset".
        Gid(u32),
        /// Flags of open(2), as the kernel's architecture numbers them (x86-64 and arm64 differ only in `O_DIRECT`, `O_DIRECTORY`, `O_NOFOLLOW`, `O_LARGEFILE`).
        OpenFlags(u32),
        /// Permission bits of a file, including set-user-id, set-group-id and sticky.
        Mode(u32),
        /// Flags of unlinkat(2).
        UnlinkFlags(u32),
        /// Flags of linkat(2), fchmodat2(2), fchownat(2) and execveat(2): `AT_*`.
        AtFlags(u32),
        /// Flags of renameat2(2).
        RenameFlags(u32),
        /// Flags of clone(2) and unshare(2): `CLONE_*`.
        CloneFlags(u64),
        /// Namespace kinds of setns(2): `CLONE_NEW*`.
        NsType(u32),
        /// Flags of mount(2): `MS_*`.
        MountFlags(u64),
        /// Flags of umount2(2).
        UmountFlags(u32),
        /// Flags of memfd_create(2).
        MemfdFlags(u32),
        /// Flags of finit_module(2).
        ModuleFlags(u32),
        /// Flags of dup3(2).
        DupFlags(u32),
        /// Flags of accept4(2).
        AcceptFlags(u32),
        /// Address family: `AF_*`.
        SocketDomain(u32),
        /// Socket type with its flags: `SOCK_*`.
        SocketType(u32),
        /// Protocol number of socket(2).
        SocketProtocol(u32),
        /// Flags of send(2) and recv(2): `MSG_*`.
        MessageFlags(u32),
        /// Request of ptrace(2).
        PtraceRequest(u64),
        /// Command of bpf(2).
        BpfCommand(u32),
        /// Option of prctl(2).
        PrctlOption(u32),
        /// A signal number.
        Signal(u32),
        /// A set of capabilities, bit n being capability n.
        Caps(u64),
        /// Provenance of an executable: [`exe_flags`].
        ExeFlags(u32),
        /// A device number: major << 20 | minor, as the kernel keeps it.
        Device(u32),
        /// A time on the boot clock, ns.
        BootTime(u64),
        /// A time on the wall clock, ns since 1970 (may be negative).
        WallTime(i64),
        /// Controlling terminal: major << 8 | minor as in /proc/PID/stat, 0 for none.
        Tty(u32),
        /// A number without further meaning.
        Number(u64),
        /// A signed number without further meaning.
        Signed(i64),
        /// A number shown in hexadecimal, such as an address.
        Hex(u64),
        /// 0 or 1.
        Flag(u8),
    }
    bytes {
        /// A path as the caller gave it.
        Path,
        /// A path as the kernel resolved it, seen from the root of the process. In a ring record its components come leaf first, each ended by NUL; `record::normalise` turns them.
        KernelPath,
        /// A cgroup path below its hierarchy's root; in a ring record like `KernelPath`.
        CgroupPath,
        /// Text such as a command name.
        Text,
        /// Arguments of a program, `argv[0]` first, separated by NUL.
        Argv,
        /// Environment variables `NAME=value`, separated by NUL.
        Env,
        /// A socket address as the caller gave it: `struct sockaddr`.
        SocketAddress,
        /// Bytes that were read or written.
        Payload,
    }
    descriptors {
        /// What a descriptor refers to: file, socket, pipe.
        File,
    }
}

/// Bits of [`ExeFlags`], numbered as `evt.arg.flags` of an exec shows them in Falco
/// (libs, `PPM_EXE_*`).
pub mod exe_flags {
    /// The user that runs the program may write its file.
    pub const WRITABLE: u32 = 1 << 0;
    /// The file lies in the upper layer of an overlay: it is not part of the image.
    pub const UPPER_LAYER: u32 = 1 << 1;
    /// The file lives in memory only (memfd).
    pub const FROM_MEMFD: u32 = 1 << 2;
    /// The file lies in a lower layer of an overlay.
    pub const LOWER_LAYER: u32 = 1 << 3;
}
