//! Names bound to addresses: hosts files, a container's environment, `--resolve`.

use std::net::IpAddr;
use std::path::Path;

use capture_format::snapshot::NameBinding;

use crate::{environment, files};

/// Most bytes of a hosts file.
const FILE_MAX: usize = 1 << 20;
/// Most names of one hosts file.
const ENTRIES_MAX: usize = 8 << 10;
/// Longest name of the DNS.
const NAME_MAX: usize = 253;
/// The name Kubernetes gives to the address in a container's environment.
const KUBERNETES: &str = "kubernetes.default.svc.cluster.local";

/// The names in the hosts file below `root`.
pub fn read(root: &Path, container: &str) -> Vec<NameBinding> {
    parse_hosts(&files::read_in_root(root, "etc/hosts", FILE_MAX).unwrap_or_default(), container)
}

/// Reads the text of a hosts file.
pub fn parse_hosts(text: &[u8], container: &str) -> Vec<NameBinding> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        // An address with a scope (`fe80::1%lo0`) means nothing on another machine.
        let Some(ip) = words.next().and_then(|word| word.parse().ok()) else { continue };
        for name in words.filter(|name| name.len() <= NAME_MAX) {
            found.push(binding(name, ip, container, "hosts"));
        }
        if found.len() >= ENTRIES_MAX {
            found.truncate(ENTRIES_MAX);
            break;
        }
    }
    found
}

/// The API server's address, if a container's environment names it.
pub fn from_environment(env: &[u8], container: &str) -> Option<NameBinding> {
    let host = environment::value_of(env, b"KUBERNETES_SERVICE_HOST")?;
    environment::value_of(env, b"KUBERNETES_SERVICE_PORT")?;
    let ip = std::str::from_utf8(host).ok()?.parse().ok()?;
    Some(binding(KUBERNETES, ip, container, "environment"))
}

/// Reads the value of `--resolve`: `NAME=IP`.
pub fn parse_option(text: &str) -> Result<NameBinding, String> {
    let problem = || format!("`{text}` is not NAME=IP, such as `api.example=10.0.0.1`");
    let (name, ip) = text.split_once('=').ok_or_else(problem)?;
    let ip = ip.parse().map_err(|_| problem())?;
    if name.is_empty() || name.len() > NAME_MAX || name.contains(char::is_whitespace) {
        return Err(problem());
    }
    Ok(binding(name, ip, "", "option"))
}

fn binding(name: &str, ip: IpAddr, container: &str, source: &str) -> NameBinding {
    let mut addr = [0; 16];
    let family = match ip {
        IpAddr::V4(ip) => {
            addr[..4].copy_from_slice(&ip.octets());
            2
        }
        IpAddr::V6(ip) => {
            addr = ip.octets();
            10
        }
    };
    NameBinding {
        name: name.trim_end_matches('.').to_lowercase(),
        family,
        addr,
        container: container.to_owned(),
        source: source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file_binds_every_name_of_a_line() {
        let found = parse_hosts(
            b"127.0.0.1 localhost\n# 1.2.3.4 no\n10.0.0.7\tDB.example. db # comment\nfe80::1%lo0 x\n::1 ip6-localhost\nnope y\n",
            "c",
        );
        let names: Vec<_> = found.iter().map(|binding| (binding.name.as_str(), binding.family)).collect();
        assert_eq!(names, [("localhost", 2), ("db.example", 2), ("db", 2), ("ip6-localhost", 10)]);
        assert_eq!(found[1].addr[..4], [10, 0, 0, 7]);
    }

    #[test]
    fn a_long_hosts_file_is_bounded() {
        let text = "10.0.0.1 a b c d e f g h\n".repeat(20_000);
        assert_eq!(parse_hosts(text.as_bytes(), "").len(), ENTRIES_MAX);
    }

    #[test]
    fn the_environment_binds_the_api_server() {
        let env = b"PATH=/bin\0KUBERNETES_SERVICE_PORT=443\0KUBERNETES_SERVICE_HOST=10.96.0.1";
        let found = from_environment(env, "c").unwrap();
        assert_eq!((found.name.as_str(), &found.addr[..4]), (KUBERNETES, &[10, 96, 0, 1][..]));
        assert_eq!(from_environment(b"KUBERNETES_SERVICE_HOST=10.96.0.1", "c"), None, "the port is missing");
        assert_eq!(from_environment(b"KUBERNETES_SERVICE_HOST=x\0KUBERNETES_SERVICE_PORT=1", "c"), None);
    }

    #[test]
    fn an_option_is_a_name_and_an_address() {
        assert_eq!(parse_option("Api.Example=10.0.0.1").unwrap().name, "api.example");
        assert_eq!(parse_option("a=fd00::1").unwrap().family, 10);
        for wrong in ["", "a", "a=", "=10.0.0.1", "a=b", "a b=10.0.0.1"] {
            assert!(parse_option(wrong).is_err(), "{wrong}");
        }
    }
}
