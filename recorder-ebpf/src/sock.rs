//! What a descriptor refers to: the bytes of [`capture_format::Descriptor`].

use aya_ebpf::helpers::generated::{bpf_probe_read_kernel, bpf_probe_read_kernel_str};
use capture_format::descriptor::{FIXED_LEN, at as place, flags};
use capture_format::param::File;
use capture_format::record::Slot;
use core::ptr::read_volatile;

use crate::emit::{Writer, room};
use crate::kernel::{ABSENT, Address, at, load, load_address, probe, probe_field};
use crate::path::{self, Place};

const S_IFMT: u32 = 0o170_000;
const S_IFSOCK: u32 = 0o140_000;
const S_IFIFO: u32 = 0o010_000;
/// `FMODE_CREATED`: this open made the file.
const FMODE_CREATED: u32 = 0x10_0000;
/// Super block magics (include/uapi/linux/magic.h).
const OVERLAYFS: u64 = 0x794c_7630;
const ANON_INODE_FS: u64 = 0x0904_1934;
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const TCP_ESTABLISHED: u8 = 1;
/// Longest path of a unix socket's address.
const UNIX_PATH_MAX: u32 = 108;

/// Bytes of `struct file` that are copied for a look, and where in the spare room they go.
const FILE_COPY: u32 = 256;
const FILE_AT: u32 = 0;
/// Room for the fixed part of a descriptor: ten words.
const FIXED_AT: u32 = 512;

/// The table of a task's open files.
#[derive(Clone, Copy)]
pub struct Files {
    /// Address of the array of `struct file *`.
    pub array: u64,
    /// Its length.
    pub len: u32,
}

impl Files {
    /// The table of a task; empty for a task that is ending.
    #[inline(always)]
    pub fn of(task: Address) -> Self {
        let files = load_address(task, at::task_files());
        if files.is_null() {
            return Self { array: 0, len: 0 };
        }
        let table = load_address(files, at::files_fdt());
        Self { array: load(table, at::fdt_fd()), len: load(table, at::fdt_max()) }
    }

    /// The open file behind a descriptor, as an address to probe; 0 for none.
    #[inline(always)]
    pub fn get(&self, fd: i32) -> u64 {
        if fd < 0 || fd as u32 >= self.len {
            return 0;
        }
        probe(self.array.wrapping_add(u64::from(fd as u32) * 8))
    }
}

/// A copy of the interesting start of a `struct file`.
struct FileCopy(*const u8);

impl FileCopy {
    #[inline(always)]
    fn new(out: &Writer, file: u64) -> Self {
        let copy = out.spare(FILE_AT);
        let size = at::file_size();
        let size = if size > FILE_COPY { FILE_COPY } else { size };
        // SAFETY: the spare room at FILE_AT has FILE_COPY bytes.
        unsafe { bpf_probe_read_kernel(copy.cast(), size, file as *const _) };
        Self(copy)
    }

    #[inline(always)]
    fn field<T: Copy + Default>(&self, offset: u32) -> T {
        if offset > FILE_COPY - 16 {
            return T::default();
        }
        // SAFETY: within the copy.
        unsafe { read_volatile(self.0.add(offset as usize).cast()) }
    }
}

/// What an inode says about itself.
#[derive(Clone, Copy)]
pub struct Inode {
    /// Its address.
    pub address: u64,
    /// File type and permissions.
    pub mode: u32,
    /// Number.
    pub ino: u64,
    /// Device of its file system.
    pub dev: u32,
    /// Kind of its file system.
    magic: u64,
}

impl Inode {
    /// Reads the inode at an address.
    #[inline(always)]
    pub fn at(address: u64) -> Self {
        let sb: u64 = probe_field(address, at::inode_sb());
        Self {
            address,
            mode: u32::from(probe_field::<u16>(address, at::inode_mode())),
            ino: probe_field(address, at::inode_ino()),
            dev: probe_field(sb, at::sb_dev()),
            magic: probe_field(sb, at::sb_magic()),
        }
    }

    /// Which layer of an overlay the inode is in: behind the inode of the overlay itself lies the
    /// pointer to its entry in the upper layer.
    #[inline(always)]
    pub fn layer(&self) -> u32 {
        if self.magic != OVERLAYFS || at::inode_size() == ABSENT {
            0
        } else if probe_field::<u64>(self.address, at::inode_size()) != 0 {
            flags::UPPER_LAYER
        } else {
            flags::LOWER_LAYER
        }
    }
}

/// What [`describe`] found.
pub struct Described {
    /// The descriptor.
    pub slot: Slot<File>,
    /// Device and inode.
    pub inode: Inode,
    /// Whether the call that opened it made it.
    pub created: bool,
}

