//! The cgroup of a task: a key in every event, its path once.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use aya_ebpf::macros::map;
use aya_ebpf::maps::LruHashMap;
use capture_format::record::Slot;
use capture_format::schema::{EventType, raw};

use crate::emit::{RECORD_MAX, Writer};
use crate::kernel::{ABSENT, Address, at, load, load_address, probe_field};

/// Hierarchies in the order they are tried, as the key numbers them.
const UNIFIED: u64 = 3;
/// Longest name of a path's component, with its NUL.
const NAME_MAX: u32 = 256;
/// Most components of a path.
const DEPTH: u32 = 24;

/// Cgroups whose path went out.
#[map]
static SEEN: LruHashMap<u64, u8> = LruHashMap::with_max_entries(4096, 0);

/// The cgroup that says most about a task: the first of pids, memory, cpu and the unified
/// hierarchy that is not the root. Container runtimes set all of them; the id the kernel's own
/// helper gives is that of the unified one, which is empty on hosts with version 1.
#[inline(always)]
fn chosen(task: Address) -> (Address, u64) {
    let set = load_address(task, at::task_cgroups());
    let unified = load_address(set, at::css_set_default());
    let unified_root: u64 = load(unified, at::cgroup_root());
    macro_rules! try_hierarchy {
        ($subsystem:expr, $number:literal) => {
            let index = $subsystem;
            if index != ABSENT && at::css_set_subsys() != ABSENT {
                let state = load_address(set, at::css_set_subsys().wrapping_add(index.wrapping_mul(8)));
                let cgroup = load_address(state, at::css_cgroup());
                let root: u64 = load(cgroup, at::cgroup_root());
                // A controller of the unified hierarchy may sit above the task's own cgroup.
                if root != unified_root && load::<u32>(cgroup, at::cgroup_level()) != 0 {
                    return (cgroup, $number);
                }
            }
        };
    }
    try_hierarchy!(at::subsys_pids(), 0);
    try_hierarchy!(at::subsys_memory(), 1);
    try_hierarchy!(at::subsys_cpu(), 2);
    (unified, UNIFIED)
}

#[inline(always)]
fn key_of(node: Address, hierarchy: u64) -> u64 {
    load::<u64>(node, at::kn_id()) & ((1 << 60) - 1) | hierarchy << 60
}

/// Key of the task's cgroup.
#[inline(always)]
pub fn key(task: Address) -> u64 {
    let (cgroup, hierarchy) = chosen(task);
    key_of(load_address(cgroup, at::cgroup_kn()), hierarchy)
}

/// Appends the path of the task's cgroup.
#[inline(always)]
pub fn path<T: capture_format::param::Param>(out: &mut Writer, task: Address) -> Slot<T> {
    let (cgroup, _) = chosen(task);
    let mut node: u64 = load(cgroup, at::cgroup_kn());
    let start = out.end();
    for _ in 0..DEPTH {
        let parent: u64 = probe_field(node, at::kn_parent());
        // The root has no name of its own.
        if parent == 0 {
            break;
        }
        let Some(place) = out.room(NAME_MAX) else { break };
        let name: u64 = probe_field(node, at::kn_name());
        // SAFETY: `room` made sure that NAME_MAX bytes fit.
        let n = unsafe {
            bpf_probe_read_kernel_str(out.buffer().add(place as usize).cast(), NAME_MAX, name as *const _)
        };
        if n <= 0 {
            break;
        }
        out.set_end(place + (n as u64 & 0x1ff));
        node = parent;
    }
    let len = out.end().wrapping_sub(start) & u64::from(RECORD_MAX.next_power_of_two() - 1);
    Slot::stored(start as usize, len as usize, len as u32)
}

/// Sends the path of the task's cgroup unless it went out before.
#[inline(always)]
pub fn announce(task: Address) -> u64 {
    let key = key(task);
    // SAFETY: the value is only tested for being there.
    if unsafe { SEEN.get(&key) }.is_some() {
        return key;
    }
    let Some(mut out) = Writer::new(0, EventType::Cgroup.info().params.len()) else { return key };
    let event = raw::Cgroup { path: path(&mut out, task) };
    let present = event.encode(&mut out);
    // Marked only if it went out: a lost path is sent again.
    out.head(task, key);
    if out.send(EventType::Cgroup, present) {
        let _ = SEEN.insert(&key, &1, 0);
    }
    key
}
