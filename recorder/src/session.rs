//! One recording from attaching to the end of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use capture_format::cgroup::ContainerRef;
use capture_format::header::{End, Gap};
use capture_format::snapshot::Tables;

use crate::attach::{Options, Recorder};
use crate::cli::{Cli, Plan};
use crate::command::{self, Held, Running};
use crate::console::Console;
use crate::containers::Places;
use crate::error::{RecordError, exit};
use crate::filter::{Filter, Given, Notice};
use crate::iterate::Listing;
use crate::keeper::{Found, Keeper, Seen};
use crate::scope::{self, Scope};
use crate::sink::{Output, Sink};
use crate::snapshot::{self, Assembly};
use crate::status::{self, Figures, StatusLine};
use crate::{host, iterate, sys};

/// Longest wait between two looks into the rings, ms.
const NAP_MS: u64 = 25;
/// How often a block is closed at the latest: what a sudden end may cost.
const SEAL_EVERY: Duration = Duration::from_secs(1);
/// How often losses are looked for.
const LOSSES_EVERY: Duration = Duration::from_millis(200);
/// How often what exists is written again: a lost block then costs no more than that. A quiet
/// machine needs it less often.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
const QUIET_CHECKPOINT_EVERY: Duration = Duration::from_secs(600);
/// Fewer events than this since the last checkpoint are quiet.
const QUIET_EVENTS: u64 = 64 << 10;
/// Most rounds of looking for descendants that were started while they were looked for.
const FOLLOW_ROUNDS: usize = 4;
/// How long the snapshot waits for what runtimes say of containers.
const SNAPSHOT_WAIT: Duration = Duration::from_millis(500);
/// How long the end waits for containers that were just met.
const END_WAIT: Duration = Duration::from_millis(300);

/// Records as the command line says. Gives the exit code.
pub fn record(cli: &Cli, console: &mut Console<'_>) -> Result<u8, RecordError> {
    let mut plan = cli.plan()?;
    let path = cli.output.as_deref().ok_or_else(|| RecordError::Usage("no output is given".to_owned()))?;
    let output = Output::open(path, cli.force)?;
    sys::catch_stops();
    match start(cli, &mut plan) {
        Ok((recorder, held, started_ns)) => {
            let header = host::header(cli, &plan, &recorder, started_ns);
            let sink = output.begin(&header, cli.level)?;
            for note in &plan.notes {
                console.say(&format!("note: {note}"));
            }
            let name = path.display().to_string();
            let session = Session {
                recorder,
                filter: Filter::new(plan.scope.clone(), plan.env.clone()),
                plan,
                sink,
                keeper: Keeper::start(Places::default())
                    .map_err(|source| system("starting a thread", source))?,
                known: BTreeMap::new(),
                tables: Tables::default(),
                looked_ns: started_ns,
                failed: None,
            };
            session.run(cli, console, held, &name)
        }
        Err(error) => {
            output.abandon();
            Err(error)
        }
    }
}

/// Attaches. A command waits from before that, so that its pid is known.
fn start(cli: &Cli, plan: &mut Plan) -> Result<(Recorder, Option<Held>, u64), RecordError> {
    let held = if cli.command.is_empty() { None } else { Some(command::hold(&cli.command)?) };
    if let (Scope::Tree { roots, command: true }, Some(held)) = (&mut plan.scope, &held) {
        *roots = vec![held.pid()];
    }
    // The priority stays as it is: on a busy machine a yielding recorder gets a few percent of a
    // core, and the buffers fill meanwhile.
    let follow = match &plan.scope {
        Scope::Tree { roots, .. } => Some(roots.clone()),
        // New containers are known only once their cgroup is seen, so the kernel cannot choose.
        Scope::Host | Scope::Containers(_) => None,
    };
    let options = Options {
        events: plan.events.iter().copied().collect(),
        critical_bytes: cli.critical_buffer as u32,
        bulk_bytes: cli.buffer as u32,
        follow,
        cgroups: None,
        btf: cli.btf.clone(),
    };
    let started_ns = sys::boot_ns();
    Ok((Recorder::start(&options)?, held, started_ns))
}

fn system(doing: &'static str, source: io::Error) -> RecordError {
    RecordError::System { doing, source }
}

/// What is known of a container.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    described: bool,
    inside: bool,
}

struct Session {
    recorder: Recorder,
    plan: Plan,
    filter: Filter,
    sink: Sink,
    keeper: Keeper,
    /// Containers met, by full id.
    known: BTreeMap<String, Known>,
    /// All rows of the tables written so far, for checkpoints.
    tables: Tables,
    /// When losses were looked for last, boot clock.
    looked_ns: u64,
    /// The first write that failed: nothing is written after it.
    failed: Option<io::Error>,
}