/// The address a call named, for sockets that are not connected.
#[derive(Clone, Copy)]
pub struct CallAddress {
    /// Address family; 0 for none.
    pub family: u16,
    /// Port, host byte order.
    pub port: u16,
    /// Address; IPv4 in the first half's first 4 bytes.
    pub addr: [u64; 2],
}

impl CallAddress {
    /// No address.
    pub const NONE: Self = Self { family: 0, port: 0, addr: [0; 2] };

    /// Reads a `struct sockaddr` of the current process.
    #[inline(always)]
    pub fn read(address: u64) -> Self {
        if address == 0 {
            return Self::NONE;
        }
        let Some(head) = crate::kernel::user::<u64>(address) else { return Self::NONE };
        let family = head as u16;
        let port = (head >> 16) as u16;
        let addr = match family {
            AF_INET => [head >> 32, 0],
            AF_INET6 => [
                crate::kernel::user::<u64>(address.wrapping_add(8)).unwrap_or_default(),
                crate::kernel::user::<u64>(address.wrapping_add(16)).unwrap_or_default(),
            ],
            _ => return Self::NONE,
        };
        Self { family, port: port.swap_bytes(), addr }
    }
}

/// Words of the fixed part, in order of their offsets.
struct Fixed(*mut u64);

impl Fixed {
    #[inline(always)]
    fn put(&self, offset: usize, word: u64) {
        // SAFETY: the room at FIXED_AT holds the fixed part.
        unsafe { self.0.add(offset / 8).write_volatile(word) };
    }
}

/// Appends what an open file is; `None` if there is no such file.
#[inline(always)]
pub fn describe(out: &mut Writer, root: Place, file: u64, call: CallAddress) -> Option<Described> {
    if file == 0 {
        return None;
    }
    let copy = FileCopy::new(out, file);
    let inode = Inode::at(copy.field(at::file_inode()));
    let created = copy.field::<u32>(at::file_mode()) & FMODE_CREATED != 0;
    let open_flags: u32 = copy.field(at::file_flags());
    let kind = inode.mode & S_IFMT;

    let fixed = Fixed(out.spare(FIXED_AT).cast());
    fixed.put(place::DEV, u64::from(inode.dev) | u64::from(open_flags) << 32);
    fixed.put(place::INO, inode.ino);
    for at in [place::FAMILY, place::LOCAL_PORT, place::LOCAL_ADDR, 48, place::REMOTE_ADDR, 64] {
        fixed.put(at, 0);
    }

    let start = room(out.end(), FIXED_LEN as u32)?;
    out.set_end(start + FIXED_LEN as u64);
    let mut bits = 0;
    if kind == S_IFSOCK {
        let socket: u64 = copy.field(at::file_private());
        bits |= describe_socket(out, &fixed, socket, call);
    } else {
        let on = Place::at(file.wrapping_add(u64::from(at::file_path())));
        let walked = path::walk(out, on, root);
        bits |= walked.flags | inode.layer();
        if walked.unattached {
            bits |= name_of_unattached(out, walked.start, walked.len, inode.magic, kind);
        } else {
            bits |= flags::LEAF_FIRST;
        }
    }
    fixed.put(place::MODE, u64::from(inode.mode) | u64::from(bits) << 32);

    let to = room(start, FIXED_LEN as u32)?;
    for word in 0..FIXED_LEN / 8 {
        // SAFETY: both within their rooms.
        unsafe {
            let value = read_volatile(fixed.0.add(word));
            out.buffer().add(to as usize).cast::<u64>().add(word).write_unaligned(value);
        }
    }
    let len = out.end().wrapping_sub(start) & 0x7fff;
    let slot =
        Slot::stored(start as usize, len as usize, len as u32 + u32::from(bits & flags::PATH_CUT != 0));
    Some(Described { slot, inode, created })
}

/// Appends what the standard descriptors of a task are: input, output, errors.
#[inline(always)]
pub fn standard(out: &mut Writer, task: Address) -> [Slot<File>; 3] {
    let files = Files::of(task);
    let root = Place::root(path::fs_of(task));
    [0, 1, 2].map(|fd| match describe_apart(files.get(fd), root.dentry(), root.mnt(), out.index()) {
        0 => Slot::absent(),
        word => Slot::from_word(word),
    })
}

/// [`describe`] as a function of its own, which the verifier looks at once however often it is
/// called: the word of the descriptor's slot, 0 for none.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn describe_apart(file: u64, root: u64, root_mnt: u64, buffer: u32) -> u64 {
    let Some(mut out) = Writer::resume(buffer) else { return 0 };
    describe(&mut out, Place::new(root, root_mnt), file, CallAddress::NONE).map_or(0, |found| found.slot.word)
}

