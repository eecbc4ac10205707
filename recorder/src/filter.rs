//! What becomes of a record between ring and file: some are left out, a few are rewritten.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use capture_format::cgroup::{self, ContainerRef};
use capture_format::param::Env;
use capture_format::record::{Builder, HEAD_WORDS, Words, word};
use capture_format::snapshot::{Container, NameBinding, Process};
use capture_format::{Bytes, EventType, Record, Row, Storage};

use crate::environment::EnvPolicy;
use crate::lineage::{self, Lineage};
use crate::scope::{self, ProcessKey, Scope};
use crate::snapshot::names;

/// Most bytes of records that wait to know whether their container is wanted.
const WAITING_MAX: usize = 8 << 20;

/// Whether the events of a cgroup are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    LeftOut,
    /// A container whose name is not known yet.
    Open,
}

/// What the filter noticed and others should act on.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// A process runs in a container.
    InContainer(ContainerRef, u32),
    /// A container's environment names an address.
    Name(NameBinding),
    /// A user of the host appeared in a limited recording.
    HostUser(u32),
}

/// What the filter hands over.
#[derive(Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// A record for the capture.
    Record(&'a [u8]),
    /// Ancestors of a process whose record follows.
    Ancestors(Vec<Process>),
}

/// What waits until a container's name is known.
enum Waiting {
    Record(Vec<u8>),
    Ancestors(u64, Vec<Process>),
}

impl Waiting {
    fn key(&self) -> u64 {
        match self {
            Self::Record(record) => record_key(record),
            Self::Ancestors(key, _) => *key,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Record(record) => record.len(),
            Self::Ancestors(_, processes) => processes.len() * size_of::<Process>(),
        }
    }
}

/// Decides about records, in the order they come.
pub struct Filter {
    env: EnvPolicy,
    limited: bool,
    by_container: bool,
    scope: Scope,
    /// By cgroup key. Asked for every event; its order never shows.
    verdicts: HashMap<u64, Verdict>,
    containers: BTreeMap<u64, ContainerRef>,
    /// Containers that were decided by name, by full id.
    decided: BTreeMap<String, Verdict>,
    lineage: Lineage,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    dropped: BTreeMap<u16, u64>,
    named: BTreeSet<String>,
    host_uids: BTreeSet<u32>,
    notices: Vec<Notice>,
}

impl Filter {
    /// A filter that has seen nothing yet.
    pub fn new(scope: Scope, env: EnvPolicy) -> Self {
        Self {
            env,
            limited: scope.is_limited(),
            by_container: matches!(scope, Scope::Containers(_)),
            scope,
            verdicts: HashMap::new(),
            containers: BTreeMap::new(),
            decided: BTreeMap::new(),
            lineage: Lineage::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            dropped: BTreeMap::new(),
            named: BTreeSet::new(),
            host_uids: BTreeSet::new(),
            notices: Vec::new(),
        }
    }

    /// Learns a cgroup and its container.
    pub fn learn_cgroup(&mut self, key: u64, path: &[u8]) {
        let container = cgroup::container_of(path);
        let verdict = match &container {
            Some(found) if self.scope.wants_id(found) => Verdict::Taken,
            Some(found) => self.decided.get(&found.id).copied().unwrap_or(Verdict::Open),
            None => Verdict::LeftOut,
        };
        self.verdicts.insert(key, verdict);
        if let Some(container) = container {
            self.containers.insert(key, container);
        }
    }

