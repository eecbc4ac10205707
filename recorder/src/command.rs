//! A command that is recorded from its first instruction: it waits, already forked, until the
//! recorder follows it, then becomes the command.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::JoinHandle;

use crate::error::RecordError;
use crate::sys;

/// A command that waits to begin.
pub struct Held {
    name: String,
    pid: u32,
    word: File,
    starter: JoinHandle<io::Result<Child>>,
}

/// A command that runs.
pub struct Running {
    child: Child,
}

/// Forks a process for `command` (the name, then arguments) and holds it there.
pub fn hold(command: &[OsString]) -> Result<Held, RecordError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(RecordError::Usage("there is no command after `--`".to_owned()));
    };
    let name = program.to_string_lossy().into_owned();
    let failed = |source| RecordError::System { doing: "making a process for the command", source };
    let (report_read, report_write) = io::pipe().map_err(failed)?;
    let (word_read, word_write) = io::pipe().map_err(failed)?;
    let mut prepared =
        Command::new(find(program).map_err(|source| RecordError::Command { name: name.clone(), source })?);
    prepared.arg0(program).args(arguments);
    sys::hold_before_exec(&mut prepared, report_write.into(), word_read.into(), word_write.as_raw_fd());
    // `spawn` returns only when the new program runs, so another thread waits for that.
    let starter = std::thread::Builder::new()
        // The command's process is named like this until it becomes the command.
        .name("saker-record".to_owned())
        .spawn(move || prepared.spawn())
        .map_err(failed)?;
    let mut pid = [0; 4];
    let mut report = File::from(OwnedFd::from(report_read));
    let word = File::from(OwnedFd::from(word_write));
    report.read_exact(&mut pid).map_err(failed)?;
    Ok(Held { name, pid: u32::from_ne_bytes(pid), word, starter })
}

/// Where a program is. Searched for here, not by trying: the recording shall begin with the one
/// execve that starts the command.
fn find(program: &OsStr) -> io::Result<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Ok(program.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let is_program = |file: &Path| {
        std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| is_program(file))
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl Held {
    /// Process id of what will be the command.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Lets the command begin.
    pub fn release(mut self) -> Result<Running, RecordError> {
        let failed = |source| RecordError::Command { name: self.name.clone(), source };
        self.word.write_all(b"!").map_err(failed)?;
        match self.starter.join() {
            Ok(started) => started.map(|child| Running { child }).map_err(failed),
            Err(_) => Err(failed(io::Error::other("its thread failed"))),
        }
    }
}

impl Running {
    /// How the command ended, if it did.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for the command to end.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Passes a signal on.
    pub fn signal(&self, signal: i32) {
        sys::send_signal(self.child.id(), signal);
    }
}

/// The exit code that stands for a status, as shells have it.
pub fn exit_code(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => code as u8,
        (None, signal) => 128_u8.wrapping_add(signal.unwrap_or(0) as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_command_does_nothing_before_it_is_released() {
        let file = std::env::temp_dir().join(format!("saker-held-{}", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let held = hold(&words(&format!("touch {}", file.display()))).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert!(!file.exists());
        let pid = held.pid();
        let mut running = held.release().unwrap();
        assert_eq!(running.child.id(), pid);
        assert_eq!(exit_code(running.wait().unwrap()), 0);
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = hold(&words("/does/not/exist")).unwrap().release().err().unwrap();
        assert_eq!(error.exit_code(true), 127);
        assert!(error.to_string().contains("`/does/not/exist`"));
        assert_eq!(hold(&words("no-such-program-anywhere")).err().unwrap().exit_code(true), 127);
        assert_eq!(hold(&words("/etc/passwd")).unwrap().release().err().unwrap().exit_code(true), 126);
    }

    #[test]
    fn a_command_that_is_never_released_never_begins() {
        let held = hold(&words("true")).unwrap();
        let Held { word, starter, .. } = held;
        drop(word);
        assert!(starter.join().unwrap().is_err());
    }

    #[test]
    fn signals_are_codes_above_128() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