impl Session {
    fn run(
        mut self,
        cli: &Cli,
        console: &mut Console<'_>,
        held: Option<Held>,
        name: &str,
    ) -> Result<u8, RecordError> {
        self.snapshot(cli, console)?;
        let mut running = match held.map(Held::release) {
            Some(Ok(running)) => Some(running),
            Some(Err(error)) => {
                self.sink.discard();
                return Err(error);
            }
            None => None,
        };
        let began = Instant::now();
        let reason = self.record_until(cli, console, &mut running, began)?;
        console.clear();
        self.drain_rest();
        let took = began.elapsed();
        let figures = self.figures();
        if let Some(source) = self.failed.take() {
            let error = self.sink.fail(end("output failed"), source);
            if let Some(running) = &mut running {
                // The command is not to blame: it may finish.
                let _ = running.wait();
            }
            return Err(error);
        }
        let lost = self.sink.lost();
        let bytes = self.sink.finish(end(&reason))?;
        console.say(&status::summary(Figures { bytes, lost, ..figures }, name, &reason, took));
        match running {
            Some(mut running) => {
                match running.ended().map_err(|source| system("asking for the command", source))? {
                    Some(status) => Ok(command::exit_code(status)),
                    None => Ok(128_u8.wrapping_add(sys::stops().1 as u8)),
                }
            }
            None => Ok(exit::OK),
        }
    }

    /// Writes what exists now. Events are collected meanwhile.
    fn snapshot(&mut self, cli: &Cli, console: &mut Console<'_>) -> Result<(), RecordError> {
        let listing = self.list()?;
        let time_ns = sys::boot_ns();
        let containers = snapshot::containers_of(&listing.cgroups);
        for cgroup in &listing.cgroups {
            self.filter.learn_cgroup(cgroup.key, &cgroup.path);
        }
        for process in &listing.processes {
            if let Some(container) = containers.get(&process.cgroup) {
                self.known.entry(container.id.clone()).or_default();
                self.keeper.saw(Seen { container: container.clone(), pid: process.pid });
            }
        }
        let mut of_containers = Tables::default();
        let end = Instant::now() + SNAPSHOT_WAIT;
        while self.known.values().any(|known| !(known.described && known.inside))
            && let Some(found) = self.keeper.next_until(end)
        {
            self.learn(found, &mut of_containers, console);
        }
        let wanted: BTreeSet<String> =
            self.known.keys().filter(|id| self.filter.takes(id)).cloned().collect();
        if let Scope::Containers(names) = &self.plan.scope
            && wanted.is_empty()
        {
            console.say(&format!("note: no such container runs yet ({}): waiting for it", names.join(", ")));
        }
        self.filter.learn_runtimes(&listing.processes);
        let mut snapshot = self.assembly(cli, &containers, &wanted, true).assemble(listing, time_ns);
        self.filter.learn_told(&snapshot.processes);
        if self.plan.scope.is_limited() {
            let used: BTreeSet<&str> = snapshot
                .processes
                .iter()
                .filter(|process| !process.ancestor_only)
                .filter_map(|process| containers.get(&process.cgroup))
                .map(|container| container.id.as_str())
                .collect();
            of_containers.containers.retain(|container| used.contains(container.id.as_str()));
            of_containers.users.retain(|user| used.contains(user.container.as_str()));
            of_containers.groups.retain(|group| used.contains(group.container.as_str()));
            of_containers.names.retain(|name| used.contains(name.container.as_str()));
        }
        append(&mut snapshot.tables, of_containers);
        self.tables = snapshot.tables.clone();
        console.detail(&format!("{} processes exist", snapshot.processes.len()));
        if let Err(error) = self.sink.snapshot(&snapshot) {
            self.failed = Some(error);
        }
        Ok(())
    }

    /// What exists, as the kernel lists it. Descendants of the processes to follow are followed.
    fn list(&mut self) -> Result<Listing, RecordError> {
        let failed = |source| system("listing the processes", source);
        let mut followed = BTreeSet::new();
        for _ in 0..FOLLOW_ROUNDS {
            let listing = iterate::processes(&mut self.recorder).map_err(failed)?;
            let Scope::Tree { roots, command: false } = &self.plan.scope else { return Ok(listing) };
            let tree = scope::tree(&listing.processes, roots);
            let new: Vec<u32> = tree.difference(&followed).copied().collect();
            if new.is_empty() {
                return Ok(listing);
            }
            for pid in new {
                self.recorder.follow(pid).map_err(|source| system("following a process", source))?;
                followed.insert(pid);
            }
        }
        iterate::processes(&mut self.recorder).map_err(failed)
    }

