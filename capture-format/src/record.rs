//! The bytes of one event: header words, slots, tail.
//!
//! ```text
//! record := 11 header words, one slot word a parameter, tail; padded to 8 bytes with zeros
//! ```
//! All words are `u64`, little-endian. Word stores cost the kernel program far fewer instructions
//! than byte arrays. A slot of a byte string holds where its bytes are: bits 0–19 offset from the
//! start of the record, bits 20–39 recorded length, bits 40–63 true length.

use crate::param::{Bytes, Param, Storage, TRUE_LEN_MAX, WordParam};
use crate::schema::EventType;

/// Number of header words.
pub const HEAD_WORDS: usize = 11;
/// Length of the header, bytes.
pub const HEAD_LEN: usize = HEAD_WORDS * 8;
/// Most parameters an event can have: the presence mask is one word.
pub const PARAMS_MAX: usize = 64;
/// Longest record, bytes; the kernel's per-CPU buffers are this large.
pub const RECORD_MAX: usize = 32 * 1024;

/// Positions of the header words.
pub mod word {
    /// Time on the boot clock, ns.
    pub const TIME: usize = 0;
    /// Process id (low half) and thread id (high half), host pid namespace.
    pub const PID_TID: usize = 1;
    /// Start of the process (its group leader) on the boot clock, ns.
    pub const START: usize = 2;
    /// Event type (16 bits), cpu (16 bits), length of the record in bytes (32 bits).
    pub const TYPE_CPU_LEN: usize = 3;
    /// Real user id (low) and effective user id (high).
    pub const UID_EUID: usize = 4;
    /// Effective group id (low) and audit login user id (high).
    pub const EGID_LOGINUID: usize = 5;
    /// Cgroup key: kernfs id | hierarchy << 60 (0 pids, 1 memory, 2 cpu, 3 unified).
    pub const CGROUP: usize = 6;
    /// Session id: pid of the session leader (low); bits of [`super::event_flags`] (high).
    pub const SESSION_FLAGS: usize = 7;
    /// Effective capabilities.
    pub const CAP_EFFECTIVE: usize = 8;
    /// Permitted capabilities.
    pub const CAP_PERMITTED: usize = 9;
    /// Bit n is set if parameter n is present.
    pub const PRESENT: usize = 10;
}

/// Bits of an event's flags.
pub mod event_flags {
    /// Made through the 32-bit system call interface.
    pub const COMPAT: u32 = 1 << 0;
    /// Submitted through io_uring, not by a system call of its own.
    pub const IO_URING: u32 = 1 << 1;
    /// Made by a kernel thread.
    pub const KERNEL_THREAD: u32 = 1 << 2;
}

/// What every event says about itself and its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// Time on the boot clock, ns.
    pub time_ns: u64,
    /// Process id, host pid namespace.
    pub pid: u32,
    /// Thread id, host pid namespace.
    pub tid: u32,
    /// Start of the process on the boot clock, ns. With `pid` the key of the process.
    pub start_ns: u64,
    /// Kind of event.
    pub event_type: EventType,
    /// CPU the event happened on.
    pub cpu: u16,
    /// Real user id.
    pub uid: u32,
    /// Effective user id.
    pub euid: u32,
    /// Effective group id.
    pub egid: u32,
    /// Audit login user id; 4294967295 is "unset".
    pub loginuid: u32,
    /// Cgroup key, see [`word::CGROUP`].
    pub cgroup: u64,
    /// Pid of the session leader, host pid namespace; 0 if unknown.
    pub session: u32,
    /// Bits of [`event_flags`].
    pub flags: u32,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// Permitted capabilities.
    pub cap_permitted: u64,
}

impl Head {
    /// The header words; `len` is the record's length in bytes, `present` the mask of parameters.
    pub fn words(&self, len: u32, present: u64) -> [u64; HEAD_WORDS] {
        let two = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        [
            self.time_ns,
            two(self.pid, self.tid),
            self.start_ns,
            self.event_type as u64 | u64::from(self.cpu) << 16 | u64::from(len) << 32,
            two(self.uid, self.euid),
            two(self.egid, self.loginuid),
            self.cgroup,
            two(self.session, self.flags),
            self.cap_effective,
            self.cap_permitted,
            present,
        ]
    }

