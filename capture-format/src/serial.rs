//! Serialised payloads: bincode 2 through serde, behind this one module.
//!
//! Configuration: little-endian, variable-length integers, as bincode's `standard` has it;
//! `docs/format.md` says what that means byte by byte. What is decoded is wrapped in enums whose
//! variant is the version, must use all its bytes, and may not claim more than a limit.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::frame::limits;

/// Why a payload could not be serialised or read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// It would be longer than a reader accepts.
    #[error("{len} bytes are more than the {} a payload may have", limits::SERIAL)]
    TooLong {
        /// Length in bytes.
        len: usize,
    },
    /// The bytes are not of this type, or of a version this program does not know.
    #[error("not readable: {0}")]
    Malformed(String),
    /// Bytes are left over behind the value.
    #[error("{0} bytes left over")]
    LeftOver(usize),
    /// The compressed bytes do not inflate to the length that was promised.
    #[error("does not inflate to {0} bytes")]
    Inflate(u32),
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<{ limits::SERIAL as usize }>()
}

/// The bytes of `value`.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, SerialError> {
    let bytes = bincode::serde::encode_to_vec(value, bincode::config::standard())
        .map_err(|error| SerialError::Malformed(error.to_string()))?;
    if bytes.len() > limits::SERIAL as usize {
        return Err(SerialError::TooLong { len: bytes.len() });
    }
    Ok(bytes)
}

/// The value of `bytes`, all of which must belong to it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SerialError> {
    if bytes.len() > limits::SERIAL as usize {
        return Err(SerialError::TooLong { len: bytes.len() });
    }
    let (value, used) = bincode::serde::decode_from_slice(bytes, config())
        .map_err(|error| SerialError::Malformed(error.to_string()))?;
    match bytes.len() - used {
        0 => Ok(value),
        left => Err(SerialError::LeftOver(left)),
    }
}

/// Inflates one zstd frame to exactly `raw_len` bytes; never allocates more.
pub fn inflate(stored: &[u8], raw_len: u32, limit: u32) -> Result<Vec<u8>, SerialError> {
    if raw_len > limit {
        return Err(SerialError::TooLong { len: raw_len as usize });
    }
    if raw_len == 0 && stored.is_empty() {
        return Ok(Vec::new());
    }
    let raw = zstd::bulk::decompress(stored, raw_len as usize).map_err(|_| SerialError::Inflate(raw_len))?;
    if raw.len() != raw_len as usize {
        return Err(SerialError::Inflate(raw_len));
    }
    Ok(raw)
}
