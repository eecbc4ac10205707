//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use capture_format::EVENTS;
use capture_format::snapshot::NameBinding;
use clap::Parser;

use crate::environment::EnvPolicy;
use crate::error::RecordError;
use crate::scope::Scope;
use crate::selection::{self, Selection};
use crate::snapshot::names;
use crate::{files, units};

/// Most bytes of a list of needs.
const NEEDS_MAX: usize = 1 << 20;

/// Records the system calls of this machine into a capture that `saker` analyzes anywhere.
#[derive(Debug, Parser)]
#[command(name = "saker-record", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 recorded (also with losses), 2 usage, 4 cannot record, 7 output failed; \
                        with a COMMAND its status, 125 if the recorder itself failed."
)]
pub struct Cli {
    /// File to write, `-` for standard output.
    #[arg(short, long, value_name = "FILE", required_unless_present = "list_events")]
    pub output: Option<PathBuf>,
    /// Overwrite the file if it exists.
    #[arg(long)]
    pub force: bool,
    /// End after this time, such as 500ms, 20s, 5m, 1h; without it on Ctrl-C.
    #[arg(short, long, value_name = "TIME", value_parser = units::parse_duration)]
    pub duration: Option<Duration>,
    /// Events to record: `detect`, `all`, or names; `+NAME` adds, `-NAME` leaves out.
    #[arg(short, long, value_name = "NAMES", default_value = "detect", allow_hyphen_values = true)]
    pub events: String,
    /// Record what rules need: the output of `saker rules needs`, or a list of event names.
    #[arg(long, value_name = "FILE", conflicts_with = "events")]
    pub for_rules: Option<PathBuf>,
    /// Environment variables to keep: `all`, `none`, or names (`*` stands for any text, `+NAME`
    /// adds to the default). By default those that redirect connections, load code or silence a
    /// shell's history.
    #[arg(long, value_name = "NAMES", value_parser = EnvPolicy::parse)]
    pub env: Option<EnvPolicy>,
    /// Bind a name to an address in the capture; may be repeated.
    #[arg(long, value_name = "NAME=IP", value_parser = names::parse_option)]
    pub resolve: Vec<NameBinding>,
    /// Host name to write instead of this machine's.
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Leave out host name, machine id and the recorder's own command line.
    #[arg(long)]
    pub anonymous: bool,
    /// Record only the container with this name, or with an id that begins so; may be repeated.
    /// It may start later than the recording.
    #[arg(long, value_name = "ID|NAME", conflicts_with_all = ["pid", "command"])]
    pub container: Vec<String>,
    /// Record only this process and its descendants; may be repeated.
    #[arg(long, value_name = "PID", conflicts_with = "command")]
    pub pid: Vec<u32>,
    /// Level of zstd, 1 (fast) to 19 (small).
    #[arg(long, value_name = "LEVEL", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub level: i32,
    /// Size of the kernel's buffer for the mass of events, 64KiB to 1GiB.
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = units::parse_size)]
    pub buffer: usize,
    /// Size of the kernel's buffer for events that must not be lost, such as new programs.
    #[arg(long, value_name = "SIZE", default_value = "4MiB", value_parser = units::parse_size)]
    pub critical_buffer: usize,
    /// Copy of the running kernel's type information (BTF), for where /sys is not mounted.
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
    /// List the events there are and end.
    #[arg(long)]
    pub list_events: bool,
    /// Say more: containers as they are found.
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// Run this command, record it and its descendants from its first instruction, end with it.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// What to record, understood.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Events.
    pub events: Selection,
    /// Variables.
    pub env: EnvPolicy,
    /// Limits; a command's process is not known yet.
    pub scope: Scope,
    /// Remarks for the capture's header.
    pub notes: Vec<String>,
}

impl Cli {
    /// Understands what clap cannot.
    pub fn plan(&self) -> Result<Plan, RecordError> {
        let mut notes = Vec::new();
        let mut env = self.env.clone().unwrap_or_default();
        let events = match &self.for_rules {
            Some(path) => {
                let needs = self.needs(path)?;
                if !needs.unknown.is_empty() {
                    notes.push(format!(
                        "not recorded by this version, though rules need it: {}",
                        needs.unknown.join(", ")
                    ));
                }
                if self.env.is_none() {
                    env = env.with(&needs.env).map_err(RecordError::Usage)?;
                }
                needs.events
            }
            None => selection::parse(&self.events).map_err(RecordError::Usage)?,
        };
        if self.container.iter().any(|name| name.is_empty()) {
            return Err(RecordError::Usage("a container needs a name or an id".to_owned()));
        }
        for pid in &self.pid {
            if !Path::new(&format!("/proc/{pid}")).exists() {
                return Err(RecordError::Usage(format!("there is no process {pid}")));
            }
        }
        let scope = match (self.container.is_empty(), self.pid.is_empty(), self.command.is_empty()) {
            (false, ..) => Scope::Containers(self.container.clone()),
            (_, false, _) => Scope::Tree { roots: self.pid.clone(), command: false },
            (.., false) => Scope::Tree { roots: Vec::new(), command: true },
            _ => Scope::Host,
        };
        Ok(Plan { events, env, scope, notes })
    }

    fn needs(&self, path: &Path) -> Result<selection::Needs, RecordError> {
        let usage = |what: String| RecordError::Usage(format!("`{}`: {what}", path.display()));
        let bytes = files::read(path, NEEDS_MAX).map_err(|error| usage(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| usage("it is not text".to_owned()))?;
        selection::parse_needs(&text).map_err(usage)
    }
}

/// The list of `--list-events`: a line an event, those in `detect` marked.
pub fn list_events() -> String {
    let detect = selection::detect();
    let mut text = String::new();
    for event in EVENTS {
        let mark = if detect.contains(&event.event_type) { "detect" } else { "" };
        text.push_str(&format!("{:<16} {mark:<7} {}\n", event.name, event.doc.trim()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn cli(text: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(text.split(' '))
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_command_stands_after_two_dashes() {
        let cli = cli("saker-record -o a.skr -d 2s --events -socket,+tkill -- ls -l --color").unwrap();
        assert_eq!(cli.command, ["ls", "-l", "--color"]);
        assert_eq!(cli.duration, Some(Duration::from_secs(2)));
        let plan = cli.plan().unwrap();
        assert_eq!(plan.scope, Scope::Tree { roots: Vec::new(), command: true });
        assert!(plan.events.contains(&capture_format::EventType::Tkill));
    }

    #[test]
    fn what_contradicts_is_refused() {
        for wrong in [
            "saker-record",
            "saker-record -o a --container x --pid 1",
            "saker-record -o a --container x -- ls",
            "saker-record -o a --pid 1 -- ls",
            "saker-record -o a -q -v",
            "saker-record -o a -d 5",
            "saker-record -o a --level 99",
            "saker-record -o a --buffer 1K",
            "saker-record -o a --resolve x",
            "saker-record -o a --events open --for-rules f",
            "saker-record -o a stray",
        ] {
            assert!(cli(wrong).is_err(), "{wrong}");
        }
        assert!(cli("saker-record -o a --pid 4000000000").unwrap().plan().is_err());
        assert!(cli("saker-record -o a --events nonsense").unwrap().plan().is_err());
    }

    #[test]
    fn the_list_names_every_event() {
        let text = list_events();
        assert_eq!(text.lines().count(), EVENTS.len());
        assert!(text.contains("openat           detect"));
    }
}