    /// Learns what a runtime says of a container; records that waited for it are handed over or
    /// left out.
    pub fn learn_container(&mut self, container: &Container, give: &mut dyn FnMut(Given<'_>)) {
        if !self.by_container {
            return;
        }
        let verdict = if self.scope.wants(container) { Verdict::Taken } else { Verdict::LeftOut };
        self.decided.insert(container.id.clone(), verdict);
        for (key, known) in &self.containers {
            if known.id == container.id {
                self.verdicts.insert(*key, verdict);
            }
        }
        for waiting in std::mem::take(&mut self.waiting) {
            match (self.verdict(waiting.key()), waiting) {
                (Verdict::Taken, Waiting::Record(record)) => give(Given::Record(&record)),
                (Verdict::Taken, Waiting::Ancestors(_, processes)) => give(Given::Ancestors(processes)),
                (Verdict::LeftOut, _) => {}
                (Verdict::Open, waiting) => self.waiting.push_back(waiting),
            }
        }
        self.waiting_bytes = self.waiting.iter().map(Waiting::len).sum();
    }

    /// Whether the container with this full id is recorded.
    pub fn takes(&self, id: &str) -> bool {
        !self.limited || self.containers.iter().any(|(key, known)| known.id == id && self.takes_key(*key))
    }

    fn takes_key(&self, key: u64) -> bool {
        !self.by_container || self.verdict(key) == Verdict::Taken
    }

    fn verdict(&self, key: u64) -> Verdict {
        self.verdicts.get(&key).copied().unwrap_or(Verdict::LeftOut)
    }

    /// Notices since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Records that had to be given up while they waited, by event type.
    pub fn dropped(&mut self) -> Vec<(u16, u64)> {
        std::mem::take(&mut self.dropped).into_iter().collect()
    }

    /// Takes a record: hands it over, rewritten if need be, or leaves it out.
    pub fn take(&mut self, record: &[u8], give: &mut dyn FnMut(Given<'_>)) {
        let Some(event) = EventType::from_number(record_word(record, word::TYPE_CPU_LEN) as u16) else {
            return;
        };
        let key = record_key(record);
        let rewritten = match event {
            EventType::Cgroup => self.take_cgroup(record, key),
            EventType::Execve | EventType::Execveat => self.take_exec(record, key),
            _ => None,
        };
        let record = rewritten.as_deref().unwrap_or(record);
        if self.limited {
            self.notice_user(record, key);
        }
        if !self.by_container {
            return give(Given::Record(record));
        }
        self.take_by_container(event, record, key, give);
    }

    fn take_by_container(
        &mut self,
        event: EventType,
        record: &[u8],
        key: u64,
        give: &mut dyn FnMut(Given<'_>),
    ) {
        if lineage::concerns(event)
            && let Ok((parsed, _)) = Record::split_first(record)
        {
            self.lineage.follow(&parsed);
        }
        let verdict = self.verdict(key);
        let own = (record_word(record, word::PID_TID) as u32, record_word(record, word::START));
        if event == EventType::Procexit {
            // The end of an ancestor tells who takes its children over.
            if verdict == Verdict::LeftOut && self.lineage.is_ancestor(own) {
                give(Given::Record(record));
            }
            if group_is_dead(record) {
                self.lineage.forget(own);
            }
        }
        if verdict == Verdict::LeftOut {
            return;
        }
        if lineage::concerns(event) {
            // What is recorded is known, and so are its children.
            self.lineage.tell(own);
            if let Some(child) = child_of_fork(event, record) {
                self.lineage.tell(child);
            }
        }
        let ancestors =
            parent_of_exec(event, record).map(|parent| self.lineage.untold(parent)).unwrap_or_default();
        if verdict == Verdict::Open {
            if !ancestors.is_empty() {
                self.hold(Waiting::Ancestors(key, ancestors));
            }
            return self.hold(Waiting::Record(record.to_vec()));
        }
        if !ancestors.is_empty() {
            give(Given::Ancestors(ancestors));
        }
        give(Given::Record(record));
    }

    /// Learns which runtimes run when recording begins.
    pub fn learn_runtimes(&mut self, processes: &[Process]) {
        if self.by_container {
            processes.iter().for_each(|process| self.lineage.learn(process));
        }
    }

    /// Learns which processes the capture knows from its snapshot.
    pub fn learn_told(&mut self, processes: &[Process]) {
        if self.by_container {
            processes.iter().for_each(|process| self.lineage.tell((process.pid, process.start_ns)));
        }
    }

    fn take_cgroup(&mut self, bytes: &[u8], key: u64) -> Option<Vec<u8>> {
        let (record, _) = Record::split_first(bytes).ok()?;
        let path = record.bytes(0)?;
        self.learn_cgroup(key, path.data);
        if let Some(container) = self.containers.get(&key) {
            self.notices.push(Notice::InContainer(container.clone(), record.head().pid));
        }
        self.limited.then(|| with_bytes(&record, 0, &scope::shown_path(path.data), 0))
    }

    fn take_exec(&mut self, bytes: &[u8], key: u64) -> Option<Vec<u8>> {
        let (record, _) = Record::split_first(bytes).ok()?;
        let index = record.head().event_type.info().param("env")?;
        let env = record.bytes(index)?;
        if let Some(container) = self.containers.get(&key) {
            self.notices.push(Notice::InContainer(container.clone(), record.head().pid));
            if !self.named.contains(&container.id)
                && let Some(name) = names::from_environment(env.data, &container.id)
            {
                self.named.insert(container.id.clone());
                self.notices.push(Notice::Name(name));
            }
        }
        if self.env == EnvPolicy::All {
            return None;
        }
        let missing = env.true_len as usize - env.data.len().min(env.true_len as usize);
        Some(with_bytes(&record, index, &self.env.filter(env.data), missing))
    }

    fn notice_user(&mut self, record: &[u8], key: u64) {
        if self.containers.contains_key(&key) || !self.takes_key(key) {
            return;
        }
        let both = record_word(record, word::UID_EUID);
        let login = (record_word(record, word::EGID_LOGINUID) >> 32) as u32;
        for uid in [both as u32, (both >> 32) as u32, login] {
            if uid != u32::MAX && self.host_uids.insert(uid) {
                self.notices.push(Notice::HostUser(uid));
            }
        }
    }

    fn hold(&mut self, waiting: Waiting) {
        self.waiting_bytes += waiting.len();
        self.waiting.push_back(waiting);
        while self.waiting_bytes > WAITING_MAX
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.waiting_bytes -= oldest.len();
            if let Waiting::Record(record) = oldest {
                *self.dropped.entry(record_word(&record, word::TYPE_CPU_LEN) as u16).or_default() += 1;
            }
        }
    }
}

/// Whether the end of a thread is that of its process.
fn group_is_dead(record: &[u8]) -> bool {
    let Ok((record, _)) = Record::split_first(record) else { return false };
    let index = EventType::Procexit.info().param("group_dead");
    index.and_then(|index| record.word(index)).is_some_and(|dead| dead != 0)
}

/// The parent of a process that starts a program: who may not be known yet.
fn parent_of_exec(event: EventType, record: &[u8]) -> Option<ProcessKey> {
    if !matches!(event, EventType::Execve | EventType::Execveat) {
        return None;
    }
    let (record, _) = Record::split_first(record).ok()?;
    let word = |name| record.word(event.info().param(name)?);
    Some((word("ptid")? as u32, word("pstart")?))
}

/// The new process of a fork; `None` for other events.
fn child_of_fork(event: EventType, record: &[u8]) -> Option<ProcessKey> {
    let (record, _) = Record::split_first(record).ok()?;
    let word = |name| record.word(event.info().param(name)?);
    Some((word("child_pid")? as u32, word("child_start")?))
}

/// A word of a record's header; 0 if the record is too short.
fn record_word(record: &[u8], index: usize) -> u64 {
    record
        .get(index * 8..)
        .and_then(|rest| rest.first_chunk::<8>())
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The cgroup key of a record.
fn record_key(record: &[u8]) -> u64 {
    record_word(record, word::CGROUP)
}

/// The record with other bytes for the parameter number `index`, of which `missing` more bytes
/// were not recorded.
fn with_bytes(record: &Record<'_>, index: usize, bytes: &[u8], missing: usize) -> Vec<u8> {
    let head = record.head();
    let mut builder = Builder::new(head.event_type);
    for (at, param) in head.event_type.info().params.iter().enumerate() {
        let slot = match (param.kind.storage(), at == index) {
            (Storage::Word, _) => record.word(at),
            (_, true) => {
                let true_len = u32::try_from(bytes.len() + missing).unwrap_or(u32::MAX);
                Some(builder.bytes::<Env>(Bytes { data: bytes, true_len }).word)
            }
            (_, false) => record.bytes(at).map(|bytes| builder.bytes::<Env>(bytes).word),
        };
        builder.put(HEAD_WORDS + at, slot.unwrap_or(0));
    }
    builder.finish(&head, record.present())
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture_format::Head;
    use capture_format::record::Slot;
    use capture_format::schema::{Event, raw};

    const ID: &str = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100";

    fn head(event_type: EventType, cgroup: u64) -> Head {
        Head {
            time_ns: 5,
            pid: 10,
            tid: 11,
            start_ns: 4,
            event_type,
            cpu: 1,
            uid: 33,
            euid: 0,
            egid: 0,
            loginuid: u32::MAX,
            cgroup,
            session: 10,
            flags: 0,
            cap_effective: 0,
            cap_permitted: 0,
        }
    }

    fn cgroup_record(key: u64, path: &str) -> Vec<u8> {
        let mut builder = Builder::new(EventType::Cgroup);
        let path = builder.bytes(Bytes::whole(path.as_bytes()));
        let present = raw::Cgroup { path }.encode(&mut builder);
        builder.finish(&head(EventType::Cgroup, key), present)
    }

    fn setsid_record(key: u64) -> Vec<u8> {
        let mut builder = Builder::new(EventType::Setsid);
        let present = 0;
        builder.put(HEAD_WORDS, 0);
        builder.finish(&head(EventType::Setsid, key), present)
    }

    fn exec_record(key: u64, env: Bytes<'_>) -> Vec<u8> {
        exec_with(head(EventType::Execve, key), env, None)
    }

    /// The start of a program by the process `pid`, which began at 4.
    fn exec_record_of(pid: u32, key: u64, parent: Option<ProcessKey>) -> Vec<u8> {
        exec_with(Head { pid, ..head(EventType::Execve, key) }, Bytes::default(), parent)
    }

    fn exec_with(head: Head, env: Bytes<'_>, parent: Option<ProcessKey>) -> Vec<u8> {
        let mut builder = Builder::new(EventType::Execve);
        let argv = builder.bytes(Bytes::whole(b"sh\0-c\0id"));
        let env = builder.bytes(env);
        let cwd = builder.bytes(Bytes::whole(b"/root"));
        let comm = builder.bytes(Bytes::whole(b"sh"));
        let exec = raw::Execve {
            res: schema_word(0),
            argv,
            env,
            ptid: parent.map(|(pid, _)| capture_format::param::Pid(pid as i32)).into(),
            cwd,
            comm,
            tty: Slot::absent(),
            vpgid: Slot::absent(),
            flags: Slot::absent(),
            cap_inheritable: Slot::absent(),
            exe_ino: Slot::from(capture_format::param::Number(77)),
            exe_ino_ctime: Slot::absent(),
            exe_ino_mtime: Slot::absent(),
            trusted_exepath: Slot::absent(),
            pgid: Slot::absent(),
            filename: Slot::absent(),
            pstart: parent.map(|(_, start)| capture_format::param::BootTime(start)).into(),
            vpid: Slot::absent(),
            vtid: Slot::absent(),
            pidns_start: Slot::absent(),
            exe_dev: Slot::absent(),
            fdlimit: Slot::absent(),
            rgid: Slot::absent(),
            stdin: Slot::absent(),
            stdout: Slot::absent(),
            stderr: Slot::absent(),
        };
        let present = exec.encode(&mut builder);
        builder.finish(&head, present)
    }

    fn schema_word(value: i64) -> Slot<capture_format::param::Res> {
        capture_format::param::Res(value).into()
    }

    fn bytes_of(given: Given<'_>) -> Option<Vec<u8>> {
        match given {
            Given::Record(record) => Some(record.to_vec()),
            Given::Ancestors(_) => None,
        }
    }

    fn taken(filter: &mut Filter, record: &[u8]) -> Vec<Vec<u8>> {
        let mut given = Vec::new();
        filter.take(record, &mut |it| given.extend(bytes_of(it)));
        given
    }

    #[test]
    fn only_named_variables_of_an_exec_reach_the_file() {
        let mut filter = Filter::new(Scope::Host, EnvPolicy::default());
        let env = b"SECRET=1\0LD_PRELOAD=/x.so\0PATH=/bin";
        let given =
            taken(&mut filter, &exec_record(1, Bytes { data: env, true_len: env.len() as u32 + 100 }));
        let (record, rest) = Record::split_first(&given[0]).unwrap();
        assert!(rest.is_empty());
        let Event::Execve(exec) = Event::decode(&record) else { panic!("not an exec") };
        let env = exec.env.unwrap();
        assert_eq!((env.data, env.true_len), (&b"LD_PRELOAD=/x.so"[..], 116));
        assert_eq!(exec.argv.unwrap().data, b"sh\0-c\0id");
        assert_eq!(exec.cwd.unwrap().data, b"/root");
        assert_eq!(exec.comm.unwrap().data, b"sh");
        assert_eq!(exec.exe_ino.unwrap().0, 77);
        assert!(exec.ptid.is_none());
        assert_eq!(record.head(), head(EventType::Execve, 1));
        assert!(!given[0].windows(6).any(|bytes| bytes == b"SECRET"), "not even between the strings");
    }

    #[test]
    fn everything_passes_when_everything_is_asked_for() {
        let mut filter = Filter::new(Scope::Host, EnvPolicy::All);
        for record in
            [exec_record(1, Bytes::whole(b"A=1")), cgroup_record(1, "/user.slice"), setsid_record(9)]
        {
            assert_eq!(taken(&mut filter, &record), [record]);
        }
    }

    #[test]
    fn records_wait_until_their_container_has_a_name() {
        let mut filter = Filter::new(Scope::Containers(vec!["db".into()]), EnvPolicy::None);
        assert!(taken(&mut filter, &setsid_record(1)).is_empty(), "a cgroup nobody knows");
        assert!(taken(&mut filter, &cgroup_record(7, &format!("/host/docker/{ID}"))).is_empty());
        assert!(taken(&mut filter, &setsid_record(7)).is_empty());
        let container = Container { id: ID.into(), name: "db".into(), ..Container::default() };
        let mut given = Vec::new();
        filter.learn_container(&container, &mut |it| given.extend(bytes_of(it)));
        assert_eq!(given.len(), 2);
        let (record, _) = Record::split_first(&given[0]).unwrap();
        assert_eq!(
            record.bytes(0).unwrap().data,
            format!("/docker/{ID}").as_bytes(),
            "the host's part is gone"
        );
        assert_eq!(taken(&mut filter, &setsid_record(7)).len(), 1);
        assert!(filter.takes(&container.id));
    }

    #[test]
    fn other_containers_and_the_host_are_left_out() {
        let mut filter =
            Filter::new(Scope::Containers(vec!["db".into(), ID[..12].to_owned()]), EnvPolicy::None);
        let other = "ee".repeat(32);
        filter.learn_cgroup(1, b"/user.slice");
        filter.learn_cgroup(8, format!("/docker/{other}").as_bytes());
        filter.learn_cgroup(9, format!("/docker/{ID}").as_bytes());
        assert_eq!(taken(&mut filter, &setsid_record(9)).len(), 1, "wanted by its id alone");
        let container = Container { id: other, name: "web".into(), ..Container::default() };
        taken(&mut filter, &setsid_record(8));
        filter.learn_container(&container, &mut |_| panic!("not wanted"));
        filter.learn_cgroup(8, format!("/docker/{}", container.id).as_bytes());
        assert!(taken(&mut filter, &setsid_record(8)).is_empty(), "decided once for all");
        assert!(taken(&mut filter, &setsid_record(1)).is_empty());
        assert!(!filter.takes(&container.id));
    }

    #[test]
    fn a_recorded_process_is_no_ancestor_from_outside() {
        let mut filter = Filter::new(Scope::Containers(vec![ID.into()]), EnvPolicy::None);
        filter.learn_cgroup(7, format!("/docker/{ID}").as_bytes());
        let ancestors = |filter: &mut Filter, record: &[u8]| {
            let mut found = Vec::new();
            filter.take(record, &mut |given| {
                if let Given::Ancestors(processes) = given {
                    found.extend(processes.into_iter().map(|process| (process.pid, process.outside)));
                }
            });
            found
        };
        let first = exec_record_of(10, 7, Some((3, 3)));
        assert_eq!(ancestors(&mut filter, &first), [(3, true)]);
        let child = exec_record_of(11, 7, Some((10, 4)));
        assert_eq!(ancestors(&mut filter, &child), [], "its parent was recorded");
        let other = exec_record_of(12, 7, Some((3, 3)));
        assert_eq!(ancestors(&mut filter, &other), [], "told already");
    }

    #[test]
    fn what_waits_is_bounded_and_counted() {
        let mut filter = Filter::new(Scope::Containers(vec!["db".into()]), EnvPolicy::None);
        filter.learn_cgroup(7, format!("/docker/{ID}").as_bytes());
        let record = setsid_record(7);
        let fit = WAITING_MAX / record.len();
        for _ in 0..fit + 10 {
            assert!(taken(&mut filter, &record).is_empty());
        }
        assert_eq!(filter.dropped(), [(EventType::Setsid as u16, 10)]);
        assert!(filter.dropped().is_empty());
    }

    #[test]
    fn users_of_the_host_are_noticed_once_in_a_limited_recording() {
        let mut filter = Filter::new(Scope::Tree { roots: vec![10], command: false }, EnvPolicy::None);
        taken(&mut filter, &setsid_record(1));
        taken(&mut filter, &setsid_record(1));
        assert_eq!(filter.notices(), [Notice::HostUser(33), Notice::HostUser(0)]);
    }
}
