//! Loads the kernel program, checks it, attaches it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use aya::maps::{Array, HashMap, MapData, MapError, PerCpuArray, ProgramArray, RingBuf};
use aya::programs::{BtfTracePoint, Iter, ProgramError};
use aya::{Btf as AyaBtf, Ebpf, EbpfError, EbpfLoader};
use capture_format::EventType;

use crate::btf::Btf;
use crate::calls;
use crate::check;
use crate::drain::{Merger, PollStats, TAKE_MAX, WINDOW_NS, boot_ns};
use crate::offsets::{Offsets, is_wanted};

/// The kernel program, as `recorder-ebpf/build.sh` makes it.
static PROGRAM: &[u8] = aya::include_bytes_aligned!("saker.bpf.o");
/// Where the kernel shows its types.
const KERNEL_BTF: &str = "/sys/kernel/btf/vmlinux";
/// Length of the table of wanted calls in the kernel program.
const CALLS: usize = 512;
/// In that table: the call has a program; the call is the self-check's.
const WANTED: u8 = 1;
const WANTED_BY_CHECK: u8 = 2;
/// Calls, and with them processes, may come while maps are being sized: these names are the
/// kernel program's.
const CRITICAL_RING: &str = "CRITICAL";
const BULK_RING: &str = "BULK";

/// What to record and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kinds of event to record.
    pub events: Vec<EventType>,
    /// Size of the ring of events that must not be lost, bytes; rounded up to a power of two.
    pub critical_bytes: u32,
    /// Size of the ring of the other events, bytes; rounded up to a power of two.
    pub bulk_bytes: u32,
    /// Only these processes and the ones they start, if given. With `cgroups`: either is enough.
    pub follow: Option<Vec<u32>>,
    /// Only processes in these cgroups (keys as in the events' header), if given.
    pub cgroups: Option<Vec<u64>>,
    /// A copy of the running kernel's BTF, for where it cannot be read in /sys.
    pub btf: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            critical_bytes: 4 << 20,
            bulk_bytes: 16 << 20,
            follow: None,
            cgroups: None,
            btf: None,
        }
    }
}

/// Why recording could not start: what is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The caller may not load programs into the kernel.
    #[error(
        "loading the kernel program was not permitted: run saker-record as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE"
    )]
    Privilege,
    /// The kernel does not describe its types.
    #[error(
        "this kernel shows no BTF at {path}: the kernel must be built with CONFIG_DEBUG_INFO_BTF; if it is, mount /sys or give a copy of that file with --btf FILE"
    )]
    NoBtf {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The BTF cannot be used.
    #[error("the BTF in {path} cannot be used ({reason}): give the one of this very kernel with --btf FILE")]
    BadBtf {
        /// Where it was read.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The kernel lacks something no recording can do without.
    #[error(
        "this kernel is too old or built too small (it lacks {missing}): Linux 5.11 or later with BPF tracing is needed"
    )]
    KernelTooOld {
        /// What it lacks.
        missing: String,
    },
    /// The recorder cannot tell which processes the kernel means.
    #[error(
        "saker-record runs in a pid namespace of its own and would misname processes: start it on the host, or in a container that shares the host's (--pid=host)"
    )]
    PidNamespace,
    /// The kernel's verifier refused a program.
    #[error(
        "the kernel refused the program `{program}`: report this with the kernel's release and these last lines: {log}"
    )]
    Verifier {
        /// Name of the program.
        program: String,
        /// End of the verifier's log.
        log: String,
    },
    /// What the kernel program reads is not what /proc says.
    #[error(
        "self-check failed: the kernel program reads {what} as {kernel}, /proc says {proc}: nothing was recorded; give this kernel's BTF with --btf FILE"
    )]
    SelfCheck {
        /// Which fact.
        what: &'static str,
        /// What the kernel program read.
        kernel: String,
        /// What /proc says.
        proc: String,
    },
    /// Anything else the system refused.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },
}

/// A running recording.
pub struct Recorder {
    /// Holds programs, links and the maps not named below.
    ebpf: Ebpf,
    /// The kernel empties it when its last holder lets go.
    _programs: ProgramArray<MapData>,
    rings: [RingBuf<MapData>; 2],
    lost: PerCpuArray<MapData, u64>,
    /// Losses already told, by event type number.
    told: Vec<(u16, u64)>,
    follow: HashMap<MapData, u32, u8>,
    cgroups: HashMap<MapData, u64, u8>,
    wanted: BTreeSet<EventType>,
    merger: Merger,
    offsets_hash: String,
    btf_hash: String,
}

