//! Where a capture goes: the file or stream, and what happens when writing fails.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use capture_format::header::{CaptureHeader, End, Gap};
use capture_format::snapshot::{Process, Snapshot, Tables};
use capture_format::writer::{CaptureWriter, WriterOptions};

use crate::error::RecordError;

/// The output before recording began.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Standard output, a pipe or a device.
    Stream(File),
    /// A regular file; whether it was made just now.
    File { file: File, fresh: bool },
}

impl Output {
    /// Opens the output. A file that exists is left alone unless `force`; its content stays until
    /// recording really begins.
    pub fn open(path: &Path, force: bool) -> Result<Self, RecordError> {
        let name = path.display().to_string();
        let refused = |source| RecordError::OutputOpen { path: name.clone(), source };
        if path == Path::new("-") {
            use std::os::fd::AsFd;
            let stream = io::stdout().as_fd().try_clone_to_owned().map_err(refused)?;
            return Ok(Self { path: path.to_owned(), target: Target::Stream(File::from(stream)) });
        }
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        let target = match options.create_new(true).open(path) {
            Ok(file) => Target::File { file, fresh: true },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let kind = std::fs::metadata(path).map_err(refused)?.file_type();
                let special = kind.is_fifo() || kind.is_char_device() || kind.is_socket();
                // A directory is refused by opening it, with the true reason.
                if !special && !kind.is_dir() && !force {
                    return Err(RecordError::OutputExists { path: name });
                }
                let file = options.create_new(false).open(path).map_err(refused)?;
                if special { Target::Stream(file) } else { Target::File { file, fresh: false } }
            }
            Err(error) => return Err(refused(error)),
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// Takes back what opening did: recording did not begin.
    pub fn abandon(self) {
        if let Target::File { fresh: true, .. } = self.target {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Writes the header and becomes the sink of a recording.
    pub fn begin(self, header: &CaptureHeader, level: i32) -> Result<Sink, RecordError> {
        let failed = |source| RecordError::OutputOpen { path: self.path.display().to_string(), source };
        let (out, file) = match self.target {
            Target::Stream(stream) => (stream, None),
            Target::File { file, fresh } => {
                if !fresh {
                    use std::os::unix::fs::PermissionsExt;
                    file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(failed)?;
                    file.set_len(0).map_err(failed)?;
                }
                let whole = file.try_clone().map_err(failed)?;
                (file, Some(whole))
            }
        };
        let options = WriterOptions { level, ..WriterOptions::default() };
        let writer = CaptureWriter::new(out, header, options).map_err(failed)?;
        Ok(Sink { path: self.path, writer, file, lost: 0 })
    }
}

/// A capture being written.
pub struct Sink {
    path: PathBuf,
    writer: CaptureWriter<File>,
    /// The same open file, for cutting off what a failed write left; `None` for a stream.
    file: Option<File>,
    lost: u64,
}

impl Sink {
    /// Adds an event; they are numbered in the order they are written.
    pub fn event(&mut self, record: &[u8]) -> io::Result<()> {
        let number = self.writer.events() + 1;
        self.writer.event(number, record)
    }

    /// Writes what existed when recording began.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.writer.snapshot(snapshot)
    }

    /// Writes processes that existed already, to be known before the next event.
    pub fn ancestors(&mut self, processes: Vec<Process>) -> io::Result<()> {
        // Before whatever comes next, whenever it began: a process starts before it is a parent.
        let time_ns = processes.iter().map(|process| process.start_ns).min().unwrap_or(0);
        self.writer.checkpoint(&Snapshot { time_ns, processes, ..Snapshot::default() })
    }

    /// Writes again what exists.
    pub fn checkpoint(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.writer.checkpoint(snapshot)
    }

    /// Writes rows of the tables.
    pub fn metadata(&mut self, tables: &Tables) -> io::Result<()> {
        self.writer.metadata(tables)
    }

    /// Writes what was lost.
    pub fn gap(&mut self, gap: &Gap) -> io::Result<()> {
        self.lost = self.lost.saturating_add(gap.total());
        self.writer.gap(gap)
    }

    /// Puts all events on their way.
    pub fn seal(&mut self) -> io::Result<()> {
        self.writer.seal_block()
    }

    /// Events taken.
    pub fn events(&self) -> u64 {
        self.writer.events()
    }

    /// Bytes written.
    pub fn bytes(&self) -> u64 {
        self.writer.bytes_written()
    }

    /// Events known to be lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes the capture back: there was nothing to record.
    pub fn discard(self) {
        if self.file.is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Ends the capture whole; gives its size.
    pub fn finish(self, end: End) -> Result<u64, RecordError> {
        let whole = self.writer.bytes_written();
        let lost = self.lost;
        let (path, file) = (self.path, self.file);
        let mut out = self
            .writer
            .finish(End { lost, ..end })
            .map_err(|source| failure(&path, file.as_ref(), whole, source))?;
        out.flush().map_err(|source| failure(&path, None, whole, source))?;
        let Some(file) = file else { return Ok(whole) };
        file.sync_data().map_err(|source| failure(&path, None, whole, source))?;
        Ok(file.metadata().map_or(whole, |metadata| metadata.len()))
    }

    /// Ends after a write failed: cuts off the torn frame and, if there is room then, closes the
    /// capture.
    pub fn fail(self, end: End, source: io::Error) -> RecordError {
        let whole = self.writer.bytes_written();
        let error = failure(&self.path, self.file.as_ref(), whole, source);
        if let Some(mut file) = self.file {
            use std::io::Seek;
            if file.seek(io::SeekFrom::End(0)).is_ok()
                && self.writer.finish(End { lost: self.lost, ..end }).is_err()
            {
                let _ = file.set_len(whole);
            }
        }
        error
    }
}

/// Cuts off the torn frame and says what is left.
fn failure(path: &Path, file: Option<&File>, whole: u64, source: io::Error) -> RecordError {
    let kept = match file.map(|file| file.set_len(whole)) {
        Some(Ok(())) => format!("the first {whole} bytes are kept and can be analyzed; give it more room"),
        _ => format!("about {whole} bytes went out and can be analyzed"),
    };
    RecordError::OutputWrite { path: shown(path), source, kept }
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") { "to standard output".to_owned() } else { format!("`{}`", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("saker-sink-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&dir).unwrap();
            Self(dir)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn header() -> CaptureHeader {
        CaptureHeader { host: "h".into(), ..CaptureHeader::default() }
    }

    #[test]
    fn a_capture_belongs_to_its_owner_alone() {
        let place = Place::new("mode");
        let path = place.0.join("a.skr");
        let sink = Output::open(&path, false).unwrap().begin(&header(), 1).unwrap();
        sink.finish(End { reason: "test".into(), ..End::default() }).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let capture = capture_format::reader::Capture::open(&path).unwrap();
        assert_eq!(capture.end().unwrap().reason, "test");
    }

    #[test]
    fn a_file_that_exists_is_kept_until_recording_begins() {
        let place = Place::new("exists");
        let path = place.0.join("a.skr");
        std::fs::write(&path, "precious").unwrap();
        assert_eq!(Output::open(&path, false).unwrap_err().exit_code(false), 7);
        Output::open(&path, true).unwrap().abandon();
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        let sink = Output::open(&path, true).unwrap().begin(&header(), 1).unwrap();
        sink.finish(End::default()).unwrap();
        assert!(capture_format::reader::Capture::open(&path).is_ok());
    }

    #[test]
    fn a_directory_is_not_offered_for_overwriting() {
        let place = Place::new("directory");
        let error = Output::open(&place.0, false).unwrap_err();
        assert_eq!(error.exit_code(false), 7);
        assert!(!error.to_string().contains("--force"), "{error}");
    }

    #[test]
    fn a_recording_that_does_not_begin_leaves_nothing() {
        let place = Place::new("abandon");
        let path = place.0.join("a.skr");
        Output::open(&path, false).unwrap().abandon();
        assert!(!path.exists());
    }

    #[test]
    fn a_full_device_is_an_output_failure() {
        let error = match Output::open(Path::new("/dev/full"), false).unwrap().begin(&header(), 1) {
            Ok(_) => panic!("nothing can be written there"),
            Err(error) => error,
        };
        assert_eq!(error.exit_code(false), 7);
        assert!(error.to_string().contains("No space left"), "{error}");
    }
}
