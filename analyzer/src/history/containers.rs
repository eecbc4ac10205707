//! What the ids of events mean: cgroups, containers, users, groups, addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use capture_format::cgroup::container_of;
use capture_format::snapshot::{Container as Metadata, Group, Tables, User};

/// The host, in places where a container's number stands.
const HOST: u32 = u32::MAX;

/// A container that some process ran in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Full id.
    pub id: String,
    /// Runtime, as the cgroup path tells: `docker`, `podman`, `containerd`, `cri-o`.
    pub runtime: String,
    /// Uid of its pod, as the cgroup path tells.
    pub pod_uid: Option<String>,
    /// What its runtime said about it, if the recorder could ask.
    pub metadata: Option<Metadata>,
    number: u32,
    has_users: bool,
    has_groups: bool,
}

#[derive(Debug)]
struct CgroupRow {
    path: Vec<u8>,
    container: Option<u32>,
}

/// Everything that ids of events refer to.
#[derive(Debug, Default)]
pub(super) struct Directory {
    cgroups: HashMap<u64, CgroupRow>,
    containers: Vec<Container>,
    by_id: HashMap<String, u32>,
    users: HashMap<(u32, u32), User>,
    groups: HashMap<(u32, u32), Group>,
    /// Names by address; each with the container that knows it.
    names: BTreeMap<IpAddr, BTreeSet<(u32, String)>>,
    interfaces: Vec<IpAddr>,
}

/// The address of a family (2 or 10) in 16 bytes; IPv4 in IPv6 clothes is IPv4.
pub fn address(family: u16, bytes: &[u8; 16]) -> Option<IpAddr> {
    match family {
        2 => bytes.first_chunk::<4>().map(|v4| IpAddr::from(*v4)),
        10 => Some(IpAddr::from(*bytes).to_canonical()),
        _ => None,
    }
}

impl Directory {
    /// Adds rows; a later row about the same thing wins if it says more.
    pub(super) fn add(&mut self, tables: &Tables) {
        for cgroup in &tables.cgroups {
            self.cgroup(cgroup.key, &cgroup.path);
        }
        for container in &tables.containers {
            let number = self.container_number(&container.id, &container.runtime);
            let Some(row) = self.containers.get_mut(number as usize) else { continue };
            if row.metadata.as_ref().is_none_or(|known| known.name.is_empty() || !container.name.is_empty()) {
                row.metadata = Some(container.clone());
            }
        }
        for user in &tables.users {
            let owner = self.owner(&user.container);
            if let Some(row) = self.containers.get_mut(owner as usize) {
                row.has_users = true;
            }
            self.users.insert((owner, user.uid), user.clone());
        }
        for group in &tables.groups {
            let owner = self.owner(&group.container);
            if let Some(row) = self.containers.get_mut(owner as usize) {
                row.has_groups = true;
            }
            self.groups.insert((owner, group.gid), group.clone());
        }
        for binding in &tables.names {
            if let Some(address) = address(binding.family, &binding.addr) {
                let owner = self.owner(&binding.container);
                self.bind(owner, &binding.name, address);
            }
        }
        for interface in &tables.interfaces {
            self.interfaces
                .extend(interface.addresses.iter().filter_map(|(family, bytes, _)| address(*family, bytes)));
        }
        self.interfaces.sort_unstable();
        self.interfaces.dedup();
    }

    /// Binds `name` to `address` for everybody.
    pub(super) fn resolve(&mut self, name: &str, address: IpAddr) {
        self.bind(HOST, &name.to_ascii_lowercase(), address.to_canonical());
    }

    fn bind(&mut self, owner: u32, name: &str, address: IpAddr) {
        self.names.entry(address).or_default().insert((owner, name.to_owned()));
    }

    /// A cgroup and its path.
    pub(super) fn cgroup(&mut self, key: u64, path: &[u8]) {
        let container = container_of(path).map(|found| {
            let number = self.container_number(&found.id, found.runtime);
            if let Some(row) = self.containers.get_mut(number as usize) {
                row.pod_uid = found.pod_uid;
            }
            number
        });
        self.cgroups.insert(key, CgroupRow { path: path.to_vec(), container });
    }

