//! Interfaces and the sockets that wait for connections.

use std::collections::BTreeMap;

use capture_format::snapshot::{Interface, Listener};

use crate::{files, sys};

/// Most bytes of a table of sockets.
const TABLE_MAX: usize = 16 << 20;
/// Tables of sockets: file, protocol, family, state that means "waits": TCP 0A is listening; a UDP
/// socket that is bound but not connected is 07.
const TABLES: &[(&str, u8, u16, u8)] =
    &[("tcp", 6, 2, 0x0a), ("tcp6", 6, 10, 0x0a), ("udp", 17, 2, 0x07), ("udp6", 17, 10, 0x07)];

/// The interfaces of the recorder's network namespace, by name.
pub fn interfaces() -> Vec<Interface> {
    let mut found: BTreeMap<Vec<u8>, Interface> = BTreeMap::new();
    for (name, address) in sys::interface_addresses().unwrap_or_default() {
        let empty = || Interface { name: name.clone(), addresses: Vec::new() };
        found.entry(name.clone()).or_insert_with(empty).addresses.extend(address);
    }
    found.into_values().collect()
}

/// The sockets that wait for connections in the network namespace of `pid`.
pub fn listeners(pid: u32) -> Vec<Listener> {
    let mut found = Vec::new();
    for (file, protocol, family, state) in TABLES {
        let table = files::read_proc(&format!("/proc/{pid}/net/{file}"), TABLE_MAX).unwrap_or_default();
        found.extend(parse_sockets(&table, *protocol, *family, *state));
    }
    found
}

/// Reads a table such as /proc/net/tcp.
fn parse_sockets(table: &[u8], protocol: u8, family: u16, wanted: u8) -> Vec<Listener> {
    let table = String::from_utf8_lossy(table);
    let socket = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (addr, port) = words.nth(1)?.split_once(':')?;
        let state = u8::from_str_radix(words.nth(1)?, 16).ok()?;
        let ino = words.nth(5)?.parse().ok()?;
        let port = u16::from_str_radix(port, 16).ok()?;
        (state == wanted && port != 0).then_some(())?;
        Some(Listener { protocol, family, addr: address(addr)?, port, ino })
    };
    table.lines().skip(1).filter_map(socket).collect()
}

/// An address as the kernel prints it: words of 8 digits, each in the machine's byte order.
fn address(text: &str) -> Option<[u8; 16]> {
    let mut addr = [0; 16];
    let words = text.len() / 8;
    if !(text.len() == 8 || text.len() == 32) {
        return None;
    }
    for word in 0..words {
        let value = u32::from_str_radix(text.get(word * 8..word * 8 + 8)?, 16).ok()?;
        addr.get_mut(word * 4..word * 4 + 4)?.copy_from_slice(&value.to_ne_bytes());
    }
    Some(addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_that_wait_are_listed() {
        let table = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 4242 1 x\n\
   1: 0100007F:D431 0100007F:0CEA 01 00000000:00000000 00:00000000 00000000   999        0 4243 1 x\n\
   2: broken\n";
        let found = parse_sockets(table, 6, 2, 0x0a);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].port, found[0].ino, &found[0].addr[..4]), (3306, 4242, &[127, 0, 0, 1][..]));
    }

    #[test]
    fn an_ipv6_address_is_four_words() {
        let addr = address("00000000000000000000000001000000").unwrap();
        assert_eq!(addr, std::net::Ipv6Addr::LOCALHOST.octets());
        assert_eq!(address("0000"), None);
        assert_eq!(address("zz00007F"), None);
    }
}