    /// Reads the header words; `None` if the event type is unknown.
    pub fn from_words(words: &[u64; HEAD_WORDS]) -> Option<Self> {
        let event_type = EventType::from_number(words[word::TYPE_CPU_LEN] as u16)?;
        Some(Self::from_words_of(event_type, words))
    }

    /// Reads the header words of an event whose type is known from elsewhere.
    pub fn from_words_of(event_type: EventType, words: &[u64; HEAD_WORDS]) -> Self {
        let halves = |index: usize| (words[index] as u32, (words[index] >> 32) as u32);
        let (pid, tid) = halves(word::PID_TID);
        let (uid, euid) = halves(word::UID_EUID);
        let (egid, loginuid) = halves(word::EGID_LOGINUID);
        let (session, flags) = halves(word::SESSION_FLAGS);
        let kind = words[word::TYPE_CPU_LEN];
        Self {
            time_ns: words[word::TIME],
            pid,
            tid,
            start_ns: words[word::START],
            event_type,
            cpu: (kind >> 16) as u16,
            uid,
            euid,
            egid,
            loginuid,
            cgroup: words[word::CGROUP],
            session,
            flags,
            cap_effective: words[word::CAP_EFFECTIVE],
            cap_permitted: words[word::CAP_PERMITTED],
        }
    }
}

/// One event, wherever its bytes are: in a ring record or in a lane of a block.
pub trait Row<'a> {
    /// What the event says about itself and its thread.
    fn head(&self) -> Head;
    /// Value of the parameter number `index`; `None` if absent or not a word.
    fn word(&self, index: usize) -> Option<u64>;
    /// Bytes of the parameter number `index`; `None` if absent or not bytes.
    fn bytes(&self, index: usize) -> Option<Bytes<'a>>;
}

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Fewer bytes than the part needs.
    Truncated {
        /// Bytes needed.
        need: usize,
        /// Bytes there.
        have: usize,
    },
    /// The length field is not a possible length.
    BadLength {
        /// What the field says.
        len: usize,
    },
    /// An event type this version does not know.
    UnknownType {
        /// The number.
        number: u16,
    },
    /// A byte string lies outside its record, or is longer than its true length.
    BadSlot {
        /// Parameter number.
        index: usize,
    },
}

impl core::fmt::Display for FormatError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Truncated { need, have } => write!(f, "{need} bytes needed, {have} left"),
            Self::BadLength { len } => write!(f, "impossible record length {len}"),
            Self::UnknownType { number } => write!(f, "unknown event type {number}"),
            Self::BadSlot { index } => write!(f, "parameter {index} points outside its record"),
        }
    }
}

impl core::error::Error for FormatError {}

/// A record. Holding one means that its lengths and offsets have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    head: Head,
    present: u64,
    bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// Splits the first record off `bytes`.
    pub fn split_first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), FormatError> {
        let truncated = |need| FormatError::Truncated { need, have: bytes.len() };
        let fixed = bytes.first_chunk::<HEAD_LEN>().ok_or(truncated(HEAD_LEN))?;
        let mut words = [0; HEAD_WORDS];
        for (word, chunk) in words.iter_mut().zip(fixed.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*chunk);
        }
        let len = (words[word::TYPE_CPU_LEN] >> 32) as usize;
        let number = words[word::TYPE_CPU_LEN] as u16;
        let head = Head::from_words(&words).ok_or(FormatError::UnknownType { number })?;
        let params = head.event_type.info().params;
        if !len.is_multiple_of(8) || len > RECORD_MAX || len < HEAD_LEN + params.len() * 8 {
            return Err(FormatError::BadLength { len });
        }
        let (whole, rest) = bytes.split_at_checked(len).ok_or(truncated(len))?;
        let record = Self { head, present: words[word::PRESENT], bytes: whole };
        for (index, param) in params.iter().enumerate() {
            if param.kind.storage() != Storage::Word
                && record.slot(index).is_some()
                && record.bytes(index).is_none()
            {
                return Err(FormatError::BadSlot { index });
            }
        }
        Ok((record, rest))
    }

    /// Mask of present parameters.
    pub fn present(&self) -> u64 {
        self.present
    }

    /// All bytes of the record.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn slot(&self, index: usize) -> Option<u64> {
        if index >= PARAMS_MAX
            || self.present >> index & 1 == 0
            || index >= self.head.event_type.info().params.len()
        {
            return None;
        }
        let at = HEAD_LEN + index * 8;
        Some(u64::from_le_bytes(*self.bytes.get(at..at + 8)?.first_chunk()?))
    }
}

