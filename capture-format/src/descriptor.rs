//! What a descriptor refers to, as one byte string: a fixed part and a path.
//!
//! The same bytes serve an event's file or socket parameter, a block's dictionary of descriptors
//! and the open descriptors of a snapshot. The descriptor's number is not in it, so that equal
//! files are equal bytes.

use crate::param::Bytes;

/// Length in bytes of the fixed part.
pub const FIXED_LEN: usize = 72;

/// Byte offsets in the fixed part; all numbers little-endian, gaps zero.
pub mod at {
    /// `u32`: file type and permissions, as in `st_mode`.
    pub const MODE: usize = 0;
    /// `u32`: bits of [`super::flags`].
    pub const FLAGS: usize = 4;
    /// `u32`: device, major << 20 | minor.
    pub const DEV: usize = 8;
    /// `u32`: `f_flags` of the open file.
    pub const OPEN_FLAGS: usize = 12;
    /// `u64`: inode number (for a socket, of its sockfs inode).
    pub const INO: usize = 16;
    /// `u16`: address family of a socket, else 0.
    pub const FAMILY: usize = 24;
    /// `u16`: socket type, else 0.
    pub const SOCKET_TYPE: usize = 26;
    /// `u16`: protocol number of a socket, else 0.
    pub const PROTOCOL: usize = 28;
    /// `u8`: TCP state (include/net/tcp_states.h: 1 established, 2 SYN sent, 7 closed, 10 listen).
    pub const STATE: usize = 30;
    /// `u16`: local port, host byte order.
    pub const LOCAL_PORT: usize = 32;
    /// `u16`: remote port, host byte order.
    pub const REMOTE_PORT: usize = 34;
    /// `u32`: zero.
    pub const RESERVED: usize = 36;
    /// 16 bytes: local address; IPv4 in the first 4.
    pub const LOCAL_ADDR: usize = 40;
    /// 16 bytes: remote address; IPv4 in the first 4.
    pub const REMOTE_ADDR: usize = 56;
}

/// Bits of a descriptor's flags.
pub mod flags {
    /// In the upper layer of an overlay.
    pub const UPPER_LAYER: u32 = 1 << 0;
    /// In a lower layer of an overlay.
    pub const LOWER_LAYER: u32 = 1 << 1;
    /// The file has no name any more.
    pub const DELETED: u32 = 1 << 2;
    /// The file cannot be reached from the root of the process; the path is the host's.
    pub const OUTSIDE_ROOT: u32 = 1 << 3;
    /// A memfd.
    pub const MEMFD: u32 = 1 << 4;
    /// The path has more components than the recorder follows: its start is missing.
    pub const PATH_CUT: u32 = 1 << 5;
    /// A socket that is connected.
    pub const CONNECTED: u32 = 1 << 6;
    /// Not a file of a file system but an anonymous inode; the path is its kernel name, `[eventfd]`.
    pub const ANON_INODE: u32 = 1 << 7;
    /// The remote address was given to this call (sendto), the socket itself is not connected.
    pub const ADDR_FROM_CALL: u32 = 1 << 8;
    /// Ring records only: the path is components, leaf first, each ended by NUL.
    pub const LEAF_FIRST: u32 = 1 << 31;
}

/// A parsed descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Descriptor<'a> {
    /// File type and permissions, as in `st_mode`.
    pub mode: u32,
    /// Bits of [`flags`].
    pub flags: u32,
    /// Device, major << 20 | minor.
    pub dev: u32,
    /// `f_flags` of the open file.
    pub open_flags: u32,
    /// Inode number.
    pub ino: u64,
    /// Address family of a socket, else 0.
    pub family: u16,
    /// Socket type, else 0.
    pub socket_type: u16,
    /// Protocol number of a socket, else 0.
    pub protocol: u16,
    /// TCP state, else 0.
    pub state: u8,
    /// Local port, host byte order.
    pub local_port: u16,
    /// Remote port, host byte order.
    pub remote_port: u16,
    /// Local address; IPv4 in the first 4 bytes.
    pub local_addr: [u8; 16],
    /// Remote address; IPv4 in the first 4 bytes.
    pub remote_addr: [u8; 16],
    /// Kernel-resolved path of a file, address of a unix socket, name of an anonymous inode.
    pub path: Bytes<'a>,
}

impl<'a> Descriptor<'a> {
    /// Reads a descriptor; `None` if `bytes` is shorter than the fixed part.
    pub fn parse(bytes: Bytes<'a>) -> Option<Self> {
        let (fixed, path) = bytes.data.split_first_chunk::<FIXED_LEN>()?;
        let u16_at = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let low = u64::from(u32_at(at::INO));
        let high = u64::from(u32_at(at::INO + 4));
        Some(Self {
            mode: u32_at(at::MODE),
            flags: u32_at(at::FLAGS),
            dev: u32_at(at::DEV),
            open_flags: u32_at(at::OPEN_FLAGS),
            ino: low | high << 32,
            family: u16_at(at::FAMILY),
            socket_type: u16_at(at::SOCKET_TYPE),
            protocol: u16_at(at::PROTOCOL),
            state: fixed[at::STATE],
            local_port: u16_at(at::LOCAL_PORT),
            remote_port: u16_at(at::REMOTE_PORT),
            local_addr: *fixed[at::LOCAL_ADDR..].first_chunk()?,
            remote_addr: *fixed[at::REMOTE_ADDR..].first_chunk()?,
            path: Bytes { data: path, true_len: bytes.true_len.saturating_sub(FIXED_LEN as u32) },
        })
    }

    /// The fixed part, as [`Descriptor::parse`] reads it.
    pub fn fixed(&self) -> [u8; FIXED_LEN] {
        let mut out = [0; FIXED_LEN];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(at::MODE, &self.mode.to_le_bytes());
        put(at::FLAGS, &self.flags.to_le_bytes());
        put(at::DEV, &self.dev.to_le_bytes());
        put(at::OPEN_FLAGS, &self.open_flags.to_le_bytes());
        put(at::INO, &self.ino.to_le_bytes());
        put(at::FAMILY, &self.family.to_le_bytes());
        put(at::SOCKET_TYPE, &self.socket_type.to_le_bytes());
        put(at::PROTOCOL, &self.protocol.to_le_bytes());
        put(at::STATE, &[self.state]);
        put(at::LOCAL_PORT, &self.local_port.to_le_bytes());
        put(at::REMOTE_PORT, &self.remote_port.to_le_bytes());
        put(at::LOCAL_ADDR, &self.local_addr);
        put(at::REMOTE_ADDR, &self.remote_addr);
        out
    }

    /// The file type bits of `mode` (`S_IFMT`).
    pub fn file_type(&self) -> u32 {
        self.mode & 0o170_000
    }

    /// Whether this is a socket of the internet families.
    pub fn is_inet(&self) -> bool {
        self.family == 2 || self.family == 10
    }
}