/// Flags of something without a place in a file system; takes back a name that says nothing.
#[inline(always)]
fn name_of_unattached(out: &mut Writer, start: u64, len: u64, magic: u64, kind: u32) -> u32 {
    let mut first = 0;
    if let Some(at) = room(start, 8) {
        // SAFETY: `room` made sure that 8 bytes fit.
        first = unsafe { out.buffer().add(at as usize).cast::<u64>().read_unaligned() };
    }
    // `memfd:` and the empty name or `/` of pipes and namespaces.
    let memfd = first & 0xffff_ffff_ffff == u64::from_le_bytes(*b"memfd:\0\0");
    if kind == S_IFIFO || len < 2 || first & 0xffff == u64::from(b'/') {
        out.set_end(start);
    } else {
        // Without the NUL.
        out.set_end(start + len - 1);
    }
    if memfd {
        flags::MEMFD
    } else if magic == ANON_INODE_FS {
        flags::ANON_INODE
    } else {
        0
    }
}

/// Fills the socket's part and appends the path of a unix socket.
#[inline(always)]
fn describe_socket(out: &mut Writer, fixed: &Fixed, socket: u64, call: CallAddress) -> u32 {
    let sk: u64 = probe_field(socket, at::socket_sk());
    if sk == 0 {
        return 0;
    }
    let kind: u16 = probe_field(socket, at::socket_type());
    let family: u16 = probe_field(sk, at::sock_family());
    let protocol: u16 = probe_field(sk, at::sock_protocol());
    let state: u8 = probe_field(sk, at::sock_state());
    fixed.put(
        place::FAMILY,
        u64::from(family) | u64::from(kind) << 16 | u64::from(protocol) << 32 | u64::from(state) << 48,
    );
    let mut bits = if state == TCP_ESTABLISHED { flags::CONNECTED } else { 0 };
    if family == AF_UNIX {
        unix_path(out, sk);
        return bits;
    }
    if family != AF_INET && family != AF_INET6 {
        return bits;
    }
    let local_port: u16 = probe_field(sk, at::sock_local_port());
    let mut remote_port = probe_field::<u16>(sk, at::sock_remote_port()).swap_bytes();
    let (local, mut remote) = if family == AF_INET6 && at::sock_local_v6() != ABSENT {
        (probe_field::<[u64; 2]>(sk, at::sock_local_v6()), probe_field::<[u64; 2]>(sk, at::sock_remote_v6()))
    } else {
        (
            [u64::from(probe_field::<u32>(sk, at::sock_local_v4())), 0],
            [u64::from(probe_field::<u32>(sk, at::sock_remote_v4())), 0],
        )
    };
    if remote_port == 0 && call.family != 0 {
        remote_port = call.port;
        remote = call.addr;
        bits |= flags::ADDR_FROM_CALL;
        // An IPv4 address given to an IPv6 socket has no meaning; given the other way round the
        // kernel refuses it. What was named is shown either way.
    }
    fixed.put(place::LOCAL_PORT, u64::from(local_port) | u64::from(remote_port) << 16);
    fixed.put(place::LOCAL_ADDR, local[0]);
    fixed.put(48, local[1]);
    fixed.put(place::REMOTE_ADDR, remote[0]);
    fixed.put(64, remote[1]);
    bits
}

/// Appends the address of a unix socket: its own, or that of the one it is connected to.
#[inline(always)]
fn unix_path(out: &mut Writer, sk: u64) {
    let mut address: u64 = probe_field(sk, at::unix_addr());
    if address == 0 {
        let peer: u64 = probe_field(sk, at::unix_peer());
        address = probe_field(peer, at::unix_addr());
    }
    if address == 0 {
        return;
    }
    let len: u32 = probe_field(address, at::unix_addr_len());
    let name = address.wrapping_add(u64::from(at::unix_addr_name())).wrapping_add(2);
    let Some(start) = room(out.end(), UNIX_PATH_MAX + 1) else { return };
    let first: u8 = probe(name);
    // SAFETY: `room` made sure that the bytes fit.
    unsafe {
        let to = out.buffer().add(start as usize);
        if first != 0 {
            let n = bpf_probe_read_kernel_str(to.cast(), UNIX_PATH_MAX + 1, name as *const _);
            if n > 0 {
                out.set_end(start + (n as u64 & 0xff) - 1);
            }
        } else {
            // Abstract: any bytes behind a NUL, as many as the length says.
            let n = crate::kernel::opaque(u64::from(len).wrapping_sub(2)) & 0x7f;
            if n > 0
                && n <= u64::from(UNIX_PATH_MAX)
                && bpf_probe_read_kernel(to.cast(), n as u32, name as *const _) == 0
            {
                out.set_end(start + n);
            }
        }
    }
}
