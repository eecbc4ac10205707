//! A reader of bbolt databases, in which podman keeps what it was told of its containers.
//!
//! Only looks one key up, takes no lock and writes nothing. The database's owner may write
//! meanwhile: it writes changed pages elsewhere, so that what is read is nearly always of one
//! state, but who uses a value has to check it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::files;

/// Most bytes of a page with those that continue it.
const PAGE_MAX: usize = 8 << 20;
/// Most pages on the way from a bucket's root to a key.
const DEPTH_MAX: usize = 16;
/// Sizes that pages may have.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 512..=65536;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// Bytes before a page's content: id, kind, count of elements, count of pages that continue it.
const PAGE_HEADER: usize = 16;
/// Bytes of an element of a page.
const ELEMENT: usize = 16;
/// Bytes of a bucket before its inline page: root and sequence.
const BUCKET_HEADER: usize = 16;
/// Bytes of the description of the database that its checksum covers.
const META_SUMMED: usize = 56;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;

/// The value of `key` in the bucket that the names `buckets` lead to.
pub fn get(path: &Path, buckets: &[&[u8]], key: &[u8]) -> Option<Vec<u8>> {
    let database = Database::open(path)?;
    let mut page = database.page(database.root)?;
    for name in buckets {
        let bucket = database.find(page, name)?;
        page = match u64_at(&bucket, 0)? {
            // A small bucket is a page inside its value.
            0 => bucket.get(BUCKET_HEADER..)?.to_vec(),
            root => database.page(root)?,
        };
    }
    database.find(page, key)
}

struct Database {
    file: File,
    page_size: u32,
    root: u64,
}

/// One of the two descriptions of a database; the newer that is whole counts.
struct Meta {
    page_size: u32,
    root: u64,
    transaction: u64,
}

impl Database {
    fn open(path: &Path) -> Option<Self> {
        let file = files::open(path).ok()?;
        let first = meta(&file, 0);
        // Where the second stands is known for sure only from the first.
        let size = first.as_ref().map_or(4096, |meta| meta.page_size);
        let newest = first.into_iter().chain(meta(&file, u64::from(size))).max_by_key(|m| m.transaction)?;
        Some(Self { file, page_size: newest.page_size, root: newest.root })
    }

    fn page(&self, id: u64) -> Option<Vec<u8>> {
        let at = id.checked_mul(u64::from(self.page_size))?;
        let mut header = [0; PAGE_HEADER];
        self.file.read_exact_at(&mut header, at).ok()?;
        let pages = usize::try_from(u32_at(&header, 12)?).ok()?.checked_add(1)?;
        let len = pages.checked_mul(self.page_size as usize).filter(|len| *len <= PAGE_MAX)?;
        let mut page = vec![0; len];
        self.file.read_exact_at(&mut page, at).ok()?;
        Some(page)
    }

    /// The value of `key` in the tree below `page`.
    fn find(&self, mut page: Vec<u8>, key: &[u8]) -> Option<Vec<u8>> {
        for _ in 0..DEPTH_MAX {
            let elements = usize::from(u16_at(&page, 10)?);
            match u16_at(&page, 8)? {
                LEAF => return leaf_value(&page, elements, key),
                BRANCH => page = self.page(branch_child(&page, elements, key)?)?,
                _ => return None,
            }
        }
        None
    }
}

fn meta(file: &File, at: u64) -> Option<Meta> {
    let mut bytes = [0; PAGE_HEADER + META_SUMMED + 8];
    file.read_exact_at(&mut bytes, at).ok()?;
    let meta = bytes.get(PAGE_HEADER..)?;
    let sum = meta
        .get(..META_SUMMED)?
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let page_size = u32_at(meta, 8)?;
    let right = u32_at(meta, 0)? == MAGIC
        && u32_at(meta, 4)? == VERSION
        && PAGE_SIZES.contains(&page_size)
        && u64_at(meta, META_SUMMED)? == sum;
    right.then_some(Meta { page_size, root: u64_at(meta, 16)?, transaction: u64_at(meta, 48)? })
}

fn leaf_value(page: &[u8], elements: usize, key: &[u8]) -> Option<Vec<u8>> {
    (0..elements).find_map(|index| {
        let at = PAGE_HEADER + index * ELEMENT;
        let [from, key_len, value_len] = [4, 8, 12].map(|field| u32_at(page, at + field));
        let rest = page.get(at.checked_add(from? as usize)?..)?;
        let (found, rest) = rest.split_at_checked(key_len? as usize)?;
        if found == key { rest.get(..value_len? as usize).map(<[u8]>::to_vec) } else { None }
    })
}

/// The page below a branch that has `key` if any has: the last that does not begin after it.
fn branch_child(page: &[u8], elements: usize, key: &[u8]) -> Option<u64> {
    let mut child = None;
    for index in 0..elements {
        let at = PAGE_HEADER + index * ELEMENT;
        let rest = page.get(at.checked_add(u32_at(page, at)? as usize)?..)?;
        if child.is_some() && rest.get(..u32_at(page, at + 4)? as usize)? > key {
            break;
        }
        child = u64_at(page, at + 8);
    }
    child
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes_at(bytes, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::testing;

    /// The database of podman 4.3 with many containers, of which the pages that lead to two are
    /// kept, numbered anew, and configurations are shortened.
    const DATABASE: &[u8] = include_bytes!("testdata/podman-bolt_state.db");
    const ID: &str = "84b67be41a1daa8569543396014bfdbc08c8496838f61a876f23bb835ca7e32b";

    #[test]
    fn a_key_is_found_below_branches_and_in_inline_buckets() {
        let dir = testing::Dir::new("bolt");
        let path = dir.write_bytes("bolt_state.db", DATABASE);
        let config = get(&path, &[b"ctr", ID.as_bytes()], b"config").unwrap();
        assert!(config.starts_with(b"{"), "{config:?}");
        assert_eq!(get(&path, &[b"id-registry"], ID.as_bytes()).unwrap(), b"pdb1");
        assert_eq!(get(&path, &[b"ctr", &[b'0'; 64]], b"config"), None);
        assert_eq!(get(&path, &[b"ctr", ID.as_bytes()], b"none"), None);
    }

    #[test]
    fn damage_tells_nothing_and_ends() {
        let dir = testing::Dir::new("bolt-damage");
        for at in (0..DATABASE.len()).step_by(7) {
            let mut bytes = DATABASE.to_vec();
            bytes[at] ^= 0xff;
            let path = dir.write_bytes("bolt_state.db", &bytes);
            let _ = get(&path, &[b"ctr", ID.as_bytes()], b"config");
        }
        for len in (0..DATABASE.len()).step_by(1000) {
            let path = dir.write_bytes("bolt_state.db", &DATABASE[..len]);
            let _ = get(&path, &[b"ctr", ID.as_bytes()], b"config");
        }
        let path = dir.write_bytes("bolt_state.db", &[0; 8192]);
        assert_eq!(get(&path, &[], b"config"), None);
    }
}
