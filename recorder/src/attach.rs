//! Loads the kernel program, checks it, attaches it.

use std::io;
use std::path::PathBuf;

use capture_format::EventType;

use crate::drain::PollStats;

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
    /// BTF of the running kernel, for kernels that do not show their own.
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
    #[error("loading the kernel program was not permitted: run saker-record as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE")]
    Privilege,
    /// The kernel does not describe its types.
    #[error("this kernel shows no BTF at {path}: use a kernel built with CONFIG_DEBUG_INFO_BTF, or give its BTF with --btf FILE")]
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
    #[error("this kernel is too old or built too small (it lacks {missing}): Linux 5.11 or later with BPF tracing is needed")]
    KernelTooOld {
        /// What it lacks.
        missing: String,
    },
    /// The kernel's verifier refused a program.
    #[error("the kernel refused the program `{program}`: report this with the kernel's release and these last lines: {log}")]
    Verifier {
        /// Name of the program.
        program: String,
        /// End of the verifier's log.
        log: String,
    },
    /// What the kernel program reads is not what /proc says.
    #[error("self-check failed: the kernel program reads {what} as {kernel}, /proc says {proc}: nothing was recorded; give this kernel's BTF with --btf FILE")]
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
pub struct Recorder {}

impl Recorder {
    /// Loads, checks and attaches the kernel program. From here on events are collected.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        let _ = options;
        Err(StartError::KernelTooOld { missing: "the kernel program, which is not embedded yet".to_owned() })
    }

    /// Hands every record that can be ordered to `on_record`, with its event number. Does not wait.
    pub fn poll(&mut self, on_record: &mut dyn FnMut(u64, &[u8])) -> io::Result<PollStats> {
        let _ = on_record;
        Ok(PollStats::default())
    }

    /// As [`Recorder::poll`], but hands over everything: nothing later is waited for.
    pub fn flush(&mut self, on_record: &mut dyn FnMut(u64, &[u8])) -> io::Result<PollStats> {
        self.poll(on_record)
    }

    /// Events lost since the last call: event type number and count, ordered by number, without
    /// zeros.
    pub fn losses(&mut self) -> Vec<(u16, u64)> {
        Vec::new()
    }

    /// Also records this process and the ones it starts from now on. Has an effect only if
    /// recording was started with [`Options::follow`].
    pub fn follow(&mut self, pid: u32) -> io::Result<()> {
        let _ = pid;
        Ok(())
    }

    /// Also records processes in this cgroup. Has an effect only if recording was started with
    /// [`Options::cgroups`].
    pub fn allow_cgroup(&mut self, key: u64) -> io::Result<()> {
        let _ = key;
        Ok(())
    }

    /// BLAKE3 of the resolved offsets, hexadecimal: provenance for the capture's header.
    pub fn offsets_hash(&self) -> &str {
        ""
    }

    /// BLAKE3 of the kernel's BTF, hexadecimal.
    pub fn btf_hash(&self) -> &str {
        ""
    }
}
