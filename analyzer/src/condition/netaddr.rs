//! Addresses, networks and ports as literals.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address and how many leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    bits: u32,
}

impl Cidr {
    /// Reads `address/bits`: 0 to 32 bits of an IPv4 address, 1 to 128 of an IPv6 one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let address = parse_address(address)?;
        if bits.is_empty() || !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let bits: u32 = bits.parse().ok()?;
        let allowed = match address {
            IpAddr::V4(_) => bits <= 32,
            IpAddr::V6(_) => (1..=128).contains(&bits),
        };
        allowed.then_some(Self { address, bits })
    }

    /// Whether `address` lies in the network. Addresses of the other family never do.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                u32::from(own) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                u128::from(own) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// An IPv4 address if there is a dot and no colon in it, else an IPv6 address.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains('.') && !text.contains(':') {
        text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    } else {
        text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    }
}

/// Names of ports, so that a rule means the same on every machine: the host's own table of services
/// is not asked. IANA's names for what rules are likely to mention.
static SERVICES: &[(&str, u16)] = &[
    ("echo", 7),
    ("discard", 9),
    ("daytime", 13),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("whois", 43),
    ("tacacs", 49),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("gopher", 70),
    ("finger", 79),
    ("http", 80),
    ("www", 80),
    ("kerberos", 88),
    ("pop3", 110),
    ("sunrpc", 111),
    ("auth", 113),
    ("nntp", 119),
    ("ntp", 123),
    ("epmap", 135),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("imap", 143),
    ("imap2", 143),
    ("snmp", 161),
    ("snmp-trap", 162),
    ("snmptrap", 162),
    ("bgp", 179),
    ("irc", 194),
    ("ldap", 389),
    ("https", 443),
    ("microsoft-ds", 445),
    ("kpasswd", 464),
    ("submissions", 465),
    ("isakmp", 500),
    ("exec", 512),
    ("login", 513),
    ("shell", 514),
    ("syslog", 514),
    ("printer", 515),
    ("uucp", 540),
    ("dhcpv6-client", 546),
    ("dhcpv6-server", 547),
    ("rtsp", 554),
    ("nntps", 563),
    ("submission", 587),
    ("ipp", 631),
    ("ldaps", 636),
    ("domain-s", 853),
    ("rsync", 873),
    ("ftps-data", 989),
    ("ftps", 990),
    ("telnets", 992),
    ("imaps", 993),
    ("pop3s", 995),
    ("socks", 1080),
    ("openvpn", 1194),
    ("ms-sql-s", 1433),
    ("radius", 1812),
    ("nfs", 2049),
    ("git", 9418),
    ("mysql", 3306),
    ("ms-wbt-server", 3389),
    ("svn", 3690),
    ("epmd", 4369),
    ("sip", 5060),
    ("sip-tls", 5061),
    ("xmpp-client", 5222),
    ("postgresql", 5432),
    ("amqp", 5672),
    ("amqps", 5671),
    ("x11", 6000),
    ("redis", 6379),
    ("ircd", 6667),
    ("ircs-u", 6697),
    ("http-alt", 8080),
];

/// A port: digits, cut to 16 bits, or the name of a service. The empty string is port 0.
pub fn parse_port(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only the low bits matter, so a number of any length wraps without overflow.
        let digit = |port: u16, byte: u8| port.wrapping_mul(10).wrapping_add(u16::from(byte - b'0'));
        return Some(text.bytes().fold(0, digit));
    }
    SERVICES.iter().find(|(name, _)| *name == text).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(net: &str, address: &str) -> bool {
        Cidr::parse(net).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses() {
        assert!(holds("10.0.0.0/8", "10.1.2.3"));
        assert!(!holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("0.0.0.0/0", "255.1.1.1"));
        assert!(holds("10.1.2.3/32", "10.1.2.3"));
        assert!(!holds("10.1.2.3/32", "10.1.2.2"));
        assert!(holds("fe80::/10", "fe80::1"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("::1/128", "::1"));
    }

    #[test]
    fn odd_networks_are_refused() {
        for text in ["10.0.0.0", "10.0.0.0/33", "::/0", "::/129", "10.0.0/8", "/8", "1.2.3.4/", "1.2.3.4/+8"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ports_are_numbers_or_names() {
        assert_eq!(parse_port("443"), Some(443));
        assert_eq!(parse_port("https"), Some(443));
        assert_eq!(parse_port("65537"), Some(1));
        assert_eq!(parse_port(""), Some(0));
        assert_eq!(parse_port("-1"), None);
        assert_eq!(parse_port("nosuch"), None);
    }
}