impl<'a> Row<'a> for Record<'a> {
    fn head(&self) -> Head {
        self.head
    }

    fn word(&self, index: usize) -> Option<u64> {
        let param = self.head.event_type.info().params.get(index)?;
        if param.kind.storage() == Storage::Word { self.slot(index) } else { None }
    }

    fn bytes(&self, index: usize) -> Option<Bytes<'a>> {
        let param = self.head.event_type.info().params.get(index)?;
        if param.kind.storage() == Storage::Word {
            return None;
        }
        let (offset, len, true_len) = unpack(self.slot(index)?);
        let data = self.bytes.get(offset..offset.checked_add(len)?)?;
        if (true_len as usize) < len {
            return None;
        }
        Some(Bytes { data, true_len })
    }
}

/// The slot of a byte string: offset from the start of the record, recorded length, true length.
#[inline(always)]
pub const fn pack(offset: usize, len: usize, true_len: u32) -> u64 {
    (offset as u64 & 0xf_ffff) | (len as u64 & 0xf_ffff) << 20 | (true_len as u64 & TRUE_LEN_MAX as u64) << 40
}

/// What [`pack`] packed.
#[inline(always)]
pub const fn unpack(slot: u64) -> (usize, usize, u32) {
    ((slot & 0xf_ffff) as usize, (slot >> 20 & 0xf_ffff) as usize, (slot >> 40) as u32)
}

/// A parameter on its way into a record.
#[derive(Clone, Copy, Debug)]
pub struct Slot<T> {
    /// The word to store.
    pub word: u64,
    /// Whether the parameter is present.
    pub present: bool,
    kind: core::marker::PhantomData<T>,
}

impl<T: Param> Slot<T> {
    /// A parameter that does not apply or could not be read.
    #[inline(always)]
    pub fn absent() -> Self {
        Self { word: 0, present: false, kind: core::marker::PhantomData }
    }

    /// A byte string that already lies in the record's tail.
    #[inline(always)]
    pub fn stored(offset: usize, len: usize, true_len: u32) -> Self {
        Self::from_word(pack(offset, len, true_len))
    }

    /// A present parameter with this slot word, as another slot had it.
    #[inline(always)]
    pub fn from_word(word: u64) -> Self {
        Self { word, present: true, kind: core::marker::PhantomData }
    }
}

impl<T: WordParam> From<T> for Slot<T> {
    #[inline(always)]
    fn from(value: T) -> Self {
        Self { word: value.to_word(), present: true, kind: core::marker::PhantomData }
    }
}

impl<T: WordParam> From<Option<T>> for Slot<T> {
    #[inline(always)]
    fn from(value: Option<T>) -> Self {
        match value {
            Some(value) => value.into(),
            None => Self::absent(),
        }
    }
}

/// Where an event's words are stored. The kernel program writes to its per-CPU buffer, user space
/// to a vector ([`Builder`]).
pub trait Words {
    /// Stores `word` as word number `index` of the record.
    fn put(&mut self, index: usize, word: u64);
}

/// Turns the leaf-first components of a ring record's kernel path into a path, in place.
///
/// `c\0b\0a\0` becomes `/a/b/c`: the lengths are equal. An empty path stays empty and means `/`.
pub fn turn_components(bytes: &mut [u8]) {
    // Reversing all bytes puts components in order with each one backwards and NUL in front;
    // reversing every component again makes it readable.
    bytes.reverse();
    let mut start = 0;
    while start < bytes.len() {
        bytes[start] = b'/';
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != 0 {
            end += 1;
        }
        bytes[start + 1..end].reverse();
        start = end;
    }
}

#[cfg(feature = "std")]
pub use building::{Builder, normalise, normalise_descriptor};

#[cfg(feature = "std")]
mod building {
    use super::{HEAD_LEN, Head, Record, Row, Slot, Words, pack, turn_components, unpack};
    use crate::descriptor::{FIXED_LEN, at, flags};
    use crate::param::{Bytes, Kind, Param, Storage, TRUE_LEN_MAX};
    use crate::schema::EventType;

    /// Builds a record in user space: first the tail, then the words.
    #[derive(Clone, Debug)]
    pub struct Builder {
        bytes: Vec<u8>,
    }

