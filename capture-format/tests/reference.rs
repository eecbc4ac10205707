//! Documentation that is the code: `docs/events.md`, and the figures in `docs/format.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use capture_format::frame::{self, FrameHeader, FrameType, Trailer, limits};
use capture_format::record::word;
use capture_format::schema::{Category, Ring};
use capture_format::{EVENTS, Kind, Storage};

/// Where `docs/NAME` lies.
fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// Compares `docs/NAME` with `text`; writes it when `BLESS=1`.
fn golden(name: &str, text: &str) {
    let path = docs(name);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "docs/{name} is not what the code says; run the tests with BLESS=1");
}

fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn category(category: Category) -> &'static str {
    match category {
        Category::File => "file",
        Category::Net => "net",
        Category::Process => "process",
        Category::Signal => "signal",
        Category::User => "user",
        Category::System => "system",
    }
}

fn ring(ring: Ring) -> &'static str {
    match ring {
        Ring::Critical => "critical",
        Ring::Bulk => "bulk",
    }
}

#[test]
fn the_event_reference_is_the_schema() {
    let mut text = String::from(
        "# Events\n\n\
         Written by a test from `capture-format/src/schema.rs`; `BLESS=1 cargo test -p capture-format`\n\
         writes it again.\n\n\
         The name is `evt.type`, a parameter is `evt.arg.NAME`. *Ring* is the one an event travels in:\n\
         what is in the critical ring is lost last. *State* marks events that change what an analyzer\n\
         knows about processes, users and sockets. Parameters marked † are Saker's own and not part of\n\
         `evt.args`. Every parameter may be absent.\n\n\
         | number | event | category | ring | state |\n|---:|---|---|---|---|\n",
    );
    for event in EVENTS {
        let state = if event.state { "yes" } else { "" };
        let (category, ring) = (category(event.category), ring(event.ring));
        writeln!(text, "| {} | [{1}](#{1}) | {category} | {ring} | {state} |", event.number, event.name)
            .unwrap();
    }
    for event in EVENTS {
        writeln!(text, "\n## {}\n\n{}\n", event.name, sentence(event.doc)).unwrap();
        for param in event.params {
            let own = if param.own { "†" } else { "" };
            writeln!(text, "- `{}`{own} ({}): {}", param.name, param.kind.name(), sentence(param.doc))
                .unwrap();
        }
    }
    text += "\n# Kinds of parameter\n\n| kind | stored as | meaning |\n|---|---|---|\n";
    for kind in Kind::ALL {
        let storage = match kind.storage() {
            Storage::Word => "word",
            Storage::Bytes => "bytes",
            Storage::Descriptor => "descriptor",
        };
        writeln!(text, "| {} | {storage} | {} |", kind.name(), sentence(kind.doc())).unwrap();
    }
    golden("events.md", &text);
}

#[test]
fn event_numbers_are_unique_and_ascend_and_parameters_fit_the_mask() {
    assert!(EVENTS.is_sorted_by(|a, b| a.number < b.number));
    for event in EVENTS {
        assert!(event.params.len() <= capture_format::record::PARAMS_MAX, "{}", event.name);
        assert!(EVENTS.iter().filter(|other| other.name == event.name).count() == 1, "{}", event.name);
        let mut names: Vec<_> = event.params.iter().map(|param| param.name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "{} has a parameter twice", event.name);
        for doc in event.params.iter().map(|param| param.doc).chain([event.doc]) {
            assert!(doc.trim().len() > 1, "{} lacks a sentence", event.name);
        }
    }
}

/// Puts `body` between the marks `<!-- NAME -->` and `<!-- /NAME -->`.
fn fill(text: &str, name: &str, body: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let (before, rest) =
        text.split_once(&open).unwrap_or_else(|| panic!("no mark `{name}` in docs/format.md"));
    let (_, after) = rest.split_once(&close).unwrap_or_else(|| panic!("`{name}` does not end"));
    format!("{before}{open}{body}{close}{after}")
}

