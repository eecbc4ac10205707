//! Which side of a connection a socket is.

use std::collections::{BTreeMap, HashMap};

use capture_format::Descriptor;
use capture_format::snapshot::Listener;

/// Side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Made the connection, or sent first.
    Client,
    /// Was connected to, or received first.
    Server,
}

/// What was learnt about a socket at one event.
#[derive(Clone, Copy, Debug)]
struct Turn {
    number: u64,
    role: Role,
    /// Remote end as the event had it.
    peer: Peer,
    /// Whether the remote end was another one before.
    peer_changed: bool,
}

type Peer = (u16, [u8; 16]);

fn peer(socket: &Descriptor<'_>) -> Peer {
    (socket.remote_port, socket.remote_addr)
}

/// Roles of sockets by inode, and the ports that waited for connections.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    turns: HashMap<u64, Vec<Turn>>,
    /// Protocol and port, to the event number from which on somebody waited.
    listening: BTreeMap<(u16, u16), u64>,
}

impl Sockets {
    /// Adds sockets of a snapshot, known since event `number`.
    pub(super) fn snapshot(&mut self, number: u64, listeners: &[Listener]) {
        for listener in listeners {
            self.listening.entry((u16::from(listener.protocol), listener.port)).or_insert(number);
        }
    }

    /// A socket began to wait for connections.
    pub(super) fn listens(&mut self, number: u64, socket: &Descriptor<'_>) {
        self.listening.entry((socket.protocol, socket.local_port)).or_insert(number);
        self.became(number, socket, Role::Server);
    }

    /// A call decided the role: accept, connect, listen.
    pub(super) fn became(&mut self, number: u64, socket: &Descriptor<'_>, role: Role) {
        if socket.ino == 0 {
            return;
        }
        let turns = self.turns.entry(socket.ino).or_default();
        let peer_changed = turns.last().is_none_or(|last| last.peer != peer(socket));
        turns.push(Turn { number, role, peer: peer(socket), peer_changed });
    }

    /// Bytes went over a socket: the first time decides the role, a new remote end is kept.
    pub(super) fn moved(&mut self, number: u64, socket: &Descriptor<'_>, role: Role) {
        // A byte stream has had its role from connect or accept.
        if socket.ino == 0 || !socket.is_inet() || socket.protocol == 6 {
            return;
        }
        let turns = self.turns.entry(socket.ino).or_default();
        match turns.last() {
            Some(last) if last.peer == peer(socket) => {}
            Some(last) => {
                let role = last.role;
                turns.push(Turn { number, role, peer: peer(socket), peer_changed: true });
            }
            None => turns.push(Turn { number, role, peer: peer(socket), peer_changed: true }),
        }
    }

    fn turn(&self, number: u64, ino: u64) -> Option<&Turn> {
        let turns = self.turns.get(&ino)?;
        let known = turns.partition_point(|turn| turn.number <= number);
        turns.get(known.checked_sub(1)?)
    }

    /// Role of `socket` at event `number`; `None` if it has no remote end yet or nobody can tell.
    pub(super) fn role(&self, number: u64, socket: &Descriptor<'_>) -> Option<Role> {
        if let Some(turn) = self.turn(number, socket.ino) {
            return Some(turn.role);
        }
        let waits =
            self.listening.get(&(socket.protocol, socket.local_port)).is_some_and(|since| *since <= number);
        if waits {
            Some(Role::Server)
        } else if socket.remote_port != 0 || socket.remote_addr != [0; 16] {
            Some(Role::Client)
        } else {
            None
        }
    }

    /// Whether event `number` gave the socket another remote end.
    pub(super) fn peer_changed(&self, number: u64, ino: u64) -> bool {
        self.turn(number, ino).is_some_and(|turn| turn.number == number && turn.peer_changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(ino: u64, local_port: u16, remote_port: u16) -> Descriptor<'static> {
        Descriptor { ino, family: 2, protocol: 17, local_port, remote_port, ..Descriptor::default() }
    }

    #[test]
    fn a_role_is_known_from_the_event_that_decides_it_on() {
        let mut sockets = Sockets::default();
        let tcp = Descriptor { protocol: 6, ..socket(7, 80, 40000) };
        sockets.became(10, &tcp, Role::Server);
        assert_eq!(
            sockets.role(9, &tcp),
            Some(Role::Client),
            "before that, whoever has a remote end connected"
        );
        assert_eq!(sockets.role(10, &tcp), Some(Role::Server));
        sockets.became(20, &tcp, Role::Client);
        assert_eq!(sockets.role(19, &tcp), Some(Role::Server));
        assert_eq!(sockets.role(20, &tcp), Some(Role::Client), "an inode used again is another socket");
    }

    #[test]
    fn an_older_socket_is_a_server_if_its_port_listens() {
        let mut sockets = Sockets::default();
        sockets.snapshot(0, &[Listener { protocol: 6, family: 2, port: 80, ..Listener::default() }]);
        let old = Descriptor { protocol: 6, ..socket(9, 80, 40000) };
        assert_eq!(sockets.role(1, &old), Some(Role::Server));
        assert_eq!(sockets.role(1, &Descriptor { local_port: 81, ..old }), Some(Role::Client));
    }

    #[test]
    fn a_datagram_socket_keeps_the_role_of_its_first_datagram_and_notes_new_peers() {
        let mut sockets = Sockets::default();
        sockets.moved(5, &socket(3, 53, 1000), Role::Server);
        sockets.moved(6, &socket(3, 53, 1000), Role::Client);
        sockets.moved(7, &socket(3, 53, 1001), Role::Client);
        assert_eq!(sockets.role(7, &socket(3, 53, 1001)), Some(Role::Server));
        assert!(sockets.peer_changed(5, 3) && !sockets.peer_changed(6, 3) && sockets.peer_changed(7, 3));
    }
}