impl Recorder {
    /// Loads, attaches and checks the kernel program. From here on events are collected.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        check::pid_namespace()?;
        let path = options.btf.clone().unwrap_or_else(|| KERNEL_BTF.into());
        let bytes = read_btf(&path)?;
        let bad = |reason: String| StartError::BadBtf { path: path.clone(), reason };
        let btf = Btf::parse(&bytes, &|name| is_wanted(name) || name == b"bpf_func_id")
            .map_err(|error| bad(error.to_string()))?;
        let offsets = Offsets::resolve(&btf);
        let missing = offsets.missing();
        if !missing.is_empty() {
            return Err(StartError::KernelTooOld { missing: missing.join(", ") });
        }
        let aya_btf =
            AyaBtf::parse(&bytes, aya::Endianness::default()).map_err(|error| bad(error.to_string()))?;

        let wanted: BTreeSet<EventType> = options.events.iter().copied().chain([EventType::Cgroup]).collect();
        let mut ebpf = load(options, &wanted, &btf, &offsets, &aya_btf)?;
        let rings = [ring(&mut ebpf, CRITICAL_RING)?, ring(&mut ebpf, BULK_RING)?];
        let lost = PerCpuArray::try_from(take(&mut ebpf, "LOST")?).map_err(map_error)?;
        let mut follow = HashMap::try_from(take(&mut ebpf, "FOLLOW")?).map_err(map_error)?;
        let mut cgroups = HashMap::try_from(take(&mut ebpf, "CGROUPS")?).map_err(map_error)?;
        for pid in options.follow.iter().flatten() {
            follow.insert(pid, 1, 0).map_err(map_error)?;
        }
        for key in options.cgroups.iter().flatten() {
            cgroups.insert(key, 1, 0).map_err(map_error)?;
        }
        let programs = attach(&mut ebpf, options, &wanted, &aya_btf)?;

        let mut recorder = Self {
            ebpf,
            _programs: programs,
            rings,
            lost,
            told: wanted.iter().map(|event| (*event as u16, 0)).collect(),
            follow,
            cgroups,
            wanted,
            merger: Merger::default(),
            offsets_hash: offsets.hash(),
            btf_hash: blake3::hash(&bytes).to_hex().to_string(),
        };
        check::recorder(&mut recorder)?;
        Ok(recorder)
    }

    /// Hands every record that can be ordered to `on_record`, with its event number. Does not wait.
    pub fn poll(&mut self, on_record: &mut dyn FnMut(u64, &[u8])) -> io::Result<PollStats> {
        let until = boot_ns().saturating_sub(WINDOW_NS);
        Ok(self.drain(until, on_record))
    }

    /// As [`Recorder::poll`], but hands over everything there is: nothing earlier is waited for.
    pub fn flush(&mut self, on_record: &mut dyn FnMut(u64, &[u8])) -> io::Result<PollStats> {
        // What happens while this runs is not waited for: a busy machine would never let it end.
        self.flush_until(boot_ns(), on_record)
    }

    /// As [`Recorder::flush`], but only what happened up to a time on the boot clock; the rest stays
    /// for the next call.
    pub fn flush_until(
        &mut self,
        until_ns: u64,
        on_record: &mut dyn FnMut(u64, &[u8]),
    ) -> io::Result<PollStats> {
        let mut total = PollStats::default();
        loop {
            let one = self.drain(until_ns, on_record);
            total.records += one.records;
            total.bytes += one.bytes;
            total.malformed += one.malformed;
            total.waiting = one.waiting;
            if !one.more {
                return Ok(total);
            }
        }
    }

    fn drain(&mut self, mut until: u64, on_record: &mut dyn FnMut(u64, &[u8])) -> PollStats {
        let mut stats = PollStats::default();
        for (number, ring) in self.rings.iter_mut().enumerate() {
            let mut taken = 0;
            let mut last = 0;
            while let Some(entry) = ring.next() {
                taken += entry.len();
                match self.merger.push(number as u8, &entry) {
                    Some(time) => last = time,
                    None => stats.malformed += 1,
                }
                if taken >= TAKE_MAX {
                    stats.more = true;
                    // The other ring must not run ahead of what is still in this one.
                    until = until.min(last);
                    break;
                }
            }
        }
        let wanted = &self.wanted;
        self.merger.release(until, &mut stats, &|event| wanted.contains(&event), on_record);
        stats
    }

    /// Events lost since the last call: event type number and count, ordered by number, without
    /// zeros.
    pub fn losses(&mut self) -> Vec<(u16, u64)> {
        let mut delta = Vec::new();
        for (number, told) in &mut self.told {
            let Ok(counts) = self.lost.get(&u32::from(*number), 0) else { continue };
            let now: u64 = counts.iter().sum();
            if now > *told {
                delta.push((*number, now - *told));
                *told = now;
            }
        }
        delta
    }

    /// Also records this process and the ones it starts from now on. Has an effect only if
    /// recording was started with [`Options::follow`].
    pub fn follow(&mut self, pid: u32) -> io::Result<()> {
        self.follow.insert(pid, 1, 0).map_err(io::Error::other)
    }

    /// Also records processes in this cgroup. Has an effect only if recording was started with
    /// [`Options::cgroups`].
    pub fn allow_cgroup(&mut self, key: u64) -> io::Result<()> {
        self.cgroups.insert(key, 1, 0).map_err(io::Error::other)
    }

    /// BLAKE3 of the resolved offsets, hexadecimal: provenance for the capture's header.
    pub fn offsets_hash(&self) -> &str {
        &self.offsets_hash
    }

    /// BLAKE3 of the kernel's BTF, hexadecimal.
    pub fn btf_hash(&self) -> &str {
        &self.btf_hash
    }

    /// Runs one of the kernel program's iterators and gives what it wrote.
    pub(crate) fn run_iterator(&mut self, name: &'static str) -> io::Result<Vec<u8>> {
        let iterator: &mut Iter = self
            .ebpf
            .program_mut(name)
            .ok_or_else(|| io::Error::other(format!("the kernel program lacks `{name}`")))?
            .try_into()
            .map_err(io::Error::other)?;
        let link = iterator.attach().map_err(io::Error::other)?;
        let link = iterator.take_link(link).map_err(io::Error::other)?;
        let mut file = link.into_file().map_err(io::Error::other)?;
        let mut out = Vec::new();
        io::Read::read_to_end(&mut file, &mut out)?;
        Ok(out)
    }

    /// How often the kernel program saw the self-check's call.
    pub(crate) fn checked_calls(&self) -> io::Result<u64> {
        let map = self.ebpf.map("CHECKED").ok_or_else(|| io::Error::other("map CHECKED"))?;
        let map: Array<_, u64> = Array::try_from(map).map_err(io::Error::other)?;
        map.get(&0, 0).map_err(io::Error::other)
    }

    /// The program called `name`: for measurements.
    pub fn program_info(&self, name: &str) -> Option<aya::programs::ProgramInfo> {
        match self.ebpf.program(name)? {
            aya::programs::Program::BtfTracePoint(program) => program.info().ok(),
            aya::programs::Program::Iter(program) => program.info().ok(),
            _ => None,
        }
    }
}