    fn owner(&mut self, container: &str) -> u32 {
        if container.is_empty() { HOST } else { self.container_number(container, "") }
    }

    fn container_number(&mut self, id: &str, runtime: &str) -> u32 {
        let next = self.containers.len() as u32;
        let number = *self.by_id.entry(id.to_owned()).or_insert(next);
        match self.containers.get_mut(number as usize) {
            Some(row) if row.runtime.is_empty() => row.runtime = runtime.to_owned(),
            Some(_) => {}
            None => self.containers.push(Container {
                id: id.to_owned(),
                runtime: runtime.to_owned(),
                pod_uid: None,
                metadata: None,
                number,
                has_users: false,
                has_groups: false,
            }),
        }
        number
    }

    /// The container of a cgroup; `None` for the host and for cgroups nobody named.
    pub(super) fn container(&self, cgroup: u64) -> Option<&Container> {
        self.containers.get(self.cgroups.get(&cgroup)?.container? as usize)
    }

    pub(super) fn containers(&self) -> &[Container] {
        &self.containers
    }

    pub(super) fn cgroup_path(&self, key: u64) -> Option<&[u8]> {
        Some(&self.cgroups.get(&key)?.path)
    }

    /// A user as `container` (`None`: the host) knows it. A container whose users were not
    /// recorded has none: the host's names mean other people there.
    pub(super) fn user(&self, container: Option<&Container>, uid: u32) -> Option<&User> {
        self.users.get(&(container.map_or(HOST, |container| container.number), uid))
    }

    pub(super) fn group(&self, container: Option<&Container>, gid: u32) -> Option<&Group> {
        self.groups.get(&(container.map_or(HOST, |container| container.number), gid))
    }

    /// Names bound to `address`: those `container` knows first, then those of the host.
    pub(super) fn names<'a>(
        &'a self,
        container: Option<&Container>,
        address: IpAddr,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let names = self.names.get(&address);
        let own = container.map_or(HOST, |container| container.number);
        let of = move |owner| {
            names
                .into_iter()
                .flatten()
                .filter(move |(other, _)| *other == owner)
                .map(|(_, name)| name.as_str())
        };
        of(own).chain(of(HOST).filter(move |_| own != HOST))
    }

    /// Whether `address` is one of the recorded machine's own.
    pub(super) fn is_local(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.interfaces.binary_search(&address).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture_format::snapshot::{Cgroup, NameBinding};

    fn id(letter: &str) -> String {
        letter.repeat(64)
    }

    #[test]
    fn a_container_comes_from_its_cgroup_and_keeps_its_own_names() {
        let mut directory = Directory::default();
        let path = format!("/docker/{}", id("a"));
        let addr = |last| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&[10, 0, 0, last]);
            bytes
        };
        let name = |name: &str, container: &str| NameBinding {
            name: name.into(),
            family: 2,
            addr: addr(1),
            container: container.into(),
            source: "hosts".into(),
        };
        directory.add(&Tables {
            cgroups: vec![
                Cgroup { key: 5, path: path.into_bytes() },
                Cgroup { key: 6, path: b"/user.slice".to_vec() },
            ],
            users: vec![User { uid: 7, name: b"host".to_vec(), ..User::default() }],
            names: vec![name("host-name", ""), name("own-name", &id("a")), name("other", &id("b"))],
            ..Tables::default()
        });
        let container = directory.container(5).unwrap();
        assert_eq!((container.id.as_str(), container.runtime.as_str()), (id("a").as_str(), "docker"));
        assert!(directory.container(6).is_none() && directory.container(99).is_none());
        let address = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(directory.names(Some(container), address).collect::<Vec<_>>(), ["own-name", "host-name"]);
        assert_eq!(directory.names(None, address).collect::<Vec<_>>(), ["host-name"]);
        assert!(directory.user(None, 7).is_some());
        assert!(directory.user(Some(container), 7).is_none(), "the host's uid 7 is somebody else");
    }
}
