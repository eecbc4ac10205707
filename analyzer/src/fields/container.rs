//! Fields of the container.

use capture_format::snapshot::{Container as Metadata, ContainerMount};

use super::row::{absent, bytes, number, owned, row, signed, truth};
use super::{Arg, Argument, Field, Moment, Type, Value};
use crate::history::Container;

const NEVER_UPSTREAM: &str = "deprecated; Falco extracts nothing either";
const NO_CNI: &str = "results of network plugins are not recorded";

/// Falco's id of a container: 12 characters, `host` outside.
pub(super) fn short_id(container: Option<&Container>) -> &str {
    match container {
        None => "host",
        Some(container) => container.id.get(..12).unwrap_or(&container.id),
    }
}

fn metadata<'a>(now: &Moment<'a>) -> Option<&'a Metadata> {
    now.container()?.metadata.as_ref()
}

/// A text of the container: outside containers empty, absent until the runtime told it.
fn text<'a>(now: &Moment<'a>, get: fn(&Metadata) -> &String) -> Option<Value<'a>> {
    match now.container() {
        None => bytes(b""),
        Some(_) => {
            Some(get(metadata(now)?)).filter(|text| !text.is_empty()).and_then(|text| bytes(text.as_bytes()))
        }
    }
}

fn start_ns(now: &Moment<'_>) -> Option<u64> {
    now.container()?;
    Some(now.process()?.pidns_start_ns()).filter(|start| *start != 0)
}

fn mount_text(mount: &ContainerMount) -> String {
    let ContainerMount { source, dest, mode, writable, propagation } = mount;
    format!("{source}:{dest}:{mode}:{writable}:{propagation}")
}

/// The mount that an index, or a pattern for `of`, names.
fn mount<'a>(
    now: &Moment<'a>,
    argument: &Argument,
    of: fn(&ContainerMount) -> &str,
) -> Option<&'a ContainerMount> {
    let mounts = &metadata(now)?.mounts;
    match argument {
        Argument::Index(n) => mounts.get(usize::try_from(*n).ok()?),
        Argument::Key(pattern) => mounts.iter().find(|mount| glob(pattern.as_bytes(), of(mount).as_bytes())),
        Argument::None => None,
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for anything and `?` for one byte.
///
/// Never goes back further than the last `*`, so a pattern cannot take exponential time.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

fn source(mount: &ContainerMount) -> &str {
    &mount.source
}

fn dest(mount: &ContainerMount) -> &str {
    &mount.dest
}

/// Labels as text, `key:value` joined by commas.
pub(super) fn labels<'a>(labels: &[(String, String)]) -> Option<Value<'a>> {
    owned(labels.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join(", "))
}

/// The value of one label.
pub(super) fn label<'a>(labels: &'a [(String, String)], argument: &Argument) -> Option<Value<'a>> {
    let Argument::Key(wanted) = argument else { return None };
    let (_, value) = labels.iter().find(|(key, _)| key == wanted)?;
    bytes(value.as_bytes())
}