fn read_btf(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StartError::NoBtf { path: path.into() },
        io::ErrorKind::PermissionDenied => StartError::Privilege,
        _ => StartError::BadBtf { path: path.into(), reason: error.to_string() },
    })
}

/// Creates the maps and fills the read-only data.
fn load(
    options: &Options,
    wanted: &BTreeSet<EventType>,
    btf: &Btf<'_>,
    offsets: &Offsets,
    aya_btf: &AyaBtf,
) -> Result<Ebpf, StartError> {
    let mut calls_wanted = [0u8; CALLS];
    for event in wanted {
        if let Some(place) = calls::number(*event).and_then(|number| calls_wanted.get_mut(number as usize)) {
            *place = WANTED;
        }
    }
    if let Some(place) = calls_wanted.get_mut(check::CHECK_CALL as usize) {
        *place = WANTED_BY_CHECK;
    }
    let own = std::process::id();
    let has = |helper: &str| u32::from(btf.enum_value(&format!("bpf_func_id.BPF_FUNC_{helper}")).is_some());
    let (has_task_regs, has_loop) = (has("task_pt_regs"), has("loop"));
    let fork_calls = calls::fork_calls();
    let execveat = libc::SYS_execveat as u32;
    let only_followed = u32::from(options.follow.is_some());
    let only_cgroups = u32::from(options.cgroups.is_some());
    EbpfLoader::new()
        .btf(Some(aya_btf))
        .override_global("OFFSETS", offsets.values(), true)
        .override_global("SELF_TGID", &own, true)
        .override_global("WANTED", &calls_wanted, true)
        .override_global("ONLY_FOLLOWED", &only_followed, true)
        .override_global("ONLY_CGROUPS", &only_cgroups, true)
        .override_global("HAS_TASK_REGS", &has_task_regs, true)
        .override_global("HAS_LOOP", &has_loop, true)
        .override_global("FORK_CALLS", &fork_calls, true)
        .override_global("EXECVEAT_CALL", &execveat, true)
        .map_max_entries(CRITICAL_RING, ring_size(options.critical_bytes))
        .map_max_entries(BULK_RING, ring_size(options.bulk_bytes))
        .load(PROGRAM)
        .map_err(|error| match error {
            EbpfError::MapError(error) => map_error(error),
            EbpfError::ProgramError(error) => program_error("any", error),
            other => {
                StartError::System { doing: "loading the kernel program", source: io::Error::other(other) }
            }
        })
}