/// A table of places: offset, width, meaning.
fn layout(rows: &[(usize, &str, &str)]) -> String {
    let mut out = String::from("⚙\n\n| offset | type | meaning |\n|---:|---|---|\n");
    for (at, width, meaning) in rows {
        writeln!(out, "| {at} | {width} | {meaning} |").unwrap();
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (row, line) in bytes.chunks(16).enumerate() {
        let line: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(out, "{:4}  {}", row * 16, line.join(" ")).unwrap();
    }
    out
}

fn frame_header() -> String {
    use frame::at;
    layout(&[
        (
            at::SYNC,
            "8 bytes",
            &format!("sync word: {}", hex(&frame::SYNC).trim_start().split_once("  ").unwrap().1.trim()),
        ),
        (at::TYPE, "u8", "type"),
        (at::VERSION, "u8", "version of the payload's layout"),
        (at::FLAGS, "u16", "flags"),
        (at::HEADER_CRC, "u32", "CRC-32C of these 128 bytes with this field zero"),
        (at::SEQUENCE, "u64", "number of the frame in its file, from 0"),
        (at::PAYLOAD_LEN, "u32", "stored bytes of the payload, without padding"),
        (
            at::RAW_LEN,
            "u32",
            "raw length: bytes of the payload once inflated; of a block, the sum of its sections",
        ),
        (at::FIRST_NS, "u64", "earliest time"),
        (at::LAST_NS, "u64", "latest time"),
        (at::EVENTS, "u32", "events"),
        (at::PAYLOAD_CRC, "u32", "CRC-32C of payload and padding as stored"),
        (at::LOST, "u64", "events lost, of a gap; else 0"),
        (at::FIRST_NUMBER, "u64", "number of the first event; 0 if none"),
        (at::LAST_NUMBER, "u64", "number of the last event; 0 if none"),
        (at::FILE_NUMBER, "u32", "number of the file in its recording, from 0"),
        (at::RESERVED, "u32", "reserved"),
        (at::RECORDING, "u64", "first eight bytes of the recording's id"),
        (at::CHAIN, "32 bytes", "chain up to and including this frame"),
    ])
}

/// A gap frame's header, every field of it different.
fn example() -> FrameHeader {
    let mut header = FrameHeader {
        frame_type: FrameType::Gap as u8,
        version: frame::VERSION,
        sequence: 3,
        payload_len: 4,
        raw_len: 5,
        first_ns: 1_000_000_000,
        last_ns: 2_000_000_000,
        events: 0,
        payload_crc: 0,
        lost: 17,
        first_number: 0,
        last_number: 0,
        file_number: 1,
        recording: u64::from_le_bytes(*b"01234567"),
        chain: [0; 32],
    };
    let padded = [0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0];
    header.payload_crc = crc32c::crc32c(&padded);
    header.chain = frame::link(&[0x11; 32], &header.encode(), &padded);
    header
}

#[test]
fn the_worked_example_is_a_frame_header() {
    let header = example();
    assert_eq!(FrameHeader::decode(&header.encode()), Some(header));
    for at in 0..frame::FRAME_HEADER_LEN {
        let mut bytes = header.encode();
        bytes[at] ^= 1;
        assert_eq!(FrameHeader::decode(&bytes), None, "byte {at} is not covered");
    }
    let trailer = Trailer { index_offset: 8, file_len: 9, chain: [7; 32] };
    assert_eq!(Trailer::decode(&trailer.encode()), Some(trailer));
    for at in 0..frame::TRAILER_LEN {
        let mut bytes = trailer.encode();
        bytes[at] ^= 1;
        assert_eq!(Trailer::decode(&bytes), None, "byte {at} is not covered");
    }
}

#[test]
fn the_format_reference_has_the_constants_of_the_code() {
    let mut text = std::fs::read_to_string(docs("format.md")).unwrap();
    text = fill(&text, "frame-header", &frame_header());

    let mut types = String::from("⚙\n\n| type | name | payload |\n|---:|---|---|\n");
    for kind in FrameType::ALL {
        writeln!(types, "| {} | {} | {} |", *kind as u8, kind.name(), sentence(kind.doc())).unwrap();
    }
    text = fill(&text, "frame-types", &types);

    let example = format!(
        "⚙ The header of a gap frame, number 3 in file 1 of the recording whose id begins with the bytes `01234567`. \\\n\
         Its payload is the four bytes `de ad be ef` (not a real one), inflating to 5; 17 events were lost between\n\
         second 1 and second 2. The chain before it was 32 bytes `11`.\n\n```text\n{}```\n",
        hex(&example().encode())
    );
    text = fill(&text, "frame-example", &example.replace(" \\\n", "\n"));

    let section = layout(&[
        (0, "u32", "offset from the start of the payload"),
        (4, "u32", "stored length"),
        (8, "u32", "raw length"),
        (12, "u32", "CRC-32C of the stored bytes"),
    ]);
    let lane = layout(&[
        (0, "u16", "event type"),
        (2, "u16", "columns"),
        (4, "u8", "flags"),
        (5, "u8", "zero"),
        (6, "u16", "section"),
        (8, "u32", "rows"),
        (12, "u32", "offset in the inflated section"),
        (16, "u32", "length in the inflated section"),
        (20, "u32", "zero"),
        (24, "u64", "number of the first event"),
        (32, "u64", "number of the last event"),
    ]);
    text =
        fill(&text, "directory", &format!("Section entry, 16 bytes {section}\nLane entry, 40 bytes {lane}"));

    let mut words = String::from("⚙\n\n| header word | what |\n|---:|---|\n");
    for (index, what) in [
        (word::TIME, "time, ns on the boot clock"),
        (word::PID_TID, "process id (low 32 bits) and thread id (high), host pid namespace"),
        (word::START, "start of the process, ns on the boot clock; with the process id its key"),
        (word::TYPE_CPU_LEN, "cpu"),
        (word::UID_EUID, "real user id (low), effective user id (high)"),
        (word::EGID_LOGINUID, "effective group id (low), audit login user id (high), 4294967295 for unset"),
        (
            word::CGROUP,
            "cgroup key: the cgroup's id; bits 60–63 say which hierarchy (0 pids, 1 memory, 2 cpu, 3 unified)",
        ),
        (
            word::SESSION_FLAGS,
            "session id, host pid namespace (low); flags (high): 1 32-bit call, 2 through io_uring, 4 kernel thread",
        ),
        (word::CAP_EFFECTIVE, "effective capabilities"),
        (word::CAP_PERMITTED, "permitted capabilities"),
        (word::PRESENT, "present: bit n is set if parameter n is there"),
    ] {
        writeln!(words, "| {index} | {what} |").unwrap();
    }
    text = fill(&text, "head-words", &words);

    use capture_format::descriptor::{FIXED_LEN, at};
    let descriptor = layout(&[
        (at::MODE, "u32", "file type and permissions, as `st_mode`"),
        (at::FLAGS, "u32", "flags"),
        (at::DEV, "u32", "device, major << 20 \\| minor"),
        (at::OPEN_FLAGS, "u32", "`f_flags` of the open file"),
        (at::INO, "u64", "inode"),
        (at::FAMILY, "u16", "address family of a socket, else 0"),
        (at::SOCKET_TYPE, "u16", "socket type, else 0"),
        (at::PROTOCOL, "u16", "protocol number, else 0"),
        (at::STATE, "u8", "TCP state, else 0; a zero byte follows"),
        (at::LOCAL_PORT, "u16", "local port"),
        (at::REMOTE_PORT, "u16", "remote port"),
        (at::RESERVED, "u32", "zero"),
        (at::LOCAL_ADDR, "16 bytes", "local address in network order; IPv4 in the first 4"),
        (at::REMOTE_ADDR, "16 bytes", "remote address"),
        (
            FIXED_LEN,
            "the rest",
            "path as the kernel resolved it, or address of a unix socket, or name of an anonymous inode",
        ),
    ]);
    text = fill(&text, "descriptor", &descriptor);

    let trailer = layout(&[
        (0, "8 bytes", "the magic backwards: 0A 1A 0A 0D 52 4B 53 89"),
        (8, "u32", "version, 1"),
        (12, "u32", "CRC-32C of these 64 bytes with this field zero"),
        (16, "u64", "offset of the index frame"),
        (24, "u64", "length of the file, trailer included"),
        (32, "32 bytes", "chain after the index frame"),
    ]);
    text = fill(&text, "trailer", &trailer);

    let mut table = String::from("⚙\n\n| what | at most |\n|---|---:|\n");
    for (what, most) in [
        ("stored payload, bytes", limits::PAYLOAD as usize),
        ("inflated payload that is serialised, bytes", limits::SERIAL as usize),
        ("inflated payloads a reader keeps in memory, together, bytes", limits::RETAINED as usize),
        ("inflated sections of a block, together, bytes", limits::BLOCK_RAW as usize),
        ("events of a block", limits::BLOCK_EVENTS as usize),
        ("lanes of a block", usize::from(limits::LANES)),
        ("sections of a block", usize::from(limits::SECTIONS)),
        ("columns of a lane", usize::from(limits::COLUMNS)),
        ("true length of a byte string", capture_format::param::TRUE_LEN_MAX as usize),
    ] {
        writeln!(table, "| {what} | {most} |").unwrap();
    }
    text = fill(&text, "limits", &table);
    golden("format.md", &text);
}
