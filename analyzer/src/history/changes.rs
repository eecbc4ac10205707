//! What events do to processes: start programs, make children, end, change name or directory.

use capture_format::{Bytes, Head};

use super::build::{Builder, positive};
use super::calls::{Exec, Fork};
use super::processes::{ImageRow, NEVER, NOBODY, State};
use super::resolved_directory;
use super::strings::StringId;

impl Builder {
    pub(super) fn exec(&mut self, number: u64, head: &Head, exec: Exec<'_>) {
        let slot = self.slot(number, head.pid, head.start_ns);
        let parent = positive(exec.ppid).map(|ppid| self.slot(number, ppid, exec.pstart.unwrap_or(0)));
        let before = self.state(slot);
        let known = before.is_known();
        let (exepath, argv, env) = (self.text(exec.exepath), self.text(exec.argv), self.text(exec.env));
        let standard = exec.standard.map(|descriptor| match descriptor {
            Some(descriptor) => {
                self.strings.intern(&[&descriptor.fixed()[..], descriptor.path.data].concat())
            }
            None => StringId::default(),
        });
        let image = self.image(ImageRow {
            number,
            exepath,
            argv,
            env,
            exe_ino: exec.ino,
            exe_dev: exec.dev,
            exe_flags: exec.flags,
            exe_ctime_ns: exec.ctime,
            exe_mtime_ns: exec.mtime,
            cap_inheritable: exec.cap_inheritable,
            standard,
        });
        let comm = match exec.comm {
            Some(comm) => self.strings.intern(comm.data),
            None => before.comm,
        };
        let cwd = match exec.cwd {
            Some(cwd) => self.strings.intern(resolved_directory(cwd.data)),
            None => before.cwd,
        };
        self.set(
            slot,
            State {
                number,
                image,
                comm,
                cwd,
                tty: exec.tty.unwrap_or(before.tty),
                session: head.session,
                pgid: positive(exec.pgid).unwrap_or(before.pgid),
                vpgid: positive(exec.vpgid).unwrap_or(before.vpgid),
                ..before
            },
        );
        if let Some(parent) = parent
            && parent != before.parent
        {
            self.adopt(number, slot, parent);
        }
        if let Some(row) = self.processes.slots.get_mut(slot as usize) {
            row.vpid = positive(exec.vpid).unwrap_or(row.vpid);
            row.pidns_start_ns = exec.pidns_start.unwrap_or(row.pidns_start_ns);
            row.fdlimit = exec.fdlimit.unwrap_or(row.fdlimit);
            if !known {
                row.cgroup = head.cgroup;
            }
        }
        if let (true, Some(vtid)) = (head.tid != head.pid, positive(exec.vtid)) {
            self.thread(slot, head.tid).vtid = vtid;
        }
    }

    pub(super) fn fork(&mut self, number: u64, head: &Head, fork: Fork<'_>) {
        let caller = self.slot(number, head.pid, head.start_ns);
        if fork.thread {
            if let Some(tid) = positive(fork.tid) {
                self.new_thread(number, head, caller, tid, &fork);
            }
            return;
        }
        let Some(pid) = positive(fork.pid).or(positive(fork.tid)) else { return };
        let child = self.slot(number, pid, fork.start.unwrap_or(0));
        if child == caller {
            return;
        }
        let parent = match positive(fork.ppid) {
            Some(ppid) => self.slot(number, ppid, fork.pstart.unwrap_or(0)),
            None => caller,
        };
        let inherited = self.state(caller);
        let comm = match fork.comm {
            Some(comm) => self.strings.intern(comm.data),
            None => inherited.comm,
        };
        self.set(
            child,
            State {
                number,
                comm,
                tty: fork.tty.unwrap_or(inherited.tty),
                session: positive(fork.session).unwrap_or(inherited.session),
                pgid: positive(fork.pgid).unwrap_or(inherited.pgid),
                vpgid: positive(fork.vpgid).unwrap_or(inherited.vpgid),
                parent: NOBODY,
                ..inherited
            },
        );
        self.adopt(number, child, parent);
        let caller = self.processes.slots.get(caller as usize);
        let (pidns, fdlimit) = caller.map_or((0, 0), |row| (row.pidns_start_ns, row.fdlimit));
        if let Some(row) = self.processes.slots.get_mut(child as usize) {
            row.vpid = positive(fork.vpid).unwrap_or(0);
            row.pidns_start_ns = fork.pidns_start.filter(|start| *start != 0).unwrap_or(pidns);
            row.fdlimit = fdlimit;
            row.cgroup = fork.cgroup.unwrap_or(head.cgroup);
        }
    }

    pub(super) fn new_thread(&mut self, number: u64, head: &Head, slot: u32, tid: u32, fork: &Fork<'_>) {
        // A thread starts with the name of the thread that made it, which may differ from the
        // name of the process.
        let process_comm = self.state(slot).comm;
        let name = fork.comm.map(|comm| self.strings.intern(comm.data)).filter(|name| *name != process_comm);
        let vtid = positive(fork.vtid).filter(|vtid| *vtid != tid);
        let used_before = self.processes.threads.contains_key(&(slot, tid));
        if name.is_none() && vtid.is_none() && !used_before && head.pid != tid {
            // Thread ids of the host's pid namespace need no entry.
            return;
        }
        let thread = self.thread(slot, tid);
        thread.vtid = vtid.unwrap_or(tid);
        thread.names.push((number, name.unwrap_or(process_comm)));
    }

    pub(super) fn exit(&mut self, number: u64, head: &Head, reaper: Option<u32>, reaper_start: u64) {
        let slot = self.slot(number, head.pid, head.start_ns);
        let reaper = reaper.map_or(NOBODY, |reaper| self.slot(number, reaper, reaper_start));
        if self.live.get(&head.pid) == Some(&slot) {
            self.live.remove(&head.pid);
        }
        if let Some(row) = self.processes.slots.get_mut(slot as usize)
            && row.ended == NEVER
        {
            (row.ended, row.reaper) = (number, reaper);
        }
    }

    pub(super) fn rename(&mut self, number: u64, head: &Head, name: &[u8]) {
        // TASK_COMM_LEN is 16 with its NUL: the kernel keeps 15 bytes, up to the first NUL.
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = self.strings.intern(name.get(..15).unwrap_or(name));
        let slot = self.slot(number, head.pid, head.start_ns);
        if head.tid == head.pid {
            let now = self.state(slot);
            self.set(slot, State { number, comm: name, ..now });
        } else {
            self.thread(slot, head.tid).names.push((number, name));
        }
    }

    pub(super) fn chdir(&mut self, number: u64, head: &Head, res: i64, cwd: Option<Bytes<'_>>) {
        if let (0, Some(cwd)) = (res, cwd) {
            let cwd = self.strings.intern(resolved_directory(cwd.data));
            let slot = self.slot(number, head.pid, head.start_ns);
            let now = self.state(slot);
            if now.cwd != cwd {
                self.set(slot, State { number, cwd, ..now });
            }
        }
    }

    /// Gives `slot` another parent from event `number` on.
    pub(super) fn adopt(&mut self, number: u64, slot: u32, parent: u32) {
        if slot == parent {
            return;
        }
        let now = self.state(slot);
        self.set(slot, State { number, parent, ..now });
    }
}