/// The kernel wants a power of two of at least a page.
fn ring_size(bytes: u32) -> u32 {
    bytes.clamp(64 << 10, 1 << 30).next_power_of_two()
}

/// Loads the programs of what is wanted and puts them in their places; the dispatcher comes last.
fn attach(
    ebpf: &mut Ebpf,
    options: &Options,
    wanted: &BTreeSet<EventType>,
    btf: &AyaBtf,
) -> Result<ProgramArray<MapData>, StartError> {
    for (name, kind) in [("list_tasks", "task"), ("list_files", "task_file")] {
        let iterator: &mut Iter = program(ebpf, name)?;
        iterator.load(kind, btf).map_err(|error| program_error(name, error))?;
    }

    let mut programs = ProgramArray::try_from(take(ebpf, "PROGRAMS")?).map_err(map_error)?;
    for event in wanted {
        let Some(number) = calls::number(*event) else { continue };
        let name = event.info().name;
        let one: &mut BtfTracePoint = program(ebpf, name)?;
        one.load("sys_exit", btf).map_err(|error| program_error(name, error))?;
        let fd = one.fd().map_err(|error| program_error(name, error))?;
        programs.set(number as u32, fd, 0).map_err(map_error)?;
    }

    let any = |events: &[EventType]| events.iter().any(|event| wanted.contains(event));
    let forks = [EventType::Clone, EventType::Clone3, EventType::Fork, EventType::Vfork];
    // Following needs fork and exit even if nobody wants to see them.
    let follow = options.follow.is_some();
    let points = [
        ("fork", "sched_process_fork", follow || any(&forks)),
        ("exec", "sched_process_exec", any(&[EventType::Execve, EventType::Execveat])),
        ("exit", "sched_process_exit", follow || any(&[EventType::Procexit])),
        ("dispatch", "sys_exit", true),
    ];
    for (name, point, needed) in points {
        if needed {
            let one: &mut BtfTracePoint = program(ebpf, name)?;
            one.load(point, btf).map_err(|error| program_error(name, error))?;
            one.attach().map_err(|error| program_error(name, error))?;
        }
    }
    Ok(programs)
}

fn program<'a, P>(ebpf: &'a mut Ebpf, name: &'static str) -> Result<&'a mut P, StartError>
where
    &'a mut P: TryFrom<&'a mut aya::programs::Program, Error = ProgramError>,
{
    ebpf.program_mut(name)
        .ok_or(StartError::System { doing: name, source: io::Error::other("the kernel program lacks it") })?
        .try_into()
        .map_err(|error| program_error(name, error))
}

fn take(ebpf: &mut Ebpf, name: &'static str) -> Result<aya::maps::Map, StartError> {
    ebpf.take_map(name).ok_or(StartError::System {
        doing: name,
        source: io::Error::other("the kernel program lacks this map"),
    })
}

fn ring(ebpf: &mut Ebpf, name: &'static str) -> Result<RingBuf<MapData>, StartError> {
    RingBuf::try_from(take(ebpf, name)?).map_err(map_error)
}

fn is_permission(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES))
}

fn map_error(error: MapError) -> StartError {
    match error {
        MapError::CreateError { io_error, .. } if is_permission(&io_error) => StartError::Privilege,
        MapError::CreateError { io_error, .. } => {
            StartError::System { doing: "creating a map of the kernel program", source: io_error }
        }
        other => {
            StartError::System { doing: "using a map of the kernel program", source: io::Error::other(other) }
        }
    }
}

fn program_error(name: &str, error: ProgramError) -> StartError {
    match error {
        ProgramError::LoadError { io_error, verifier_log } => {
            let log = verifier_log.to_string();
            if is_permission(&io_error) && log.trim().is_empty() {
                return StartError::Privilege;
            }
            let lines: Vec<&str> = log.lines().collect();
            let end = lines.get(lines.len().saturating_sub(24)..).unwrap_or_default().join("\n");
            StartError::Verifier { program: name.to_owned(), log: format!("{io_error}\n{end}") }
        }
        ProgramError::Btf(_) => {
            StartError::KernelTooOld { missing: format!("what the program `{name}` is attached to") }
        }
        other => {
            StartError::System { doing: "attaching the kernel program", source: io::Error::other(other) }
        }
    }
}