    impl Builder {
        /// A record of `event_type` without a tail yet.
        pub fn new(event_type: EventType) -> Self {
            Self { bytes: vec![0; HEAD_LEN + event_type.info().params.len() * 8] }
        }

        /// Appends a byte string and gives its slot.
        pub fn bytes<T: Param>(&mut self, bytes: Bytes<'_>) -> Slot<T> {
            let offset = self.bytes.len();
            self.bytes.extend_from_slice(bytes.data);
            Slot::stored(offset, bytes.data.len(), bytes.true_len.min(TRUE_LEN_MAX))
        }

        /// Appends what an optional byte string holds; absent for `None`.
        pub fn optional<T: Param>(&mut self, bytes: Option<Bytes<'_>>) -> Slot<T> {
            bytes.map_or_else(Slot::absent, |bytes| self.bytes(bytes))
        }

        /// Writes the header and gives the finished record. `present` is what `encode` of the
        /// event returned.
        pub fn finish(mut self, head: &Head, present: u64) -> Vec<u8> {
            self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
            let words = head.words(self.bytes.len() as u32, present);
            for (index, word) in words.into_iter().enumerate() {
                self.put(index, word);
            }
            self.bytes
        }
    }

    impl Words for Builder {
        fn put(&mut self, index: usize, word: u64) {
            if let Some(place) = self.bytes.get_mut(index * 8..index * 8 + 8) {
                place.copy_from_slice(&word.to_le_bytes());
            }
        }
    }

    /// Brings a record from the ring into the form a capture holds: kernel paths become text.
    ///
    /// Gives back the record's bytes; anything that is not a record is left as it is for
    /// [`Record::split_first`] to name.
    pub fn normalise(bytes: &mut [u8]) {
        let Ok((record, _)) = Record::split_first(bytes) else { return };
        let present = record.present();
        let params = record.head().event_type.info().params;
        for (index, param) in params.iter().enumerate() {
            let at_slot = HEAD_LEN + index * 8;
            if present >> index & 1 == 0 || param.kind.storage() == Storage::Word {
                continue;
            }
            let Some(slot) = bytes.get(at_slot..at_slot + 8).and_then(|b| b.first_chunk::<8>()) else {
                continue;
            };
            let (offset, len, _) = unpack(u64::from_le_bytes(*slot));
            match param.kind {
                Kind::KernelPath | Kind::CgroupPath => {
                    if let Some(path) = bytes.get_mut(offset..offset + len) {
                        turn_components(path);
                    }
                }
                Kind::File => {
                    if let Some(file) = bytes.get_mut(offset..offset + len) {
                        normalise_descriptor(file);
                    }
                }
                Kind::SocketAddress => {
                    let Some(address) = bytes.get_mut(offset..offset + len) else { continue };
                    let kept = address_len(address);
                    if let Some(behind) = address.get_mut(kept..).filter(|behind| !behind.is_empty()) {
                        behind.fill(0);
                        let slot = pack(offset, kept, kept as u32).to_le_bytes();
                        if let Some(place) = bytes.get_mut(at_slot..at_slot + 8) {
                            place.copy_from_slice(&slot);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Bytes of a `struct sockaddr` that say something. Behind them callers leave what was in their
    /// memory: they pass the size of the type, or of `struct sockaddr_storage`. Of a family that is
    /// not known all.
    fn address_len(address: &[u8]) -> usize {
        let family = address.first_chunk::<2>().map(|family| u16::from_le_bytes(*family));
        let named = match (family, address.get(2..)) {
            // The path of a unix socket ends at NUL; a name in the abstract namespace begins with one.
            (Some(1), Some([first, rest @ ..])) if *first != 0 => {
                3 + rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len())
            }
            // Family, port and address; `sin_zero` says nothing.
            (Some(2), _) => 8,
            (Some(10), _) => 28,
            (Some(16), _) => 12,
            _ => address.len(),
        };
        named.min(address.len())
    }

    /// Brings the bytes of a descriptor from the ring into the form a capture holds.
    pub fn normalise_descriptor(file: &mut [u8]) {
        let Some(flag_byte) = file.get_mut(at::FLAGS + 3) else { return };
        if *flag_byte & (flags::LEAF_FIRST >> 24) as u8 != 0 {
            *flag_byte &= !((flags::LEAF_FIRST >> 24) as u8);
            if let Some(path) = file.get_mut(FIXED_LEN..) {
                turn_components(path);
            }
        }
    }
}
