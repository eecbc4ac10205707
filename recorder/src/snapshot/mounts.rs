//! What is mounted, from mountinfo.

use capture_format::snapshot::Mount;

use crate::files;

/// Most bytes of mountinfo.
const TABLE_MAX: usize = 8 << 20;

/// The mounts of the host's mount namespace, or of the recorder's own where the first process
/// does not show them.
pub fn read() -> Vec<Mount> {
    let text = files::read_proc("/proc/1/mountinfo", TABLE_MAX)
        .or_else(|_| files::read_proc("/proc/self/mountinfo", TABLE_MAX))
        .unwrap_or_default();
    parse(&text)
}

/// Reads the text of mountinfo.
fn parse(text: &[u8]) -> Vec<Mount> {
    let mount = |line: &[u8]| {
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let dash = words.iter().position(|word| *word == b"-")?;
        let (major, minor) = std::str::from_utf8(words.get(2)?).ok()?.split_once(':')?;
        Some(Mount {
            dev: major.parse::<u32>().ok()?.checked_mul(1 << 20)? | minor.parse::<u32>().ok()? & 0xf_ffff,
            point: unescape(words.get(4)?),
            fs_type: words.get(dash + 1)?.to_vec(),
            source: unescape(words.get(dash + 2)?),
        })
    };
    text.split(|&byte| byte == b'\n').filter_map(mount).collect()
}

/// Turns `\040` and its kin back into the bytes they stand for.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail.first_chunk::<3>().filter(|_| byte == b'\\').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        match code {
            Some(code) => {
                out.push(code);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_with_their_device() {
        let found = parse(
            b"25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
              26 25 0:22 / /mnt/a\\040b rw master:1 shared:2 - tmpfs none\\134x rw\nbroken\n",
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].dev, found[0].fs_type.as_slice()), (8 << 20 | 1, &b"ext4"[..]));
        assert_eq!(
            (found[1].point.as_slice(), found[1].source.as_slice()),
            (&b"/mnt/a b"[..], &b"none\\x"[..])
        );
    }
}