/// The rows.
pub(super) static FIELDS: &[Field] =
    &[
        row(
            "container.id",
            Type::Text,
            "First 12 characters of the container's id; `host` outside containers.",
            |now, _| bytes(short_id(now.container()).as_bytes()),
        ),
        row("container.full_id", Type::Text, "The container's whole id.", |now, _| match now.container() {
            Some(container) => bytes(container.id.as_bytes()),
            None => bytes(b"host"),
        }),
        row("container.name", Type::Text, "Name of the container; `host` outside containers.", |now, _| {
            match now.container() {
                None => bytes(b"host"),
                Some(_) => text(now, |it| &it.name),
            }
        }),
        row(
            "container.type",
            Type::Text,
            "Runtime: `docker`, `podman`, `containerd`, `cri-o`; `host` outside containers.",
            |now, _| match now.container() {
                None => bytes(b"host"),
                Some(container) => match metadata(now) {
                    Some(known) if !known.runtime.is_empty() => bytes(known.runtime.as_bytes()),
                    _ => bytes(container.runtime.as_bytes()),
                },
            },
        ),
        row("container.image", Type::Text, "Image as it was named when the container was made.", |now, _| {
            text(now, |it| &it.image)
        }),
        row("container.image.repository", Type::Text, "Image without tag and digest.", |now, _| {
            text(now, |it| &it.image_repository)
        }),
        row("container.image.tag", Type::Text, "Tag of the image.", |now, _| text(now, |it| &it.image_tag)),
        row("container.image.id", Type::Text, "Id of the image.", |now, _| text(now, |it| &it.image_id)),
        row("container.image.digest", Type::Text, "Digest of the image in its registry.", |now, _| {
            text(now, |it| &it.image_digest)
        }),
        row("container.ip", Type::Text, "Primary IPv4 address of the container.", |now, _| {
            text(now, |it| &it.ip)
        }),
        row("container.privileged", Type::Bool, "Whether the container runs privileged.", |now, _| {
            truth(metadata(now)?.privileged?)
        }),
        row(
            "container.host_pid",
            Type::Bool,
            "Whether the container shares the host's pid namespace.",
            |now, _| truth(metadata(now)?.host_pid?),
        ),
        row(
            "container.host_network",
            Type::Bool,
            "Whether the container shares the host's network namespace.",
            |now, _| truth(metadata(now)?.host_network?),
        ),
        row(
            "container.host_ipc",
            Type::Bool,
            "Whether the container shares the host's ipc namespace.",
            |now, _| truth(metadata(now)?.host_ipc?),
        ),
        row(
            "container.start_ts",
            Type::AbsTime,
            "Start of the container, from its pid namespace, nanoseconds since 1970.",
            |now, _| signed(now.recording().wall_ns(start_ns(now)?)),
        ),
        row("container.duration", Type::RelTime, "Nanoseconds since the container started.", |now, _| {
            number(now.head().time_ns.saturating_sub(start_ns(now)?))
        }),
        row("container.label", Type::Text, "Value of one label, `container.label[app]`.", |now, argument| {
            label(&metadata(now)?.labels, argument)
        })
        .takes(Arg::Key),
        row("container.labels", Type::Text, "All labels as `key:value`, joined by commas.", |now, _| {
            labels(&metadata(now)?.labels)
        }),
        row(
            "container.mounts",
            Type::Text,
            "All mounts as `source:dest:mode:rdwr:propagation`, joined by commas.",
            |now, _| owned(metadata(now)?.mounts.iter().map(mount_text).collect::<Vec<_>>().join(",")),
        ),
        row(
            "container.mount",
            Type::Text,
            "One mount as `source:dest:mode:rdwr:propagation`, by number or by a pattern for its source.",
            |now, argument| owned(mount_text(mount(now, argument, source)?)),
        )
        .takes(Arg::IndexOrKey),
        row(
            "container.mount.source",
            Type::Text,
            "Source of a mount, by number or by a pattern for its destination.",
            |now, argument| bytes(mount(now, argument, dest)?.source.as_bytes()),
        )
        .takes(Arg::IndexOrKey),
        row(
            "container.mount.dest",
            Type::Text,
            "Destination of a mount, by number or by a pattern for its source.",
            |now, argument| bytes(mount(now, argument, source)?.dest.as_bytes()),
        )
        .takes(Arg::IndexOrKey),
        row(
            "container.mount.mode",
            Type::Text,
            "Mode of a mount, by number or by a pattern for its source.",
            |now, argument| bytes(mount(now, argument, source)?.mode.as_bytes()),
        )
        .takes(Arg::IndexOrKey),
        row(
            "container.mount.rdwr",
            Type::Text,
            "`true` or `false`: whether a mount is writable, by number or by a pattern for its source.",
            |now, argument| owned(mount(now, argument, source)?.writable.to_string()),
        )
        .takes(Arg::IndexOrKey),
        row(
            "container.mount.propagation",
            Type::Text,
            "Propagation of a mount, by number or by a pattern for its source.",
            |now, argument| bytes(mount(now, argument, source)?.propagation.as_bytes()),
        )
        .takes(Arg::IndexOrKey),
        absent("container.cni.json", Type::Text, "Result of the network plugin.", NO_CNI),
        absent("container.healthcheck", Type::Text, "Health check of the container.", NEVER_UPSTREAM)
            .deprecated(),
        absent("container.liveness_probe", Type::Text, "Liveness probe of the container.", NEVER_UPSTREAM)
            .deprecated(),
        absent("container.readiness_probe", Type::Text, "Readiness probe of the container.", NEVER_UPSTREAM)
            .deprecated(),
    ];

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_pattern_matches_whole_paths() {
        let cases = [
            ("/proc*", "/proc/sys", true),
            ("/root*", "/rootfs", true),
            ("/etc", "/etc", true),
            ("/etc", "/etc/x", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b", "xxaxxb", true),
            ("", "", true),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), want, "{pattern} {text}");
        }
        assert!(!glob(b"*a*a*a*a*a*a*b", &[b'a'; 4096]));
    }
}