    fn assembly<'a>(
        &'a self,
        cli: &'a Cli,
        containers: &'a BTreeMap<u64, ContainerRef>,
        wanted: &'a BTreeSet<String>,
        held: bool,
    ) -> Assembly<'a> {
        let (scope, env) = (&self.plan.scope, &self.plan.env);
        Assembly { scope, env, containers, wanted, held, resolve: &cli.resolve }
    }

    /// Writes again what exists. If the kernel cannot list it now, the next checkpoint will tell:
    /// that is no reason to stop recording.
    fn checkpoint(&mut self, cli: &Cli, console: &mut Console<'_>) -> Result<(), RecordError> {
        // The listing takes a while, and what happens meanwhile is the newer truth: it follows the
        // checkpoint in the file, and only what happened before the listing stands before it.
        // Otherwise a process would get back the program it had left.
        let time_ns = sys::boot_ns();
        let listing = match iterate::processes(&mut self.recorder) {
            Ok(listing) => listing,
            Err(error) => {
                console.say(&format!("note: the processes could not be listed for a checkpoint: {error}"));
                return Ok(());
            }
        };
        self.poll(Some(time_ns))?;
        let containers = snapshot::containers_of(&listing.cgroups);
        let wanted: BTreeSet<String> =
            self.known.keys().filter(|id| self.filter.takes(id)).cloned().collect();
        let mut snapshot = self.assembly(cli, &containers, &wanted, false).assemble(listing, time_ns);
        append(&mut snapshot.tables, self.tables.clone());
        let written = self.sink.checkpoint(&snapshot);
        self.note(written);
        Ok(())
    }

    /// Writes rows of the tables and keeps them for checkpoints.
    fn metadata(&mut self, tables: Tables) {
        if tables != Tables::default() {
            let written = self.sink.metadata(&tables);
            self.note(written);
            append(&mut self.tables, tables);
        }
    }

    /// Records until something ends it; gives the reason.
    fn record_until(
        &mut self,
        cli: &Cli,
        console: &mut Console<'_>,
        running: &mut Option<Running>,
        began: Instant,
    ) -> Result<String, RecordError> {
        let mut line = StatusLine::default();
        let mut sealed = Instant::now();
        let mut looked = Instant::now();
        let mut checked = (Instant::now(), 0);
        let mut passed_on = 0;
        loop {
            let more = self.poll(None)?;
            self.look_up(console);
            if looked.elapsed() >= LOSSES_EVERY {
                self.look_for_losses();
                looked = Instant::now();
            }
            if sealed.elapsed() >= SEAL_EVERY {
                let sealing = self.sink.seal();
                self.note(sealing);
                sealed = Instant::now();
            }
            let quiet = self.sink.events().saturating_sub(checked.1) < QUIET_EVENTS;
            if checked.0.elapsed() >= if quiet { QUIET_CHECKPOINT_EVERY } else { CHECKPOINT_EVERY } {
                self.checkpoint(cli, console)?;
                checked = (Instant::now(), self.sink.events());
            }
            if self.failed.is_some() {
                return Ok("output failed".to_owned());
            }
            if let Some(running) = running
                && running.ended().map_err(|source| system("asking for the command", source))?.is_some()
            {
                return Ok("command ended".to_owned());
            }
            let (stops, signal) = sys::stops();
            match running {
                // The terminal sends Ctrl-C to the command as well; other signals are passed on. A
                // second one ends the recording, whatever the command does.
                Some(running) if stops == 1 => {
                    if passed_on == 0 && signal != libc::SIGINT {
                        running.signal(signal);
                    }
                    passed_on = stops;
                }
                _ if stops > 0 => {
                    return Ok(if signal == libc::SIGINT { "interrupted" } else { "terminated" }.to_owned());
                }
                _ => {}
            }
            if cli.duration.is_some_and(|duration| began.elapsed() >= duration) {
                return Ok("duration".to_owned());
            }
            if console.shows_line()
                && let Some(text) = line.next(self.figures())
            {
                console.line(&text);
            }
            if !more {
                let left =
                    cli.duration.map_or(NAP_MS, |d| d.saturating_sub(began.elapsed()).as_millis() as u64 + 1);
                sys::nap(left.min(NAP_MS));
            }
        }
    }

    /// Writes what the rings hold and can be ordered, or all that happened up to a time; whether
    /// they hold more.
    fn poll(&mut self, until_ns: Option<u64>) -> Result<bool, RecordError> {
        let Self { recorder, filter, sink, failed, .. } = self;
        let mut give = |given: Given<'_>| write(sink, failed, given);
        let mut on_record = |_number: u64, record: &[u8]| filter.take(record, &mut give);
        let polled = match until_ns {
            Some(until_ns) => recorder.flush_until(until_ns, &mut on_record),
            None => recorder.poll(&mut on_record),
        };
        Ok(polled.map_err(|source| system("reading the kernel's buffers", source))?.more)
    }

    /// Acts on what the filter noticed and on what was found out about containers.
    fn look_up(&mut self, console: &mut Console<'_>) {
        let mut tables = Tables::default();
        let mut uids = BTreeSet::new();
        for notice in self.filter.notices() {
            match notice {
                Notice::InContainer(container, pid) => {
                    let known = self.known.entry(container.id.clone()).or_default();
                    if !(known.described && known.inside) {
                        self.keeper.saw(Seen { container, pid });
                    }
                }
                Notice::Name(name) if self.filter.takes(&name.container) => tables.names.push(name),
                Notice::Name(_) => {}
                Notice::HostUser(uid) => {
                    uids.insert(uid);
                }
            }
        }
        if !uids.is_empty() {
            tables.users = snapshot::host_users(&uids);
        }
        let found: Vec<Found> = self.keeper.found().collect();
        for found in found {
            self.learn(found, &mut tables, console);
        }
        self.metadata(tables);
    }

    /// Takes over what was found out about a container that is recorded.
    fn learn(&mut self, found: Found, tables: &mut Tables, console: &mut Console<'_>) {
        match found {
            Found::Described(container) => {
                self.known.entry(container.id.clone()).or_default().described = true;
                let Self { filter, sink, failed, .. } = self;
                filter.learn_container(&container, &mut |given| write(sink, failed, given));
                if self.filter.takes(&container.id) {
                    let id = container.id.get(..12).unwrap_or(&container.id);
                    console.detail(&format!("container {id}: {} ({})", container.name, container.image));
                    tables.containers.push(*container);
                }
            }
            Found::Inside(id, inside) => {
                self.known.entry(id.clone()).or_default().inside = true;
                if self.filter.takes(&id) {
                    tables.users.extend(inside.users);
                    tables.groups.extend(inside.groups);
                    tables.names.extend(inside.names);
                }
            }
        }
    }

    /// Writes what the kernel could not hand over since the last look.
    fn look_for_losses(&mut self) {
        let now = sys::boot_ns();
        let first_ns = std::mem::replace(&mut self.looked_ns, now);
        for (lost, reason) in
            [(self.recorder.losses(), "buffer full"), (self.filter.dropped(), "container not known in time")]
        {
            if !lost.is_empty() {
                let written = self.sink.gap(&Gap { first_ns, last_ns: now, lost, reason: reason.to_owned() });
                self.note(written);
            }
        }
    }

    /// Takes the rest out of the rings, and waits a little for containers just met.
    fn drain_rest(&mut self) {
        if self.failed.is_none() && self.poll(Some(sys::boot_ns())).is_err() {
            // What the rings still hold is out of reach; the file is closed all the same.
            self.look_for_losses();
        }
        let mut quiet = io::sink();
        let mut console = Console::new(&mut quiet, false, true, false);
        self.look_up(&mut console);
        let end = Instant::now() + END_WAIT;
        let mut tables = Tables::default();
        while self.known.values().any(|known| !known.described)
            && let Some(found) = self.keeper.next_until(end)
        {
            self.learn(found, &mut tables, &mut console);
        }
        self.metadata(tables);
        self.look_for_losses();
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failed.get_or_insert(error);
        }
    }

    fn figures(&self) -> Figures {
        Figures { events: self.sink.events(), lost: self.sink.lost(), bytes: self.sink.bytes() }
    }
}

/// Writes what the filter hands over, until a write fails.
fn write(sink: &mut Sink, failed: &mut Option<io::Error>, given: Given<'_>) {
    if failed.is_some() {
        return;
    }
    let written = match given {
        Given::Record(record) => sink.event(record),
        Given::Ancestors(processes) => sink.ancestors(processes),
    };
    if let Err(error) = written {
        *failed = Some(error);
    }
}

/// Adds rows, without those that are there already.
fn append(tables: &mut Tables, more: Tables) {
    fn add<T: PartialEq>(rows: &mut Vec<T>, more: Vec<T>) {
        let new: Vec<T> = more.into_iter().filter(|row| !rows.contains(row)).collect();
        rows.extend(new);
    }
    add(&mut tables.cgroups, more.cgroups);
    add(&mut tables.containers, more.containers);
    add(&mut tables.users, more.users);
    add(&mut tables.groups, more.groups);
    add(&mut tables.mounts, more.mounts);
    add(&mut tables.interfaces, more.interfaces);
    add(&mut tables.names, more.names);
}

fn end(reason: &str) -> End {
    End { reason: reason.to_owned(), last_ns: sys::boot_ns(), ..End::default() }
}
