//! `saker-record`: records syscalls of this machine into a capture.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use std::io::{IsTerminal, Write};

    use clap::Parser;
    use recorder::cli::{self, Cli};
    use recorder::console::Console;
    use recorder::session;

    let cli = Cli::parse();
    if cli.list_events {
        // A reader that has seen enough is no failure.
        let _ = std::io::stdout().write_all(cli::list_events().as_bytes());
        return ExitCode::SUCCESS;
    }
    let mut stderr = std::io::stderr();
    let terminal = stderr.is_terminal();
    let mut console = Console::new(&mut stderr, terminal, cli.quiet, cli.verbose);
    match session::record(&cli, &mut console) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            console.clear();
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code(!cli.command.is_empty()))
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "error: saker-record needs Linux: record there, analyze anywhere");
    ExitCode::from(4)
}
